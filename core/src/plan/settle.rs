//! The second comparison, of what the objects themselves say: of files of which only an ETag says that
//! the bucket lacks their bytes, and of all others too where headers count. Pure; what is found is
//! asked for by `deploy::compare_headers`.

use std::collections::HashMap;

use super::compare::{Change, Confirmed, Differences, Reason};
use crate::record::Crc64;
use crate::tree::{LocalFile, LocalTree};

/// Most objects that are asked about to find out whether ETags are MD5s in this bucket. Where none of
/// them is under a KMS key, an ETag that is not the file's is believed of all others.
const SAMPLE_MAX: usize = 16;

/// Which objects are asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those whose ETag may say nothing about their bytes, and some of those that no record tells of.
    Doubtful,
    /// All that have the size of their file: their headers count.
    All,
}

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
    /// The object is as the deploy would make it; with the checksum that tells, if it was asked for.
    Same(Option<Crc64>),
    /// Its bytes are, its headers are not.
    OtherHeaders,
    /// Its bytes are not.
    OtherBytes,
    /// Its ETag is the MD5 of its bytes, or of those of its parts, and not the file's.
    OtherMd5,
    /// Nothing more than was known of its bytes.
    NoTelling,
    /// It is gone.
    Gone,
}

impl Candidate {
    /// Why the file is to be uploaded after what was found about it, if it is.
    fn reason(self, finding: Finding) -> Option<Reason> {
        match finding {
            Finding::Same(_) => None,
            Finding::OtherHeaders => Some(Reason::Headers),
            Finding::OtherBytes | Finding::OtherMd5 => Some(Reason::Content),
            Finding::NoTelling => match self.bytes {
                Known::Equal => None,
                Known::OtherETag => Some(Reason::Content),
                Known::Nothing => Some(Reason::Unverifiable),
            },
            Finding::Gone => Some(Reason::New),
        }
    }
}

/// What is known of the bytes of an object that is to be replaced by this `change`; none if that is
/// certain.
fn doubt(change: &Change) -> Option<Known> {
    match change.reason {
        Reason::Content => (!change.is_proven).then_some(Known::OtherETag),
        Reason::Unverifiable => Some(Known::Nothing),
        Reason::New | Reason::Size | Reason::Headers | Reason::Newer | Reason::Release => None,
    }
}

/// What there is to ask about, in key order. `strangers` are files with the bytes of objects that no
/// record tells of.
pub fn candidates(
    differences: &Differences,
    local: &LocalTree,
    scope: Scope,
    strangers: &[LocalFile],
) -> Vec<Candidate> {
    let candidate = |file: &LocalFile, bytes| Candidate { file: *file, bytes };
    let changes = differences.changes.iter();
    if scope == Scope::Doubtful {
        let doubtful = changes.filter_map(|it| Some(candidate(&it.file, doubt(it)?)));
        let strangers = strangers.iter().map(|it| candidate(it, Known::Equal));
        let mut candidates: Vec<Candidate> = doubtful.chain(strangers).collect();
        candidates.sort_by_key(|candidate| local.key(&candidate.file));
        return candidates;
    }
    let changes = changes.map(|change| (local.key(&change.file), change));
    let changes: HashMap<&str, &Change> = changes.collect();
    let known = local.files().iter().filter_map(|file| {
        let change = changes.get(local.key(file));
        let bytes = change.map_or(Some(Known::Equal), |change| doubt(change))?;
        Some(candidate(file, bytes))
    });
    known.collect()
}

/// The places of those `candidates` that are asked about first, and of those that only
/// [`asks_the_rest`] is about.
pub fn in_turn(candidates: &[Candidate], scope: Scope) -> (Vec<usize>, Vec<usize>) {
    let (sure, unsure): (Vec<usize>, Vec<usize>) = (0..candidates.len()).partition(|index| {
        let candidate = candidates.get(*index);
        scope == Scope::All || candidate.is_some_and(|it| it.bytes != Known::OtherETag)
    });
    let stride = unsure.len().div_ceil(SAMPLE_MAX).max(1);
    let (sample, rest): (Vec<_>, Vec<_>) = unsure
        .into_iter()
        .enumerate()
        .partition(|(place, _)| place % stride == 0);
    let indices = |list: Vec<(usize, usize)>| list.into_iter().map(|(_, index)| index);
    let first = sure.into_iter().chain(indices(sample)).collect();
    (first, indices(rest).collect())
}

/// Whether what was found about the first of the `candidates` makes it worth while to ask about the
/// rest: an ETag that is not the file's was none of the object's bytes.
pub fn asks_the_rest(candidates: &[Candidate], findings: &[Finding]) -> bool {
    let mut found = candidates.iter().zip(findings);
    found.any(|(candidate, finding)| {
        let is_told = matches!(
            finding,
            Finding::Same(_) | Finding::OtherHeaders | Finding::OtherBytes
        );
        is_told && candidate.bytes == Known::OtherETag
    })
}

