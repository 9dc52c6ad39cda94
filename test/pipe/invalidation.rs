//! What CloudFront is asked to forget, when, and what becomes of a deploy if it does not.

use crate::support::{NOTE, World};
use serde_json::json;
use std::collections::BTreeSet;
use test_server::{DEFAULT_BUCKET, Effect, Fault};

/// A site that is deployed, and then changed: a page and an asset replaced, a file added, one removed.
fn changed() -> World {
    let mut world = World::with_files(&[
        ("index.html", "1"),
        ("blog/index.html", "1"),
        ("app.js", "1"),
        ("old.js", "1"),
        ("same.css", "1"),
    ]);
    world
        .set("DELETE_FLAG", "true")
        .set("CLOUDFRONT_DISTRIBUTION_ID", "E1")
        .deploy();
    assert!(world.server.invalidations().is_empty(), "all was new");
    world
        .write("blog/index.html", "2")
        .write("app.js", "2")
        .write("new.js", "2")
        .remove("old.js");
    world.server.clear_requests();
    world.server.clear_changes();
    world
}

const PATHS: [&str; 5] = ["/app.js", "/blog", "/blog/", "/blog/index.html", "/old.js"];

#[test]
fn changed_and_deleted_objects_are_forgotten_and_nothing_when_nothing_changed() {
    let world = changed();
    let report = world.deploy();
    let invalidations = world.server.invalidations();
    assert_eq!(invalidations.len(), 1);
    assert_eq!(invalidations[0].paths, PATHS);
    assert_eq!(
        report["invalidated"],
        json!([{"distribution": "E1", "id": invalidations[0].id, "completed": true, "paths": PATHS}])
    );
    assert_eq!(report["done"]["invalidations"], 1);
    assert_eq!(world.deploy()["outcome"], "unchanged");
    assert_eq!(world.server.invalidations().len(), 1);
    assert!(!world.keys().contains(&NOTE.to_owned()));
}

/// Others fire the invalidation before the deletions without waiting for it, or leave
/// deleted objects out.
#[test]
fn deletions_wait_for_an_invalidation_that_names_them() {
    let world = changed().unrecorded();
    world.server.set_invalidation_polls(2);
    world.deploy();
    let order: Vec<_> = world
        .server
        .requests()
        .into_iter()
        .filter(|request| !request.operation.starts_with("List"))
        .map(|request| request.operation)
        .skip_while(|operation| operation != "CreateInvalidation")
        .collect();
    assert_eq!(
        order,
        [
            "CreateInvalidation",
            "GetInvalidation",
            "GetInvalidation",
            "GetInvalidation",
            "DeleteObjects",
            "PutObject"
        ]
    );
    assert!(
        world.server.invalidations()[0]
            .paths
            .contains(&"/old.js".to_owned())
    );
    assert_eq!(world.server.invalidations()[0].polls_left, 0);
}

/// In others the second distribution gets paths that the first one's request mutated,
/// and two requests within a second share their reference.
#[test]
fn each_distribution_gets_the_same_paths_under_its_own_reference() {
    let mut world = changed();
    world.set("CLOUDFRONT_DISTRIBUTION_ID", "E1 E2").deploy();
    world.write("app.js", "3").deploy();
    let invalidations = world.server.invalidations();
    assert_eq!(invalidations.len(), 4);
    let first: Vec<_> = invalidations.iter().take(2).collect();
    assert_eq!(first[0].paths, PATHS);
    assert_eq!(first[1].paths, PATHS);
    let references: BTreeSet<_> = invalidations.iter().map(|made| &made.reference).collect();
    assert_eq!(references.len(), 4);
}

#[test]
fn a_request_whose_answer_is_lost_makes_no_second_invalidation() {
    let world = changed();
    world.server.inject(
        Fault::new(Effect::CutBeforeResponse)
            .on("CreateInvalidation")
            .times(1),
    );
    world.deploy();
    assert_eq!(world.server.count("CreateInvalidation"), 2);
    assert_eq!(world.server.invalidations().len(), 1);
}

#[test]
fn too_many_in_progress_is_tried_again() {
    let world = changed();
    let busy = Fault::error(400, "TooManyInvalidationsInProgress", "Too many.");
    world.server.inject(busy.on("CreateInvalidation").times(1));
    world.deploy();
    assert_eq!(world.server.invalidations().len(), 1);
}

