//! The second comparison, where headers count too: of the files whose bytes are in the bucket, and of
//! those of which only the object's ETag says that they are not. Pure; what is found is asked for by
//! `deploy::stored`.

use std::collections::HashMap;

use super::compare::{Change, Differences, Reason};
use crate::tree::{LocalFile, LocalTree};

/// A file with an object of its size, about which more is to be found out.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    /// The file, of the local tree.
    pub file: LocalFile,
    /// Whether the object's bytes are the file's, as far as is known.
    pub bytes: Known,
}

/// What is known of an object's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// They are the file's.
    Equal,
    /// Its ETag is none of the file's, which under a KMS key means nothing.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html>
    OtherETag,
    /// Its ETag says nothing.
    Nothing,
}

/// What was found about one [`Candidate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The object is as the deploy would make it.
    Same,
    /// Its bytes are, its headers are not.
    OtherHeaders,
    /// Its bytes are not.
    OtherBytes,
    /// Nothing more than was known of its bytes.
    NoTelling,
    /// It is gone.
    Gone,
}

impl Candidate {
    /// Why the file is to be uploaded after what was found about it, if it is.
    fn reason(self, finding: Finding) -> Option<Reason> {
        match finding {
            Finding::Same => None,
            Finding::OtherHeaders => Some(Reason::Headers),
            Finding::OtherBytes => Some(Reason::Content),
            Finding::NoTelling if self.bytes == Known::OtherETag => Some(Reason::Content),
            Finding::NoTelling => Some(Reason::Unverifiable),
            Finding::Gone => Some(Reason::New),
        }
    }
}

/// What is known of the bytes of an object that was to be replaced for `reason`; none if that is
/// certain.
fn doubt(reason: Reason) -> Option<Known> {
    match reason {
        Reason::Content => Some(Known::OtherETag),
        Reason::Unverifiable => Some(Known::Nothing),
        Reason::New | Reason::Size | Reason::Headers | Reason::Newer => None,
    }
}

/// What there is to ask about, in key order.
#[must_use]
pub fn candidates(differences: &Differences, local: &LocalTree) -> Vec<Candidate> {
    let changes = differences.changes.iter();
    let changes: HashMap<&str, Reason> = changes
        .map(|change| (local.key(&change.file), change.reason))
        .collect();
    let known = |file: &LocalFile| match changes.get(local.key(file)) {
        None => Some(Known::Equal),
        Some(reason) => doubt(*reason),
    };
    let files = local.files().iter();
    files
        .filter_map(|file| {
            Some(Candidate {
                file: *file,
                bytes: known(file)?,
            })
        })
        .collect()
}

/// `differences` with what was found about each of its `candidates`. One without a finding is
/// uploaded, as a doubt without a verdict is.
#[must_use]
pub fn settle(
    differences: Differences,
    candidates: &[Candidate],
    findings: &[Finding],
) -> Differences {
    let mut changes = differences.changes;
    changes.retain(|change| doubt(change.reason).is_none());
    let certain = changes.len();
    let findings = findings
        .iter()
        .copied()
        .chain(std::iter::repeat(Finding::NoTelling));
    let found = candidates.iter().zip(findings);
    changes.extend(found.filter_map(|(candidate, finding)| {
        Some(Change::new(candidate.file, candidate.reason(finding)?))
    }));
    Differences {
        unchanged: candidates.len() - (changes.len() - certain),
        changes,
        orphans: differences.orphans,
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, Differences, Finding, Known, Reason, candidates, settle};
    use crate::tree::{LocalTree, Source};
    use std::path::PathBuf;

    fn tree() -> LocalTree {
        let mut tree = LocalTree::new(Source::Folder(PathBuf::from("d")));
        for key in ["a", "b", "c", "changed", "kms", "new"] {
            assert!(tree.push(key, 1, 0));
        }
        tree.sort();
        tree
    }

    fn differences(tree: &LocalTree) -> Differences {
        let change = |key, reason| Change::new(tree.files()[tree.find(key).unwrap()], reason);
        Differences {
            changes: vec![
                change("changed", Reason::Content),
                change("kms", Reason::Unverifiable),
                change("new", Reason::New),
            ],
            unchanged: 3,
            ..Differences::default()
        }
    }

    #[test]
    fn what_is_equal_and_what_an_etag_does_not_prove_is_asked_about() {
        let tree = tree();
        let found: Vec<_> = candidates(&differences(&tree), &tree)
            .iter()
            .map(|candidate| (tree.key(&candidate.file), candidate.bytes))
            .collect();
        assert_eq!(
            found,
            [
                ("a", Known::Equal),
                ("b", Known::Equal),
                ("c", Known::Equal),
                ("changed", Known::OtherETag),
                ("kms", Known::Nothing)
            ]
        );
    }

    #[test]
    fn findings_become_reasons_and_a_missing_one_an_upload() {
        let tree = tree();
        let reasons = |findings: &[Finding]| {
            let differences = differences(&tree);
            let candidates = candidates(&differences, &tree);
            let settled = settle(differences, &candidates, findings);
            let changes = settled.changes.iter();
            let changes: Vec<_> = changes
                .map(|change| (tree.key(&change.file), change.reason))
                .collect();
            (changes, settled.unchanged)
        };
        let all_same = [Finding::Same; 5];
        assert_eq!(reasons(&all_same), (vec![("new", Reason::New)], 5));
        let mixed = [
            Finding::Same,
            Finding::OtherHeaders,
            Finding::Gone,
            Finding::NoTelling,
            Finding::OtherBytes,
        ];
        let expected = vec![
            ("new", Reason::New),
            ("b", Reason::Headers),
            ("c", Reason::New),
            ("changed", Reason::Content),
            ("kms", Reason::Content),
        ];
        assert_eq!(reasons(&mixed), (expected, 1));
        let expected = vec![("new", Reason::New), ("kms", Reason::Unverifiable)];
        assert_eq!(reasons(&all_same[..4]), (expected, 4));
    }
}
