//! Finds the addresses of hosts: asks once for all connections that are opened together, and spreads
//! those over what was answered.
//!
//! S3 answers with several addresses and wants them used. A look-up for each connection would be a
//! burst of one question, and connections that all begin with the first address meet one server.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance-design-patterns.html>

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use deploy_core::base::causes::reasons;

/// How long an answer counts: about as long as S3 says that it may be kept.
const LIFETIME: Duration = Duration::from_secs(5);

/// Spreads connections over what another resolver answers. Clones share what they know.
#[derive(Clone, Debug)]
pub(super) struct Spread<R> {
    resolver: R,
    hosts: Arc<Mutex<HashMap<String, Host>>>,
}

/// Locked while somebody asks, so that the others wait for that answer.
type Host = Arc<tokio::sync::Mutex<Option<Answer>>>;

#[derive(Debug)]
struct Answer {
    at: Instant,
    /// What there is, or why there is nothing, with the name.
    result: Result<Vec<IpAddr>, String>,
    /// Connections that were opened with it.
    connections: usize,
}

impl<R: ResolveDns> Spread<R> {
    pub(super) fn new(resolver: R) -> Self {
        Self {
            resolver,
            hosts: Arc::default(),
        }
    }

    /// The addresses of `name` for one connection, whose opener `asked` then.
    async fn addresses(&self, name: &str, asked: Instant) -> Result<Vec<IpAddr>, String> {
        let host = {
            let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(hosts.entry(name.to_owned()).or_default())
        };
        let mut known = host.lock().await;
        if known.as_ref().is_none_or(|answer| !answer.counts(asked)) {
            let result = self.resolver.resolve_dns(name).await;
            *known = Some(Answer {
                at: Instant::now(),
                // Without what every such error says.
                result: result.map_err(|error| format!("`{name}`: {}", reasons(&error))),
                connections: 0,
            });
        }
        match known.as_mut() {
            Some(answer) => answer.next(),
            None => Ok(Vec::new()),
        }
    }
}

impl Answer {
    /// Whether it is good enough for who `asked` then. A failure only is for those who waited for it.
    fn counts(&self, asked: Instant) -> bool {
        match self.result {
            Ok(_) => asked < self.at + LIFETIME,
            Err(_) => asked < self.at,
        }
    }

    /// The addresses, beginning with another one each time. Those of the other family stay behind
    /// them: which one comes first is the system's choice.
    fn next(&mut self) -> Result<Vec<IpAddr>, String> {
        let addresses = self.result.clone()?;
        let is_ipv4 = addresses.first().is_some_and(IpAddr::is_ipv4);
        let (mut addresses, others): (Vec<_>, Vec<_>) = addresses
            .into_iter()
            .partition(|address| address.is_ipv4() == is_ipv4);
        let begin = self.connections.checked_rem(addresses.len());
        addresses.rotate_left(begin.unwrap_or_default());
        self.connections += 1;
        addresses.extend(others);
        Ok(addresses)
    }
}

