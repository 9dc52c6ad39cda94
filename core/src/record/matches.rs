//! Which lines of a record are believed of the objects of a listing, for all of them at once. A search for
//! each would wait for memory at each of its steps: lines are in the order of hashes, which is that of
//! nothing else.

use std::sync::Arc;

use super::digest::{KeyHash, Seal};
use super::{Believed, Record};
use crate::tree::RemoteTree;

/// Stands for no line.
const NONE: u32 = u32::MAX;

/// A record beside a listing.
#[derive(Debug)]
pub struct Matches {
    record: Arc<Record>,
    /// For each object the place of the line that is believed of it.
    lines: Vec<u32>,
}

impl Matches {
    /// What `record` says of the objects of `remote`.
    #[must_use]
    pub fn of(record: Arc<Record>, remote: &RemoteTree) -> Self {
        let objects = remote.objects();
        let keys = objects.iter().map(|object| KeyHash::of(remote.key(object)));
        let mut keys: Vec<(KeyHash, u32)> = keys.zip(0..).collect();
        keys.sort_unstable();
        let mut lines = vec![NONE; objects.len()];
        let mut known = record.lines.iter().zip(0..NONE).peekable();
        for (key, at) in keys {
            while known.next_if(|((line, _), _)| *line < key).is_some() {}
            let found = known.peek().filter(|((line, _), _)| *line == key);
            let object = objects.get(at as usize);
            let seal = object.and_then(|object| Seal::of(object.etag, object.size));
            let believed = found.filter(|((_, entry), _)| Some(entry.seal) == seal);
            if let (Some((_, number)), Some(line)) = (believed, lines.get_mut(at as usize)) {
                *line = *number;
            }
        }
        drop(known);
        Self { record, lines }
    }

    /// What is believed of the object with this index in the listing, and the hash of its key.
    #[must_use]
    pub fn get(&self, object: usize) -> Option<(KeyHash, Believed<'_>)> {
        let line = usize::try_from(*self.lines.get(object)?).ok()?;
        let (key, entry) = self.record.lines.get(line)?;
        Some((key, self.record.with_set(entry)))
    }

    /// Whether each object has a line and each line an object, of which a deploy has put each and knows
    /// what it was sent with.
    #[must_use]
    pub fn tell_all(&self) -> bool {
        let is_told = |known: Believed<'_>| known.set.is_some() && known.entry.is_deployed();
        self.lines.len() == self.record.lines.len()
            && (0..self.lines.len()).all(|at| self.get(at).is_some_and(|(_, known)| is_told(known)))
    }
}
