//! What holds of every plan, whatever the two sides are.

mod parts;
mod recorded;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use proptest::prelude::*;

use super::invalidation::{InvalidationContext, Order, Paths};
use super::{
    Action, DeleteLimit, Existing, Finished, Names, Orphans, Part, Past, Plan, Retention, Terms,
    finish, plan,
};
use crate::object::etag::ETag;
use crate::plan::compare::{CompareBy, Verdict, compare, decide};
use crate::rules::policy::Policy;
use crate::tree::{Listing, LocalTree, Source};

/// Key to content; the content's length is its size, its first byte stands for all of its bytes.
type Side = BTreeMap<String, Content>;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Content {
    size: u64,
    bytes: u8,
    opaque: bool,
}

impl Content {
    fn etag(self) -> ETag {
        if self.opaque {
            ETag::Opaque
        } else {
            ETag::Md5([self.bytes; 16])
        }
    }
}

fn side() -> impl Strategy<Value = Side> {
    let name = prop::sample::select(vec![
        "index.html",
        "a/index.html",
        "a-b.html",
        "a/b.js",
        "app.js",
        "sw.js",
        "style.css",
        "site.webmanifest",
        "é.html",
        "x/y/z",
        "x/y.html",
        "foo",
        "foobar/a",
        "data.json",
    ]);
    let content =
        (0..3_u64, 0..3_u8, prop::bool::weighted(0.1)).prop_map(|(size, bytes, opaque)| Content {
            size,
            bytes,
            opaque,
        });
    prop::collection::btree_map(name.prop_map(str::to_owned), content, 0..12)
}

/// Whatever a server may list: keys in any order and more than once, with sizes and ETags that
/// contradict each other, and names that some servers take for one.
fn listing() -> impl Strategy<Value = Vec<(String, u64, ETag, u32)>> {
    let name = prop::sample::select(vec![
        "index.html",
        "INDEX.html",
        "a/index.html",
        "a\\index.html",
        "a/b.js",
        "app.js",
        "e\u{301}.html",
        "\u{e9}.html",
        "%C3%A9.html",
        "x/y/z",
        "x+y/z",
        "foo",
        "foobar/a",
        "data.json",
        "old.html",
    ]);
    let etag = prop::sample::select(vec![ETag::Md5([0; 16]), ETag::Md5([1; 16]), ETag::Opaque]);
    let object = (name.prop_map(str::to_owned), 0..3_u64, etag, 0..3_u32);
    prop::collection::vec(object, 0..40)
}

fn folder(local: &Side) -> LocalTree {
    let mut files = LocalTree::new(Source::Folder(PathBuf::from("d")));
    for (key, content) in local {
        assert!(files.push(key, content.size, 0));
    }
    files.sort();
    files
}

fn make(local: &Side, remote: &Side, orphans: Orphans) -> Plan {
    make_part(local, remote, orphans, Part::Whole)
}

/// The plan of a part of the deploy, as `deploy::prepare` makes it.
fn finished(
    local: &Side,
    remote: &Side,
    orphans: Orphans,
    part: Part,
    cached: Option<Cached>,
) -> Finished {
    let mut files = folder(local);
    files.retain(|key| part.covers(key));
    let mut objects = Listing::default();
    for (key, content) in remote.iter().filter(|(key, _)| part.covers(key)) {
        assert!(objects.push(key, content.size, content.etag(), 0));
    }
    let objects = objects.tree();
    let comparison = compare(&files, &objects, CompareBy::Content, None);
    let verdicts: Vec<Verdict> = comparison
        .doubts()
        .iter()
        .map(|doubt| {
            let key = files.key(&files.files()[doubt.file]);
            let same = local.get(key).map(|content| content.bytes)
                == remote.get(key).map(|content| content.bytes);
            if same {
                Verdict::Same
            } else {
                Verdict::Different
            }
        })
        .collect();
    let orphans = part.orphans(orphans);
    let differences = decide(comparison, &files, &verdicts);
    let plan = plan(
        &differences,
        &files,
        &objects,
        orphans,
        Names::Kept,
        &Policy::default(),
        Retention::NONE,
    );
    let order = Order {
        distributions: vec!["E1".to_owned()],
        paths: Paths::Auto,
        prefix: None,
        wait: None,
    };
    let terms = Terms {
        part,
        existing: Existing::Replace,
        orphans,
        files: local.len(),
        objects: objects.objects().len(),
        invalidation: cached.map(|_| &order),
        occasion: InvalidationContext {
            prefix: "",
            run: "1",
            pending: cached == Some(Cached::Pending),
        },
        past: Past {
            has_marker: cached == Some(Cached::Pending),
            ..Past::default()
        },
    };
    finish(plan, terms)
}

/// The plan of a site that no cache stands before.
fn make_part(local: &Side, remote: &Side, orphans: Orphans, part: Part) -> Plan {
    finished(local, remote, orphans, part, None).plan
}

/// A site behind CloudFront.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Cached {
    /// All that changed was invalidated.
    Settled,
    /// An earlier deploy has left the marker.
    Pending,
}

/// What the bucket holds after the first `steps` of `plan`.
fn apply(plan: &Plan, steps: usize, local: &Side, remote: &Side) -> Side {
    let mut bucket = remote.clone();
    for step in plan.steps.iter().take(steps) {
        match &step.action {
            Action::Upload(uploads) => bucket.extend(uploads.iter().map(|upload| {
                let content = Content {
                    opaque: false,
                    ..local[&*upload.key]
                };
                (upload.key.to_string(), content)
            })),
            Action::Delete(deletions) => deletions.iter().for_each(|deletion| {
                bucket.remove(&*deletion.key);
            }),
            Action::Invalidate(_) => {}
        }
    }
    bucket
}

