//! A page of a listing, and how it is read out of the bytes that S3 answers ListObjectsV2 with. Nothing
//! here speaks to S3.
//!
//! The SDK's reader makes a text of every field of every object, which was half of what comparing a large
//! bucket took, insists on one name of the root, and takes a damaged document for a shorter one.

mod read;

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

pub use read::{Unusable, parse};

use crate::object::etag::ETag;
use crate::tree::PageEnd;

/// What a page says; keys are relative to the prefix.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// All keys, one after the other.
    keys: String,
    /// Each with the end of its key.
    objects: Vec<Object<usize>>,
    /// What asks for the next one, if there is one.
    pub continuation: Option<String>,
}

/// What a page says of one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object<Key> {
    /// Relative to the prefix, when it comes from a page.
    pub key: Key,
    /// In bytes.
    pub size: u64,
    /// What it says of the bytes.
    pub etag: ETag,
    /// Since the epoch.
    pub modified_secs: u32,
}

/// An object as pages hand it out.
pub type Listed<'a> = Object<&'a str>;

impl<Key> Object<Key> {
    /// The same of another key.
    fn with_key<Other>(&self, key: Other) -> Object<Other> {
        Object {
            key,
            size: self.size,
            etag: self.etag,
            modified_secs: self.modified_secs,
        }
    }
}

/// Whether the times of objects are read: only where they are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Times {
    /// They are.
    Read,
    /// They are 0.
    #[default]
    Ignored,
}

/// Why an object cannot be taken.
pub type Fault = &'static str;

impl Page {
    /// The objects, in the order in which they were listed.
    pub fn objects(&self) -> impl Iterator<Item = Listed<'_>> {
        let mut start = 0;
        self.objects.iter().map(move |object| {
            let key = self.keys.get(start..object.key).unwrap_or_default();
            start = object.key;
            object.with_key(key)
        })
    }

    /// Whether its keys are in order, and after this one.
    pub fn follows(&self, after: Option<&str>) -> bool {
        let keys = self.objects().map(|object| object.key);
        after
            .into_iter()
            .chain(keys)
            .is_sorted_by(|one, next| one < next)
    }

    /// The number of objects.
    pub fn count(&self) -> usize {
        self.objects.len()
    }

    /// What asks for the next one.
    pub fn next(&self) -> Option<&str> {
        self.continuation.as_deref()
    }

    /// What it says of the keys that follow.
    pub fn end(&self) -> PageEnd<'_> {
        let before = self.objects.iter().rev().nth(1);
        let last_start = before.map_or(0, |object| object.key);
        let last = self.objects.last().map(|object| last_start..object.key);
        PageEnd {
            keys: self.count(),
            last: last.and_then(|range| self.keys.get(range)),
            continuation: self.next(),
        }
    }
}

/// A key as it was written. S3 escapes as forms do, where it says so: `+` is a blank.
///
/// # Errors
/// When it is not UTF-8.
pub fn decode_key(key: &str, is_encoded: bool) -> Result<Cow<'_, str>, Fault> {
    if !is_encoded || !key.bytes().any(|byte| matches!(byte, b'%' | b'+')) {
        return Ok(Cow::Borrowed(key));
    }
    let blanks = key.replace('+', " ");
    let decoded = percent_decode_str(&blanks).decode_utf8();
    let decoded = decoded.map_err(|_| "a key that is not UTF-8")?;
    Ok(Cow::Owned(decoded.into_owned()))
}
