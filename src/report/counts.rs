//! How many items there are of what kind: of a plan, or of what has become of it. Pure.

use std::fmt;

use serde::Serialize;

use crate::console::Mark;
use deploy_core::plan::Item;
use deploy_core::plan::compare::Reason;

/// What becomes of objects, as people count it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Objects that were not there.
    pub new: usize,
    /// Objects that are replaced.
    pub changed: usize,
    /// Objects that are deleted.
    pub deleted: usize,
}

impl Changes {
    /// What these do.
    pub fn of<'a>(items: impl Iterator<Item = Item<'a>>) -> Self {
        let mut changes = Self::default();
        for mark in items.filter_map(mark) {
            changes.add(mark);
        }
        changes
    }

    pub(super) fn add(&mut self, mark: Mark) {
        *match mark {
            Mark::New => &mut self.new,
            Mark::Changed => &mut self.changed,
            Mark::Deleted => &mut self.deleted,
        } += 1;
    }

    /// Each number, with the word for it.
    pub fn named(self) -> [(&'static str, usize); 3] {
        let Self {
            new,
            changed,
            deleted,
        } = self;
        [("new", new), ("changed", changed), ("deleted", deleted)]
    }
}

/// What an item does to its object; nothing if it is an invalidation.
pub(super) fn mark(item: Item<'_>) -> Option<Mark> {
    match item {
        Item::Upload(upload) if upload.reason == Reason::New => Some(Mark::New),
        Item::Upload(_) => Some(Mark::Changed),
        Item::Delete(_) => Some(Mark::Deleted),
        Item::Invalidate(_) => None,
    }
}

/// `1 new, 2 changed, 3 deleted`: those that there are; `nothing` where there are none.
impl fmt::Display for Changes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.named().into_iter().filter(|(_, count)| *count > 0);
        let words: Vec<String> = counts
            .map(|(word, count)| format!("{count} {word}"))
            .collect();
        if words.is_empty() {
            formatter.write_str("nothing")
        } else {
            formatter.write_str(&words.join(", "))
        }
    }
}

/// Items of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Uploads.
    pub uploads: usize,
    /// Deletions.
    pub deletions: usize,
    /// Invalidations.
    pub invalidations: usize,
}

impl Counts {
    /// How many of these there are.
    pub fn of<'a>(items: impl Iterator<Item = Item<'a>>) -> Self {
        let mut counts = Self::default();
        for item in items {
            *counts.of_kind(item) += 1;
        }
        counts
    }

    /// The number of those of the kind of `item`.
    pub(super) fn of_kind(&mut self, item: Item<'_>) -> &mut usize {
        match item {
            Item::Upload(_) => &mut self.uploads,
            Item::Delete(_) => &mut self.deletions,
            Item::Invalidate(_) => &mut self.invalidations,
        }
    }

    /// Items of all kinds together.
    pub fn total(self) -> usize {
        self.uploads + self.deletions + self.invalidations
    }
}
