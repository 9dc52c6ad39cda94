//! What is not deleted yet, and what is not deleted at all; and that whatever is in the place of the
//! record, less is deleted and not more.

use super::{CHUNK, read, rewrite, site, stored};
use crate::support::World;
use deploy_core::record::{self, KeyHash, Lines, Seconds};
use test_server::{DEFAULT_BUCKET, Fault};

/// The site after a deploy that no longer has its chunk.
fn replaced() -> World {
    let mut world = site();
    world.set("DELETE_FLAG", "true").deploy();
    world.remove(CHUNK).remove("a.css");
    world.write("b.css", "b");
    world
}

/// Has the record say that everything stale has been so since the epoch.
fn age(world: &World) {
    let record = read(world);
    let mut lines = Lines::default();
    for (key, mut entry) in record.lines.iter() {
        entry.stale = entry.stale.map(|_| Seconds::EPOCH);
        lines.push(key, &entry);
    }
    let bytes = record::write(&record.head, &record.sets, &lines);
    world.server.put_object(DEFAULT_BUCKET, record::KEY, bytes);
}

#[test]
fn what_open_pages_name_stays_for_its_time_and_pages_go_at_once() {
    let world = replaced();
    let ran = world.run_to(0);
    assert!(
        ran.says(
            "INFO: 1 object of earlier builds not deleted yet, for visitors whose page is older"
        ),
        "{}",
        ran.stderr
    );
    assert_eq!(world.keys(), [CHUNK, "b.css", "index.html"]);
    let since = read(&world).lines.find(KeyHash::of(CHUNK)).unwrap().stale;
    assert!(since.is_some());
    // A second deploy does not begin the time anew.
    world.run_to(0);
    let still = read(&world).lines.find(KeyHash::of(CHUNK)).unwrap().stale;
    assert_eq!(still, since);
    age(&world);
    let report = world.deploy();
    assert_eq!(report["done"]["deletions"], 1);
    assert_eq!(world.keys(), ["b.css", "index.html"]);
    assert_eq!(read(&world).lines.find(KeyHash::of(CHUNK)), None);
}

#[test]
fn a_name_that_comes_back_loses_its_mark() {
    let world = replaced();
    world.run_to(0);
    world.write(CHUNK, "app");
    world.run_to(0);
    assert_eq!(
        read(&world).lines.find(KeyHash::of(CHUNK)).unwrap().stale,
        None
    );
}

#[test]
fn without_a_record_nothing_with_a_fingerprint_is_deleted() {
    for bytes in [None, Some("no record"), Some("")] {
        let world = replaced();
        world.run_to(0);
        age(&world);
        match bytes {
            Some(bytes) => world.server.put_object(DEFAULT_BUCKET, record::KEY, bytes),
            None => world.server.delete_object(DEFAULT_BUCKET, record::KEY),
        }
        let ran = world.run_to(0);
        assert_eq!(
            ran.says("WARNING: the deploy record"),
            bytes.is_some(),
            "{}",
            ran.stderr
        );
        assert_eq!(world.keys(), [CHUNK, "b.css", "index.html"], "{bytes:?}");
        // The next one knows again.
        assert!(
            read(&world)
                .lines
                .find(KeyHash::of(CHUNK))
                .unwrap()
                .stale
                .is_some()
        );
    }
    let mut world = replaced();
    let ran = world.set("DEPLOY_RECORD", "off").run_to(0);
    assert!(
        ran.says("INFO: 1 object of earlier builds not deleted, because"),
        "{}",
        ran.stderr
    );
    assert_eq!(world.keys(), [CHUNK, "b.css", "index.html"]);
}

#[test]
fn a_record_of_a_newer_schema_is_told_and_replaced() {
    let world = replaced();
    rewrite(&world, |head| head.schema = 2);
    let ran = world.run_to(0);
    assert!(
        ran.says("WARNING: the deploy record `s3://my-bucket/.aws-oidc-s3-deploy/record` is not used, because a newer version of the pipe has written it, with schema 2"),
        "{}",
        ran.stderr
    );
    assert_eq!(read(&world).head.schema, 1);
}

#[test]
fn where_it_is_forbidden_the_deploy_goes_on_without() {
    for operation in ["GetObject", "PutObject"] {
        let mut world = site();
        let denied = Fault::error(403, "AccessDenied", "no").on(operation);
        world.server.inject(denied.key(record::KEY));
        let ran = world.run_to(0);
        let action = format!("allow the role `s3:{operation}`");
        assert!(
            ran.lines("WARNING: no deploy record")[0].contains(&action),
            "{}",
            ran.stderr
        );
        assert_eq!(world.keys().len(), 3);
        assert!(stored(&world).is_none());
        world.set("DEPLOY_RECORD", "required").run_to(1);
    }
}

#[test]
fn one_that_is_there_and_cannot_be_replaced_stops_the_deploy() {
    let world = site();
    world.run_to(0);
    world.write("a.css", "b");
    let denied = Fault::error(403, "AccessDenied", "no").on("PutObject");
    world.server.inject(denied.key(record::KEY));
    let report = world.report(1);
    assert_eq!(report["done"]["uploads"], 0);
    assert_eq!(world.bytes("a.css").unwrap(), b"a");
}

#[test]
fn only_what_a_deploy_has_put_there_is_deleted_where_that_is_asked_for() {
    let mut world = site();
    world
        .server
        .put_object(DEFAULT_BUCKET, "theirs.css", "theirs");
    world
        .set("DELETE_FLAG", "owned")
        .set("DELETE_GRACE", "0")
        .deploy();
    world.write("b.css", "b").deploy();
    world.remove(CHUNK).remove("a.css").remove("b.css");
    // Somebody has changed it since.
    world
        .server
        .put_object(DEFAULT_BUCKET, "b.css", "theirs now");
    let ran = world.run_to(0);
    assert!(
        ran.says("INFO: 2 objects not deleted, because no deploy"),
        "{}",
        ran.stderr
    );
    assert_eq!(world.keys(), ["b.css", "index.html", "theirs.css"]);
}

#[test]
fn a_first_deploy_says_what_it_deletes_that_nobody_knows_of() {
    let mut world = site();
    world
        .server
        .put_object(DEFAULT_BUCKET, "theirs.css", "theirs");
    let ran = world.set("DELETE_FLAG", "true").run_to(0);
    assert!(
        ran.says("WARNING: there is no deploy record here yet, so that nobody knows whether a deploy has put the 1 object there"),
        "{}",
        ran.stderr
    );
    assert!(!world.run_to(0).says("WARNING: there is no deploy record"));
}
