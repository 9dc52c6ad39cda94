//! The deploy record: when it is written, what follows from it, and that a deploy without one, or with
//! any bytes in its place, uploads more and deletes less.

mod concurrent;
mod contact;
mod interleaved;
mod kept;
mod servers;

use crate::support::World;
use deploy_core::record::{self, Head, Record};
use serde_json::json;
use test_server::{Change, DEFAULT_BUCKET, Fault, Object};

/// A file with a fingerprint, and when it is gone what was there before it.
const CHUNK: &str = "assets/app.3f2a9c1b.js";

fn site() -> World {
    World::with_files(&[("index.html", CHUNK), (CHUNK, "app"), ("a.css", "a")])
}

fn stored(world: &World) -> Option<Object> {
    world.server.object(DEFAULT_BUCKET, record::KEY)
}

fn read(world: &World) -> Record {
    record::read(&stored(world).unwrap().bytes, "").unwrap()
}

/// Puts what `change` makes of the head into the record's place.
fn rewrite(world: &World, change: impl FnOnce(&mut Head)) {
    let Record {
        mut head,
        sets,
        lines,
    } = read(world);
    change(&mut head);
    let bytes = record::write(&head, &sets, &lines);
    world.server.put_object(DEFAULT_BUCKET, record::KEY, bytes);
}

#[test]
fn it_is_there_from_before_the_first_change_until_all_is_done() {
    let mut world = site();
    world
        .set("BITBUCKET_BUILD_NUMBER", "812")
        .set("BITBUCKET_COMMIT", "1f0c2aa")
        .set("BITBUCKET_WORKSPACE", "acme")
        .set("BITBUCKET_REPO_SLUG", "site")
        .deploy();
    let keys = world
        .server
        .changes()
        .into_iter()
        .map(|change| match change {
            Change::Put { key, .. } | Change::Delete { key, .. } => key,
        });
    let keys: Vec<String> = keys.collect();
    assert_eq!(keys.first().map(String::as_str), Some(record::KEY));
    assert_eq!(keys.last().map(String::as_str), Some(record::KEY));
    let object = stored(&world).unwrap();
    assert_eq!(object.cache_control.as_deref(), Some("no-store"));
    assert_eq!(object.content_encoding, None);
    let Record { head, sets, lines } = read(&world);
    assert_eq!(head.state, record::State::Done);
    assert_eq!(
        (head.who.build, head.who.commit.as_deref()),
        (Some(812), Some("1f0c2aa"))
    );
    assert!(head.ended >= Some(head.began) && !head.owed);
    assert_eq!((sets.len(), lines.len()), (3, 3));
    // No name is in clear.
    let mut text = String::new();
    let bytes = &*object.bytes;
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(bytes), &mut text).unwrap();
    for name in ["index", "app.3f2a9c1b", "a.css", "acme", "site"] {
        assert!(!text.contains(name), "{name}: {text}");
    }
}

#[test]
fn a_deploy_that_changes_nothing_reads_it_and_writes_it_once() {
    let mut world = site();
    world.set("BITBUCKET_BUILD_NUMBER", "1").deploy();
    world.server.clear_requests();
    let report = world.set("BITBUCKET_BUILD_NUMBER", "2").deploy();
    assert_eq!(report["outcome"], "unchanged");
    let expected = [
        ("AssumeRoleWithWebIdentity", 1),
        ("GetObject", 1),
        ("ListObjectsV2", 1),
        ("PutObject", 1),
    ];
    let expected = expected.map(|(name, count)| (name.to_owned(), count));
    assert_eq!(world.server.counts(), expected.into());
    let head = read(&world).head;
    assert_eq!((head.who.build, head.state), (Some(2), record::State::Done));
}

#[test]
fn a_dry_run_reads_it_and_leaves_it() {
    let mut world = site();
    world.set("DRY_RUN", "true").deploy();
    assert!(stored(&world).is_none());
    world.unset("DRY_RUN").deploy();
    let before = stored(&world).unwrap().bytes;
    world.set("DRY_RUN", "true").deploy();
    assert_eq!(stored(&world).unwrap().bytes, before);
}

#[test]
fn one_file_has_none() {
    let mut world = site();
    world.set("LOCAL_PATH", "site/a.css").deploy();
    assert!(stored(&world).is_none());
}

