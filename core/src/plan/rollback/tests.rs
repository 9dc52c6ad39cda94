//! What a listing of versions comes to beside a release, and the plan of it.

mod parts;

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{COPY_BYTES_MAX, Difference, Listed, Obstacle, Restore, Survey, Version, plan};
use crate::object::content::{Content, Kept};
use crate::object::etag::ETag;
use crate::object::headers::{Encryption, ObjectHeaders};
use crate::object::stored::Stored;
use crate::plan::compare::Reason;
use crate::plan::{Action, Phase};
use crate::record::{Entry, HeaderSet, KeyHash, Record, Seal, Seconds, SetDigest};

const ENDED: u64 = 1_000;

fn etag(content: u8) -> String {
    format!("\"{}\"", format!("{content:02x}").repeat(16))
}

/// A record that has these keys: with these bytes, as this version, and left over or not.
fn record(lines: &[(&str, u8, Option<&str>, bool)]) -> Record {
    let mut record = Record::empty("");
    record.head.ended = Some(Seconds::since_epoch(ENDED));
    for (key, content, version, is_stale) in lines {
        let seal = Seal::of(ETag::parse(&etag(*content)), 1).unwrap();
        let entry = Entry {
            version: *version,
            stale: is_stale.then_some(Seconds::since_epoch(1)),
            ..Entry::of(seal)
        };
        record.lines.push(KeyHash::of(key), &entry);
    }
    assert!(record.lines.sort());
    record
}

/// Versions: key, id, content (none is a delete marker), time. The first of a key is the latest.
fn survey(
    release: &Record,
    live: Option<&Record>,
    versions: &[(&str, &str, Option<u8>, u64)],
) -> Difference {
    let mut survey = Survey::new(release, live);
    let mut last = "";
    for (key, id, content, modified_secs) in versions {
        let etag = content.map(etag);
        survey.take(Listed {
            key,
            id,
            is_latest: *key != last,
            object: etag.as_deref().map(|etag| Version {
                etag,
                size: 1,
                modified_secs: *modified_secs,
            }),
        });
        last = key;
    }
    survey.finish()
}

fn restores(difference: &Difference) -> Vec<(&str, &str, bool)> {
    let restores = difference.restores.iter();
    restores
        .map(|it| (&*it.key, &*it.id, it.replaces.is_some()))
        .collect()
}

#[test]
fn what_differs_from_a_release_is_put_back_and_what_it_did_not_have_goes() {
    let release = record(&[
        ("changed", 1, Some("c1"), false),
        ("deleted", 2, Some("d1"), false),
        ("same", 3, Some("s1"), false),
        ("leftover", 4, Some("l1"), true),
    ]);
    let live = record(&[
        ("changed", 5, Some("c2"), false),
        ("same", 3, Some("s1"), false),
        ("new", 6, Some("n1"), false),
        ("orphan", 7, Some("o1"), true),
        ("touched", 8, Some("t1"), false),
    ]);
    let difference = survey(
        &release,
        Some(&live),
        &[
            (".aws-oidc-s3-deploy/record", "r2", Some(0), 0),
            ("changed", "c2", Some(5), 2_000),
            ("changed", "c1", Some(1), 500),
            ("deleted", "marker", None, 2_000),
            ("deleted", "d1", Some(2), 500),
            ("leftover", "l1", Some(4), 500),
            ("new", "n1", Some(6), 2_000),
            ("orphan", "o1", Some(7), 500),
            ("others", "x1", Some(9), 500),
            ("same", "s1", Some(3), 500),
            // Somebody has put something else there since.
            ("touched", "t2", Some(9), 3_000),
            ("touched", "t1", Some(8), 2_000),
        ],
    );
    assert_eq!(
        restores(&difference),
        [("changed", "c1", true), ("deleted", "d1", false)]
    );
    assert_eq!(difference.deletions, ["new".into()]);
    assert_eq!((difference.unchanged, difference.kept), (1, 4));
    assert_eq!((difference.objects, difference.size_bytes), (7, 3));
    assert_eq!(
        (difference.gone_total, difference.keeps_versions),
        (0, true)
    );
    let without = survey(&release, None, &[("new", "n1", Some(6), 2_000)]);
    assert!(without.deletions.is_empty(), "nobody knows whose it is");
}

#[test]
fn versions_that_are_gone_are_counted_and_named_where_their_names_are_left() {
    let release = record(&[
        ("a", 1, Some("a1"), false),
        ("b", 2, Some("b1"), false),
        ("c", 3, None, false),
    ]);
    let difference = survey(
        &release,
        None,
        &[("a", "a2", Some(1), 500), ("c", "c2", Some(9), 500)],
    );
    // The same bytes under another id may have other headers.
    assert_eq!(difference.gone, ["a".into(), "c".into()]);
    assert_eq!(difference.gone_total, 3);
    assert!(!difference.keeps_versions);
}

