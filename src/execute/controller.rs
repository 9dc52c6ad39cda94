//! How many requests may be in flight: more while that brings more, half when the server asks for
//! less. Takes samples and has no clock, so that simulated servers can test it.

use std::time::Duration;

/// Requests in flight at the start: enough to show soon whether more would help.
const START: usize = 32;

/// Never fewer than these: one request tells nothing about what the server could take.
const LEAST: usize = 2;

/// What a request costs beside its bytes, in bytes: at this size half of its time is the way there.
const OVERHEAD_BYTES: u64 = 64 * 1024;

/// A doubled limit stays if the rate grows at least so much. A server with room to spare doubles it.
const WORTHWHILE_GROWTH: f64 = 1.15;

/// Rounds in peace after which more is tried again; twice as many before each further try, for a
/// server that keeps its bounds is not to be asked about them again and again.
const ROUNDS_UNTIL_RETRY: u32 = 16;

/// A request that ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    /// When it ended, since any fixed moment before the first request.
    pub(super) ended: Duration,
    /// Size of its body.
    pub(super) bytes: u64,
    /// Whether the server asked for less, or did not answer in time, since the sample before.
    pub(super) throttled: bool,
}

/// The limit, and what it is judged by. A round is as many samples as the limit.
#[derive(Debug)]
pub(super) struct Controller {
    limit: usize,
    /// Beyond this more brought nothing, or was refused.
    ceiling: usize,
    max: usize,
    /// Doubling as long as it pays; afterwards growing by small steps.
    probing: bool,
    /// Rate of the round before the last doubling.
    rate_before: Option<f64>,
    clean_rounds: u32,
    rounds_until_retry: u32,
    round: Round,
}

#[derive(Clone, Copy, Debug, Default)]
struct Round {
    began: Duration,
    samples: usize,
    bytes: u64,
    /// Samples of requests that were sent under the limit before: they do not count.
    stale: usize,
}

impl Controller {
    /// Begins below `max`, which it never passes.
    pub(super) fn new(max: usize) -> Self {
        Self {
            limit: START.min(max),
            ceiling: max,
            max,
            probing: true,
            rate_before: None,
            clean_rounds: 0,
            rounds_until_retry: ROUNDS_UNTIL_RETRY,
            round: Round::default(),
        }
    }

    /// Requests that may be in flight now.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Learns of a request that ended.
    pub(super) fn take(&mut self, sample: Sample) {
        if self.round.stale > 0 {
            self.round.stale -= 1;
            self.round.began = sample.ended;
            return;
        }
        if sample.throttled {
            self.back_off(sample.ended);
            return;
        }
        self.round.samples += 1;
        self.round.bytes += OVERHEAD_BYTES + sample.bytes;
        if self.round.samples >= self.limit {
            self.end_round(sample.ended);
        }
    }

    /// Once for all requests that were in flight together: they met the same refusal.
    fn back_off(&mut self, now: Duration) {
        let in_flight = self.limit;
        self.probing = false;
        self.clean_rounds = 0;
        self.ceiling = (in_flight * 3 / 4).max(LEAST);
        self.limit = (in_flight / 2).max(LEAST);
        self.begin_round(now, in_flight);
    }

    fn end_round(&mut self, now: Duration) {
        let seconds = now.saturating_sub(self.round.began).as_secs_f64();
        // Far below 2^52 bytes, so that the conversion is exact.
        #[expect(
            clippy::cast_precision_loss,
            reason = "a round has far fewer than 2^52 bytes"
        )]
        let rate = self.round.bytes as f64 / seconds.max(f64::EPSILON);
        let before = self.limit;
        self.clean_rounds += 1;
        if self.probing {
            self.probe(rate);
        } else if self.clean_rounds >= self.rounds_until_retry {
            self.clean_rounds = 0;
            self.rounds_until_retry = self.rounds_until_retry.saturating_mul(2);
            self.ceiling = self.max;
            self.probing = true;
            self.rate_before = None;
        } else {
            self.limit = (self.limit + (self.limit / 8).max(1)).min(self.ceiling);
        }
        let stale = if self.limit == before { 0 } else { before };
        self.begin_round(now, stale);
    }

    fn probe(&mut self, rate: f64) {
        let pays = self
            .rate_before
            .is_none_or(|rate_before| rate >= rate_before * WORTHWHILE_GROWTH);
        if !pays {
            self.limit = (self.limit / 2).max(LEAST);
            self.ceiling = self.limit;
            self.probing = false;
            self.clean_rounds = 0;
        } else if self.limit < self.ceiling {
            self.rate_before = Some(rate);
            self.limit = (self.limit * 2).min(self.ceiling);
        } else {
            self.rate_before = None;
        }
    }

    fn begin_round(&mut self, now: Duration, stale: usize) {
        self.round = Round {
            began: now,
            stale,
            ..Round::default()
        };
    }
}

#[cfg(test)]
mod tests;
