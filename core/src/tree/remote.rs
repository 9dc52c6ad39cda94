//! What the bucket holds below the prefix: a sorted, compact list in which each key stands once,
//! whatever a server lists. Nothing here speaks to S3.

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

/// The size of an object that was listed with two different ones: no file has it.
const SIZE_UNKNOWN: u64 = u64::MAX;

impl RemoteObject {
    /// Takes `other`, a second entry for the same key, into account. Which of the two is the object
    /// only the server could say, so that what they disagree about is not known: the file is then
    /// uploaded again, which is harmless, where believing the wrong one is not.
    fn merge(&mut self, other: &Self) {
        if self.size != other.size {
            self.size = SIZE_UNKNOWN;
        }
        if self.etag != other.etag {
            self.etag = ETag::Opaque;
        }
        self.modified_secs = self.modified_secs.min(other.modified_secs);
    }
}

/// How many objects in order it takes at least, on average, for their runs to be put in order.
const RUN_OBJECTS_MIN: usize = 16;

/// Objects as a server lists them: in any order, and perhaps more than once.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    keys: KeyTable,
    objects: Vec<RemoteObject>,
}

impl Listing {
    /// An empty listing with room for as many objects as `local` has files: lists that grow are in
    /// memory twice while they do, and room that nothing is put into costs none.
    pub fn beside(local: &LocalTree) -> Self {
        Self {
            keys: KeyTable::with_capacity(local.key_text_bytes()),
            objects: Vec::with_capacity(local.files().len()),
        }
    }

    /// Appends an object; `false` when the keys no longer fit (see [`KeyTable::push`]).
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

    /// The objects in order, each key once. General purpose buckets list in order, so that pages of
    /// ranges side by side need only be put in order as wholes.
    pub fn tree(self) -> RemoteTree {
        let Self {
            mut keys,
            mut objects,
        } = self;
        keys.shrink();
        let key = |object: &RemoteObject| keys.bytes(object.key);
        let runs = objects.chunk_by(|one, next| key(one) < key(next));
        let mut runs: Vec<&[RemoteObject]> = runs.collect();
        if runs.len() > 1 && runs.len() <= objects.len() / RUN_OBJECTS_MIN {
            runs.sort_by_key(|run| run.first().map(key));
            objects = runs.concat();
        }
        let listed = objects.len();
        if !objects.is_sorted_by(|one, next| key(one) < key(next)) {
            objects.sort_by(|one, next| key(one).cmp(key(next)));
            objects.dedup_by(|next, kept| {
                let is_same = key(next) == key(kept);
                if is_same {
                    kept.merge(next);
                }
                is_same
            });
        }
        objects.shrink_to_fit();
        RemoteTree {
            repeated: listed - objects.len(),
            keys,
            objects,
        }
    }
}

/// All objects below the prefix, keys relative to it, sorted in byte order, none twice: only
/// [`Listing::tree`] makes one.
#[derive(Clone, Debug, Default)]
pub struct RemoteTree {
    keys: KeyTable,
    objects: Vec<RemoteObject>,
    repeated: usize,
}

impl RemoteTree {
    /// The objects, sorted by key.
    pub fn objects(&self) -> &[RemoteObject] {
        &self.objects
    }

    /// How many entries of the listing were for keys that it had named before.
    pub fn repeated(&self) -> usize {
        self.repeated
    }

    /// The bytes of [`Self::key`].
    pub fn key_bytes(&self, object: &RemoteObject) -> &[u8] {
        self.keys.bytes(object.key)
    }

    /// The key of `object`, which must be of this tree.
    pub fn key(&self, object: &RemoteObject) -> &str {
        self.keys.get(object.key)
    }
}

#[cfg(test)]
mod tests {
    use super::{Listing, RemoteTree, SIZE_UNKNOWN};
    use crate::object::etag::ETag;
    use proptest::prelude::*;

    fn tree(listed: &[(&str, u64, ETag, u32)]) -> RemoteTree {
        let mut listing = Listing::default();
        for (key, size, etag, modified_secs) in listed {
            assert!(listing.push(key, *size, *etag, *modified_secs));
        }
        listing.tree()
    }

    fn keys(tree: &RemoteTree) -> Vec<&str> {
        let objects = tree.objects().iter();
        objects.map(|object| tree.key(object)).collect()
    }

    #[test]
    fn a_key_that_is_listed_twice_stands_once_with_what_both_entries_say() {
        let (one, other) = (ETag::Md5([1; 16]), ETag::Md5([2; 16]));
        for (second, size, etag) in [
            ((7, one), 7, one),
            ((7, other), 7, ETag::Opaque),
            ((8, one), SIZE_UNKNOWN, one),
            ((8, other), SIZE_UNKNOWN, ETag::Opaque),
        ] {
            let second = ("b", second.0, second.1, 10);
            let between = ("c", 1, one, 30);
            for listed in [
                [("b", 7, one, 20), second, between],
                [second, between, ("b", 7, one, 20)],
            ] {
                let tree = tree(&listed);
                assert_eq!((keys(&tree), tree.repeated()), (vec!["b", "c"], 1));
                let object = tree.objects()[0];
                assert_eq!((object.size, object.etag), (size, etag), "{listed:?}");
                assert_eq!(object.modified_secs, 10);
            }
        }
    }

    proptest! {
        #[test]
        fn objects_come_in_order_and_once_however_they_were_listed(
            expected in prop::collection::btree_set("[a-c/é]{0,5}", 0..300),
            page in 1_usize..60,
            overlap in any::<bool>(),
            carried in 0_usize..3,
        ) {
            let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
            let pages = (0..expected.len()).step_by(page);
            // Each page begins with the last keys of the one before.
            let pages = pages.map(|start| expected[start.saturating_sub(carried)..].iter().take(page + carried));
            let mut listed: Vec<&str> = pages.rev().flatten().copied().collect();
            if overlap {
                let (even, odd): (Vec<_>, Vec<_>) = listed.into_iter().partition(|key| key.len() % 2 == 0);
                listed = [odd, even].concat();
            }
            let entries: Vec<_> = listed.iter().map(|key| (*key, 1, ETag::Opaque, 0)).collect();
            let tree = tree(&entries);
            prop_assert_eq!(tree.repeated(), listed.len() - expected.len());
            prop_assert_eq!(keys(&tree), expected);
        }
    }
}
