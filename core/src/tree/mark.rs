//! A note beside a pattern. What was noted is no part of what the pattern says.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Set or not; clones share it, and any two are equal.
#[derive(Clone, Debug, Default)]
pub(super) struct Mark(Arc<AtomicBool>);

impl Mark {
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl PartialEq for Mark {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for Mark {}
