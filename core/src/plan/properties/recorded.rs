//! What holds whatever a record says, be it of another bucket, of another time, or made up: more is
//! uploaded and less is deleted, never the other way round.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;

use super::{DELETE, folder, listing, side};
use crate::object::etag::ETag;
use crate::object::headers::ObjectHeaders;
use crate::plan::compare::{CompareBy, Differences, Verdict, compare, decide};
use crate::plan::{
    DeleteLimit, Grace, Names, Orphans, Retention, Told, Wanted, ledger, plan, recorded,
};
use crate::record::{Crc64, Entry, HeaderSet, KeyHash, Matches, Record, Seal, Seconds, SetDigest};
use crate::rules::policy::Policy;
use crate::tree::{Listing, LocalTree, RemoteTree};

const OWNED: Orphans = Orphans::DeleteOwned(DeleteLimit::Objects(usize::MAX));

/// When the deploys of these properties begin: most marks of records are older, some are ahead.
const NOW_SECS: u64 = 1_000;

/// Any record that speaks of the names that are listed and of files, in part of the very objects.
fn record() -> impl Strategy<Value = Record> {
    let name = prop::sample::select(vec![
        "index.html",
        "a/index.html",
        "a/b.js",
        "app.js",
        "foo",
        "foobar/a",
        "data.json",
        "old.html",
        "x/y/z",
        "app.3f2a9c1b.js",
        "b.0d1e2f3a.css",
    ]);
    let etag = prop::sample::select(vec![ETag::Md5([0; 16]), ETag::Md5([1; 16])]);
    let said = (
        0..3_u64,
        etag,
        prop::option::of(0..3_u32),
        prop::option::of(any::<[u8; 8]>()),
        prop::option::of(0..2 * NOW_SECS),
        any::<bool>(),
    );
    prop::collection::btree_map(name, said, 0..12).prop_map(|said| {
        let mut record = Record::empty("");
        for cache in ["a", "b"] {
            let headers = ObjectHeaders {
                cache_control: Some(cache.to_owned()),
                ..ObjectHeaders::default()
            };
            record.sets.number(HeaderSet {
                digest: SetDigest::of(&[&headers]),
                acl: None,
                storage_class: None,
                redirect: None,
            });
        }
        for (key, (size, etag, set, content, stale, foreign)) in said {
            let entry = Entry {
                set,
                content: content.map(Crc64),
                stale: stale.map(Seconds::since_epoch),
                foreign,
                ..Entry::of(Seal::of(etag, size).unwrap())
            };
            record.lines.push(KeyHash::of(key), &entry);
        }
        assert!(record.lines.sort());
        record
    })
}

/// Any listing, with two names that a bundler has made.
fn objects() -> impl Strategy<Value = RemoteTree> {
    let hashed = prop::collection::vec((0..2_usize, 0..3_u64, 0..2_u8), 0..3);
    (listing(), hashed).prop_map(|(listed, hashed)| {
        let mut objects = Listing::default();
        for (key, size, etag, modified_secs) in listed {
            assert!(objects.push(&key, size, etag, modified_secs));
        }
        for (name, size, byte) in hashed {
            let key = ["app.3f2a9c1b.js", "b.0d1e2f3a.css"][name];
            assert!(objects.push(key, size, ETag::Md5([byte; 16]), 0));
        }
        objects.tree()
    })
}

fn differences(files: &LocalTree, objects: &RemoteTree, record: Option<&Record>) -> Differences {
    let comparison = compare(files, objects, CompareBy::Content, record);
    let verdicts = vec![Verdict::Same; comparison.doubts().len()];
    decide(comparison, files, &verdicts)
}

/// What is deleted, with this record.
fn deleted(
    files: &LocalTree,
    objects: &RemoteTree,
    orphans: Orphans,
    record: Option<&Record>,
    grace: Grace,
) -> BTreeSet<String> {
    let differences = differences(files, objects, record);
    let retention = Retention {
        record,
        is_kept: true,
        now: Seconds::since_epoch(NOW_SECS),
        grace,
    };
    let policy = Policy::default();
    let plan = plan(
        &differences,
        files,
        objects,
        orphans,
        Names::Kept,
        &policy,
        retention,
    );
    plan.deletions().map(str::to_owned).collect()
}

fn uploaded(files: &LocalTree, differences: &Differences) -> BTreeSet<String> {
    let changes = differences.changes.iter();
    changes
        .map(|change| files.key(&change.file).to_owned())
        .collect()
}