impl<R: ResolveDns> ResolveDns for Spread<R> {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        let asked = Instant::now();
        DnsFuture::new(async move {
            let found = self.addresses(name, asked).await;
            found.map_err(ResolveDnsError::new)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{LIFETIME, Spread};
    use crate::aws::wire::bounds::Bounded;
    use crate::aws::wire::counter::RequestCounts;
    use crate::aws::wire::plain::{PlainError, PlainRequest, send};
    use aws_smithy_http_client::pool::{Client, ConnectionPool};
    use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
    use aws_smithy_runtime_api::client::http::SharedHttpClient;
    use aws_smithy_runtime_api::shared::IntoShared as _;
    use bytes::Bytes;
    use futures_util::future::join_all;
    use std::collections::BTreeMap;
    use std::net::IpAddr;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::{Duration, Instant};
    use test_server::Server;

    /// Answers, not at once, with the same addresses or with none; counts how often it was asked.
    #[derive(Clone, Debug, Default)]
    struct Fake {
        addresses: Vec<IpAddr>,
        asked: Arc<AtomicUsize>,
    }

    impl Fake {
        fn new(addresses: &[&str]) -> Self {
            let addresses = addresses.iter().map(|text| text.parse().unwrap());
            Self {
                addresses: addresses.collect(),
                asked: Arc::default(),
            }
        }

        fn asked(&self) -> usize {
            self.asked.load(Ordering::SeqCst)
        }
    }

    impl ResolveDns for Fake {
        fn resolve_dns<'a>(&'a self, _name: &'a str) -> DnsFuture<'a> {
            self.asked.fetch_add(1, Ordering::SeqCst);
            DnsFuture::new(async {
                tokio::task::yield_now().await;
                match self.addresses.as_slice() {
                    [] => Err(ResolveDnsError::new(std::io::Error::other("no such name"))),
                    some => Ok(some.to_vec()),
                }
            })
        }
    }

    #[tokio::test]
    async fn who_asks_together_is_answered_together() {
        let fake = Fake::new(&["192.0.2.1", "192.0.2.2", "2001:db8::1", "192.0.2.3"]);
        let spread = Spread::new(fake.clone());
        let firsts = async |asked| {
            let asking = (0..9).map(|_| spread.addresses("host", asked));
            let mut firsts = BTreeMap::new();
            for addresses in join_all(asking).await {
                let addresses = addresses.unwrap();
                assert_eq!(addresses.len(), 4);
                assert!(addresses[3].is_ipv6());
                *firsts.entry(addresses[0]).or_insert(0) += 1;
            }
            firsts.into_values().collect::<Vec<_>>()
        };
        for (later, look_ups) in [(Duration::ZERO, 1), (Duration::ZERO, 1), (LIFETIME, 2)] {
            assert_eq!(firsts(Instant::now() + later).await, [3, 3, 3]);
            assert_eq!(fake.asked(), look_ups);
        }
        let other = spread.addresses("other", Instant::now()).await;
        assert_eq!(other.unwrap().len(), 4);
        assert_eq!(fake.asked(), 3);
    }

    #[tokio::test]
    async fn a_failure_is_told_to_all_who_waited_and_kept_for_nobody() {
        let fake = Fake::new(&[]);
        let spread = Spread::new(fake.clone());
        for round in 1..=2 {
            let asked = Instant::now();
            let asking = (0..9).map(|_| spread.addresses("host", asked));
            for failed in join_all(asking).await {
                assert_eq!(failed.unwrap_err(), "`host`: no such name");
            }
            assert_eq!(fake.asked(), round);
        }
    }

    /// On the wire: requests that are answered side by side, each on a connection of its own.
    #[tokio::test]
    async fn connections_are_spread_over_the_addresses_of_a_host() {
        let addresses = ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"];
        let server = Server::builder()
            .addresses(4)
            .delay(Duration::from_millis(300))
            .start();
        let fake = Fake::new(&addresses);
        let pool = ConnectionPool::builder().dns_resolver(Spread::new(fake.clone()));
        let client = Client::new(&pool.build_http().unwrap()).unwrap();
        let client = Bounded::new(client, Duration::from_mins(1), RequestCounts::default());
        let client: SharedHttpClient = client.into_shared();
        let origin = format!("http://bucket.example:{}", server.port());
        let request = || PlainRequest {
            origin: origin.clone(),
            request: Box::new(|| http::Request::get("/my-bucket/k").body(Bytes::new())),
            timeout: Duration::from_mins(1),
            attempts_max: 1,
        };
        let answers = (0..12).map(|_| send(client.clone(), request()));
        for answer in join_all(answers).await {
            // Refused, for it is not signed.
            assert!(matches!(
                answer,
                Err(PlainError::Status { status: 403, .. })
            ));
        }
        let opened = server.connections().by_address;
        let expected = addresses.map(|address| (address.parse().unwrap(), 3));
        assert_eq!(opened, BTreeMap::from(expected));
        assert_eq!(fake.asked(), 1);
    }
}
