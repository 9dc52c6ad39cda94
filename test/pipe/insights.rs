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
    insta::assert_snapshot!(fs::read_to_string(&variables).unwrap(), @"
    EARLIER=1
    S3_DEPLOY_OUTCOME=deployed
    S3_DEPLOY_EXIT_CODE=0
    S3_DEPLOY_DESTINATION=s3://my-bucket/
    S3_DEPLOY_SITE_URL=
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

/// `test/page` looks at it in a browser.
#[test]
fn a_report_is_a_page_where_its_name_says_so() {
    let mut world = World::with_files(&[("<b>.js", "a")]);
    step(&mut world);
    world.set("REPORT_FILE", "deploy.HTML").run_to(0);
    let page = fs::read_to_string(world.working_folder().join("deploy.HTML")).unwrap();
    assert!(page.starts_with("<!doctype html>\n") && page.ends_with("</html>\n"));
    assert!(
        page.contains("<bdi>&lt;b&gt;.js</bdi>") && !page.contains("<b>.js"),
        "{page}"
    );
    let stored = fs::read(world.working_folder().join("storage/acme/pipe/report.json")).unwrap();
    let stored: Value = serde_json::from_slice(&stored).unwrap();
    assert_eq!(stored["changes"][0]["key"], "<b>.js");
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
            .contains("failed: PutObject: AccessDenied")
    );
    let variables = fs::read_to_string(variables).unwrap();
    assert!(
        variables.contains("S3_DEPLOY_OUTCOME=failed\n"),
        "{variables}"
    );
}

/// Of an earlier report nothing stays, and no more is sent than Bitbucket takes.
#[test]
fn failures_become_annotations_with_their_paths() {
    let mut world = World::new().unrecorded();
    for index in 0..120 {
        world.write(&format!("assets/{index:03}.js"), "x");
    }
    step(&mut world);
    let folder = world.working_folder().canonicalize().unwrap();
    world
        .set("BITBUCKET_CLONE_DIR", &folder.to_string_lossy())
        .set("CONCURRENCY", "1")
        .set("AWS_MAX_ATTEMPTS", "1");
    world
        .server
        .inject(Fault::error(500, "InternalError", "Trouble").on("PutObject"));
    world.set("BITBUCKET_COMMIT", "c0ffee").run_to(1);
    assert_eq!(world.server.count("DeleteReport"), 1);
    let sent = world.server.requests_of("PostAnnotations");
    let sent: Vec<Value> = sent
        .iter()
        .map(|request| serde_json::from_slice(&request.body).unwrap())
        .collect();
    let annotations: Vec<&Value> = sent
        .iter()
        .flat_map(|sent| sent.as_array().unwrap())
        .collect();
    assert_eq!(
        annotations.len(),
        world.last_report()["failed"].as_array().unwrap().len()
    );
    assert_eq!(annotations[0]["path"], "site/assets/000.js");
    assert_eq!(annotations[0]["title"], "upload failed");
    let statuses = world.server.requests_of("PostAnnotations");
    assert!(statuses.iter().all(|request| request.status == Some(200)));
}

#[test]
fn leaks_become_annotations_and_stand_in_the_report() {
    let mut world = World::with_files(&[("a", "a"), (".env", "PASSWORD=hunter2")]);
    step(&mut world);
    let report = world.report(2);
    assert_eq!(report["findings"][0]["kind"], "secret");
    assert_eq!(report["findings"][0]["path"], ".env");
    let sent = &world.server.requests_of("PostAnnotations")[0];
    let sent: Value = serde_json::from_slice(&sent.body).unwrap();
    assert_eq!(sent[0]["annotation_type"], "VULNERABILITY");
    assert_eq!(sent[0]["path"], "site/.env");
}

