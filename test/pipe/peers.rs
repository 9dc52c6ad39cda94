//! Mistakes that other tools make, each with the test that keeps this one from making it. Those about
//! CloudFront are beside its other tests.

use crate::support::World;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use test_server::{DEFAULT_BUCKET, Fault};

/// A tool lists `foo` for the prefix `foo`, and deletes what is below `foobar/`; another one lists
/// the whole bucket; a third one writes `foo` + `name` as `fooname`.
#[test]
fn the_prefix_ends_at_a_segment() {
    let mut world = World::with_files(&[("name", "x")]);
    for key in [
        "foobar/stays",
        "foo.html",
        "fooname",
        "elsewhere",
        "foo/old",
    ] {
        world.server.put_object(DEFAULT_BUCKET, key, "stays");
    }
    let set = world.set("S3_BUCKET", "my-bucket/foo");
    let report = set.set("DELETE_FLAG", "true").deploy();
    assert_eq!(
        world.keys(),
        [
            "elsewhere",
            "foo.html",
            "foo/name",
            "foobar/stays",
            "fooname"
        ]
    );
    assert_eq!(world.bytes("fooname").as_deref(), Some(&b"stays"[..]));
    assert_eq!(report["deleted"], serde_json::json!(["old"]));
}

/// A tool takes the 200 of DeleteObjects for a success of every key.
#[test]
fn errors_of_single_keys_in_a_batch_deletion_count() {
    let mut world = World::with_files(&[("a", "a")]);
    world.server.put_object(DEFAULT_BUCKET, "locked", "x");
    let fault = Fault::key_errors("AccessDenied", "Access Denied");
    world.server.inject(fault.key("locked"));
    let ran = world.set("DELETE_FLAG", "true").run_to(1);
    assert!(ran.says("ERROR: delete failed: s3://my-bucket/locked"));
}

/// Tools delete the first N and succeed, or delete none and succeed, or stop one short of N.
#[test]
fn too_many_deletions_are_refused_whole_and_the_limit_itself_is_not() {
    let mut world = World::with_files(&[("a", "a")]);
    for index in 0..3 {
        let key = format!("old{index}");
        world.server.put_object(DEFAULT_BUCKET, &key, "x");
    }
    world.set("DELETE_FLAG", "true").set("MAX_DELETE", "2");
    world.run_to(2);
    assert_eq!(world.keys(), ["old0", "old1", "old2"]);
    world.set("MAX_DELETE", "3").deploy();
    assert_eq!(world.keys(), ["a"]);
}

/// Tools delete although an upload failed.
#[test]
fn nothing_is_deleted_after_a_failed_upload() {
    let mut world = World::with_files(&[("a", "a"), ("b", "b")]);
    world.server.put_object(DEFAULT_BUCKET, "old", "x");
    let fault = Fault::error(403, "AccessDenied", "Access Denied");
    world.server.inject(fault.on("PutObject").key("b"));
    world.set("DELETE_FLAG", "true").run_to(1);
    assert_eq!(world.keys(), ["a", "old"]);
    assert_eq!(world.server.count("DeleteObjects"), 0);
}

/// A tool asks with a condition per file, and takes `412 Precondition Failed` for "unchanged".
#[test]
fn a_failed_precondition_is_a_failure() {
    let mut world = World::with_files(&[("a", "a")]);
    let fault = Fault::error(412, "PreconditionFailed", "A condition did not hold");
    world.server.inject(fault.on("PutObject"));
    let ran = world.set("NO_OVERWRITE", "true").run_to(1);
    assert!(ran.stderr.contains("PreconditionFailed"), "{}", ran.stderr);
}

/// A tool sniffs the type of a file that it has compressed and read to the end: `octet-stream`.
#[test]
fn the_type_of_a_compressed_file_is_that_of_its_name() {
    let mut world = World::with_files(&[("page.html", "\u{1f}gz"), ("data.unknown-type", "gz")]);
    world.set("CONTENT_ENCODING", "gzip").deploy();
    let page = world.server.object(DEFAULT_BUCKET, "page.html").unwrap();
    assert_eq!(
        page.content_type.as_deref(),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(page.content_encoding.as_deref(), Some("gzip"));
}

/// A tool documents `cache-control` and never reads it. That every variable does something is shown in
/// `variables`; here, that those for headers do so together.
#[test]
fn every_documented_header_is_sent() {
    let mut world = World::with_files(&[("a", "a")]);
    world
        .set("CACHE_CONTROL", "max-age=60")
        .set("EXPIRES", "2030-01-01")
        .set("CONTENT_ENCODING", "br")
        .set("ACL", "public-read")
        .set("STORAGE_CLASS", "STANDARD_IA")
        .set("SSE", "AES256")
        .set("METADATA", "a=1")
        .set("TAGGING", "b=2")
        .deploy();
    let put = &world.server.requests_of("PutObject")[0];
    for (name, value) in [
        ("cache-control", "max-age=60"),
        ("expires", "Tue, 01 Jan 2030 00:00:00 GMT"),
        ("content-encoding", "br"),
        ("x-amz-acl", "public-read"),
        ("x-amz-storage-class", "STANDARD_IA"),
        ("x-amz-server-side-encryption", "AES256"),
        ("x-amz-meta-a", "1"),
        ("x-amz-tagging", "b=2"),
    ] {
        assert_eq!(
            put.headers.get(name).map(String::as_str),
            Some(value),
            "{name}"
        );
    }
}

/// Tools panic on a name that is not UTF-8.
#[test]
fn a_name_that_is_not_utf8_is_refused_by_name() {
    let world = World::with_files(&[("fine", "x")]);
    let name = OsStr::from_bytes(b"caf\xe9.html");
    std::fs::write(world.path("").join(name), "x").unwrap();
    let ran = world.run_to(2);
    assert!(
        ran.says("ERROR: `caf\u{fffd}.html` is not UTF-8"),
        "{}",
        ran.stderr
    );
    assert!(world.keys().is_empty());
}

/// Tools compare by size, time or bytes alone, and a changed header never reaches the objects whose
/// files are as they were.
#[test]
fn header_only_changes_are_noticed() {
    let mut world = World::with_files(&[("a.css", "a"), ("index.html", "x")]);
    world.set("CACHE_CONTROL", "max-age=31536000").deploy();
    world.set("CACHE_CONTROL", "no-cache");
    let report = world.set("COMPARE_HEADERS", "true").deploy();
    assert_eq!(
        report["planned"]["uploads_by_reason"],
        serde_json::json!({"headers": 2})
    );
    for key in world.keys() {
        let object = world.server.object(DEFAULT_BUCKET, &key).unwrap();
        assert_eq!(object.cache_control.as_deref(), Some("no-cache"), "{key}");
    }
    assert_eq!(world.deploy()["outcome"], "unchanged");
}

/// A pipe without a role prints "Skipping", and succeeds.
#[test]
fn a_missing_role_is_no_success() {
    let mut world = World::with_files(&[("a", "a")]);
    for value in [None, Some("")] {
        world.unset("AWS_OIDC_ROLE_ARN");
        value.map(|value| world.set("AWS_OIDC_ROLE_ARN", value));
        let ran = world.run_to(2);
        assert!(ran.says("ERROR: AWS_OIDC_ROLE_ARN: "), "{}", ran.stderr);
    }
    assert!(world.keys().is_empty());
}
