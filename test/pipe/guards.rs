//! What is never deleted, and plans that are refused.

use crate::support::World;
use test_server::{BucketOptions, DEFAULT_BUCKET, Repeats};

#[test]
fn orphans_stay_unless_deletion_is_asked_for() {
    let mut world = World::with_files(&[("a", "a")]);
    world.server.put_object(DEFAULT_BUCKET, "old", "old");
    assert_eq!(world.deploy()["planned"]["kept_orphans"], 1);
    assert_eq!(world.keys(), ["a", "old"]);
    let report = world.set("DELETE_FLAG", "true").deploy();
    assert_eq!(report["deleted"], serde_json::json!(["old"]));
    assert_eq!(world.keys(), ["a"]);
}

/// Another tool lists `foo` for the prefix `foo`, and deletes what is below `foobar/`; one lists the
/// whole bucket; one writes `foo` + `name` as `fooname`.
#[test]
fn no_file_is_deleted_because_a_listing_names_it_twice() {
    for (repeats, count) in [
        (Repeats::Twice, 3),
        (Repeats::Stale, 3),
        // More than a page, so that one can begin with the last key of the one before.
        (Repeats::PageEnds, 1_100),
    ] {
        let mut world = World::with_files(&[("_redirects", "/moved /0001.js\n")]).unrecorded();
        for name in (0..count).map(|index| format!("{index:04}.js")) {
            world.write(&name, &name);
            world.server.put_object(DEFAULT_BUCKET, &name, name.clone());
        }
        world.server.put_object(DEFAULT_BUCKET, "old.js", "old");
        let options = BucketOptions {
            repeats,
            ..BucketOptions::default()
        };
        world.server.set_bucket_options(DEFAULT_BUCKET, options);
        world.set("DELETE_FLAG", "true").set("MAX_DELETE", "1");
        let warned = world.run_to(0).stderr;
        assert!(warned.contains("the server's listing has "), "{warned}");
        let objects = count + 1;
        assert_eq!(world.keys().len(), objects, "{repeats:?}");
        let report = world.deploy();
        assert_eq!(report["deleted"], serde_json::json!([]), "{repeats:?}");
        let unchanged = match repeats {
            // What an object is said to be in two ways is not believed.
            Repeats::Stale => 0,
            _ => objects,
        };
        assert_eq!(report["planned"]["unchanged"], unchanged, "{repeats:?}");
        assert_eq!(world.keys().len(), objects, "{repeats:?}");
    }
}

#[test]
fn a_key_counts_once_against_the_limit_of_deletions() {
    let mut world = World::with_files(&[("a", "a")]);
    for key in ["a", "b", "c", "d"] {
        world.server.put_object(DEFAULT_BUCKET, key, key);
    }
    let options = BucketOptions {
        repeats: Repeats::Twice,
        ..BucketOptions::default()
    };
    world.server.set_bucket_options(DEFAULT_BUCKET, options);
    world.set("DELETE_FLAG", "true").set("MAX_DELETE", "2");
    let refused = world.run_to(2);
    let all = refused.stderr;
    assert!(all.contains("deletes 3 of 4 objects"), "{all}");
    let report = world.set("MAX_DELETE", "3").deploy();
    assert_eq!(report["deleted"], serde_json::json!(["b", "c", "d"]));
}

#[test]
fn what_the_server_makes_of_a_new_name_is_not_deleted() {
    let mut world =
        World::with_files(&[("index.html", "x"), ("Sub\\Page.html", "page")]).unrecorded();
    world.server.put_object(DEFAULT_BUCKET, "old.html", "old");
    let options = BucketOptions {
        folds_names: true,
        ..BucketOptions::default()
    };
    world.server.set_bucket_options(DEFAULT_BUCKET, options);
    world.set("DELETE_FLAG", "true");
    for _ in 0..3 {
        let ran = world.run_to(0);
        let warned = ran.stderr.contains("not deleted");
        let again = world.server.requests_of("PutObject").len() > 2;
        assert_eq!(warned, again, "{}{}", ran.stdout, ran.stderr);
        assert_eq!(world.keys(), ["index.html", "sub/page.html"]);
    }
}

#[test]
fn a_prefix_ends_at_its_slash() {
    let mut world = World::with_files(&[("name", "x")]);
    let others = ["elsewhere", "foo", "foo.html", "foobar/stays", "fooname"];
    for key in others.iter().chain(&["foo/old"]) {
        world.server.put_object(DEFAULT_BUCKET, key, "stays");
    }
    let report = world
        .set("S3_BUCKET", "my-bucket/foo")
        .set("DELETE_FLAG", "true")
        .deploy();
    assert_eq!(
        world.keys(),
        [
            "elsewhere",
            "foo",
            "foo.html",
            "foo/name",
            "foobar/stays",
            "fooname"
        ]
    );
    for key in others {
        assert_eq!(world.bytes(key).as_deref(), Some(&b"stays"[..]), "{key}");
    }
    assert_eq!(report["deleted"], serde_json::json!(["old"]));
    let listing = &world.server.requests_of("ListObjectsV2")[0];
    assert_eq!(
        listing.query.get("prefix").map(String::as_str),
        Some("foo/")
    );
}

