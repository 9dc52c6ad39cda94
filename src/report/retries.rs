//! What is told of requests that are tried again: a line for each cause at a time, however many
//! requests it meets. Time comes as an argument.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::aws::Retry;
use crate::console::{Level, Line};
use deploy_core::base::units::Seconds;

/// Time between two lines about one cause.
const LINE_INTERVAL: Duration = Duration::from_secs(10);

/// The attempt from which on a single request is worth a line: one hiccup is no news.
const ATTEMPT_TOLD: u32 = 3;

/// Requests that are worth a line together, however few attempts they had.
const REQUESTS_TOLD: usize = 10;

/// What was told of retries, and what is yet to be.
#[derive(Debug, Default)]
pub(super) struct RetryLog {
    causes: BTreeMap<(String, String), Pending>,
}

#[derive(Debug, Default)]
struct Pending {
    last_line: Option<Instant>,
    requests: usize,
    /// The one with the most attempts.
    worst: Option<Retry>,
}

impl RetryLog {
    /// The lines that are due at `now`, after `noted` came up.
    pub(super) fn lines(&mut self, noted: Vec<Retry>, now: Instant) -> Vec<Line> {
        for retry in noted {
            let cause = (retry.operation.clone(), retry.reason.clone());
            let pending = self.causes.entry(cause).or_default();
            pending.requests += 1;
            let worst = pending.worst.as_ref();
            if worst.is_none_or(|worst| worst.attempt <= retry.attempt) {
                pending.worst = Some(retry);
            }
        }
        let pending = self.causes.values_mut();
        pending.filter_map(|pending| pending.line(now)).collect()
    }
}

impl Pending {
    fn line(&mut self, now: Instant) -> Option<Line> {
        let worst = self.worst.as_ref()?;
        let told_lately = self
            .last_line
            .is_some_and(|last| now.saturating_duration_since(last) < LINE_INTERVAL);
        let is_news = worst.attempt >= ATTEMPT_TOLD || self.requests >= REQUESTS_TOLD;
        if told_lately || !is_news {
            return None;
        }
        let line = line(worst, self.requests);
        *self = Self {
            last_line: Some(now),
            ..Self::default()
        };
        Some(line)
    }
}

fn line(worst: &Retry, requests: usize) -> Line {
    let Retry {
        operation,
        reason,
        attempt,
        attempts_max,
        pause,
    } = worst;
    let next = format!("attempt {attempt} of {attempts_max} in {}", Seconds(*pause));
    let message = match requests {
        1 => format!("{operation}: {reason}, {next}"),
        _ => format!("{operation}: {reason}, {requests} requests are tried again, up to {next}"),
    };
    Line::warning("retry", message)
        .with("operation", operation.as_str())
        .with("reason", reason.as_str())
        .with("requests", requests)
        .with("attempt", *attempt)
        .with("attempts_max", *attempts_max)
        .with("pause_seconds", pause.as_secs_f64())
}

/// The line of one retry, for whoever looks into a run.
pub(super) fn debug(retry: &Retry) -> Line {
    line(retry, 1).of(Level::Debug)
}

#[cfg(test)]
mod tests {
    use super::{Retry, RetryLog};
    use std::time::{Duration, Instant};

    fn retry(attempt: u32) -> Retry {
        Retry {
            operation: "PutObject".to_owned(),
            reason: "SlowDown (HTTP 503)".to_owned(),
            attempt,
            attempts_max: 6,
            pause: Duration::from_millis(1_500),
        }
    }

    #[test]
    fn a_cause_is_told_once_in_a_while_with_the_most_attempts_it_took() {
        let began = Instant::now();
        let mut log = RetryLog::default();
        let mut told = Vec::new();
        let mut at = |seconds: u64, noted: Vec<Retry>| {
            let now = began + Duration::from_secs(seconds);
            let lines = log.lines(noted, now).into_iter();
            told.extend(lines.map(|line| format!("{seconds:>2} {line}")));
        };
        at(0, vec![retry(2)]);
        at(1, vec![retry(3)]);
        at(2, vec![retry(4), retry(2)]);
        at(9, Vec::new());
        at(11, Vec::new());
        at(30, vec![retry(2); 9]);
        at(31, vec![retry(2)]);
        insta::assert_snapshot!(told.join("\n"), @r"
         1 WARNING: PutObject: SlowDown (HTTP 503), 2 requests are tried again, up to attempt 3 of 6 in 1.50 s
        11 WARNING: PutObject: SlowDown (HTTP 503), 2 requests are tried again, up to attempt 4 of 6 in 1.50 s
        31 WARNING: PutObject: SlowDown (HTTP 503), 10 requests are tried again, up to attempt 2 of 6 in 1.50 s
        ");
    }
}
