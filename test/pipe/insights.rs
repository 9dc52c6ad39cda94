//! Results beside the log: output variables, the pipe's storage folder, the report on the commit.

use crate::support::World;
use serde_json::Value;
use std::fs;
use test_server::Fault;

/// A step of Bitbucket, as far as results go. Returns where its variables are.
fn step(world: &mut World) -> std::path::PathBuf {
    let variables = world.working_folder().join("variables");
    let storage = world.working_folder().join("storage/acme/pipe");
    let endpoint = world.server.endpoint();
    world
        .set(
            "BITBUCKET_PIPELINES_VARIABLES_PATH",
            &variables.to_string_lossy(),
        )
        .set("BITBUCKET_PIPE_STORAGE_DIR", &storage.to_string_lossy())
        .set("BITBUCKET_WORKSPACE", "acme")
        .set("BITBUCKET_REPO_SLUG", "site")
        .set("BITBUCKET_COMMIT", "c0ffee")
        .set("BITBUCKET_BUILD_NUMBER", "42")
        .set("CODE_INSIGHTS", "true")
        .set("CODE_INSIGHTS_PROXY", &endpoint);
    variables
}

#[test]
fn output_variables_are_appended() {
    let mut world = World::with_files(&[("a", "a"), ("b", "b")]);
    let variables = step(&mut world);
    fs::write(&variables, "EARLIER=1\n").unwrap();
    world.deploy();
    insta::assert_snapshot!(fs::read_to_string(&variables).unwrap(), @r"
    EARLIER=1
    S3_DEPLOY_OUTCOME=deployed
    S3_DEPLOY_EXIT_CODE=0
    S3_DEPLOY_DESTINATION=s3://my-bucket/
    S3_DEPLOY_UPLOADED=2
    S3_DEPLOY_UPLOADED_BYTES=2
    S3_DEPLOY_DELETED=0
    S3_DEPLOY_UNCHANGED=0
    S3_DEPLOY_FAILED=0
    S3_DEPLOY_INVALIDATED=0
    ");
}

#[test]
fn the_storage_folder_gets_the_report() {
    let mut world = World::with_files(&[("a", "a")]);
    step(&mut world);
    let report = world.deploy();
    let stored = fs::read(world.working_folder().join("storage/acme/pipe/report.json")).unwrap();
    let stored: Value = serde_json::from_slice(&stored).unwrap();
    assert_eq!(stored, report);
}

#[test]
fn the_commit_gets_a_report_through_the_proxy() {
    let mut world = World::with_files(&[("a", "a")]);
    step(&mut world);
    let ran = world.run_to(0);
    assert!(!ran.says("WARNING"), "{}", ran.stderr);
    let request = &world.server.requests_of("PutReport")[0];
    assert_eq!(request.status, Some(200));
    assert!(!request.headers.contains_key("authorization"));
    let report: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(report["title"], "Deploy to s3://my-bucket/");
    assert_eq!(report["result"], "PASSED");
    assert_eq!(
        report["link"],
        "https://bitbucket.org/acme/site/pipelines/results/42"
    );
    let uploaded = &report["data"][1];
    assert_eq!(
        (&uploaded["title"], &uploaded["value"]),
        (&"Uploaded".into(), &1.into())
    );
}

#[test]
fn a_failed_deploy_is_reported_too() {
    let mut world = World::with_files(&[("a", "a")]);
    let variables = step(&mut world);
    world
        .server
        .inject(Fault::error(403, "AccessDenied", "Access Denied").on("PutObject"));
    world.run_to(1);
    let request = &world.server.requests_of("PutReport")[0];
    let report: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(report["result"], "FAILED");
    assert!(
        report["details"]
            .as_str()
            .unwrap()
            .contains("1 item failed")
    );
    let variables = fs::read_to_string(variables).unwrap();
    assert!(
        variables.contains("S3_DEPLOY_OUTCOME=failed\n"),
        "{variables}"
    );
}

#[test]
fn nothing_beside_the_log_can_fail_a_deploy() {
    let mut world = World::with_files(&[("a", "a")]);
    step(&mut world);
    world
        .set("BITBUCKET_PIPELINES_VARIABLES_PATH", "/dev/full")
        .set("BITBUCKET_PIPE_STORAGE_DIR", "/dev/null/folder");
    world
        .server
        .inject(Fault::error(403, "", "Access denied").on("PutReport"));
    let ran = world.run_to(0);
    for start in [
        "WARNING: cannot write the report to `/dev/null/folder/report.json`: ",
        "WARNING: cannot append output variables to `/dev/full`: ",
        "WARNING: no Code Insights report: Bitbucket answered HTTP 403: ",
    ] {
        assert!(ran.says(start), "{start}\n{}", ran.stderr);
    }
    world.set("CODE_INSIGHTS_PROXY", "http://127.0.0.1:1");
    let ran = world.run_to(0);
    assert!(
        ran.says(
            "WARNING: no Code Insights report: the proxy `http://127.0.0.1:1` cannot be reached: "
        ),
        "{}",
        ran.stderr
    );
}

#[test]
fn nothing_is_sent_unless_asked_for() {
    let mut world = World::with_files(&[("a", "a")]);
    step(&mut world);
    world.unset("CODE_INSIGHTS").deploy();
    assert_eq!(world.server.count("PutReport"), 0);
}