#[test]
fn what_is_excluded_is_neither_uploaded_nor_deleted() {
    let mut world = World::with_files(&[("a.js", "a"), ("a.js.map", "map"), ("drafts/x", "x")]);
    for key in ["old.js.map", "old.js", "drafts/y"] {
        world.server.put_object(DEFAULT_BUCKET, key, "x");
    }
    world
        .set("EXCLUDE_COUNT", "2")
        .set("EXCLUDE_0", "*.map")
        .set("EXCLUDE_1", "/drafts/");
    world.set("DELETE_FLAG", "true").deploy();
    assert_eq!(world.keys(), ["a.js", "drafts/y", "old.js.map"]);
}

#[test]
fn only_what_is_included_is_touched() {
    let mut world = World::with_files(&[("index.html", "x"), ("a.js", "x")]);
    world.server.put_object(DEFAULT_BUCKET, "old.html", "x");
    world.server.put_object(DEFAULT_BUCKET, "old.js", "x");
    world
        .set("INCLUDE", "*.html")
        .set("DELETE_FLAG", "true")
        .deploy();
    assert_eq!(world.keys(), ["index.html", "old.js"]);
}

#[test]
fn folder_markers_of_the_consoles_stay() {
    let mut world = World::with_files(&[("img/a", "a")]);
    world.server.put_object(DEFAULT_BUCKET, "img/", "");
    world.server.put_object(DEFAULT_BUCKET, "gone/", "");
    world.set("DELETE_FLAG", "true").deploy();
    assert_eq!(world.keys(), ["gone/", "img/", "img/a"]);
}

#[test]
fn an_empty_source_deletes_nothing() {
    let mut world = World::new();
    world.server.put_object(DEFAULT_BUCKET, "index.html", "x");
    let ran = world.set("DELETE_FLAG", "true").run_to(2);
    assert!(
        ran.says("ERROR: refused: LOCAL_PATH holds no files"),
        "{}",
        ran.stderr
    );
    assert_eq!(world.keys(), ["index.html"]);
}

/// Other tools delete the first N and succeed, or delete none and succeed, or stop one short of N.
#[test]
fn a_plan_past_its_limit_is_refused_before_anything_is_written() {
    let mut world = World::with_files(&[("new", "new")]);
    for index in 0..10 {
        world
            .server
            .put_object(DEFAULT_BUCKET, &format!("{index}"), "x");
    }
    world.set("DELETE_FLAG", "true").set("MAX_DELETE", "9");
    let report = world.report(2);
    assert_eq!(report["outcome"], "refused");
    assert_eq!(world.keys().len(), 10);
    assert_eq!(
        world.server.count("PutObject") + world.server.count("DeleteObjects"),
        0
    );
    world.set("MAX_DELETE", "10").deploy();
    assert_eq!(world.keys(), ["new"]);
}

#[test]
fn a_dry_run_tells_that_the_plan_would_be_refused() {
    let mut world = World::with_files(&[("new", "new")]);
    world.server.put_object(DEFAULT_BUCKET, "old", "x");
    world
        .set("DELETE_FLAG", "true")
        .set("MAX_DELETE", "0")
        .set("DRY_RUN", "true");
    let ran = world.run_to(2);
    assert!(
        ran.says("INFO: plan for s3://my-bucket/ from site: + 1 new ~ 0 changed - 1 deleted"),
        "{}",
        ran.stderr
    );
    assert!(ran.says("ERROR: refused: "), "{}", ran.stderr);
}

#[test]
fn below_an_excluded_folder_nothing_is_taken_back_on_either_side() {
    let mut world = World::with_files(&[("drafts/keep.txt", "x"), ("a", "a")]);
    world
        .server
        .put_object(DEFAULT_BUCKET, "drafts/keep.txt", "there");
    world
        .set("EXCLUDE", "drafts/ !drafts/keep.txt")
        .set("DELETE_FLAG", "true")
        .deploy();
    assert_eq!(world.keys(), ["a", "drafts/keep.txt"]);
    assert_eq!(
        world.bytes("drafts/keep.txt").as_deref(),
        Some(&b"there"[..])
    );
}

#[test]
fn deletions_go_in_batches_of_a_thousand() {
    let mut world = World::with_files(&[("a", "a")]);
    for index in 0..1_500 {
        world
            .server
            .put_object(DEFAULT_BUCKET, &format!("old/{index}"), "x");
    }
    let report = world
        .set("DELETE_FLAG", "true")
        .set("MAX_DELETE", "100%")
        .deploy();
    assert_eq!(report["done"]["deletions"], 1_500);
    assert_eq!(report["requests"]["DeleteObjects"], 2);
    assert_eq!(world.keys(), ["a"]);
}
