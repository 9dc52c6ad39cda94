//! What differs between the two sides, in two pure steps with hashing between them:
//! [`compare`] by size leaves doubts, hashing turns each into a [`Verdict`], [`decide`] ends them.
//!
//! File times play no part unless they are asked for: a fresh checkout makes every file new and none
//! different.

use super::pairs::{Pair, pairs};
use crate::base::words::words;
use crate::object::content_type::Nature;
use crate::object::etag::Matcher;
use crate::record::{Crc64, Record};
use crate::tree::{LocalFile, LocalTree, RemoteObject, RemoteTree};

/// What decides whether a file and an object of equal size differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CompareBy {
    /// Their bytes.
    #[default]
    Content,
    /// Nothing: equal sizes are equal files. `--size-only`.
    Size,
    /// Their bytes, and a file that is newer than the object differs whatever they are.
    /// `--exact-timestamps`: for uploads, aws-cli compares with it as it does without it.
    ContentAndAge,
}

words! {
    /// Why a file is uploaded, in the order in which reasons are reported.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Reason,
    /// The word that lines and reports use.
    word {
        /// The bucket does not have it.
        New = "new",
        /// The sizes differ.
        Size = "size",
        /// Same size, other bytes.
        Content = "content",
        /// Same size, and the object's ETag says nothing about its bytes.
        Unverifiable = "unverifiable",
        /// Same bytes, other headers; only where headers are compared.
        Headers = "headers",
        /// Same size, and the file is newer than the object; only where file times were asked for.
        Newer = "newer",
        /// A release is put back, which had another version.
        Release = "release",
    }
}

/// A file that needs uploading, and why.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// The file, of the local tree.
    pub file: LocalFile,
    /// Why.
    pub reason: Reason,
    /// What its bytes say of it, once they have been looked at.
    pub nature: Nature,
    /// Whether a checksum tells that the bytes differ, and not an ETag that may say nothing of them.
    pub is_proven: bool,
}

impl Change {
    /// One whose bytes nobody has looked at yet.
    pub fn new(file: LocalFile, reason: Reason) -> Self {
        Self {
            file,
            reason,
            nature: Nature::default(),
            is_proven: false,
        }
    }
}

/// A file and an object of equal size, whose bytes have to be compared. There may be a million.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Where the file is in the local tree.
    pub file: usize,
    /// Where the object is in the remote tree.
    pub object: usize,
}

/// What hashing found about one [`Doubt`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The file has the object's bytes.
    Same,
    /// It has not, by the object's ETag.
    Different,
    /// It has not, by the object's checksum.
    Proven,
}

/// An object whose key no file has: what may be deleted. [`compare`] alone makes one, of a key that
/// neither side has twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Orphan(RemoteObject);

impl Orphan {
    /// The object, of the remote tree.
    pub fn object(&self) -> &RemoteObject {
        &self.0
    }
}

/// What names and sizes tell.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// What is certain.
    certain: Differences,
    doubts: Vec<Doubt>,
}

impl Comparison {
    /// What has to be hashed, in key order.
    pub fn doubts(&self) -> &[Doubt] {
        &self.doubts
    }
}

/// What differs, for the plan.
#[derive(Clone, Debug, Default)]
pub struct Differences {
    /// Files to upload.
    pub changes: Vec<Change>,
    /// Objects that the source does not have, in key order.
    pub orphans: Vec<Orphan>,
    /// How many files the bucket has already.
    pub unchanged: usize,
    /// Those among them whose objects were asked, in key order.
    pub confirmed: Vec<Confirmed>,
}

/// A file whose object was asked, and is as this deploy would store it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// Where the file is in the local tree.
    pub file: usize,
    /// The checksum of the object's bytes, where the ETag tells nothing of them.
    pub content: Option<Crc64>,
}

/// Compares both sides by names and sizes. A `record` leaves a doubt, to be ended by its checksum, where
/// an ETag tells nothing.
pub fn compare(
    local: &LocalTree,
    remote: &RemoteTree,
    by: CompareBy,
    record: Option<&Record>,
) -> Comparison {
    let mut found = Comparison::default();
    for Pair { file, object } in pairs(local, remote) {
        match (file, object) {
            (Some(file), Some(object)) => {
                let crc64 = || record?.crc64(local.key(&file.1), object.1.etag, object.1.size);
                found.pair(file, object, by, || crc64().is_some());
            }
            (Some((_, file)), None) => {
                let change = Change::new(file, Reason::New);
                found.certain.changes.push(change);
            }
            (None, object) => {
                let orphan = object.map(|(_, object)| Orphan(object));
                found.certain.orphans.extend(orphan);
            }
        }
    }
    found
}

impl Comparison {
    fn pair(
        &mut self,
        (file_index, file): (usize, LocalFile),
        (object_index, object): (usize, RemoteObject),
        by: CompareBy,
        is_recorded: impl FnOnce() -> bool,
    ) {
        let reason = if file.size != object.size {
            Reason::Size
        } else if by == CompareBy::Size {
            self.certain.unchanged += 1;
            return;
        } else if by == CompareBy::ContentAndAge && is_newer(&file, &object) {
            Reason::Newer
        } else if Matcher::new(object.etag, object.size).is_none() && !is_recorded() {
            Reason::Unverifiable
        } else {
            self.doubts.push(Doubt {
                file: file_index,
                object: object_index,
            });
            return;
        };
        self.certain.changes.push(Change::new(file, reason));
    }
}

