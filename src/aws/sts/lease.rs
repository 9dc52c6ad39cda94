//! Credentials that end: renewed once per expiry, however many requests ask for them.
//!
//! The SDK's own cache is switched off for it: that one asks again for every request after a
//! refusal, and cannot tell the deploy that there was one while the credentials still work.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
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
pub(super) struct Lease {
    held: Mutex<Held>,
    refusal: OnceLock<AwsError>,
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

impl Lease {
    /// Holds `credentials`, which are new.
    pub(super) fn new(credentials: Credentials) -> Self {
        Self {
            held: Mutex::new(Held::new(credentials, SystemTime::now())),
            refusal: OnceLock::new(),
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
        if !held.is_due(SystemTime::now()) {
            return Ok(held.credentials.clone());
        }
        let error = match self.refusal.get() {
            Some(refusal) => refusal.clone(),
            None => match renew().await {
                Ok(credentials) => {
                    *held = Held::new(credentials.clone(), SystemTime::now());
                    return Ok(credentials);
                }
                Err(error) => error,
            },
        };
        let now = SystemTime::now();
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
    use super::{AwsError, Credentials, Kind, Lease};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::{Duration, SystemTime};

    /// Credentials that end so many seconds from now.
    fn credentials(id: &str, seconds: u64) -> Credentials {
        let expiry = SystemTime::now() + Duration::from_secs(seconds);
        Credentials::new(id, "secret", None, Some(expiry), "test")
    }

    /// Credentials that were long-lived, and are to be renewed now; they still work.
    fn due() -> Lease {
        let lease = Lease::new(credentials("old", 600));
        lease.held.try_lock().unwrap().renew_at = Some(SystemTime::now());
        lease
    }

    fn error(kind: Kind) -> AwsError {
        AwsError {
            operation: "AssumeRole",
            kind,
            code: None,
            message: String::new(),
            status: None,
            request_id: None,
        }
    }

    async fn ask(lease: &Lease, answer: Result<Credentials, Kind>) -> Result<String, Kind> {
        let asked = lease.credentials(async || answer.map_err(error)).await;
        asked
            .map(|credentials| credentials.access_key_id().to_owned())
            .map_err(|error| error.kind)
    }

    #[tokio::test]
    async fn credentials_are_kept_until_shortly_before_their_end() {
        let lease = Lease::new(credentials("old", 600));
        assert_eq!(ask(&lease, Err(Kind::Identity)).await, Ok("old".to_owned()));
        assert!(lease.refusal().is_none(), "nobody was asked");
        for (seconds, margin) in [(3600, 60.0), (900, 60.0), (40, 10.0)] {
            let expiry = credentials("x", seconds).expiry().unwrap();
            let held = Lease::new(credentials("x", seconds)).held.into_inner();
            let before = expiry.duration_since(held.renew_at.unwrap()).unwrap();
            assert!((before.as_secs_f64() - margin).abs() < 0.5, "{before:?}");
        }
    }

    #[tokio::test]
    async fn one_renewal_serves_all_who_wait() {
        let (lease, renewals) = (due(), AtomicUsize::new(0));
        let renew = async || {
            renewals.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            Ok(credentials("new", 600))
        };
        let all = (0..20).map(|_| lease.credentials(renew));
        for got in futures_util::future::join_all(all).await {
            assert_eq!(got.unwrap().access_key_id(), "new");
        }
        assert_eq!(renewals.into_inner(), 1);
    }

    #[tokio::test]
    async fn a_refusal_is_final_and_leaves_what_still_works() {
        let lease = due();
        assert_eq!(ask(&lease, Err(Kind::Identity)).await, Ok("old".to_owned()));
        assert!(lease.refusal().is_some());
        assert_eq!(
            ask(&lease, Ok(credentials("new", 600))).await,
            Ok("old".to_owned())
        );
        let ended = Lease::new(credentials("old", 0));
        assert_eq!(ask(&ended, Err(Kind::Identity)).await, Err(Kind::Identity));
    }

    #[tokio::test]
    async fn what_may_pass_is_tried_again_later() {
        let lease = due();
        assert_eq!(
            ask(&lease, Err(Kind::Unreachable)).await,
            Ok("old".to_owned())
        );
        assert!(lease.refusal().is_none());
        let renew_at = lease.held.try_lock().unwrap().renew_at;
        assert!(renew_at > Some(SystemTime::now()));
        let ended = Lease::new(credentials("old", 0));
        assert_eq!(
            ask(&ended, Err(Kind::Unreachable)).await,
            Err(Kind::Unreachable)
        );
        assert_eq!(
            ask(&ended, Ok(credentials("new", 600))).await,
            Ok("new".to_owned())
        );
    }
}
