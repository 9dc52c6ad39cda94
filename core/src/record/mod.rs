//! The deploy record: what a bucket's listing cannot tell, kept in one small object beside what it is
//! about. Pure: its bytes, what it says, and how far it is believed. Asking for it and putting it is
//! `aws::s3`'s, and when that is done `command::deploy`'s.
//!
//! A line is believed only while the listing shows the ETag and the size that it was written for. The
//! format is a promise, and stands in docs/record.md.

mod codec;
mod digest;
mod head;
mod lines;
mod matches;
mod order;
#[cfg(test)]
mod properties;
mod receipt;
mod sets;

pub use codec::{BYTES_MAX, Unreadable, read, write};
pub use digest::{Crc64, KeyHash, NameHash, Seal, SetDigest};
pub use head::{Head, Restored, SCHEMA, Seconds, State, Who};
pub use lines::{Entry, Lines};
pub use matches::Matches;
pub use order::{Deployed, Standing, Whose, standing};
pub use receipt::Receipt;
pub use sets::{HeaderSet, Sets};

use crate::object::etag::ETag;

/// Folder, below the prefix, of the objects that are the pipe's own: they are nobody's content, never
/// deployed, counted or deleted.
pub const FOLDER: &str = ".aws-oidc-s3-deploy/";

/// Key of the record, below the prefix.
pub const KEY: &str = ".aws-oidc-s3-deploy/record";

/// Folder, below the prefix, of the releases: copies of the records of deploys that were complete.
pub const RELEASES: &str = ".aws-oidc-s3-deploy/releases/";

/// Key, below the prefix, of an object that is always the same: what tells whether a server heeds the
/// conditions of uploads in parts.
pub const TRIAL: &str = ".aws-oidc-s3-deploy/condition";

/// Content-Type that the record is stored with. No Content-Encoding: it is fetched as it is.
pub const CONTENT_TYPE: &str = "application/gzip";

/// Cache-Control that the record is stored with: what a cache has is what was deployed before.
pub const CACHE_CONTROL: &str = "no-store";

/// Whether `key`, relative to the prefix, is an object of the pipe's own.
pub fn is_own(key: &str) -> bool {
    key.starts_with(FOLDER)
}

/// Everything that a record says.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Which deploy wrote it.
    pub head: Head,
    /// What objects were sent with.
    pub sets: Sets,
    /// The objects.
    pub lines: Lines,
}

/// What a record says of one object, where it is believed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Believed<'a> {
    /// The line.
    pub entry: Entry<'a>,
    /// What the object was sent with; none where no deploy knows.
    pub set: Option<&'a HeaderSet>,
}

impl Record {
    /// One of the deploys to `prefix` that says nothing.
    pub fn empty(prefix: &str) -> Self {
        Self {
            head: Head::new(prefix),
            sets: Sets::default(),
            lines: Lines::default(),
        }
    }

    /// What it says of the object `key`, relative to the prefix, that is listed with this ETag and
    /// size: nothing if that is not the object that the line was written for.
    pub fn believed(&self, key: &str, etag: ETag, size: u64) -> Option<Believed<'_>> {
        let entry = self.lines.find(KeyHash::of(key))?;
        (Some(entry.seal) == Seal::of(etag, size)).then(|| self.with_set(entry))
    }

    fn with_set<'a>(&'a self, entry: Entry<'a>) -> Believed<'a> {
        let set = entry.set.and_then(|number| self.sets.get(number));
        Believed { entry, set }
    }

    /// The checksum of such an object's bytes, where the record has it.
    pub fn crc64(&self, key: &str, etag: ETag, size: u64) -> Option<Crc64> {
        // Most buckets have none, and a million keys are not hashed for nothing.
        if !self.lines.have_contents() {
            return None;
        }
        self.believed(key, etag, size)?.entry.content
    }
}