/// `differences` with what was found about each of its `candidates`. A doubtful one without a finding
/// is uploaded, as a doubt without a verdict is.
pub fn settle(
    differences: Differences,
    local: &LocalTree,
    candidates: &[Candidate],
    findings: &[Finding],
) -> Differences {
    let mut changes = differences.changes;
    changes.retain(|change| doubt(change).is_none());
    let certain = changes.len();
    let findings = findings
        .iter()
        .copied()
        .chain(std::iter::repeat(Finding::NoTelling));
    let found = candidates.iter().zip(findings);
    changes.extend(found.clone().filter_map(|(candidate, finding)| {
        Some(Change::new(candidate.file, candidate.reason(finding)?))
    }));
    let confirmed = found.filter_map(|(candidate, finding)| match finding {
        Finding::Same(content) => Some(Confirmed {
            file: local.find(local.key(&candidate.file))?,
            content,
        }),
        _ => None,
    });
    let equal = candidates
        .iter()
        .filter(|it| it.bytes == Known::Equal)
        .count();
    Differences {
        // Those that were equal and not asked about are so still.
        unchanged: differences.unchanged - equal + candidates.len() - (changes.len() - certain),
        changes,
        orphans: differences.orphans,
        confirmed: confirmed.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Candidate, Change, Differences, Finding, Known, Reason, Scope, asks_the_rest, candidates,
        in_turn, settle,
    };
    use crate::record::Crc64;
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
        let found: Vec<_> = candidates(&differences(&tree), &tree, Scope::All, &[])
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
            let candidates = candidates(&differences, &tree, Scope::All, &[]);
            let settled = settle(differences, &tree, &candidates, findings);
            let changes = settled.changes.iter();
            let changes: Vec<_> = changes
                .map(|change| (tree.key(&change.file), change.reason))
                .collect();
            (changes, settled.unchanged)
        };
        let all_same = [Finding::Same(None); 5];
        assert_eq!(reasons(&all_same), (vec![("new", Reason::New)], 5));
        let mixed = [
            Finding::Same(None),
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

    #[test]
    fn without_headers_only_what_an_etag_does_not_prove_is_asked_about() {
        let tree = tree();
        let differences = differences(&tree);
        let candidates = candidates(&differences, &tree, Scope::Doubtful, &[]);
        let known: Vec<_> = candidates.iter().map(|candidate| candidate.bytes).collect();
        assert_eq!(known, [Known::OtherETag, Known::Nothing]);
        let settled = settle(
            differences,
            &tree,
            &candidates,
            &[Finding::Same(None), Finding::OtherMd5],
        );
        let changes: Vec<_> = settled.changes.iter().map(|change| change.reason).collect();
        assert_eq!(changes, [Reason::New, Reason::Content]);
        assert_eq!(settled.unchanged, 4);
    }

    #[test]
    fn strangers_are_asked_too_and_left_alone_where_nothing_was_found() {
        let tree = tree();
        let files = tree.files();
        let mut differences = differences(&tree);
        differences.changes[0].is_proven = true;
        let candidates = candidates(&differences, &tree, Scope::Doubtful, &files[..3]);
        let keys = candidates.iter().map(|it| tree.key(&it.file));
        // What a checksum has proven is not asked about.
        assert_eq!(keys.collect::<Vec<_>>(), ["a", "b", "c", "kms"]);
        let crc64 = Some(Crc64([7; 8]));
        let found = [
            Finding::Same(None),
            Finding::OtherHeaders,
            Finding::NoTelling,
            Finding::Same(crc64),
        ];
        let settled = settle(differences, &tree, &candidates, &found);
        let changes = settled.changes.iter();
        let changes: Vec<_> = changes
            .map(|change| (tree.key(&change.file), change.reason))
            .collect();
        let expected = [
            ("changed", Reason::Content),
            ("new", Reason::New),
            ("b", Reason::Headers),
        ];
        assert_eq!((&*changes, settled.unchanged), (&expected[..], 3));
        let confirmed = settled.confirmed.iter();
        let confirmed: Vec<_> = confirmed
            .map(|it| (tree.key(&files[it.file]), it.content))
            .collect();
        assert_eq!(confirmed, [("a", None), ("kms", crc64)]);
    }

    #[test]
    fn a_sample_tells_whether_etags_are_believed() {
        let file = tree().files()[0];
        let candidate = |bytes| Candidate { file, bytes };
        let mut all = vec![candidate(Known::OtherETag); 1_000];
        all.push(candidate(Known::Nothing));
        let (first, rest) = in_turn(&all, Scope::Doubtful);
        assert_eq!((first.len(), rest.len()), (17, 984));
        assert_eq!(first[0], 1_000);
        let mut indices = [first, rest].concat();
        indices.sort_unstable();
        assert!(indices.into_iter().eq(0..1_001));
        let (first, rest) = in_turn(&all, Scope::All);
        assert_eq!((first.len(), rest.len()), (1_001, 0));
        let mut findings = vec![Finding::NoTelling; 1_000];
        findings.push(Finding::Same(None));
        findings[0] = Finding::OtherMd5;
        assert!(!asks_the_rest(&all, &findings));
        findings[63] = Finding::OtherBytes;
        assert!(asks_the_rest(&all, &findings));
    }
}
