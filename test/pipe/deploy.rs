//! The ordinary course: first deploy, nothing changed, something changed, dry run.

use crate::support::World;
use std::fs::File;
use std::time::{Duration, SystemTime};
use test_server::{DEFAULT_BUCKET, Server};

const SITE: &[(&str, &str)] = &[
    ("index.html", "<script src=app.js></script>"),
    ("app.js", "console.log(1)"),
    ("img/logo.svg", "<svg/>"),
];

#[test]
fn a_first_deploy_says_what_it_does() {
    let mut world = World::with_files(SITE);
    let ran = world.set("CONCURRENCY", "1").run_to(0);
    insta::assert_snapshot!(ran.stderr, @"
    INFO: aws-oidc-s3-deploy VERSION, as deploy/aws-oidc-s3-deploy of account 123456789012, in us-east-1
    INFO: plan for s3://my-bucket/ from site: + 3 new ~ 0 changed - 0 deleted = 0 unchanged, 48 B to upload
    INFO: + app.js  14 B
    INFO: + img/logo.svg  6 B
    INFO: + index.html  28 B
    ");
    insta::assert_snapshot!(ran.stdout, @"✔ Deployment successful: 3 new in 0.00 s.");
    assert_eq!(world.keys(), ["app.js", "img/logo.svg", "index.html"]);
    for (name, content) in SITE {
        assert_eq!(world.bytes(name).as_deref(), Some(content.as_bytes()));
    }
    let page = world.server.object(DEFAULT_BUCKET, "index.html").unwrap();
    assert_eq!(
        page.content_type.as_deref(),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(page.acl, None);
}

#[test]
fn a_repeat_with_fresh_file_times_uploads_nothing() {
    let world = World::with_files(SITE).unrecorded();
    world.deploy();
    let tomorrow = SystemTime::now() + Duration::from_hours(24);
    for (name, _) in SITE {
        let file = File::options().write(true).open(world.path(name)).unwrap();
        file.set_modified(tomorrow).unwrap();
    }
    world.server.clear_requests();
    let report = world.deploy();
    assert_eq!(report["outcome"], "unchanged");
    assert_eq!(report["planned"]["unchanged"], 3);
    let counts: Vec<_> = world.server.counts().into_iter().collect();
    assert_eq!(
        counts,
        [
            ("AssumeRoleWithWebIdentity".to_owned(), 1),
            ("ListObjectsV2".to_owned(), 1)
        ]
    );
}

#[test]
fn one_byte_changed_at_equal_size_is_noticed() {
    let world = World::with_files(SITE);
    world.deploy();
    let modified = world.path("app.js").metadata().unwrap().modified().unwrap();
    world.write("app.js", "console.log(2)");
    let file = File::options()
        .write(true)
        .open(world.path("app.js"))
        .unwrap();
    file.set_modified(modified - Duration::from_hours(1))
        .unwrap();
    let report = world.deploy();
    assert_eq!(report["uploaded"].as_array().unwrap().len(), 1);
    assert_eq!(report["uploaded"][0]["key"], "app.js");
    assert_eq!(report["uploaded"][0]["reason"], "content");
    assert_eq!(
        world.bytes("app.js").as_deref(),
        Some(&b"console.log(2)"[..])
    );
}

#[test]
fn another_size_is_a_reason_without_hashing() {
    let world = World::with_files(SITE);
    world.deploy();
    world.write("app.js", "console.log(22)");
    assert_eq!(
        world.deploy()["planned"]["uploads_by_reason"],
        serde_json::json!({"size": 1})
    );
}

#[test]
fn a_dry_run_prints_the_plan_and_writes_nothing() {
    let mut world = World::with_files(SITE).unrecorded();
    world.server.put_object(DEFAULT_BUCKET, "old.js", "old");
    let ran = world
        .set("DRY_RUN", "yes")
        .set("DELETE_FLAG", "true")
        .run_to(0);
    assert_eq!(
        ran.lines("INFO: (dryrun)"),
        [
            "INFO: (dryrun) + app.js to s3://my-bucket/app.js (14 B)",
            "INFO: (dryrun) + img/logo.svg to s3://my-bucket/img/logo.svg (6 B)",
            "INFO: (dryrun) + index.html to s3://my-bucket/index.html (28 B)",
            "INFO: (dryrun) - old.js",
        ]
    );
    assert_eq!(world.keys(), ["old.js"]);
    let operations: Vec<_> = world.server.counts().into_keys().collect();
    assert_eq!(operations, ["AssumeRoleWithWebIdentity", "ListObjectsV2"]);
}

#[test]
fn an_empty_file_is_an_object() {
    let world = World::with_files(&[("empty.txt", "")]);
    world.deploy();
    assert_eq!(world.bytes("empty.txt").as_deref(), Some(&b""[..]));
    assert_eq!(world.deploy()["outcome"], "unchanged");
}

#[test]
fn listings_of_many_pages_are_read_whole() {
    let world = World::new();
    for index in 0..2_500 {
        let name = format!("{index:04}");
        world.write(&name, &name);
        world.server.put_object(DEFAULT_BUCKET, &name, name.clone());
    }
    let report = world.deploy();
    assert_eq!(report["planned"]["unchanged"], 2_500);
    assert_eq!(report["requests"]["ListObjectsV2"], 3);
}

#[test]
fn one_file_goes_where_s3_bucket_says() {
    for (s3_bucket, key) in [
        (DEFAULT_BUCKET.to_owned(), "app.zip"),
        (
            format!("s3://{DEFAULT_BUCKET}/releases/"),
            "releases/app.zip",
        ),
        (
            format!("{DEFAULT_BUCKET}/releases/1.0.zip"),
            "releases/1.0.zip",
        ),
    ] {
        let mut world = World::with_files(&[("app.zip", "zip"), ("other", "not deployed")]);
        world
            .set("LOCAL_PATH", "site/app.zip")
            .set("S3_BUCKET", &s3_bucket);
        // Longer keys with the same start must not be mistaken for the file's own.
        world
            .server
            .put_object(DEFAULT_BUCKET, &format!("{key}.sig"), "signature");
        assert_eq!(world.deploy()["done"]["uploads"], 1);
        assert_eq!(world.bytes(key).as_deref(), Some(&b"zip"[..]));
        assert_eq!(world.keys().len(), 2);
        assert_eq!(world.deploy()["outcome"], "unchanged");
    }
}

#[test]
fn static_keys_deploy_without_sts() {
    let mut world = World::with_files(SITE);
    world.server.add_static_keys("AKIAEXAMPLE", "hunter2");
    world
        .unset("AWS_OIDC_ROLE_ARN")
        .unset("BITBUCKET_STEP_OIDC_TOKEN");
    world
        .set("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .set("AWS_SECRET_ACCESS_KEY", "hunter2");
    world.deploy();
    assert_eq!(world.keys().len(), 3);
    assert_eq!(world.server.count("AssumeRoleWithWebIdentity"), 0);
}

#[test]
fn a_server_with_its_own_name_for_the_bucket_owner_is_asked_with_it() {
    let mut world = World::with_server(Server::start());
    world
        .set("EXPECTED_BUCKET_OWNER", test_server::ACCOUNT_ID)
        .write("a", "a");
    world.deploy();
    for request in world
        .server
        .requests()
        .iter()
        .filter(|request| request.bucket.is_some())
    {
        let owner = request.headers.get("x-amz-expected-bucket-owner");
        assert_eq!(
            owner.map(String::as_str),
            Some(test_server::ACCOUNT_ID),
            "{}",
            request.operation
        );
    }
}
