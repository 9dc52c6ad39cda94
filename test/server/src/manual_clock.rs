//! A clock that stands still until a test moves it: what ends by it ends when the test says so.

use crate::sync::lock;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

/// A clock that begins at the system's time. Clones are one clock.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Mutex<SystemTime>>);

impl ManualClock {
    /// A clock that shows the system's time of now, and goes on showing it.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "a clock that is not the same each time is no default"
    )]
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(SystemTime::now())))
    }

    /// What it shows.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        *lock(&self.0)
    }

    /// Moves it on.
    pub fn advance(&self, by: Duration) {
        *lock(&self.0) += by;
    }
}
