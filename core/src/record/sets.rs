//! The sets of headers that objects were sent with, each once.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::digest::SetDigest;

/// One set. The digest is of all of it; in clear stands what a copy of an object does not take along.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub struct HeaderSet {
    /// Of everything that was sent.
    pub digest: SetDigest,
    /// Canned ACL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acl: Option<String>,
    /// Storage class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_class: Option<String>,
    /// Target of the website redirect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect: Option<String>,
}

/// All sets, by their numbers.
#[derive(Clone, Debug, Default)]
pub struct Sets {
    sets: Vec<HeaderSet>,
    numbers: HashMap<SetDigest, u32>,
}

impl PartialEq for Sets {
    fn eq(&self, other: &Self) -> bool {
        self.sets == other.sets
    }
}

impl Sets {
    /// The set of this number.
    pub fn get(&self, number: u32) -> Option<&HeaderSet> {
        self.sets.get(usize::try_from(number).ok()?)
    }

    /// The number of `set`, which is new unless one with its digest is there.
    pub fn number(&mut self, set: HeaderSet) -> u32 {
        let next = u32::try_from(self.sets.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(set.digest).or_insert(next);
        if number == next {
            self.sets.push(set);
        }
        number
    }

    /// All sets, in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &HeaderSet> {
        self.sets.iter()
    }

    /// How many sets there are.
    pub fn len(&self) -> usize {
        self.sets.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }
}
