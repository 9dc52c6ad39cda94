//! Credentials that end: renewed once per expiry, however many requests ask for them.
//!
//! The SDK's own cache is switched off for it: that one asks again for every request after a
//! refusal, and cannot tell the deploy that there was one while the credentials still work.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_smithy_async::time::SharedTimeSource;
use tokio::sync::Mutex;

use crate::aws::error::{AwsError, Kind};

/// How long before their end credentials are renewed: enough for the requests that are signed with
/// them, and after a refusal for cleaning up.
const MARGIN_MAX: Duration = Duration::from_mins(1);

/// The same as a part of the lifetime, for servers whose sessions are shorter than AWS's 15 minutes.
const MARGIN_PART: u32 = 4;

/// Pause after a renewal that failed for a reason that may pass.
const PAUSE: Duration = Duration::from_secs(5);

/// Credentials, and what became of their renewal.
#[derive(Debug)]
pub(super) struct CredentialCache {
    held: Mutex<Held>,
    refusal: OnceLock<AwsError>,
    clock: SharedTimeSource,
}

#[derive(Debug)]
struct Held {
    credentials: Credentials,
    renew_at: Option<SystemTime>,
}

impl Held {
    fn new(credentials: Credentials, now: SystemTime) -> Self {
        let renew_at = credentials.expiry().map(|expiry| {
            let lifetime = expiry.duration_since(now).unwrap_or_default();
            expiry - MARGIN_MAX.min(lifetime / MARGIN_PART)
        });
        Self {
            credentials,
            renew_at,
        }
    }

    fn is_due(&self, now: SystemTime) -> bool {
        self.renew_at.is_some_and(|renew_at| renew_at <= now) || !self.is_valid(now)
    }

    fn is_valid(&self, now: SystemTime) -> bool {
        self.credentials.expiry().is_none_or(|expiry| now < expiry)
    }
}

impl CredentialCache {
    /// Holds `credentials`, which are new, and end by `clock`.
    pub(super) fn new(credentials: Credentials, clock: SharedTimeSource) -> Self {
        Self {
            held: Mutex::new(Held::new(credentials, clock.now())),
            refusal: OnceLock::new(),
            clock,
        }
    }

    /// Why the identity was refused when the credentials were to be renewed. They may work for a
    /// little while yet; nothing new should be begun with them.
    pub(super) fn refusal(&self) -> Option<&AwsError> {
        self.refusal.get()
    }

