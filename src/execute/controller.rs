//! How many requests may be in flight: twice as many as long as the server keeps up, half when it asks
//! for less, and then slowly up again. Learns from one request after the other and has no clock, so
//! that simulated servers can test it.

/// Requests in flight at the start: enough for most servers, and a round below what all get.
const START: usize = 32;

/// Never fewer than these: one request tells nothing about what the server could take.
const LEAST: usize = 2;

/// Rounds in peace after which more is tried than was refused; twice as many before each further try,
/// for a server that keeps its bounds is not to be asked about them again and again.
const ROUNDS_UNTIL_RETRY: u32 = 16;

/// What a request that ended tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sample {
    /// The server keeps up.
    Answered,
    /// The server asked for less, or did not answer in time, since the sample before.
    Throttled,
}

/// The limit, and what it is to become. A round is as many samples as the limit.
#[derive(Debug)]
pub(super) struct Controller {
    limit: usize,
    /// Beyond this it was refused.
    ceiling: usize,
    max: usize,
    /// Whether nothing was refused so far.
    is_starting: bool,
    samples: usize,
    /// Samples that do not count, of requests that met the refusal that the limit was halved for.
    stale: usize,
    clean_rounds: u32,
    rounds_until_retry: u32,
}

impl Controller {
    /// Begins below `max`, which it never passes.
    pub(super) fn new(max: usize) -> Self {
        Self {
            limit: START.min(max),
            ceiling: max,
            max,
            is_starting: true,
            samples: 0,
            stale: 0,
            clean_rounds: 0,
            rounds_until_retry: ROUNDS_UNTIL_RETRY,
        }
    }

    /// Requests that may be in flight now.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Learns of a request that ended.
    pub(super) fn take(&mut self, sample: Sample) {
        if self.stale > 0 {
            self.stale -= 1;
            return;
        }
        match sample {
            Sample::Throttled => self.back_off(),
            Sample::Answered => {
                self.samples += 1;
                if self.samples >= self.limit {
                    self.samples = 0;
                    self.grow();
                }
            }
        }
    }

    /// Once for all requests that were in flight together: they met the same refusal.
    fn back_off(&mut self) {
        self.is_starting = false;
        self.stale = self.limit - 1;
        self.ceiling = (self.limit * 3 / 4).max(LEAST);
        self.limit = (self.limit / 2).max(LEAST);
        self.samples = 0;
        self.clean_rounds = 0;
    }

    fn grow(&mut self) {
        self.clean_rounds += 1;
        if self.clean_rounds >= self.rounds_until_retry && self.ceiling < self.max {
            self.clean_rounds = 0;
            self.rounds_until_retry = self.rounds_until_retry.saturating_mul(2);
            self.ceiling = self.max;
        }
        let step = if self.is_starting {
            self.limit
        } else {
            (self.limit / 8).max(1)
        };
        self.limit = (self.limit + step).min(self.ceiling);
    }
}

#[cfg(test)]
mod tests;