/// A plan says by name what would be done, and never takes the place of what was.
#[test]
fn a_dry_run_reports_its_whole_plan_beside_the_deploy() {
    let mut world =
        World::with_files(&[("index.html", "old"), ("a.js", "a"), ("gone.js", "x")]).unrecorded();
    step(&mut world);
    world.deploy();
    world
        .write("index.html", "newer")
        .write("b.js", "b")
        .remove("gone.js");
    let report = world
        .set("DRY_RUN", "true")
        .set("DELETE_FLAG", "true")
        .set("CACHE_CONTROL", "max-age=60")
        .deploy();
    let changes = report["changes"].as_array().unwrap().iter();
    let changes: Vec<String> = changes
        .map(|change| {
            let field = |name: &str| change[name].as_str().unwrap_or("-");
            let names = ["action", "key", "reason", "phase", "status"];
            names.map(field).join(" ")
        })
        .collect();
    assert_eq!(
        changes,
        [
            "upload b.js new assets not-attempted",
            "upload index.html size known-pages not-attempted",
            "delete gone.js - stale-assets not-attempted",
        ]
    );
    let headers = &report["headers"][0]["headers"];
    assert_eq!(headers[1], "Cache-Control: max-age=60");
    let reports = world.server.requests_of("PutReport");
    let [deployed, planned] = &reports[..] else {
        panic!("{}", reports.len());
    };
    assert_ne!(deployed.key, planned.key);
    let planned: Value = serde_json::from_slice(&planned.body).unwrap();
    assert_eq!(planned["title"], "Plan for s3://my-bucket/");
    let details = planned["details"].as_str().unwrap();
    assert!(
        details.ends_with("\n+ b.js\n~ index.html\n- gone.js"),
        "{details}"
    );
}

#[test]
fn a_refused_configuration_is_reported_everywhere() {
    let mut world = World::with_files(&[("a", "a")]);
    let variables = step(&mut world);
    world
        .set("ACL", "everyone")
        .set("S3_BUCKET", "my-bucket/docs");
    let report = world.report(2);
    assert_eq!(report["outcome"], "refused");
    assert_eq!(report["exit_code"], 2);
    assert_eq!(report["destination"], "s3://my-bucket/docs/");
    assert_eq!(report["commit"], "c0ffee");
    assert!(report["errors"][0].as_str().unwrap().starts_with("ACL: "));
    let link = report["links"][0].as_str().unwrap();
    assert!(link.ends_with("invalid-configuration"), "{link}");
    let variables = fs::read_to_string(variables).unwrap();
    assert!(variables.contains("S3_DEPLOY_OUTCOME=refused\nS3_DEPLOY_EXIT_CODE=2\n"));
    let sent = &world.server.requests_of("PutReport")[0];
    let sent: Value = serde_json::from_slice(&sent.body).unwrap();
    assert_eq!(sent["result"], "FAILED");
    assert!(
        sent["details"]
            .as_str()
            .unwrap()
            .contains("ACL: invalid value")
    );
    // What names the results may itself be wrong, and is then no more than a mistake among others.
    let ran = world.set("REPORT_FILE", "no/such/folder.json").run_to(2);
    assert!(ran.says("ERROR: REPORT_FILE: `no/such/folder.json` cannot be written"));
    assert_eq!(world.server.count("PutReport"), 2);
}

/// What helps is in the report as it is in the log, the statement to paste included.
#[test]
fn a_report_has_the_cure_to_paste() {
    let mut world = World::with_files(&[("a", "a")]);
    step(&mut world);
    let message = "User: arn:aws:sts::123456789012:assumed-role/deploy/x is not authorized to perform: s3:PutObject on resource: \"arn:aws:s3:::my-bucket/a\" because no identity-based policy allows the s3:PutObject action";
    let denied = Fault::error(403, "AccessDenied", message);
    world.server.inject(denied.on("PutObject"));
    let report = world.report(1);
    assert_eq!(report["failed"][0]["code"], "AccessDenied");
    let hint = report["hints"][0].as_str().unwrap();
    assert!(
        hint.starts_with("add this statement to a policy of the role"),
        "{hint}"
    );
    let statement = report["statements"][0].as_str().unwrap();
    let statement: Value = serde_json::from_str(statement).unwrap();
    assert_eq!(statement["Resource"], "arn:aws:s3:::my-bucket/*");
    let link = report["links"][0].as_str().unwrap();
    assert!(link.ends_with("accessdenied"), "{link}");
    let sent = &world.server.requests_of("PutReport")[0];
    let sent: Value = serde_json::from_slice(&sent.body).unwrap();
    assert!(
        sent["details"]
            .as_str()
            .unwrap()
            .contains("\"s3:PutObject\"")
    );
}

#[test]
fn a_report_that_the_next_run_would_deploy_is_told() {
    let mut world = World::with_files(&[("a", "a")]);
    let warning = "WARNING: REPORT_FILE: `site/report.json` lies in LOCAL_PATH, ";
    let ran = world.set("REPORT_FILE", "site/report.json").run_to(0);
    assert!(ran.says(warning), "{}", ran.stderr);
    for (name, value) in [("EXCLUDE", "/report.json"), ("REPORT_FILE", "site.json")] {
        let ran = world.set(name, value).run_to(0);
        assert!(!ran.says("WARNING: REPORT_FILE"), "{}", ran.stderr);
        world.unset("EXCLUDE");
    }
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
