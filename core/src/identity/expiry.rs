//! Whether a deploy is likely to outlive its credentials. Pure: times come in, a sentence comes out.

use std::time::{Duration, SystemTime};

use crate::base::units::{Count, MIB};

/// Uploads and deletions that a deploy does in a second at least, on a small build machine.
const ITEMS_PER_SECOND: u64 = 50;

/// Bytes that it uploads in a second at least.
const BYTES_PER_SECOND: u64 = 10 * MIB;

/// How long credentials last, and until when they can be renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// When the session began.
    pub began: SystemTime,
    /// When it ends.
    pub ends: SystemTime,
    /// When the token ends that renews it; `None` if it does not say.
    pub token_ends: Option<SystemTime>,
}

impl Lifetime {
    /// When the last session ends that the token can give: each is renewed when it ends, by one of
    /// the same length, for as long as the token is valid then.
    fn last_ends(&self) -> Option<SystemTime> {
        let length = self.ends.duration_since(self.began).ok()?;
        let renewable = self
            .token_ends?
            .duration_since(self.ends)
            .unwrap_or_default();
        if renewable.is_zero() || length.is_zero() {
            return Some(self.ends);
        }
        let renewals = renewable.as_secs().div_ceil(length.as_secs().max(1));
        self.ends
            .checked_add(length.checked_mul(u32::try_from(renewals).ok()?)?)
    }

    /// What to tell before a deploy of `items` and `bytes` begins `now`, if it may not come to its
    /// end.
    pub fn warning(&self, now: SystemTime, items: usize, bytes: u64) -> Option<String> {
        let likely = likely_duration(items, bytes);
        let left = self.last_ends()?.duration_since(now).unwrap_or_default();
        (likely > left).then(|| {
            format!(
                "this deploy may take {}, but its credentials last {} and the step's token will not renew them after that: a deploy that does not finish stops with exit code 3, and running the pipe again finishes it; deploy in a step of its own, or raise AWS_ROLE_DURATION_SECONDS",
                minutes(likely),
                minutes(left),
            )
        })
    }
}

fn likely_duration(items: usize, bytes: u64) -> Duration {
    let items = u64::try_from(items).unwrap_or(u64::MAX);
    Duration::from_secs(items / ITEMS_PER_SECOND + bytes / BYTES_PER_SECOND)
}

fn minutes(duration: Duration) -> String {
    let minutes = usize::try_from(duration.as_secs() / 60).unwrap_or(usize::MAX);
    match minutes {
        0 => "less than a minute".to_owned(),
        minutes => format!("about {}", Count(minutes, "minute")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Lifetime, likely_duration};
    use crate::base::units::GIB;
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    fn minute(minute: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(60 * minute)
    }

    fn lifetime(ends: u64, token_ends: Option<u64>) -> Lifetime {
        Lifetime {
            began: minute(0),
            ends: minute(ends),
            token_ends: token_ends.map(minute),
        }
    }

    #[test]
    fn sessions_are_renewed_for_as_long_as_the_token_is_valid() {
        for (ends, token_ends, last_ends) in [
            (60, Some(10), 60),
            (60, Some(60), 60),
            (60, Some(61), 120),
            (15, Some(60), 60),
            (15, Some(61), 75),
            (0, Some(60), 0),
        ] {
            let found = lifetime(ends, token_ends).last_ends();
            assert_eq!(found, Some(minute(last_ends)), "{ends} {token_ends:?}");
        }
        assert_eq!(lifetime(60, None).last_ends(), None);
    }

    #[test]
    fn the_estimate_grows_with_number_and_size() {
        assert_eq!(likely_duration(0, 0), Duration::ZERO);
        assert_eq!(likely_duration(5000, 0), Duration::from_secs(100));
        assert_eq!(likely_duration(1, 10 * GIB), Duration::from_secs(1024));
    }

    #[test]
    fn only_a_deploy_that_may_not_finish_is_warned_about() {
        let lifetime = lifetime(15, Some(5));
        assert_eq!(lifetime.warning(minute(1), 100, 0), None);
        let warning = lifetime.warning(minute(5), 10, 10 * GIB).unwrap();
        assert!(
            warning
                .contains("may take about 17 minutes, but its credentials last about 10 minutes"),
            "{warning}"
        );
        assert!(
            lifetime
                .warning(minute(20), 100, 0)
                .unwrap()
                .contains("last less than a minute")
        );
    }
}
