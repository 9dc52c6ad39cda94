//! What servers that are not AWS's do otherwise, as their own answers have it, and is told as what it is.

use crate::support::World;
use test_server::{BucketOptions, DEFAULT_BUCKET, Fault, Object};

/// nanio decodes `%41` twice, as proxies that normalise paths do.
#[test]
fn a_signature_that_is_refused_for_one_name_is_about_that_name() {
    let world = World::with_files(&[("%41.txt", "x"), ("b.txt", "x"), ("c.txt", "x")]);
    let mismatch = Fault::error(403, "SignatureDoesNotMatch", "");
    world.server.inject(mismatch.on("PutObject").key("%41.txt"));
    let ran = world.run_to(1);
    assert_eq!(world.keys(), ["b.txt", "c.txt"]);
    assert!(
        ran.says("  hint: the same credentials listed the bucket"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("credentials still valid"));
}

#[test]
fn a_wrong_secret_is_asked_for_by_its_name() {
    for (code, asked) in [
        (
            "SignatureDoesNotMatch",
            "is AWS_SECRET_ACCESS_KEY the secret",
        ),
        ("InvalidAccessKeyId", "is AWS_ACCESS_KEY_ID right"),
    ] {
        let mut world = World::with_files(&[("a", "x")]);
        world.server.add_static_keys("AKIAEXAMPLE", "right");
        world.unset("AWS_OIDC_ROLE_ARN");
        world.set("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE");
        world.set("AWS_SECRET_ACCESS_KEY", "wrong-wrong");
        world.server.inject(Fault::error(403, code, ""));
        let ran = world.run_to(3);
        assert!(ran.says(&format!("  hint: {asked}")), "{}", ran.stderr);
        assert!(
            ran.stderr
                .contains(&format!("ListObjectsV2: {code} (HTTP 403")),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn a_session_of_a_directory_bucket_that_is_refused_is_no_lost_server() {
    for (status, code, said, hint) in [
        (404, "NoSuchBucket", "Deployment failed", "spelled right"),
        (
            403,
            "AccessDenied",
            "Deployment failed",
            "s3express:CreateSession",
        ),
    ] {
        let mut world = World::with_files(&[("a", "x")]);
        world.server.add_static_keys("AKIAEXAMPLE", "right");
        world.unset("AWS_OIDC_ROLE_ARN");
        world.set("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE");
        world.set("AWS_SECRET_ACCESS_KEY", "right");
        world.set("S3_BUCKET", "site--use1-az4--x-s3");
        world
            .server
            .inject(Fault::error(status, code, "no session"));
        let ran = world.run_to(1);
        assert!(
            ran.stderr
                .contains(&format!("CreateSession: {code}: no session (HTTP {status}")),
            "{}",
            ran.stderr
        );
        assert!(ran.stderr.contains(hint), "{}", ran.stderr);
        assert!(ran.stdout.contains(said), "{}", ran.stdout);
        assert!(!ran.stderr.contains("can this step reach the server"));
    }
}

#[test]
fn a_bucket_that_has_no_endpoint_is_no_lost_server() {
    let mut world = World::with_files(&[("a", "x")]);
    let server = world.server.endpoint();
    world.unset("AWS_ENDPOINT_URL");
    world.set("AWS_ENDPOINT_URL_STS", &server);
    world.set("AWS_DEFAULT_REGION", "cn-north-1");
    world.set("AWS_USE_FIPS_ENDPOINT", "true");
    let ran = world.run_to(1);
    assert!(ran.stderr.contains("FIPS"), "{}", ran.stderr);
    assert!(
        !ran.stderr.contains("can this step reach the server"),
        "{}",
        ran.stderr
    );
}

#[test]
fn the_owner_of_a_bucket_is_said_to_be_ignored_elsewhere() {
    let mut world = World::with_files(&[("a", "x")]);
    let ran = world.set("EXPECTED_BUCKET_OWNER", "123456789012").run_to(0);
    assert!(
        ran.says("WARNING: EXPECTED_BUCKET_OWNER: most servers that are not AWS's ignore it"),
        "{}",
        ran.stderr
    );
}

/// JuiceFS without `--keep-etag`, and s3s-fs.
#[test]
fn a_server_that_tells_nothing_of_the_bytes_is_said_to_be_why_all_is_uploaded() {
    let world = World::with_files(&[("a", "x"), ("b", "x")]);
    let options = BucketOptions {
        has_checksums: false,
        ..BucketOptions::default()
    };
    world.server.set_bucket_options(DEFAULT_BUCKET, options);
    let first = world.run_to(0);
    assert!(!first.stderr.contains("--keep-etag"), "{}", first.stderr);
    for key in ["a", "b"] {
        let mut object = Object::new("x");
        object.etag = format!("{}-7", object.etag);
        world.server.put(DEFAULT_BUCKET, key, object);
    }
    let again = world.run_to(0);
    assert!(
        again.says("WARNING: the server does not tell what 2 objects of the same size hold: "),
        "{}",
        again.stderr
    );
}

#[test]
fn a_server_without_batches_is_asked_once_where_it_refuses_every_key() {
    let mut world = World::with_files(&[("a", "x")]);
    for number in 0..60 {
        let key = format!("old/{number}");
        world.server.put_object(DEFAULT_BUCKET, &key, "x");
    }
    world.set("DELETE_FLAG", "true");
    world.set("CONCURRENCY", "1");
    let unknown = Fault::error(501, "NotImplemented", "no batches");
    world.server.inject(unknown.on("DeleteObjects"));
    let denied = Fault::error(403, "AccessDenied", "no");
    world.server.inject(denied.on("DeleteObject"));
    world.run_to(1);
    let asked = world.server.count("DeleteObject");
    assert!((1..=16).contains(&asked), "{asked} requests");
}

/// rclone, JuiceFS, s3s-fs, nanio and localbucket have no word for it.
#[test]
fn a_file_in_the_place_of_a_folder_is_no_busy_server() {
    for (there, new) in [("x", "x/y"), ("x/y", "x")] {
        let mut world = World::with_files(&[("index.html", "x"), (new, "new")]);
        world.server.put_object(DEFAULT_BUCKET, there, "old");
        world
            .set("DELETE_FLAG", "true")
            .set("AWS_MAX_ATTEMPTS", "1");
        let fault = Fault::error(500, "InternalError", "Internal Error");
        world.server.inject(fault.on("PutObject").key(new));
        let ran = world.run_to(1);
        let hint = format!("  hint: does the server keep objects as files? Then `{there}`, which");
        assert!(ran.says(&hint), "{}", ran.stderr);
        assert!(!ran.stderr.contains("busy"), "{}", ran.stderr);
        let last = format!(" Delete `{there}` from the bucket, then run it again.\n");
        assert!(ran.stdout.ends_with(&last), "{}", ran.stdout);
    }
}

/// Of files that are named alike nothing is known.
#[test]
fn a_server_that_fails_is_busy_where_nothing_is_in_the_way() {
    let mut world = World::with_files(&[("index.html", "x"), ("xy", "new")]);
    world.server.put_object(DEFAULT_BUCKET, "x", "old");
    world
        .set("DELETE_FLAG", "true")
        .set("AWS_MAX_ATTEMPTS", "1");
    let fault = Fault::error(500, "InternalError", "Internal Error");
    world.server.inject(fault.on("PutObject").key("xy"));
    let ran = world.run_to(1);
    assert!(ran.stderr.contains("busy"), "{}", ran.stderr);
}