#[test]
fn where_the_release_names_no_version_its_bytes_do() {
    let release = record(&[("a", 1, None, false)]);
    for (versions, expected) in [
        (&[("a", "a1", Some(1), 500)][..], None),
        (
            &[
                ("a", "a4", Some(1), 3_000),
                ("a", "a3", Some(2), 2_000),
                ("a", "a2", Some(1), 900),
                ("a", "a1", Some(1), 500),
            ],
            Some("a2"),
        ),
        (
            &[("a", "a3", Some(2), 2_000), ("a", "null", Some(1), 500)],
            Some("null"),
        ),
        (&[("a", "a2", Some(1), 5_000)], None),
    ] {
        let difference = survey(&release, None, versions);
        let found = difference.restores.first().map(|it| &*it.id);
        assert_eq!(found, expected, "{versions:?}");
        assert_eq!(difference.gone_total, 0, "{versions:?}");
    }
}

fn restore(key: &str, size: u64, replaces: bool) -> Restore {
    Restore {
        key: key.into(),
        id: "v1".into(),
        size,
        etag: ETag::Md5([1; 16]),
        replaces: replaces.then(|| "\"e\"".into()),
    }
}

#[test]
fn what_a_copy_does_not_take_along_is_sent_again() {
    let mut release = record(&[("old/index.html", 1, Some("v1"), false)]);
    let set = HeaderSet {
        digest: SetDigest::of(&[&ObjectHeaders::default()]),
        acl: Some("public-read".to_owned()),
        storage_class: None,
        redirect: None,
    };
    let number = release.sets.number(set);
    let mut lines = crate::record::Lines::default();
    for (key, entry) in release.lines.iter() {
        let set = Some(number);
        lines.push(key, &Entry { set, ..entry });
    }
    release.lines = lines;
    let told = ObjectHeaders {
        content_type: Some("text/html".to_owned()),
        cache_control: Some("no-cache".to_owned()),
        website_redirect: Some("/new/".to_owned()),
        storage_class: Some("STANDARD_IA".to_owned()),
        ..ObjectHeaders::default()
    };
    let stored = Stored {
        headers: told.clone(),
        encryption: Some("aws:kms".to_owned()),
        kms_key: Some("k1".to_owned()),
        ..Stored::default()
    };
    let difference = Difference {
        restores: vec![restore("old/index.html", 1, true)],
        deletions: vec!["new.js".into(), "new.html".into()],
        unchanged: 5,
        kept: 2,
        ..Difference::default()
    };
    let plan = plan(difference, vec![Some(stored)], &release).unwrap();
    let phases: Vec<Phase> = plan.steps.iter().map(|step| step.phase).collect();
    assert_eq!(
        phases,
        [Phase::KnownPages, Phase::StalePages, Phase::StaleAssets]
    );
    let upload = plan.uploads().next().unwrap();
    let headers = ObjectHeaders {
        acl: Some("public-read".to_owned()),
        encryption: Some(Encryption::Kms(Some("k1".to_owned()))),
        ..told
    };
    assert_eq!(*upload.headers, headers);
    assert_eq!(upload.reason, Reason::Release);
    let kept = Kept {
        id: "v1".into(),
        in_parts: false,
        replaces: Some("\"e\"".into()),
    };
    assert_eq!(upload.content, Content::Version(kept));
    assert_eq!((plan.unchanged, plan.kept_orphans), (5, 2));
}

#[test]
fn all_that_is_in_the_way_is_told_at_once() {
    let class = |class: &str| Stored {
        headers: ObjectHeaders {
            storage_class: Some(class.to_owned()),
            ..ObjectHeaders::default()
        },
        ..Stored::default()
    };
    let tier = Stored {
        archive: Some("ARCHIVE_ACCESS".to_owned()),
        ..Stored::default()
    };
    let awake = Stored {
        is_restored: true,
        ..class("GLACIER")
    };
    let tagged = Stored {
        tags: 1,
        ..Stored::default()
    };
    let all = [
        ("a", 1, Some(class("GLACIER")), Some("GLACIER")),
        ("b", 1, Some(class("DEEP_ARCHIVE")), Some("DEEP_ARCHIVE")),
        ("c", 1, Some(tier), Some("ARCHIVE_ACCESS")),
        ("d", 1, Some(awake), None),
        ("e", 1, Some(class("GLACIER_IR")), None),
        ("f", 1, None, Some("gone")),
        ("g", COPY_BYTES_MAX, Some(tagged.clone()), None),
        ("h", COPY_BYTES_MAX + 1, Some(tagged), Some("5.0 GiB")),
        ("i", COPY_BYTES_MAX + 1, Some(Stored::default()), None),
    ];
    let difference = Difference {
        restores: all
            .iter()
            .map(|(key, size, ..)| restore(key, *size, true))
            .collect(),
        gone: vec!["0".into()],
        ..Difference::default()
    };
    let stored = all.iter().map(|(_, _, stored, _)| stored.clone()).collect();
    let obstacles = plan(difference, stored, &record(&[])).unwrap_err();
    assert_eq!(obstacles[0], ("0".into(), Obstacle::Gone));
    let told: BTreeMap<_, _> = obstacles
        .iter()
        .skip(1)
        .map(|(key, reason)| (&**key, reason.to_string()))
        .collect();
    for (key, _, _, expected) in &all {
        let reason = told.get(key);
        assert_eq!(reason.is_some(), expected.is_some(), "{key}: {reason:?}");
        let word = expected.unwrap_or_default();
        assert!(
            reason.is_none_or(|reason| reason.contains(word)),
            "{key}: {reason:?}"
        );
    }
}

