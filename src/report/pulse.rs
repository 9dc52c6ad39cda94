//! Tells at regular times what a run is at, so that no log stands still, and what it waits for
//! because a request is tried again.

use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval_at};

use super::retries::{self, RetryLog};
use crate::aws::Retries;
use crate::console::{self, Level};
use crate::report::Activity;

/// Time between two looks at the run, by which a terminal's bar is kept up too.
const LOOK: Duration = Duration::from_secs(1);

/// Time between two lines: with a look more it is the longest that a log stands still.
const LINE_INTERVAL: Duration = Duration::from_secs(9);

/// What tells it.
#[derive(Debug)]
pub struct Pulse {
    end: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// What was told, and when.
#[derive(Debug)]
struct Told {
    retries: RetryLog,
    last_line: Instant,
}

impl Pulse {
    /// Tells of `activity` and `retries` from now on, in a task of its own: some stages keep theirs busy.
    pub fn of(activity: Activity, retries: Retries) -> Self {
        let (end, ended) = oneshot::channel();
        let task = tokio::spawn(tell(activity, retries, ended));
        Self { end, task }
    }

    /// Tells what is left to tell, and ends.
    pub async fn end(self) {
        drop(self.end);
        // A task that panicked has nothing to tell.
        drop(self.task.await);
    }
}

async fn tell(activity: Activity, retries: Retries, mut ended: oneshot::Receiver<()>) {
    let mut looks = interval_at(tokio::time::Instant::now() + LOOK, LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = Told {
        retries: RetryLog::default(),
        last_line: Instant::now(),
    };
    loop {
        let is_over = tokio::select! {
            _ = looks.tick() => false,
            _ = &mut ended => true,
        };
        let now = Instant::now();
        told.say_retries(&retries, now);
        if is_over {
            return;
        }
        let line = activity.line(now);
        let is_shown = console::describe_progress(line.message());
        if told.is_due(now) && !is_shown {
            console::say(line);
        }
    }
}

impl Told {
    fn say_retries(&mut self, retries: &Retries, now: Instant) {
        let noted = retries.take();
        if console::shows(Level::Debug) {
            for retry in &noted {
                console::say(retries::debug(retry));
            }
        }
        for line in self.retries.lines(noted, now) {
            console::say(line);
        }
    }

    /// Whether it is time for a line.
    fn is_due(&mut self, now: Instant) -> bool {
        let is_due = now.saturating_duration_since(self.last_line) >= LINE_INTERVAL;
        if is_due {
            self.last_line = now;
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::{LOOK, RetryLog, Told};
    use proptest::prelude::*;
    use std::time::{Duration, Instant};

    proptest! {
        /// Looks come when they come, up to a second apart.
        #[test]
        fn no_log_stands_still_for_more_than_ten_seconds(gaps in prop::collection::vec(1..=1000_u64, 1..200)) {
            let began = Instant::now();
            let mut told = Told { retries: RetryLog::default(), last_line: began };
            let (mut now, mut last) = (began, began);
            for gap in gaps {
                now += LOOK.min(Duration::from_millis(gap));
                if told.is_due(now) {
                    last = now;
                }
                prop_assert!(now - last < Duration::from_secs(10));
            }
        }
    }
}