    /// Credentials that work, by `renew` if theirs is the time. Who comes meanwhile, waits.
    ///
    /// # Errors
    /// When they could not be renewed, and no longer work.
    pub(super) async fn credentials(
        &self,
        renew: impl AsyncFnOnce() -> Result<Credentials, AwsError>,
    ) -> Result<Credentials, AwsError> {
        let mut held = self.held.lock().await;
        if !held.is_due(self.clock.now()) {
            return Ok(held.credentials.clone());
        }
        let error = match self.refusal.get() {
            Some(refusal) => refusal.clone(),
            None => match renew().await {
                Ok(credentials) => {
                    *held = Held::new(credentials.clone(), self.clock.now());
                    return Ok(credentials);
                }
                Err(error) => error,
            },
        };
        let now = self.clock.now();
        if error.kind == Kind::Identity {
            // The first refusal stands; setting it again would change nothing.
            drop(self.refusal.set(error.clone()));
        } else {
            held.renew_at = Some(now + PAUSE);
        }
        if held.is_valid(now) {
            Ok(held.credentials.clone())
        } else {
            Err(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AwsError, CredentialCache, Credentials, Kind};
    use crate::aws::Operation;
    use crate::aws::wire::client::manual::source;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;
    use test_server::ManualClock;

    /// Credentials that end so many seconds from now.
    fn credentials(clock: &ManualClock, id: &str, seconds: u64) -> Credentials {
        let expiry = clock.now() + Duration::from_secs(seconds);
        Credentials::new(id, "secret", None, Some(expiry), "test")
    }

    /// A lease of credentials that last so many seconds, and the clock they end by.
    fn credential_cache(seconds: u64) -> (CredentialCache, ManualClock) {
        let clock = ManualClock::new();
        let credential_cache =
            CredentialCache::new(credentials(&clock, "old", seconds), source(&clock));
        (credential_cache, clock)
    }

    /// The same when they are to be renewed, and still work.
    fn due() -> (CredentialCache, ManualClock) {
        let (credential_cache, clock) = credential_cache(600);
        clock.advance(Duration::from_mins(9));
        (credential_cache, clock)
    }

    fn error(kind: Kind) -> AwsError {
        AwsError::local(Operation::AssumeRole, kind, "")
    }

    async fn ask(
        credential_cache: &CredentialCache,
        answer: Result<Credentials, Kind>,
    ) -> Result<String, Kind> {
        let asked = credential_cache
            .credentials(async || answer.map_err(error))
            .await;
        asked
            .map(|credentials| credentials.access_key_id().to_owned())
            .map_err(|error| error.kind)
    }

    #[tokio::test]
    async fn credentials_are_kept_until_shortly_before_their_end() {
        for (seconds, margin) in [(3600, 60), (900, 60), (40, 10)] {
            let (credential_cache, clock) = credential_cache(seconds);
            let renewal = || Ok(credentials(&clock, "new", 600));
            assert_eq!(
                ask(&credential_cache, renewal()).await,
                Ok("old".to_owned())
            );
            clock.advance(Duration::from_secs(seconds - margin - 1));
            assert_eq!(
                ask(&credential_cache, renewal()).await,
                Ok("old".to_owned())
            );
            clock.advance(Duration::from_secs(1));
            assert_eq!(
                ask(&credential_cache, renewal()).await,
                Ok("new".to_owned())
            );
        }
    }

    #[tokio::test]
    async fn one_renewal_per_expiry_serves_all_who_wait() {
        let ((credential_cache, clock), renewals) = (credential_cache(100), AtomicUsize::new(0));
        let renew = async || {
            let renewal = renewals.fetch_add(1, Ordering::Relaxed) + 1;
            tokio::task::yield_now().await;
            Ok(credentials(&clock, &renewal.to_string(), 100))
        };
        for expiry in 1..=3 {
            clock.advance(Duration::from_secs(75));
            let all = (0..20).map(|_| credential_cache.credentials(renew));
            for got in futures_util::future::join_all(all).await {
                assert_eq!(got.unwrap().access_key_id(), expiry.to_string());
            }
        }
        assert_eq!(renewals.into_inner(), 3);
    }

    #[tokio::test]
    async fn a_refusal_is_final_and_leaves_what_still_works() {
        let (credential_cache, clock) = due();
        assert_eq!(
            ask(&credential_cache, Err(Kind::Identity)).await,
            Ok("old".to_owned())
        );
        assert!(credential_cache.refusal().is_some());
        let new = || Ok(credentials(&clock, "new", 600));
        clock.advance(Duration::from_secs(59));
        assert_eq!(ask(&credential_cache, new()).await, Ok("old".to_owned()));
        clock.advance(Duration::from_secs(1));
        assert_eq!(ask(&credential_cache, new()).await, Err(Kind::Identity));
    }

    #[tokio::test]
    async fn what_may_pass_is_tried_again_later() {
        let (credential_cache, clock) = due();
        let new = || Ok(credentials(&clock, "new", 600));
        let unreachable = || Err(Kind::Unreachable);
        assert_eq!(
            ask(&credential_cache, unreachable()).await,
            Ok("old".to_owned())
        );
        assert!(credential_cache.refusal().is_none());
        clock.advance(Duration::from_secs(4));
        assert_eq!(ask(&credential_cache, new()).await, Ok("old".to_owned()));
        clock.advance(Duration::from_secs(1));
        assert_eq!(ask(&credential_cache, new()).await, Ok("new".to_owned()));
        clock.advance(Duration::from_mins(10));
        assert_eq!(
            ask(&credential_cache, unreachable()).await,
            Err(Kind::Unreachable)
        );
        assert_eq!(ask(&credential_cache, new()).await, Ok("new".to_owned()));
    }
}