#[test]
fn a_refused_invalidation_is_a_failure_and_nothing_is_deleted() {
    let world = changed();
    let denied = Fault::error(403, "AccessDenied", "not authorized");
    world.server.inject(denied.on("CreateInvalidation"));
    let ran = world.run_to(1);
    assert!(
        ran.says("ERROR: 1 invalidation failed: CreateInvalidation: AccessDenied"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.says("  hint: does the role's policy allow cloudfront:CreateInvalidation"),
        "{}",
        ran.stderr
    );
    assert!(world.keys().contains(&"old.js".to_owned()));
    let report = world.report(1);
    assert_eq!(
        report["failed"],
        json!([{"action": "invalidate", "key": "E1", "code": "AccessDenied", "error": report["failed"][0]["error"]}])
    );
    assert_eq!(report["not_attempted"]["deletions"], 1);
}

#[test]
fn a_deploy_that_failed_before_its_invalidation_is_finished_by_the_next() {
    let mut world = changed().unrecorded();
    let denied = Fault::error(403, "AccessDenied", "not authorized");
    world.server.inject(denied.on("CreateInvalidation"));
    world.unset("DELETE_FLAG").run_to(1);
    assert!(world.keys().contains(&NOTE.to_owned()));
    world.server.clear_faults();
    let report = world.deploy();
    assert_eq!(report["done"]["uploads"], 0);
    assert_eq!(report["outcome"], "deployed");
    assert_eq!(world.server.invalidations()[0].paths, ["/*"]);
    assert!(!world.keys().contains(&NOTE.to_owned()));
    assert_eq!(world.deploy()["outcome"], "unchanged");
    assert_eq!(world.server.invalidations().len(), 1);
}

#[test]
fn the_note_of_a_pending_invalidation_is_there_before_the_first_change_until_all_is_done() {
    let world = changed().unrecorded();
    world.deploy();
    let changes = world.server.changes();
    let keys: Vec<&str> = changes
        .iter()
        .map(|change| match change {
            test_server::Change::Put { key, .. } | test_server::Change::Delete { key, .. } => {
                key.as_str()
            }
        })
        .collect();
    assert_eq!(keys.first(), Some(&NOTE));
    assert_eq!(keys.last(), Some(&NOTE));
}

#[test]
fn an_invalidation_that_takes_too_long_is_a_warning() {
    let mut world = changed();
    world.server.set_invalidation_polls(1_000);
    let ran = world.set("INVALIDATION_WAIT", "1s").run_to(0);
    assert!(
        ran.lines("WARNING: CloudFront E1: invalidation ")[0].contains(" is not completed after "),
        "{}",
        ran.stderr
    );
    assert!(!world.keys().contains(&"old.js".to_owned()));
    assert_eq!(world.server.count("CreateInvalidation"), 1);
}

#[test]
fn an_invalidation_that_cannot_be_looked_at_is_a_warning() {
    let world = changed();
    let denied = Fault::error(403, "AccessDenied", "not authorized");
    world.server.inject(denied.on("GetInvalidation"));
    let ran = world.run_to(0);
    assert!(
        ran.says("WARNING: CloudFront took invalidation "),
        "{}",
        ran.stderr
    );
    assert_eq!(world.deploy()["outcome"], "unchanged");
}

#[test]
fn one_session_serves_the_bucket_and_cloudfront() {
    let world = changed();
    world.deploy();
    assert_eq!(world.server.count("AssumeRoleWithWebIdentity"), 1);
}

#[test]
fn a_prefix_is_part_of_the_paths_unless_it_is_the_origins() {
    let mut world = World::with_files(&[("index.html", "1"), ("a b.txt", "1")]);
    world
        .set("S3_BUCKET", "my-bucket/docs")
        .set("CLOUDFRONT_DISTRIBUTION_ID", "E1")
        .deploy();
    world
        .write("index.html", "2")
        .write("a b.txt", "2")
        .deploy();
    world.set("INVALIDATION_PREFIX", "/");
    world
        .write("index.html", "3")
        .write("a b.txt", "3")
        .deploy();
    let paths: Vec<_> = world
        .server
        .invalidations()
        .into_iter()
        .map(|made| made.paths)
        .collect();
    assert_eq!(
        paths[0],
        ["/docs", "/docs/", "/docs/a%20b.txt", "/docs/index.html"]
    );
    assert_eq!(paths[1], ["/", "/a%20b.txt", "/index.html"]);
}

#[test]
fn many_changes_become_wildcards() {
    let mut world = World::new();
    world.set("CLOUDFRONT_DISTRIBUTION_ID", "E1");
    let write = |text: &str| {
        world.write("index.html", text);
        for page in 0..100 {
            world.write(&format!("guide/{page}/index.html"), text);
        }
    };
    write("1");
    world.deploy();
    write("2");
    world.deploy();
    assert_eq!(
        world.server.invalidations()[0].paths,
        ["/", "/guide/*", "/index.html"]
    );
}

#[test]
fn a_dry_run_shows_the_invalidation_and_makes_none() {
    let mut world = changed();
    let ran = world.set("DRY_RUN", "true").run_to(0);
    assert!(
        ran.says("INFO: (dryrun) CloudFront E1: invalidating 5 paths: /app.js /blog /blog/ /blog/index.html /old.js"),
        "{}",
        ran.stderr
    );
    assert!(world.server.invalidations().is_empty());
    assert!(world.server.changes().is_empty());
}

#[test]
fn one_file_is_forgotten_and_owed_like_a_folder() {
    let mut world = World::with_files(&[("app.zip", "1")]);
    world
        .set("LOCAL_PATH", "site/app.zip")
        .set("S3_BUCKET", "my-bucket/get/")
        .set("CLOUDFRONT_DISTRIBUTION_ID", "E1")
        .deploy();
    world.write("app.zip", "2");
    world.server.inject(
        Fault::error(
            404,
            "NoSuchDistribution",
            "The specified distribution does not exist.",
        )
        .on("CreateInvalidation"),
    );
    let ran = world.run_to(1);
    assert!(
        ran.says("  hint: is CLOUDFRONT_DISTRIBUTION_ID"),
        "{}",
        ran.stderr
    );
    assert_eq!(world.keys().len(), 2, "the file and the note");
    world.server.clear_faults();
    world.deploy();
    assert_eq!(world.server.invalidations()[0].paths, ["/get", "/get/*"]);
    assert_eq!(world.keys(), ["get/app.zip"]);
    assert_eq!(world.deploy()["outcome"], "unchanged");
}

#[test]
fn no_deploy_that_deletes_nothing_may_delete() {
    for source in ["site", "site/app.zip"] {
        let mut world = World::with_files(&[("app.zip", "1")]);
        world
            .set("LOCAL_PATH", source)
            .set("CLOUDFRONT_DISTRIBUTION_ID", "E1")
            .deploy();
        for text in ["2", "3"] {
            world.write("app.zip", text).deploy();
        }
        let paths: Vec<_> = world.server.invalidations();
        let paths: Vec<_> = paths.into_iter().map(|made| made.paths).collect();
        assert_eq!(paths, [["/app.zip"], ["/app.zip"]], "{source}");
        assert_eq!(world.deploy()["outcome"], "unchanged");
        for session in world.server.sessions() {
            assert!(!session.policy.unwrap().contains("s3:Delete"), "{source}");
        }
    }
}

#[test]
fn the_note_of_a_deploy_that_protects_objects_is_not_protected() {
    let mut world = World::with_files(&[("a.zip", "1")]).unrecorded();
    world
        .set("NO_OVERWRITE", "true")
        .set("CLOUDFRONT_DISTRIBUTION_ID", "E1")
        .set("INVALIDATION_PATHS", "/*")
        .deploy();
    let denied = Fault::error(403, "AccessDenied", "not authorized");
    world.server.inject(denied.on("CreateInvalidation"));
    world.write("b.zip", "1").run_to(1);
    assert!(world.keys().contains(&NOTE.to_owned()), "it is owed anew");
    world.server.clear_faults();
    world.deploy();
    assert_eq!(world.server.invalidations().len(), 2);
    assert_eq!(world.deploy()["outcome"], "unchanged");
    assert_eq!(world.keys(), ["a.zip", "b.zip"]);
}

/// Version 0.1.0 wrote the same text under the same key, and took it away by deleting it.
#[test]
fn the_note_of_an_older_version_is_read() {
    let mut world = World::with_files(&[("index.html", "1")]);
    world.set("CLOUDFRONT_DISTRIBUTION_ID", "E1").deploy();
    let text = "A deploy has begun whose changes are not yet invalidated in CloudFront. The next one sees to it.\n";
    world.server.put_object(DEFAULT_BUCKET, NOTE, text);
    world.deploy();
    assert_eq!(world.server.invalidations()[0].paths, ["/*"]);
    assert_eq!(world.deploy()["outcome"], "unchanged");
    assert_eq!(world.server.invalidations().len(), 1);
}

#[test]
fn a_note_that_cannot_be_emptied_is_a_warning() {
    let world = changed().unrecorded();
    let denied = Fault::error(403, "AccessDenied", "not authorized");
    let note = denied.on("PutObject").key_containing(NOTE);
    world.server.inject(note.skip(1));
    let ran = world.run_to(0);
    assert!(
        ran.says("WARNING: the note `s3://my-bucket/.aws-oidc-s3-deploy/invalidation-pending` stays in the bucket, and the next deploy will invalidate everything: PutObject: AccessDenied"),
        "{}",
        ran.stderr
    );
    world.server.clear_faults();
    world.deploy();
    assert_eq!(world.server.invalidations()[1].paths, ["/*"]);
}
