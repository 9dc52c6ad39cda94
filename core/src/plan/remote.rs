//! From a listing to what a run looks at in the bucket: the objects that it covers, and whether an
//! earlier deploy left an invalidation undone. A pure fold over objects as they are listed.

use super::Part;
use super::invalidation::PENDING;
use crate::object::etag::ETag;
use crate::record;
use crate::tree::{Filter, Listing, LocalTree, RemoteTree};

/// What is in the bucket below the prefix, as far as it is this run's business.
#[derive(Clone, Debug, Default)]
pub struct Remote {
    /// The objects.
    pub tree: RemoteTree,
    /// Whether an earlier deploy left its changes without an invalidation.
    pub pending: bool,
}

/// Takes objects as they are listed.
#[derive(Clone, Debug)]
pub struct Intake<'a> {
    filter: &'a Filter,
    part: Part,
    listing: Listing,
    pending: bool,
}

impl<'a> Intake<'a> {
    /// One for the objects that `filter` and `part` cover, with room for those of `local`.
    pub fn new(filter: &'a Filter, part: Part, local: &LocalTree) -> Self {
        Self {
            filter,
            part,
            listing: Listing::beside(local),
            pending: false,
        }
    }

    /// Takes the object `key`, relative to the prefix; `false` when no more keys fit (see
    /// [`Listing::push`]). Objects of no bytes whose key ends in `/` are the consoles' folder markers:
    /// nobody's content, and left out.
    pub fn take(&mut self, key: &str, size: u64, etag: ETag, modified_secs: u32) -> bool {
        if record::is_own(key) {
            self.pending |= key == PENDING && size > 0;
            return true;
        }
        let is_folder = size == 0 && (key.is_empty() || key.ends_with('/'));
        is_folder
            || !self.filter.takes(key)
            || !self.part.covers(key)
            || self.listing.push(key, size, etag, modified_secs)
    }

    /// What all objects together come to.
    pub fn remote(self) -> Remote {
        Remote {
            tree: self.listing.tree(),
            pending: self.pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Intake;
    use crate::object::etag::ETag;
    use crate::plan::Part;
    use crate::plan::invalidation::PENDING;
    use crate::record;
    use crate::tree::{Filter, LocalTree, Patterns, Source};

    #[test]
    fn what_is_listed_is_taken_unless_it_is_nobodys_content() {
        let exclude = Patterns::parse(&["*.map".to_owned()]).unwrap();
        let filter = Filter::new(exclude, Patterns::default());
        let local = LocalTree::new(Source::Folder("d".into()));
        let taken = |objects: &[(&str, u64)], part| {
            let mut intake = Intake::new(&filter, part, &local);
            for (key, size) in objects {
                assert!(intake.take(key, *size, ETag::Opaque, 0));
            }
            let remote = intake.remote();
            let objects = remote.tree.objects().iter();
            let keys: Vec<_> = objects.map(|it| remote.tree.key(it).to_owned()).collect();
            (keys, remote.pending)
        };
        let listed = [
            ("", 0),
            ("a.js", 1),
            ("a.js.map", 1),
            ("d/", 0),
            ("e/", 1),
            (PENDING, 0),
            (record::KEY, 9),
            (".aws-oidc-s3-deploy/later", 9),
        ];
        let (keys, pending) = taken(&listed, Part::Whole);
        assert_eq!(
            (keys, pending),
            (vec!["a.js".to_owned(), "e/".to_owned()], false)
        );
        assert!(taken(&[(PENDING, 9)], Part::Whole).1);
        let halves = ["0/2", "1/2"].map(|value| {
            let part = Part::parse(value, None, None).unwrap();
            taken(&listed, part).0.len()
        });
        assert_eq!(halves.iter().sum::<usize>(), 2);
    }
}
