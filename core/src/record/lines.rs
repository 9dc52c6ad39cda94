//! The objects of a record, compact: a million of them are 28 MB, and what few have stands beside.
//!
//! They are in the order of the hashes of their keys, not in that of the keys as both sides are: the
//! record does not know the keys.

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;

use super::digest::{Crc64, KeyHash, Seal};
use super::head::Seconds;

/// What a record says of one object. The names that are written are short because there may be a million.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Entry<'a> {
    /// Its ETag and size: of other bytes the line says nothing.
    #[serde(rename = "e")]
    pub seal: Seal,
    /// Number of the set of headers that it was sent with; none where no deploy knows.
    #[serde(rename = "h", skip_serializing_if = "Option::is_none")]
    pub set: Option<u32>,
    /// CRC-64/NVME of its bytes, where the ETag tells nothing of them.
    #[serde(rename = "c", skip_serializing_if = "Option::is_none")]
    pub content: Option<Crc64>,
    /// Id of its version, where the bucket is versioned and a deploy has put it.
    #[serde(rename = "v", skip_serializing_if = "Option::is_none")]
    pub version: Option<&'a str>,
    /// Since when no deploy has had it; none while one has.
    #[serde(rename = "s", skip_serializing_if = "Option::is_none")]
    pub stale: Option<Seconds>,
    /// Whether no deploy has put it there, or had it in LOCAL_PATH: it is only watched, to be deleted when
    /// it has been stale for long enough.
    #[serde(rename = "f", skip_serializing_if = "std::ops::Not::not")]
    pub foreign: bool,
}

impl Entry<'_> {
    /// One that only the seal is known of.
    pub fn of(seal: Seal) -> Self {
        Self {
            seal,
            set: None,
            content: None,
            version: None,
            stale: None,
            foreign: false,
        }
    }

    /// Whether it is of what LOCAL_PATH had, and not of what was left over.
    pub fn is_deployed(&self) -> bool {
        self.stale.is_none() && !self.foreign
    }
}

/// Stands for no set and for no extra.
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Line {
    key: KeyHash,
    seal: Seal,
    set: u32,
    extra: u32,
}

/// What few lines have.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Extra {
    content: Option<Crc64>,
    stale: Option<Seconds>,
    version_at: u32,
    version_bytes: u16,
    foreign: bool,
}

/// All lines of a record. In the order of their keys once [`Lines::sort`] was called.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    /// Shared by the record of before and that of a deploy that changes nothing.
    all: Arc<Vec<Line>>,
    extras: Vec<Extra>,
    versions: String,
    /// These very lines as they are written, where they were read; empty where not.
    packed: Bytes,
    has_contents: bool,
}

impl PartialEq for Lines {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Lines {
    /// Room for so many.
    pub fn with_capacity(lines: usize) -> Self {
        Self {
            all: Arc::new(Vec::with_capacity(lines)),
            ..Self::default()
        }
    }

    /// Appends what is known of the object with this key. A version that has no room, behind 4 GiB of
    /// others or longer than 64 KiB, is left out.
    pub fn push(&mut self, key: KeyHash, entry: &Entry<'_>) {
        let Entry {
            seal,
            set,
            content,
            version,
            stale,
            foreign,
        } = *entry;
        self.packed.clear();
        let has_extra = content.is_some() || version.is_some() || stale.is_some() || foreign;
        self.has_contents |= content.is_some();
        let mut extra = NONE;
        if has_extra {
            extra = u32::try_from(self.extras.len()).unwrap_or(NONE);
            let version = version.unwrap_or_default();
            let place = u32::try_from(self.versions.len()).ok();
            let place = place.zip(u16::try_from(version.len()).ok());
            let (version_at, version_bytes) = place.unwrap_or_default();
            if version_bytes > 0 {
                self.versions.push_str(version);
            }
            self.extras.push(Extra {
                content,
                stale,
                version_at,
                version_bytes,
                foreign,
            });
        }
        Arc::make_mut(&mut self.all).push(Line {
            key,
            seal,
            set: set.unwrap_or(NONE),
            extra,
        });
    }

    /// Puts them in order; `false` if one key stands in them twice.
    pub fn sort(&mut self) -> bool {
        if !self.all.is_sorted_by(|one, next| one.key < next.key) {
            Arc::make_mut(&mut self.all).sort_unstable_by_key(|line| line.key);
        }
        self.all.is_sorted_by(|one, next| one.key < next.key)
    }

    /// What is known of the object with this key. They must be in order.
    pub fn find(&self, key: KeyHash) -> Option<Entry<'_>> {
        let index = self.all.binary_search_by_key(&key, |line| line.key).ok()?;
        self.get(index).map(|(_, entry)| entry)
    }

    /// The one that stands there, in their order.
    pub(super) fn get(&self, index: usize) -> Option<(KeyHash, Entry<'_>)> {
        self.all.get(index).map(|line| (line.key, self.entry(line)))
    }

    /// Leaves only those whose keys `keep` says yes to.
    pub fn retain(&mut self, keep: impl Fn(KeyHash) -> bool) {
        self.packed.clear();
        Arc::make_mut(&mut self.all).retain(|line| keep(line.key));
    }

    /// The gzip member that says these very lines, where one is at hand.
    pub(super) fn packed(&self) -> Option<&Bytes> {
        (!self.packed.is_empty()).then_some(&self.packed)
    }

    /// The same, which `packed` says.
    pub(super) fn with_packed(self, packed: Bytes) -> Self {
        Self { packed, ..self }
    }

    /// Takes over how `others` are written, if they are the same.
    pub fn pack_as(&mut self, others: &Self) {
        if self == others {
            self.packed = others.packed.clone();
        }
    }

    /// Whether the checksum of any was noted.
    pub fn have_contents(&self) -> bool {
        self.has_contents
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// All of them, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (KeyHash, Entry<'_>)> {
        self.all.iter().map(|line| (line.key, self.entry(line)))
    }

    fn entry(&self, line: &Line) -> Entry<'_> {
        let set = (line.set != NONE).then_some(line.set);
        let extra = usize::try_from(line.extra).ok();
        let extra = extra.and_then(|index| self.extras.get(index));
        let Some(extra) = extra else {
            return Entry {
                set,
                ..Entry::of(line.seal)
            };
        };
        let at = extra.version_at as usize;
        let version = self.versions.get(at..at + usize::from(extra.version_bytes));
        Entry {
            seal: line.seal,
            set,
            content: extra.content,
            version: version.filter(|version| !version.is_empty()),
            stale: extra.stale,
            foreign: extra.foreign,
        }
    }
}