#[test]
fn other_headers_are_sent_without_asking_for_objects() {
    let changes: &[(&str, &str)] = &[
        ("CACHE_CONTROL", "max-age=60"),
        ("TAGGING", "team=web"),
        ("ACL", "bucket-owner-full-control"),
        ("METADATA", "by=me"),
    ];
    let mut world = site();
    world.set("COMPARE_HEADERS", "false").deploy();
    for (name, value) in changes {
        let report = world.set(name, value).deploy();
        assert_eq!(
            report["planned"]["uploads_by_reason"],
            json!({"headers": 3}),
            "{name}"
        );
        assert_eq!(world.deploy()["outcome"], "unchanged", "{name}");
    }
    let object = world.server.object(DEFAULT_BUCKET, "a.css").unwrap();
    assert_eq!(object.cache_control.as_deref(), Some("max-age=60"));
    assert_eq!(world.server.count("HeadObject"), 0);
    // Back to what was there: nobody is fooled by an ETag that has been the same all the time.
    let report = world.unset("CACHE_CONTROL").deploy();
    assert_eq!(
        report["planned"]["uploads_by_reason"],
        json!({"headers": 3})
    );
}

#[test]
fn a_deploy_that_ends_in_between_leaves_no_word_of_headers_that_it_may_have_sent() {
    let mut world = site();
    world.deploy();
    world.set("CACHE_CONTROL", "max-age=60");
    let refused = Fault::error(403, "AccessDenied", "no").on("PutObject");
    world.server.inject(refused.clone().key("index.html"));
    // As a kill has it: what was sent is in the bucket, and nobody can say so.
    world.server.inject(refused.key(record::KEY).skip(1));
    world.run_to(1);
    world.server.clear_faults();
    let Record { head, lines, .. } = read(&world);
    assert_eq!((head.state, lines.len()), (record::State::Deploying, 0));
    world
        .unset("CACHE_CONTROL")
        .set("COMPARE_HEADERS", "true")
        .deploy();
    let object = world.server.object(DEFAULT_BUCKET, "a.css").unwrap();
    assert_eq!(object.cache_control, None);
}

#[test]
fn it_is_no_object_of_the_site() {
    let mut world = site();
    world.server.put_object(
        DEFAULT_BUCKET,
        "docs/.aws-oidc-s3-deploy/record",
        "another's",
    );
    world
        .set("DELETE_FLAG", "true")
        .set("MAX_DELETE", "0")
        .deploy();
    let report = world.deploy();
    assert_eq!(
        (&report["outcome"], &report["planned"]["unchanged"]),
        (&json!("unchanged"), &json!(3))
    );
    let other = world
        .server
        .object(DEFAULT_BUCKET, "docs/.aws-oidc-s3-deploy/record");
    assert_eq!(&*other.unwrap().bytes, b"another's");
    // Nor is one of LOCAL_PATH deployed.
    world.write(".aws-oidc-s3-deploy/record", "mine").deploy();
    assert!(record::read(&stored(&world).unwrap().bytes, "").is_ok());
}

#[test]
fn an_invalidation_that_is_owed_stands_in_it_and_a_note_of_before_is_taken_over() {
    let mut world = site();
    world.set("CLOUDFRONT_DISTRIBUTION_ID", "E1").deploy();
    world.write("a.css", "b");
    let denied = Fault::error(403, "AccessDenied", "not authorized");
    world.server.inject(denied.on("CreateInvalidation"));
    world.run_to(1);
    world.server.clear_faults();
    assert!(read(&world).head.owed);
    assert!(
        world
            .server
            .object(DEFAULT_BUCKET, crate::support::NOTE)
            .is_none()
    );
    // A deploy that invalidates nothing passes it on.
    world.unset("CLOUDFRONT_DISTRIBUTION_ID").deploy();
    assert!(read(&world).head.owed);
    world.set("CLOUDFRONT_DISTRIBUTION_ID", "E1").deploy();
    assert_eq!(world.server.invalidations()[0].paths, ["/*"]);
    assert!(!read(&world).head.owed);
    assert_eq!(world.deploy()["outcome"], "unchanged");
    world
        .server
        .put_object(DEFAULT_BUCKET, crate::support::NOTE, "owed");
    world.deploy();
    assert_eq!(world.server.invalidations().len(), 2);
    let note = world.server.object(DEFAULT_BUCKET, crate::support::NOTE);
    assert!(note.unwrap().bytes.is_empty());
}

/// docs/record.md names a test for each of its promises.
#[test]
fn every_promise_has_its_test() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut code = String::new();
    let mut folders = vec![root.join("core/src"), root.join("test/pipe")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                code.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let text = std::fs::read_to_string(root.join("docs/record.md")).unwrap();
    let (_, promises) = text.split_once("## What is promised").unwrap();
    let (promises, _) = promises.split_once("\n## ").unwrap();
    let rows = promises.lines().filter(|line| line.ends_with(" |"));
    let cells = rows.filter_map(|row| row.rsplit('|').nth(1));
    let words = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    let tests: Vec<&str> = words.filter(|word| word.contains('_')).collect();
    assert!(tests.len() > 40, "{tests:?}");
    for name in tests {
        assert!(code.contains(&format!("fn {name}(")), "{name}");
    }
}
