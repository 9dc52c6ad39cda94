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
    objects: Vec<Entry>,
    /// What asks for the next one, if there is one.
    pub continuation: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
struct Entry {
    key_end: usize,
    size: u64,
    etag: ETag,
    modified_secs: u32,
}

/// What a page says of one object.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    /// Relative to the prefix, when it comes from a page.
    pub key: &'a str,
    /// In bytes.
    pub size: u64,
    /// What it says of the bytes.
    pub etag: ETag,
    /// Since the epoch.
    pub modified_secs: u32,
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

/// How keys are written, and what they all begin with.
#[derive(Clone, Copy, Debug)]
pub struct KeyForm<'a> {
    /// Whether they are escaped as in URLs.
    pub encoded: bool,
    /// What they begin with.
    pub prefix: &'a str,
}

impl Page {
    /// One with room for so many objects, whose keys have so many bytes.
    pub fn with_capacity(objects: usize, key_bytes: usize) -> Self {
        Self {
            keys: String::with_capacity(key_bytes),
            objects: Vec::with_capacity(objects),
            continuation: None,
        }
    }

    /// Appends an object, whose `key` is as it was written.
    ///
    /// # Errors
    /// When the key cannot be read, or is not one that was asked for.
    pub fn push(&mut self, object: Listed<'_>, form: KeyForm<'_>) -> Result<(), Fault> {
        let key = form.decode(object.key)?;
        let relative = key
            .strip_prefix(form.prefix)
            .ok_or("a key is outside the prefix that was asked for")?;
        self.keys.push_str(relative);
        self.objects.push(Entry {
            key_end: self.keys.len(),
            size: object.size,
            etag: object.etag,
            modified_secs: object.modified_secs,
        });
        Ok(())
    }

    /// The objects, in the order in which they were listed.
    pub fn objects(&self) -> impl Iterator<Item = Listed<'_>> {
        let mut start = 0;
        self.objects.iter().map(move |entry| {
            let key = self.keys.get(start..entry.key_end).unwrap_or_default();
            start = entry.key_end;
            Listed {
                key,
                size: entry.size,
                etag: entry.etag,
                modified_secs: entry.modified_secs,
            }
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
        let last_start = before.map_or(0, |entry| entry.key_end);
        let last = self.objects.last().map(|entry| last_start..entry.key_end);
        PageEnd {
            keys: self.count(),
            last: last.and_then(|range| self.keys.get(range)),
            continuation: self.next(),
        }
    }
}

impl KeyForm<'_> {
    /// S3 escapes as forms do: `+` is a blank.
    ///
    /// # Errors
    /// When it is not UTF-8.
    pub fn decode(self, key: &str) -> Result<Cow<'_, str>, Fault> {
        if !self.encoded || !key.bytes().any(|byte| matches!(byte, b'%' | b'+')) {
            return Ok(Cow::Borrowed(key));
        }
        let blanks = key.replace('+', " ");
        let decoded = percent_decode_str(&blanks).decode_utf8();
        let decoded = decoded.map_err(|_| "a key that is not UTF-8")?;
        Ok(Cow::Owned(decoded.into_owned()))
    }
}
