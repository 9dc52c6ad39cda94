//! What the bucket holds below the prefix: a sorted, compact list. Filled page by page from a
//! listing; nothing here speaks to S3.

use super::LocalTree;
use super::keys::{KeyRange, KeyTable};
use crate::object::etag::ETag;

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

/// How many objects in order it takes at least, on average, for their runs to be put in order.
const RUN_OBJECTS_MIN: usize = 16;

/// All objects below the prefix, keys relative to it, sorted in byte order.
#[derive(Clone, Debug, Default)]
pub struct RemoteTree {
    keys: KeyTable,
    objects: Vec<RemoteObject>,
}

impl RemoteTree {
    /// An empty tree with room for as many objects as `local` has files: lists that grow are in memory
    /// twice while they do, and room that nothing is put into costs none.
    #[must_use]
    pub fn beside(local: &LocalTree) -> Self {
        Self {
            keys: KeyTable::with_capacity(local.key_text_bytes()),
            objects: Vec::with_capacity(local.files().len()),
        }
    }

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
    /// buckets list in order, so that pages of ranges side by side need only be put in order as wholes.
    pub fn sort(&mut self) {
        self.keys.shrink();
        let keys = &self.keys;
        let key = |object: &RemoteObject| keys.bytes(object.key);
        let runs = self.objects.chunk_by(|one, next| key(one) <= key(next));
        let mut runs: Vec<&[RemoteObject]> = runs.collect();
        if runs.len() > 1 && runs.len() <= self.objects.len() / RUN_OBJECTS_MIN {
            runs.sort_by_key(|run| run.first().map(key));
            self.objects = runs.concat();
        }
        if !self.objects.is_sorted_by_key(key) {
            self.objects
                .sort_by(|left, right| key(left).cmp(key(right)));
        }
        self.objects.shrink_to_fit();
    }

    /// The objects, sorted by key.
    #[must_use]
    pub fn objects(&self) -> &[RemoteObject] {
        &self.objects
    }

    /// The bytes of [`Self::key`].
    #[must_use]
    pub fn key_bytes(&self, object: &RemoteObject) -> &[u8] {
        self.keys.bytes(object.key)
    }

    /// The key of `object`, which must be of this tree.
    #[must_use]
    pub fn key(&self, object: &RemoteObject) -> &str {
        self.keys.get(object.key)
    }
}

#[cfg(test)]
mod tests {
    use super::RemoteTree;
    use crate::object::etag::ETag;
    use proptest::prelude::*;

    fn sorted(keys: &[String]) -> Vec<String> {
        let mut tree = RemoteTree::default();
        for key in keys {
            assert!(tree.push(key, 1, ETag::Opaque, 0));
        }
        tree.sort();
        let objects = tree.objects().iter();
        objects.map(|object| tree.key(object).to_owned()).collect()
    }

    proptest! {
        #[test]
        fn objects_come_in_order_however_they_were_listed(
            keys in prop::collection::btree_set("[a-c/é]{0,5}", 0..300),
            page in 1_usize..60,
            overlap in any::<bool>(),
        ) {
            let expected: Vec<String> = keys.into_iter().collect();
            let mut pages: Vec<Vec<String>> = expected.chunks(page).map(<[_]>::to_vec).collect();
            pages.reverse();
            let mut listed = pages.concat();
            if overlap {
                let (even, odd): (Vec<_>, Vec<_>) = listed.into_iter().partition(|key| key.len() % 2 == 0);
                listed = [odd, even].concat();
            }
            prop_assert_eq!(sorted(&listed), expected);
        }
    }
}