/// S3 tells whole seconds, cut off: a file of the same second is newer, as for aws-cli.
fn is_newer(file: &LocalFile, object: &RemoteObject) -> bool {
    file.modified_ns > i64::from(object.modified_secs) * 1_000_000_000
}

/// Ends the doubts of `comparison` about `local` with their `verdicts`, one for each, in the same
/// order. A doubt without a verdict counts as different: an upload too many is harmless, one too few
/// is not.
pub fn decide(comparison: Comparison, local: &LocalTree, verdicts: &[Verdict]) -> Differences {
    let Comparison {
        certain: mut differences,
        doubts,
    } = comparison;
    let verdicts = verdicts.iter().copied();
    let verdicts = verdicts.chain(std::iter::repeat(Verdict::Different));
    for (doubt, verdict) in doubts.into_iter().zip(verdicts) {
        match local.files().get(doubt.file) {
            Some(file) if verdict != Verdict::Same => differences.changes.push(Change {
                is_proven: verdict == Verdict::Proven,
                ..Change::new(*file, Reason::Content)
            }),
            _ => differences.unchanged += 1,
        }
    }
    differences
}

#[cfg(test)]
mod tests {
    use super::{CompareBy, Reason, Verdict, compare, decide};
    use crate::object::etag::ETag;
    use crate::tree::{Listing, LocalTree, RemoteTree, Source};
    use std::path::PathBuf;

    const MD5: ETag = ETag::Md5([7; 16]);

    /// When every object was put.
    const PUT_SECS: u32 = 1_000;

    fn local(files: &[(&str, u64)]) -> LocalTree {
        let mut tree = LocalTree::new(Source::Folder(PathBuf::from("d")));
        for (key, size) in files {
            assert!(tree.push(key, *size, 0));
        }
        tree.sort();
        tree
    }

    fn remote(objects: &[(&str, u64, ETag)]) -> RemoteTree {
        let mut listing = Listing::default();
        for (key, size, etag) in objects {
            assert!(listing.push(key, *size, *etag, PUT_SECS));
        }
        listing.tree()
    }

    #[test]
    fn names_and_sizes_leave_only_equal_sizes_in_doubt() {
        let local = local(&[("both", 1), ("grown", 2), ("new", 1), ("kms", 1)]);
        let remote = remote(&[
            ("both", 1, MD5),
            ("grown", 1, MD5),
            ("kms", 1, ETag::Opaque),
            ("old", 1, MD5),
        ]);
        let comparison = compare(&local, &remote, CompareBy::Content, None);
        let doubts: Vec<_> = comparison
            .doubts()
            .iter()
            .map(|doubt| local.key(&local.files()[doubt.file]))
            .collect();
        assert_eq!(doubts, ["both"]);
        let differences = decide(comparison, &local, &[Verdict::Same]);
        let changes: Vec<_> = differences
            .changes
            .iter()
            .map(|change| (local.key(&change.file), change.reason))
            .collect();
        assert_eq!(
            changes,
            [
                ("grown", Reason::Size),
                ("kms", Reason::Unverifiable),
                ("new", Reason::New)
            ]
        );
        let orphans: Vec<_> = differences
            .orphans
            .iter()
            .map(|orphan| remote.key(orphan.object()))
            .collect();
        assert_eq!(orphans, ["old"]);
        assert_eq!(differences.unchanged, 1);
    }

    #[test]
    fn a_doubt_without_a_verdict_is_uploaded() {
        let (local, remote) = (
            local(&[("a", 1), ("b", 1)]),
            remote(&[("a", 1, MD5), ("b", 1, MD5)]),
        );
        let differences = decide(
            compare(&local, &remote, CompareBy::Content, None),
            &local,
            &[Verdict::Same],
        );
        assert_eq!((differences.changes.len(), differences.unchanged), (1, 1));
    }

    #[test]
    fn equal_sizes_are_equal_files_where_only_sizes_count() {
        let local = local(&[("grown", 2), ("kms", 1), ("same", 1)]);
        let remote = remote(&[
            ("grown", 1, MD5),
            ("kms", 1, ETag::Opaque),
            ("same", 1, MD5),
        ]);
        let comparison = compare(&local, &remote, CompareBy::Size, None);
        assert!(comparison.doubts().is_empty());
        let differences = decide(comparison, &local, &[]);
        assert_eq!((differences.changes.len(), differences.unchanged), (1, 2));
    }

    #[test]
    fn a_newer_file_differs_where_times_count_and_an_older_one_is_compared() {
        let put_ns = i64::from(PUT_SECS) * 1_000_000_000;
        let mut local = LocalTree::new(Source::Folder(PathBuf::from("d")));
        for (key, modified_ns) in [("newer", put_ns + 1), ("older", 0), ("same time", put_ns)] {
            assert!(local.push(key, 1, modified_ns));
        }
        local.sort();
        let remote = remote(&[("newer", 1, MD5), ("older", 1, MD5), ("same time", 1, MD5)]);
        let comparison = compare(&local, &remote, CompareBy::ContentAndAge, None);
        assert_eq!(comparison.doubts().len(), 2);
        let differences = decide(comparison, &local, &[Verdict::Same, Verdict::Same]);
        let reasons: Vec<_> = differences
            .changes
            .iter()
            .map(|change| (local.key(&change.file), change.reason))
            .collect();
        assert_eq!(reasons, [("newer", Reason::Newer)]);
        assert_eq!(differences.unchanged, 2);
    }
}