proptest! {
    #[test]
    fn no_key_of_the_folder_is_deleted_whatever_a_record_says(
        local in side(),
        objects in objects(),
        record in record(),
        orphans in prop::sample::select(vec![DELETE, OWNED, Orphans::Keep]),
        grace in prop::sample::select(vec![Grace::NONE, Grace::parse("10m").unwrap()]),
    ) {
        let files = folder(&local);
        for key in deleted(&files, &objects, orphans, Some(&record), grace) {
            prop_assert!(files.find(&key).is_none(), "{key}");
            prop_assert!(orphans != Orphans::Keep);
        }
    }

    /// Nothing is deleted that would stay where nothing is known, nor that no record could keep.
    #[test]
    fn less_is_deleted_without_a_record_and_none_deletes_more_than_there_is(
        local in side(),
        objects in objects(),
        record in record(),
        orphans in prop::sample::select(vec![DELETE, OWNED]),
        grace in prop::sample::select(vec![Grace::NONE, Grace::parse("10m").unwrap()]),
    ) {
        let files = folder(&local);
        let without = deleted(&files, &objects, orphans, None, grace);
        let with = deleted(&files, &objects, orphans, Some(&record), grace);
        let all = deleted(&files, &objects, DELETE, None, Grace::NONE);
        prop_assert!(without.is_subset(&with), "{without:?} {with:?}");
        prop_assert!(with.is_subset(&all), "{with:?} {all:?}");
    }

    /// A record has files uploaded for their headers, and leaves no other upload out: where an ETag tells
    /// nothing, the bytes are compared with its checksum.
    #[test]
    fn a_record_takes_no_upload_away(local in side(), objects in objects(), record in record()) {
        let files = folder(&local);
        let wanted = Wanted::of(&files, &Policy::default());
        let without = differences(&files, &objects, None);
        let before = uploaded(&files, &without);
        let matches = Matches::of(Arc::new(record.clone()), &objects);
        let (with, strangers) = recorded(without, &files, &objects, Some(&matches), &wanted, 2);
        let after = uploaded(&files, &with);
        prop_assert!(before.is_subset(&after));
        prop_assert!(strangers.asked.len() <= 2);
        prop_assert!(strangers.left == 0 || strangers.asked.len() == 2);
        for file in &strangers.asked {
            prop_assert!(!after.contains(files.key(file)));
        }
        let compared = compare(&files, &objects, CompareBy::Content, Some(&record));
        let doubts: BTreeSet<&str> =
            compared.doubts().iter().map(|it| files.key(&files.files()[it.file])).collect();
        let told = differences(&files, &objects, Some(&record));
        for key in before.difference(&uploaded(&files, &told)) {
            prop_assert!(doubts.contains(&**key), "{key}");
        }
    }

    /// What the next record says is of what is listed, in order and of each key once, whatever this one says.
    #[test]
    fn a_record_is_followed_by_one_of_what_is_there(
        local in side(),
        objects in objects(),
        record in record(),
        orphans in prop::sample::select(vec![DELETE, OWNED, Orphans::Keep]),
    ) {
        let files = folder(&local);
        let policy = Policy::default();
        let wanted = Wanted::of(&files, &policy);
        let differences = differences(&files, &objects, Some(&record));
        let retention = Retention {
            record: Some(&record),
            is_kept: true,
            now: Seconds::since_epoch(NOW_SECS),
            grace: Grace::parse("10m").unwrap(),
        };
        let plan = plan(&differences, &files, &objects, orphans, Names::Kept, &policy, retention);
        let matches = Matches::of(Arc::new(record.clone()), &objects);
        let told = Told { matches: Some(&matches), confirmed: &[] };
        let ledger = ledger(&plan, &files, &objects, orphans, retention, wanted, told);
        let (_, lines) = ledger.before();
        let mut last = None;
        for (key, entry) in lines.iter() {
            prop_assert!(last.replace(key) < Some(key));
            let there = objects.objects().iter().find(|it| KeyHash::of(objects.key(it)) == key);
            let there = there.and_then(|it| Seal::of(it.etag, it.size));
            prop_assert_eq!(there, Some(entry.seal));
        }
        for upload in plan.uploads() {
            prop_assert_eq!(lines.find(KeyHash::of(&upload.key)), None);
        }
    }
}
