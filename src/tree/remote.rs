//! What the bucket holds below the prefix: a sorted, compact list. Filled page by page from a
//! listing; nothing here speaks to S3.

use super::keys::{KeyRange, KeyTable};
use crate::etag::ETag;

/// One object of the listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemoteObject {
    key: KeyRange,
    /// Size in bytes.
    pub size: u64,
    /// Its ETag.
    pub etag: ETag,
    /// When it was put, in whole seconds since the epoch. Of no account unless file times are asked
    /// for.
    pub modified_secs: u32,
}

/// All objects below the prefix, keys relative to it, sorted in byte order.
#[derive(Clone, Debug, Default)]
pub struct RemoteTree {
    keys: KeyTable,
    objects: Vec<RemoteObject>,
}

impl RemoteTree {
    /// Appends an object; `false` when the tree's keys no longer fit (see [`KeyTable::push`]).
    pub fn push(&mut self, key: &str, size: u64, etag: ETag, modified_secs: u32) -> bool {
        let range = self.keys.push(key);
        self.objects.extend(range.map(|key| RemoteObject {
            key,
            size,
            etag,
            modified_secs,
        }));
        range.is_some()
    }

    /// Brings the objects in order. To be called once, after the last `push`. General purpose
    /// buckets list in this order already, which the sort then only confirms.
    pub fn sort(&mut self) {
        self.keys.shrink();
        self.objects.shrink_to_fit();
        let keys = &self.keys;
        self.objects
            .sort_by(|left, right| keys.get(left.key).cmp(keys.get(right.key)));
    }

    /// The objects, sorted by key.
    #[must_use]
    pub fn objects(&self) -> &[RemoteObject] {
        &self.objects
    }

    /// The key of `object`, which must be of this tree.
    #[must_use]
    pub fn key(&self, object: &RemoteObject) -> &str {
        self.keys.get(object.key)
    }
}
