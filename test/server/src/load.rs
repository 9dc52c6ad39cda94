//! What a server under load does of its own accord: it refuses what comes too fast, and takes long over
//! some answers. Only the choice is here; faults on order are in `fault`, and what either does to a
//! connection is in `service`.

use crate::fault::Effect;
use crate::sync::lock;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// S3 requests beyond a rate are answered with 503 `SlowDown`, as S3 does on a prefix that it has not
/// partitioned yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttle {
    /// Requests per second that are answered properly.
    pub per_second: u32,
    /// How long that holds, from the first S3 request on.
    pub lasts: Duration,
}

/// One S3 request of so many is answered so much later, whatever it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tail {
    /// One of how many; at least 1.
    pub one_of: u32,
    /// How much later.
    pub delay: Duration,
}

/// How much of a second's requests may come at once.
const BURST_SECONDS: f64 = 0.1;

/// Decides over each S3 request in turn.
#[derive(Debug)]
pub(crate) struct Load {
    throttle: Option<Throttle>,
    tail: Option<Tail>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    throttled: Option<Allowance>,
    /// Requests that were not refused.
    taken: u32,
}

/// Requests that may still come at once, as of some time.
#[derive(Debug)]
struct Allowance {
    began: Instant,
    at: Instant,
    requests: f64,
}

impl Load {
    pub(crate) fn new(throttle: Option<Throttle>, tail: Option<Tail>) -> Self {
        Self {
            throttle,
            tail,
            state: Mutex::default(),
        }
    }

    /// What becomes of the S3 request that arrives `now`, if it is not answered as ever.
    pub(crate) fn meet(&self, now: Instant) -> Option<Effect> {
        let mut state = lock(&self.state);
        if let Some(throttle) = self.throttle
            && state.is_too_fast(throttle, now)
        {
            return Some(Effect::Error {
                status: 503,
                code: "SlowDown".to_owned(),
                message: "Please reduce your request rate.".to_owned(),
            });
        }
        state.taken += 1;
        let tail = self.tail?;
        state
            .taken
            .is_multiple_of(tail.one_of.max(1))
            .then_some(Effect::Delay(tail.delay))
    }
}

impl State {
    fn is_too_fast(&mut self, throttle: Throttle, now: Instant) -> bool {
        let rate = f64::from(throttle.per_second);
        let most = (rate * BURST_SECONDS).max(1.0);
        let allowance = self.throttled.get_or_insert(Allowance {
            began: now,
            at: now,
            requests: most,
        });
        if now.duration_since(allowance.began) >= throttle.lasts {
            return false;
        }
        let since = now.duration_since(allowance.at).as_secs_f64();
        allowance.requests = (allowance.requests + since * rate).min(most);
        allowance.at = now;
        if allowance.requests < 1.0 {
            return true;
        }
        allowance.requests -= 1.0;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of the requests that come every `every` from `from` on, `count` of them, are refused.
    fn refused(load: &Load, from: Instant, every: Duration, count: u32) -> usize {
        let times = (0..count).map(|index| from + every * index);
        times
            .filter(|now| matches!(load.meet(*now), Some(Effect::Error { status: 503, .. })))
            .count()
    }

    #[test]
    fn what_comes_too_fast_is_refused_for_a_time() {
        let throttle = Throttle {
            per_second: 500,
            lasts: Duration::from_mins(1),
        };
        let load = Load::new(Some(throttle), None);
        let start = Instant::now();
        let every = Duration::from_millis(1);
        // 1,000 come in a second, of which 500 and what may come at once are answered.
        let first = refused(&load, start, every, 1_000);
        assert!((445..=455).contains(&first), "{first}");
        // At the rate itself nothing is.
        let second = refused(&load, start + Duration::from_secs(1), every * 2, 500);
        assert_eq!(second, 0);
        let after = refused(&load, start + throttle.lasts, every, 1_000);
        assert_eq!(after, 0);
    }

    #[test]
    fn one_of_so_many_takes_longer() {
        let tail = Tail {
            one_of: 100,
            delay: Duration::from_secs(2),
        };
        let load = Load::new(None, Some(tail));
        let met: Vec<_> = (1..=300)
            .filter(|_| load.meet(Instant::now()) == Some(Effect::Delay(tail.delay)))
            .collect();
        assert_eq!(met, [100, 200, 300]);
    }
}
