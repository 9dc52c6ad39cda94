//! What a failing server, disk or network leads to.

use crate::support::{PATIENCE, World};
use test_server::{DEFAULT_BUCKET, Effect, Fault, Proxy, Trouble};

#[test]
fn a_failure_names_the_object_the_code_and_the_cure() {
    let mut world = World::with_files(&[("a.js", "a"), ("b.js", "b"), ("index.html", "x")]);
    world.server.inject(
        Fault::error(403, "AccessDenied", "Access Denied")
            .on("PutObject")
            .key("b.js"),
    );
    let ran = world.set("CONCURRENCY", "1").run_to(1);
    insta::assert_snapshot!(ran.stderr, @"
    INFO: aws-oidc-s3-deploy VERSION, as deploy/aws-oidc-s3-deploy of account 123456789012, in us-east-1
    INFO: plan for s3://my-bucket/ from site: + 3 new ~ 0 changed - 0 deleted = 0 unchanged, 3 B to upload
    INFO: + a.js  1 B
    ERROR: 1 upload failed: PutObject: AccessDenied: Access Denied (HTTP 403, request ID)
      these: b.js
      hint: does the role's policy allow s3:PutObject on `s3://my-bucket/*` (s3:PutObjectAcl too if ACL is set, s3:PutObjectTagging if TAGGING is, and kms:GenerateDataKey if the bucket encrypts with a KMS key)?
    ");
    insta::assert_snapshot!(ran.stdout, @"✖ Deployment failed after 0.00 s. 1 of 3 changes done, 1 failed, 1 not attempted. No page has changed. Fix the permissions, then run it again.");
}

/// Another tool takes the 200 of DeleteObjects for a success of every key.
#[test]
fn keys_that_stay_after_a_batch_deletion_are_failures() {
    let mut world = World::with_files(&[("a", "a")]);
    for key in ["locked.js", "old.js"] {
        world.server.put_object(DEFAULT_BUCKET, key, "x");
    }
    world
        .server
        .inject(Fault::key_errors("AccessDenied", "Access Denied").key("locked.js"));
    let ran = world.set("DELETE_FLAG", "true").run_to(1);
    assert!(ran.says("ERROR: 1 deletion failed: ") && ran.says("  these: locked.js"));
    assert_eq!(world.keys(), ["a", "locked.js"]);
    let report = world.last_report();
    assert_eq!(report["deleted"], serde_json::json!(["old.js"]));
    assert_eq!(report["failed"][0]["action"], "delete");
    assert_eq!(report["failed"][0]["key"], "locked.js");
}

#[test]
fn a_server_that_refuses_batches_is_asked_to_delete_each_key() {
    for (status, code) in [
        (501, "NotImplemented"),
        (405, "MethodNotAllowed"),
        (400, "InvalidArgument"),
        (403, "AccessDenied"),
    ] {
        let mut world = World::with_files(&[("a", "a")]);
        for key in ["old.html", "old/b&c.js"] {
            world.server.put_object(DEFAULT_BUCKET, key, "x");
        }
        let fault = Fault::error(status, code, "No batches here.");
        world.server.inject(fault.on("DeleteObjects"));
        let report = world.set("DELETE_FLAG", "true").report(0);
        assert_eq!(world.keys(), ["a"], "{code}");
        assert_eq!(
            report["deleted"],
            serde_json::json!(["old.html", "old/b&c.js"])
        );
        assert_eq!(report["requests"]["DeleteObjects"], 1, "{code}");
        assert_eq!(report["requests"]["DeleteObject"], 2, "{code}");
    }
}

#[test]
fn a_key_that_stays_where_batches_are_refused_is_a_failure() {
    let mut world = World::with_files(&[("a", "a")]);
    // The one that can go comes first: a refusal before anything is deleted ends the step.
    for key in ["old.js", "z-locked.js"] {
        world.server.put_object(DEFAULT_BUCKET, key, "x");
    }
    let unknown = Fault::error(501, "NotImplemented", "Not here.");
    world.server.inject(unknown.on("DeleteObjects"));
    let locked = Fault::error(403, "AccessDenied", "Access Denied");
    world
        .server
        .inject(locked.on("DeleteObject").key("z-locked.js"));
    let report = world.set("DELETE_FLAG", "true").report(1);
    assert_eq!(world.keys(), ["a", "z-locked.js"]);
    assert_eq!(report["deleted"], serde_json::json!(["old.js"]));
    assert_eq!(report["failed"][0]["key"], "z-locked.js");
}

#[test]
fn throttling_and_server_errors_are_retried() {
    let world = World::with_files(&[("a", "a"), ("b", "b")]).unrecorded();
    world.server.inject(
        Fault::error(503, "SlowDown", "Please reduce your request rate.")
            .on("PutObject")
            .times(2),
    );
    world.server.inject(
        Fault::error(500, "InternalError", "We encountered an internal error.")
            .on("ListObjectsV2")
            .times(1),
    );
    let report = world.deploy();
    assert_eq!(report["requests"]["ListObjectsV2"], 2);
    assert_eq!(report["requests"]["PutObject"], 4);
    assert_eq!(world.keys(), ["a", "b"]);
}

/// The SDK's reader takes a document that breaks off between two elements for a short one.
#[test]
fn answers_that_break_off_are_not_taken_for_short_ones() {
    let mut world = World::with_files(&[("a", "a")]);
    for key in ["old.js", "older.js"] {
        world.server.put_object(DEFAULT_BUCKET, key, "x");
    }
    world.set("DELETE_FLAG", "true");
    let until = |end: &str| Fault::new(Effect::AnswerUntil(end.to_owned())).times(1);
    let listing = until("</Contents>").on("ListObjectsV2");
    world.server.inject(listing);
    let deletion = until("<DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    world.server.inject(deletion.on("DeleteObjects"));
    let report = world.deploy();
    assert_eq!(report["requests"]["ListObjectsV2"], 2);
    assert_eq!(report["requests"]["DeleteObjects"], 2);
    assert_eq!(world.keys(), ["a"]);
}

/// More failures at a time than the SDK's budget of retries lasts for, over so many connections that
/// no file meets many of them.
#[test]
fn a_burst_of_server_errors_over_many_connections_is_ridden_out() {
    let mut world = World::new().unrecorded();
    world.set("CONCURRENCY", "100");
    for index in 0..100 {
        world.write(&format!("{index}"), "x");
    }
    let error = Fault::error(500, "InternalError", "We encountered an internal error.");
    world.server.inject(error.on("PutObject").times(150));
    let report = world.deploy();
    assert_eq!(report["requests"]["PutObject"], 250);
}

/// Five seconds for one body: more than twice as long as anything may take on which nothing moves.
#[test]
fn a_slow_upload_that_goes_on_is_not_cut() {
    let mut world = World::new().unrecorded();
    let bytes = vec![7; 16 << 20];
    world.write("slow.bin", &bytes);
    let proxy = Proxy::start(world.server.port()).unwrap();
    proxy.inject("PutObject", Trouble::Slow, 0, 1);
    world
        .set("AWS_ENDPOINT_URL", &proxy.endpoint())
        .set("AWS_MAX_ATTEMPTS", "1")
        .set("EXTRA_ARGS", "--cli-read-timeout 2");
    let report = world.deploy();
    assert!(report["seconds"].as_f64().unwrap() > 4.0);
    assert!(world.bytes("slow.bin") == Some(bytes));
}

#[test]
fn a_server_that_says_nothing_is_not_asked_for_every_file() {
    let mut world = World::with_files(&[("index.html", "x")]).unrecorded();
    for index in 0..20 {
        world.write(&format!("{index}"), "x");
    }
    let proxy = Proxy::start(world.server.port()).unwrap();
    proxy.inject("PutObject", Trouble::Stalled, 0, usize::MAX);
    world
        .set("AWS_ENDPOINT_URL", &proxy.endpoint())
        .set("AWS_MAX_ATTEMPTS", "1")
        .set("CONCURRENCY", "1")
        .set("EXTRA_ARGS", "--cli-read-timeout 1");
    let ran = world.run_to(1);
    assert_eq!(proxy.met(), 3);
    let stalled = "ERROR: 3 uploads failed: PutObject: timeout: nothing moved for ";
    assert!(ran.says(stalled), "{}", ran.stderr);
    let last = "0 of 21 changes done, 3 failed, 18 not attempted. No page has changed.";
    assert!(ran.stdout.contains(last), "{}", ran.stdout);
}

#[test]
fn a_busy_sts_is_no_refusal_of_the_identity() {
    let mut world = World::with_files(&[("a", "a")]);
    let busy = Fault::error(503, "ServiceUnavailable", "Service Unavailable");
    world.server.inject(busy.on("AssumeRoleWithWebIdentity"));
    let ran = world.set("AWS_MAX_ATTEMPTS", "2").run_to(1);
    assert!(!ran.says("INFO:   sub: "), "{}", ran.stderr);
    assert!(ran.says("  hint: the server is busy"), "{}", ran.stderr);
}

#[test]
fn a_connection_that_breaks_is_tried_again() {
    let world = World::with_files(&[("a", "a")]);
    for effect in [Effect::CutBeforeBody, Effect::CutBeforeResponse] {
        world
            .server
            .inject(Fault::new(effect).on("PutObject").times(1));
    }
    world.deploy();
    assert_eq!(world.keys(), ["a"]);
}

#[test]
fn a_refused_listing_asks_for_the_permission() {
    let world = World::with_files(&[("a", "a")]);
    world
        .server
        .inject(Fault::error(403, "AccessDenied", "Access Denied").on("ListObjectsV2"));
    let ran = world.run_to(1);
    assert!(ran.says("ERROR: cannot list `s3://my-bucket/`: ListObjectsV2: AccessDenied: Access Denied (HTTP 403"), "{}", ran.stderr);
    assert!(
        ran.says("  hint: S3 gives no reason, as for a bucket of another account: is `my-bucket` in the account 123456789012 that deploys?"),
        "{}",
        ran.stderr
    );
    assert_eq!(world.server.count("ListObjectsV2"), 1);
}

#[test]
fn a_bucket_that_is_not_there_is_named() {
    let mut world = World::with_files(&[("a", "a")]);
    let ran = world.set("S3_BUCKET", "no-such-bucket/x").run_to(1);
    assert!(
        ran.says("  hint: is `no-such-bucket` spelled right"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_foreign_bucket_owner_is_refused() {
    let mut world = World::with_files(&[("a", "a")]);
    world.set("EXPECTED_BUCKET_OWNER", "999999999999").run_to(1);
    assert!(world.keys().is_empty());
}

#[test]
fn a_server_out_of_reach_is_told_with_its_cure() {
    let mut world = World::with_files(&[("a", "a")]);
    // Nothing listens on port 1 of loopback.
    let ran = world
        .set("AWS_MAX_ATTEMPTS", "2")
        .set("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
        .run_to(1);
    assert!(
        ran.says("ERROR: cannot list `s3://my-bucket/`: ListObjectsV2: "),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("Connection refused"), "{}", ran.stderr);
    assert!(
        ran.says("  hint: can this step reach the server?"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_file_that_changes_under_the_deploy_is_a_failure_not_a_wrong_object() {
    let mut world = World::with_files(&[
        ("a.js", "a"),
        ("b.js", "planned"),
        ("c.js", "c"),
        ("d.js", "d"),
    ]);
    world.set("CONCURRENCY", "1");
    world.server.inject(
        Fault::new(Effect::Hold)
            .on("PutObject")
            .key("a.js")
            .times(1),
    );
    let child = world.spawn();
    assert!(world.server.wait_until_held(1, PATIENCE));
    world.write("b.js", "otherwise").remove("c.js");
    world.server.release();
    let ran = world.wait(child);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.says("ERROR: 1 upload failed: the file changed") && ran.says("  these: b.js"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.says("ERROR: 1 upload failed: the file cannot be read") && ran.says("  these: c.js"),
        "{}",
        ran.stderr
    );
    assert_eq!(world.keys(), ["a.js", "d.js"]);
}

#[test]
fn credentials_that_end_in_the_middle_stop_the_deploy() {
    let mut world =
        World::with_files(&[("a", "a"), ("b", "b"), ("c", "c"), ("index.html", "x")]).unrecorded();
    world.set("CONCURRENCY", "1");
    world.server.inject(
        Fault::error(400, "ExpiredToken", "The provided token has expired.")
            .on("PutObject")
            .skip(1),
    );
    let report = world.report(3);
    assert_eq!(report["outcome"], "identity-refused");
    assert_eq!(report["done"]["uploads"], 1);
    assert_eq!(report["failed"].as_array().unwrap().len(), 1);
}

#[test]
fn a_report_that_cannot_be_written_is_a_failure() {
    let mut world = World::with_files(&[("a", "a")]);
    world.set("REPORT_FILE", "/dev/full");
    let ran = world.run_to(1);
    assert!(
        ran.says("ERROR: cannot write REPORT_FILE `/dev/full`"),
        "{}",
        ran.stderr
    );
    assert_eq!(
        ran.stdout,
        "✖ Deployment successful: 1 new in 0.00 s. But REPORT_FILE could not be written.\n"
    );
}

#[test]
fn the_last_line_says_what_to_mend_where_running_again_would_not_help() {
    for (operation, status, code, last) in [
        (
            "PutObject",
            400,
            "AccessControlListNotSupported",
            "Nothing was written. Unset ACL, then run it again.",
        ),
        (
            "PutObject",
            501,
            "NotImplemented",
            "Nothing was written. Fix the cause, then run it again.",
        ),
        (
            "PutObject",
            400,
            "KMS.DisabledException",
            "Nothing was written. Fix the KMS key, then run it again.",
        ),
        (
            "ListObjectsV2",
            405,
            "MethodNotAllowed",
            "Nothing was written. Fix the cause, then run it again.",
        ),
        (
            "PutObject",
            400,
            "RequestTimeout",
            "No page has changed. Running it again finishes it.",
        ),
    ] {
        let mut world = World::with_files(&[("a", "a")]);
        world
            .server
            .inject(Fault::error(status, code, "refused").on(operation));
        let ran = world.set("AWS_MAX_ATTEMPTS", "1").run_to(1);
        assert!(
            ran.stdout.trim_end().ends_with(last),
            "{code}: {}",
            ran.stdout
        );
    }
}
