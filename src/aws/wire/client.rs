//! One HTTP client and one SDK configuration, built by hand from the run's own configuration.
//!
//! `aws_config`'s loader is never called: it would look for profiles, instance roles and files of
//! the machine, and this program must not use those by accident.

use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_http_client::pool::{self, ConnectionPool};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_runtime::client::dns::TokioDnsResolver;
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::box_error::BoxError;

use super::addresses::Spread;
use super::bounds::Bounded;
use super::counter::RequestCounts;
use super::retries::{BACKOFF_MAX, Retries};
use crate::aws::Network;

/// Time for one attempt, however well it goes: the 64 MiB that are in flight at most pass in it at
/// 75 KB/s.
pub(in crate::aws) const ATTEMPT_TIMEOUT: Duration = Duration::from_mins(15);

/// The attempt took longer than one may, however well it went.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("no whole answer within {} min", ATTEMPT_TIMEOUT.as_secs() / 60)]
pub(in crate::aws) struct AttemptTimeout;

/// Time for one operation with all its attempts and the pauses between them; a first attempt by
/// `direct` comes before it.
const OPERATION_TIMEOUT: Duration = Duration::from_mins(30);

/// Why no client could be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up the HTTP client")]
pub struct SetupError(#[source] BoxError);

/// What the clients of all services share.
#[derive(Clone, Debug)]
pub struct Clients {
    /// Region, HTTP client, retries and timeouts; no credentials.
    pub(in crate::aws) sdk: SdkConfig,
    /// Requests sent so far, each attempt counted.
    pub requests: RequestCounts,
    /// Requests that are tried again.
    pub retries: Retries,
}

impl Clients {
    /// Builds the shared parts, with `connections` at most per host. Opens none.
    ///
    /// # Errors
    /// When the proxy's URL or the certificates cannot be used.
    pub fn new(region: &str, network: &Network, connections: usize) -> Result<Self, SetupError> {
        let app_name = AppName::new(env!("CARGO_PKG_NAME"));
        let app_name = app_name.map_err(|error| SetupError(error.into()))?;
        let (requests, retries) = (RequestCounts::default(), Retries::default());
        let client = http_client(network, connections, requests.clone()).map_err(SetupError)?;
        let sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .app_name(app_name)
            .region(Region::new(region.to_owned()))
            .use_fips(network.fips)
            .use_dual_stack(network.dual_stack)
            .http_client(client)
            // Sessions keep their credentials themselves: see `lease`.
            .identity_cache(IdentityCache::no_cache())
            .sleep_impl(retries.clone())
            .time_source(aws_smithy_async::time::SystemTimeSource::new())
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(network.attempts_max)
                    .with_max_backoff(BACKOFF_MAX),
            )
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(network.connect_timeout)
                    .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                    .operation_timeout(OPERATION_TIMEOUT)
                    .build(),
            )
            // See `bounds`.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        Ok(Self {
            sdk,
            requests,
            retries,
        })
    }

    /// The same, for another region.
    pub(in crate::aws) fn in_region(&self, region: &str) -> Self {
        let region = Region::new(region.to_owned());
        Self {
            sdk: self.sdk.to_builder().region(region).build(),
            requests: self.requests.clone(),
            retries: self.retries.clone(),
        }
    }
}

impl Clients {
    /// What credentials and tokens end by.
    pub(in crate::aws) fn clock(&self) -> SharedTimeSource {
        self.sdk.time_source().unwrap_or_default()
    }

    /// The same by `clock`.
    #[cfg(test)]
    pub(crate) fn by(mut self, clock: &test_server::ManualClock) -> Self {
        let clock = manual::source(clock);
        self.sdk = self.sdk.into_builder().time_source(clock).build();
        self
    }
}

/// What retries of a client may cost. Every request may have all of its attempts: the SDK's own
/// bucket holds some dozens for all requests together, which one hiccup of a server under 64
/// connections uses up. Attempts, pauses and what `execute` gives up at are the bounds.
pub(in crate::aws) fn retry_partition() -> RetryPartition {
    RetryPartition::custom("requests")
        .token_bucket(TokenBucket::unlimited())
        .build()
}

/// A service's configuration, as every client of this program has it: requests are counted, retries
/// noted, and half answers neither believed nor final.
macro_rules! configured {
    ($service:ident, $clients:expr, $endpoint:expr) => {{
        use crate::aws::wire::{attempts::Attempts, truncation::RetryMalformed};
        let endpoint: Option<&deploy_core::base::endpoint::Endpoint> = $endpoint;
        let mut builder = $service::config::Builder::from(&$clients.sdk)
            .interceptor(Attempts($clients.requests.clone()))
            .retry_classifier(RetryMalformed)
            .retry_partition(crate::aws::wire::client::retry_partition());
        if endpoint.is_some() {
            // The SDK's rules refuse both beside an endpoint.
            builder = builder.use_fips(false).use_dual_stack(false);
        }
        builder.set_endpoint_url(endpoint.map(|endpoint| endpoint.as_str().to_owned()));
        builder
    }};
}

pub(in crate::aws) use configured;

fn http_client(
    network: &Network,
    connections: usize,
    requests: RequestCounts,
) -> Result<Bounded<pool::Client>, BoxError> {
    let trust = match &network.certificates {
        Some(certificates) => certificates.iter().fold(TrustStore::empty(), |store, pem| {
            store.with_pem_certificate(pem.clone())
        }),
        None => TrustStore::default(),
    };
    let tls = TlsContext::builder().with_trust_store(trust).build()?;
    let proxy = match &network.proxy {
        Some(proxy) => ProxyConfig::https(proxy.url.as_str())?.no_proxy(&proxy.no_proxy),
        None => ProxyConfig::disabled(),
    };
    let pool = ConnectionPool::builder()
        .max_connections_per_host(connections)
        .proxy_config(proxy)
        .dns_resolver(Spread::new(TokioDnsResolver::new()))
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(tls)
        .build_https()?;
    let client = pool::Client::new(&pool)?;
    Ok(Bounded::new(client, network.stall_timeout, requests))
}

/// A test's clock as the SDK has clocks.
#[cfg(test)]
pub(in crate::aws) mod manual {
    use std::time::SystemTime;

    use aws_smithy_async::time::{SharedTimeSource, TimeSource};
    use test_server::ManualClock;

    #[derive(Debug)]
    struct Source(ManualClock);

    impl TimeSource for Source {
        fn now(&self) -> SystemTime {
            self.0.now()
        }
    }

    pub(in crate::aws) fn source(clock: &ManualClock) -> SharedTimeSource {
        SharedTimeSource::new(Source(clock.clone()))
    }
}
