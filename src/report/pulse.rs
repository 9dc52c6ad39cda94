//! Tells at regular times what a run is at, so that no log stands still for longer than that.

use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval_at};

use crate::console;
use crate::report::Activity;

/// Time between two looks at the run, by which a terminal's bar is kept up.
const LOOK: Duration = Duration::from_secs(1);

/// Looks from one line to the next: none waits longer than ten seconds for a sign of life.
const LOOKS_PER_LINE: u32 = 10;

/// What tells it; it ends when this is dropped.
#[derive(Debug)]
pub struct Pulse(JoinHandle<()>);

impl Pulse {
    /// Tells of `activity` from now on, in a task of its own: some stages keep theirs busy.
    #[must_use]
    pub fn of(activity: Activity) -> Self {
        Self(tokio::spawn(tell(activity)))
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn tell(activity: Activity) {
    let mut looks = interval_at(tokio::time::Instant::now() + LOOK, LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for look in 1_u32.. {
        looks.tick().await;
        let line = activity.line(Instant::now());
        let is_told = console::describe_progress(line.message());
        if look % LOOKS_PER_LINE == 0 && !is_told {
            console::say(line);
        }
    }
}