const DELETE: Orphans = Orphans::Delete(DeleteLimit::Objects(usize::MAX));

fn bytes(side: &Side) -> BTreeMap<&str, (u64, u8)> {
    side.iter()
        .map(|(key, content)| (key.as_str(), (content.size, content.bytes)))
        .collect()
}

proptest! {
    #[test]
    fn applying_a_plan_makes_the_bucket_equal_to_the_folder(local in side(), remote in side()) {
        let plan = make(&local, &remote, DELETE);
        let bucket = apply(&plan, plan.steps.len(), &local, &remote);
        prop_assert_eq!(bytes(&bucket), bytes(&local));
    }

    #[test]
    fn the_second_plan_is_empty(local in side(), remote in side()) {
        for orphans in [DELETE, Orphans::Keep] {
            let first = make(&local, &remote, orphans);
            let bucket = apply(&first, first.steps.len(), &local, &remote);
            let second = make(&local, &bucket, orphans);
            prop_assert!(second.is_empty(), "{:?}", second);
            prop_assert_eq!(second.unchanged, local.len());
        }
    }

    #[test]
    fn an_interrupted_deploy_is_finished_by_the_next(local in side(), remote in side(), stop in 0..7_usize) {
        let bucket = apply(&make(&local, &remote, DELETE), stop, &local, &remote);
        let plan = make(&local, &bucket, DELETE);
        let finished = apply(&plan, plan.steps.len(), &local, &bucket);
        prop_assert_eq!(bytes(&finished), bytes(&local));
    }

    #[test]
    fn keep_never_deletes(local in side(), remote in side()) {
        let plan = make(&local, &remote, Orphans::Keep);
        prop_assert_eq!(plan.deletions().count(), 0);
        prop_assert_eq!(plan.kept_orphans, remote.keys().filter(|key| !local.contains_key(*key)).count());
    }

    #[test]
    fn deletions_are_listed_objects_that_the_folder_lacks(local in side(), remote in side()) {
        for key in make(&local, &remote, DELETE).deletions() {
            prop_assert!(remote.contains_key(key) && !local.contains_key(key));
        }
    }

    #[test]
    fn no_key_of_the_folder_is_deleted_whatever_is_listed(
        local in side(),
        listing in listing(),
        by in prop::sample::select(vec![CompareBy::Content, CompareBy::Size, CompareBy::ContentAndAge]),
        names in prop::sample::select(vec![Names::Kept, Names::MayBeRewritten]),
    ) {
        let files = folder(&local);
        let mut objects = Listing::default();
        for (key, size, etag, modified_secs) in &listing {
            assert!(objects.push(key, *size, *etag, *modified_secs));
        }
        let objects = objects.tree();
        let keys: BTreeSet<&str> = listing.iter().map(|(key, ..)| key.as_str()).collect();
        prop_assert_eq!(objects.objects().len(), keys.len());
        let comparison = compare(&files, &objects, by, None);
        let differences = decide(comparison, &files, &[]);
        let plan = plan(&differences, &files, &objects, DELETE, names, &Policy::default(), Retention::NONE);
        let orphans = keys.iter().filter(|key| !local.contains_key(**key)).count();
        prop_assert_eq!(plan.deletions().count() + plan.kept_orphans, orphans);
        let deleted: Vec<&str> = plan.deletions().collect();
        let once: BTreeSet<&str> = deleted.iter().copied().collect();
        prop_assert_eq!(deleted.len(), once.len());
        for key in once {
            prop_assert!(keys.contains(key) && !local.contains_key(key), "{key}");
        }
    }

    #[test]
    fn a_file_is_not_deleted_where_the_server_renames_it(local in side(), remote in side()) {
        let renamed = |key: &str| key.replace('\\', "/").to_lowercase();
        let upper: Side = local.iter().map(|(key, content)| (key.to_uppercase(), *content)).collect();
        let stored: Side = upper.iter().map(|(key, content)| (renamed(key), *content)).collect();
        let mut objects = Listing::default();
        for (key, content) in stored.iter().chain(&remote) {
            assert!(objects.push(key, content.size, content.etag(), 0));
        }
        let (files, objects) = (folder(&upper), objects.tree());
        let differences = decide(compare(&files, &objects, CompareBy::Content, None), &files, &[]);
        let plan = plan(&differences, &files, &objects, DELETE, Names::MayBeRewritten, &Policy::default(), Retention::NONE);
        prop_assert_eq!(plan.look_alikes.len(), stored.len());
        for key in plan.deletions() {
            prop_assert!(!stored.contains_key(key), "{key}");
        }
    }

    #[test]
    fn steps_follow_the_phases(local in side(), remote in side()) {
        let plan = make(&local, &remote, DELETE);
        prop_assert!(plan.steps.windows(2).all(|pair| pair[0].phase < pair[1].phase));
        prop_assert!(plan.steps.iter().all(|step| !step.action.is_empty()));
        let first_deletion = plan.steps.iter().position(|step| matches!(step.action, Action::Delete(_)));
        let last_upload = plan.steps.iter().rposition(|step| matches!(step.action, Action::Upload(_)));
        if let (Some(deletion), Some(upload)) = (first_deletion, last_upload) {
            prop_assert!(upload < deletion);
        }
    }

    #[test]
    fn a_plan_does_not_depend_on_chance(local in side(), remote in side()) {
        prop_assert_eq!(make(&local, &remote, DELETE), make(&local, &remote, DELETE));
    }
}
