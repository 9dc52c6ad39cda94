//! Which parts of a bucket to list side by side: ranges of keys that end at local keys, because those
//! are the best guess at what the bucket holds. Nothing here speaks to S3.
//!
//! A range that is cut too small costs a request that was not needed, one cut too large only time; the
//! guess is never trusted for what the bucket holds.

use std::ops;

use super::LocalTree;

/// Requests for pages at a time.
const LISTINGS_MAX: usize = 8;

/// Keys on a full page.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
const PAGE_KEYS: usize = 1000;

/// The part of a page that is left free where it is not sure how many keys there are.
const SLACK_PART: usize = 32;

/// Keys to be listed, relative to the prefix: those after one key, up to and with another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySpan {
    /// The key before the first; none from the beginning.
    pub after: Option<Box<str>>,
    /// The last; none up to the end.
    pub last: Option<Box<str>>,
    /// What continues the page before, if this is what was left after one.
    pub continuation: Option<String>,
    /// The local files with such keys.
    files: ops::Range<usize>,
}

impl KeySpan {
    /// Whether `key`, which comes after the beginning, is in it.
    pub fn reaches(&self, key: &str) -> bool {
        self.last.as_deref().is_none_or(|last| key <= last)
    }
}

/// What a page says of the keys that follow.
#[derive(Clone, Copy, Debug)]
pub struct PageEnd<'a> {
    /// Number of keys.
    pub keys: usize,
    /// The last of them.
    pub last: Option<&'a str>,
    /// What asks for the next page; none if nothing follows below the prefix.
    pub continuation: Option<&'a str>,
}

/// The ranges that are still to be listed.
#[derive(Debug)]
pub struct Spans<'a> {
    local: &'a LocalTree,
    waiting: Vec<KeySpan>,
    running: usize,
    /// No object has a key beyond this one, as far as pages have told.
    end: Option<Box<str>>,
}

impl<'a> Spans<'a> {
    /// All keys, in one range: whether there is more than one page only the first can tell.
    pub fn new(local: &'a LocalTree) -> Self {
        let all = KeySpan {
            after: None,
            last: None,
            continuation: None,
            files: 0..local.files().len(),
        };
        Self {
            local,
            waiting: vec![all],
            running: 0,
            end: None,
        }
    }

    /// A range whose first page is to be asked for now. [`Self::take`] is to follow.
    pub fn start(&mut self) -> Option<KeySpan> {
        if self.running == LISTINGS_MAX {
            return None;
        }
        let span = self.waiting.pop()?;
        self.running += 1;
        Some(span)
    }

    /// Learns of the page that began `span`. Its keys that [`KeySpan::reaches`] are listed with it.
    pub fn take(&mut self, span: KeySpan, page: PageEnd<'_>) {
        self.running -= 1;
        let end = page.last.or(span.after.as_deref());
        let Some(continuation) = page.continuation else {
            // Nothing is there beyond this page.
            self.waiting
                .retain(|waiting| waiting.after.as_deref() < end);
            let known = self.end.take();
            self.end = known.into_iter().chain(end.map(Into::into)).min();
            return;
        };
        let Some(end) = end else {
            // A page that is empty and yet not the last tells nothing but where to go on.
            self.waiting.push(KeySpan {
                continuation: Some(continuation.to_owned()),
                ..span
            });
            return;
        };
        if span.last.as_deref().is_some_and(|last| last <= end) {
            return;
        }
        let seen = self.files_up_to(&span.files, end);
        let rest = KeySpan {
            after: Some(end.into()),
            continuation: Some(continuation.to_owned()),
            files: span.files.start + seen..span.files.end,
            last: span.last,
        };
        let idle = LISTINGS_MAX - (self.running + self.waiting.len()).min(LISTINGS_MAX);
        let per_page = files_per_page(page.keys, seen);
        let pages = rest.files.len().div_ceil(per_page);
        self.split(rest, per_page * pages.div_ceil(idle.max(1)));
    }

    /// How many of `files` have keys up to `key`.
    fn files_up_to(&self, files: &ops::Range<usize>, key: &str) -> usize {
        let files = self.local.files().get(files.clone()).unwrap_or_default();
        files.partition_point(|file| self.local.key(file) <= key)
    }

    /// Cuts `rest` into parts with so many local files each; the first goes on where it is.
    fn split(&mut self, rest: KeySpan, per_part: usize) {
        let mut spans = Vec::new();
        let mut open = rest;
        while open.files.len() > per_part {
            let next = open.files.start + per_part;
            let last = self.local.files().get(next - 1);
            let Some(last) = last.map(|file| self.local.key(file)) else {
                break;
            };
            if self.end.as_deref().is_some_and(|end| end <= last) {
                break;
            }
            let following = KeySpan {
                after: Some(last.into()),
                last: open.last.take(),
                continuation: None,
                files: next..open.files.end,
            };
            spans.push(KeySpan {
                last: Some(last.into()),
                files: open.files.start..next,
                ..open
            });
            open = following;
        }
        spans.push(open);
        // The earliest is asked for first.
        self.waiting.extend(spans.into_iter().rev());
    }
}

/// How many local files are likely to stand beside the objects of one page, after `keys` objects were
/// listed beside `seen` files. Where the two sides differ it is a little less, for a page that is not
/// quite full costs less than one key on a page of its own.
fn files_per_page(keys: usize, seen: usize) -> usize {
    match PAGE_KEYS.saturating_mul(seen).checked_div(keys) {
        None | Some(0) => PAGE_KEYS,
        Some(files) if seen == keys => files,
        Some(files) => (files - files.div_ceil(SLACK_PART)).max(1),
    }
}

#[cfg(test)]
mod tests;