/// A bucket with versions: of each key the contents that it had, newest last; none is a delete marker.
type Bucket = BTreeMap<String, Vec<Option<u8>>>;

fn versions(bucket: &Bucket) -> Vec<(&str, String, Option<u8>)> {
    let mut all = Vec::new();
    for (key, contents) in bucket {
        for (index, content) in contents.iter().enumerate().rev() {
            all.push((key.as_str(), format!("{key}{index}"), *content));
        }
    }
    all
}

/// What a deploy of the bucket as it is now would record.
fn recorded(bucket: &Bucket) -> Record {
    let ids: Vec<(&str, u8, String)> = bucket
        .iter()
        .filter_map(|(key, contents)| {
            let content = (*contents.last()?)?;
            Some((
                key.as_str(),
                content,
                format!("{key}{}", contents.len() - 1),
            ))
        })
        .collect();
    let lines: Vec<_> = ids
        .iter()
        .map(|(key, content, id)| (*key, *content, Some(id.as_str()), false))
        .collect();
    record(&lines)
}

proptest! {
    /// Deploys in a row, and a rollback to one of them: the bucket is then what it was after that one, and
    /// a second rollback to it has nothing to do.
    #[test]
    fn a_rollback_makes_the_bucket_what_the_release_was(
        deploys in prop::collection::vec(
            prop::collection::btree_map("[a-d]", 0..4_u8, 0..4), 2..5),
        chosen in any::<prop::sample::Index>(),
    ) {
        let mut bucket = Bucket::new();
        let mut releases = Vec::new();
        for deploy in &deploys {
            for (key, content) in deploy {
                let contents = bucket.entry(key.clone()).or_default();
                if contents.last() != Some(&Some(*content)) {
                    contents.push(Some(*content));
                }
            }
            for (key, contents) in &mut bucket {
                if !deploy.contains_key(key) && contents.last().is_some_and(Option::is_some) {
                    contents.push(None);
                }
            }
            releases.push(recorded(&bucket));
        }
        let chosen = chosen.index(deploys.len());
        let release = &releases[chosen];
        let live = releases.last().unwrap();
        let look = |bucket: &Bucket, live: &Record| {
            let all = versions(bucket);
            let listed: Vec<_> = all
                .iter()
                .map(|(key, id, content)| (*key, id.as_str(), *content, 1))
                .collect();
            survey(release, Some(live), &listed)
        };
        let difference = look(&bucket, live);
        prop_assert_eq!(difference.gone_total, 0);
        let stored = vec![Some(Stored::default()); difference.restores.len()];
        let plan = plan(difference, stored, release).unwrap();
        let before = bucket.clone();
        for step in &plan.steps {
            match &step.action {
                Action::Upload(uploads) => for upload in uploads {
                    let Content::Version(kept) = &upload.content else { unreachable!() };
                    let index: usize = kept.id.trim_start_matches(char::is_alphabetic).parse().unwrap();
                    let contents = bucket.get_mut(&*upload.key).unwrap();
                    prop_assert_eq!(
                        contents.last().unwrap().is_some(),
                        kept.replaces.is_some()
                    );
                    let content = contents[index];
                    contents.push(content);
                },
                Action::Delete(deletions) => for deletion in deletions {
                    prop_assert!(!deploys[chosen].contains_key(&*deletion.key));
                    bucket.get_mut(&*deletion.key).unwrap().push(None);
                },
                Action::Invalidate(_) => unreachable!(),
            }
        }
        let current: BTreeMap<String, u8> = bucket
            .iter()
            .filter_map(|(key, contents)| Some((key.clone(), (*contents.last()?)?)))
            .collect();
        prop_assert_eq!(&current, &deploys[chosen]);
        // Nothing is lost on the way.
        for (key, contents) in &before {
            prop_assert!(bucket[key].starts_with(contents));
        }
    }
}
