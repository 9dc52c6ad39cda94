//! COMMAND: rollback. A release is put back by copies inside the bucket, in the order of a deploy, or not
//! at all.

use crate::support::{PATIENCE, World};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use test_server::{
    Certificate, Change, Connect, ConnectProxy, DEFAULT_BUCKET, Effect, Fault, Object, Server,
    Versioning,
};

/// A world whose bucket keeps versions.
fn versioned() -> World {
    let mut world = World::new();
    world.keep_versions(Versioning::Enabled);
    world.set("DELETE_FLAG", "true");
    world
}

/// Makes the site these files and nothing else, and deploys it as this build.
fn deploy(world: &mut World, build: u64, files: &[(&str, &str)]) -> Value {
    for name in world.files() {
        world.remove(&name);
    }
    for (name, content) in files {
        world.write(name, content);
    }
    as_build(world, "deploy", build).deploy()
}

fn as_build<'a>(world: &'a mut World, command: &str, build: u64) -> &'a mut World {
    let commit = format!("{build:07x}c0ffee");
    world
        .set("COMMAND", command)
        .set("BITBUCKET_BUILD_NUMBER", &build.to_string())
        .set("BITBUCKET_COMMIT", &commit)
}

/// Puts `release` back, in the pipeline of this build, from a step without the site.
fn rollback<'a>(world: &'a mut World, build: u64, release: &str) -> &'a mut World {
    as_build(world, "rollback", build).set("RELEASE", release)
}

/// The objects of the site, as they are stored, but for what names the version.
fn site(world: &World) -> BTreeMap<String, Object> {
    let objects = world.server.objects(DEFAULT_BUCKET).into_iter();
    let site = objects.filter(|(key, _)| !key.starts_with(".aws-oidc-s3-deploy/"));
    site.map(|(key, object)| {
        let object = Object {
            last_modified: std::time::UNIX_EPOCH,
            version_id: None,
            etag: String::new(),
            checksums: BTreeMap::new(),
            ..object
        };
        (key, object)
    })
    .collect()
}

const FIRST: &[(&str, &str)] = &[
    ("app.js", "one"),
    ("gone.html", "<p>gone"),
    ("index.html", "<script src=app.js></script>one"),
    ("same.css", "p { }"),
];

const SECOND: &[(&str, &str)] = &[
    ("app.js", "two"),
    ("index.html", "<script src=app.js></script>two"),
    ("new.html", "<p>new"),
    ("new.js", "new"),
    ("same.css", "p { }"),
];

#[test]
fn a_release_is_put_back_by_copies_and_nothing_is_sent() {
    let mut world = versioned();
    deploy(&mut world, 1, FIRST);
    let before = site(&world);
    deploy(&mut world, 2, SECOND);
    assert_ne!(site(&world), before);
    world.server.clear_requests();
    // The step has no site.
    let report = rollback(&mut world, 3, "previous")
        .set("LOCAL_PATH", "not-there")
        .deploy();
    assert_eq!(site(&world), before);
    assert_eq!(
        report["planned"]["uploads_by_reason"],
        json!({"new": 1, "release": 2})
    );
    assert_eq!(report["deleted"], json!(["new.html", "new.js"]));
    assert_eq!(report["planned"]["unchanged"], 1);
    // Three versions of the site, and the record as a release.
    assert_eq!(world.server.count("CopyObject"), 4);
    let puts = world.server.requests_of("PutObject").into_iter();
    let sent: Vec<_> = puts.filter_map(|request| request.key).collect();
    assert!(sent.iter().all(|key| key.ends_with("/record")), "{sent:?}");
    // Nothing is lost: what was replaced and deleted is there as a version.
    assert_eq!(world.server.versions(DEFAULT_BUCKET, "app.js").len(), 3);
    assert_eq!(world.server.versions(DEFAULT_BUCKET, "new.js").len(), 1);
    // A second time there is nothing to do.
    let report = rollback(&mut world, 4, "1").deploy();
    assert_eq!(report["outcome"], "unchanged");
}

#[test]
fn a_rollback_can_be_rolled_back_and_the_next_push_ends_it() {
    let mut world = versioned();
    deploy(&mut world, 1, FIRST);
    let first = site(&world);
    deploy(&mut world, 2, SECOND);
    let second = site(&world);
    rollback(&mut world, 3, "0000001").deploy();
    assert_eq!(site(&world), first);
    rollback(&mut world, 4, "previous").deploy();
    assert_eq!(site(&world), second);
    let ran = rollback(&mut world, 5, "1").run_to(0);
    assert!(
        ran.stderr
            .contains("rolling s3://my-bucket/ back to build 1 (commit 0000001c0ffee) of "),
        "{}",
        ran.stderr
    );
    let ran = as_build(&mut world, "deploy", 6).run_to(0);
    assert!(
        ran.stderr
            .contains("this deploy ends the rollback to build 1 (commit `0000001c0ffee`)"),
        "{}",
        ran.stderr
    );
    assert_eq!(site(&world), second);
    // The one after that ends none.
    let ran = as_build(&mut world, "deploy", 7).run_to(0);
    assert!(!ran.stderr.contains("ends the rollback"), "{}", ran.stderr);
}

/// A copy takes neither redirect nor ACL along, nor the storage class, and makes one part of many.
#[test]
fn objects_come_back_with_all_that_they_were_stored_with() {
    let mut world = versioned();
    let rules = "rules:\n- patterns: ['*.js']\n  headers: {cache_control: max-age=60, metadata: {A: b}, tags: {team: web}, acl: public-read, storage_class: STANDARD_IA}\n";
    std::fs::write(world.working_folder().join("rules.yml"), rules).unwrap();
    world.set("RULES_FILE", "rules.yml");
    world.write("large.bin", vec![7; 17 << 20]);
    world.write("app.js", "one");
    world.write("_redirects", "/old /index.html 301\n");
    as_build(&mut world, "deploy", 1).deploy();
    let before = site(&world);
    assert_eq!(before["app.js"].acl.as_deref(), Some("public-read"));
    assert!(before["old"].website_redirect.is_some());
    let bare = rules
        .replace("max-age=60", "no-cache")
        .replace("public-read", "private");
    std::fs::write(world.working_folder().join("rules.yml"), bare).unwrap();
    let parts = world
        .server
        .object(DEFAULT_BUCKET, "large.bin")
        .unwrap()
        .etag;
    world.write("large.bin", vec![8; 17 << 20]);
    world.write("app.js", "two");
    world.write("_redirects", "/old /elsewhere.html 301\n");
    as_build(&mut world, "deploy", 2).deploy();
    world.server.clear_requests();
    rollback(&mut world, 3, "previous").deploy();
    assert_eq!(site(&world), before);
    // Copied in the parts that it was uploaded in, it is the same to whoever compares it.
    assert!(parts.ends_with("-3"), "{parts}");
    let again = world.server.object(DEFAULT_BUCKET, "large.bin").unwrap();
    assert_eq!(again.etag, parts);
    assert_eq!(world.server.count("UploadPartCopy"), 3);
    // What one request alone copies: three more objects, and the record as a release.
    assert_eq!(world.server.count("CopyObject"), before.len() - 1 + 1);
}

/// A world of AWS: the server, by AWS's names.
fn on_aws() -> (World, ConnectProxy) {
    let server = Server::builder().tls(Certificate::Valid).start();
    let proxy = ConnectProxy::start(Connect::To(server.port()), None).unwrap();
    let mut world = World::with_server(server);
    let authority = world.server.authority_pem().unwrap().to_owned();
    std::fs::write(world.working_folder().join("ca.pem"), authority).unwrap();
    world.keep_versions(Versioning::Enabled);
    world
        .unset("AWS_ENDPOINT_URL")
        .set("AWS_CA_BUNDLE", "ca.pem")
        .set("HTTPS_PROXY", &proxy.url(""))
        .set("S3_FORCE_PATH_STYLE", "true")
        .set("DELETE_FLAG", "true");
    (world, proxy)
}

/// On AWS each copy is conditional. One whose answer is lost is tried again, and then meets itself.
#[test]
fn a_copy_whose_answer_is_lost_is_not_taken_for_another_writers() {
    let (mut world, _proxy) = on_aws();
    let large = vec![7; 17 << 20];
    let write = |world: &World, content: &str, large: &[u8]| {
        world
            .write("a.js", content)
            .write("index.html", content)
            .write("large.bin", large);
    };
    write(&world, "one", &large);
    as_build(&mut world, "deploy", 1).deploy();
    let before = site(&world);
    write(&world, "two", b"small");
    as_build(&mut world, "deploy", 2).deploy();
    world.server.clear_requests();
    for operation in ["CopyObject", "CompleteMultipartUpload"] {
        let lost = Fault::new(Effect::CutBeforeResponse).on(operation);
        world.server.inject(lost.times(1));
    }
    rollback(&mut world, 3, "1").deploy();
    assert_eq!(site(&world), before);
    let answered = |operation: &str, status| {
        let requests = world.server.requests_of(operation).into_iter();
        requests
            .filter(|it| it.headers.contains_key("if-match") && it.status == Some(status))
            .count()
    };
    assert_eq!(answered("CopyObject", 412), 1);
    assert_eq!(world.server.count("CompleteMultipartUpload"), 2);
    // Another writer's is left as it is.
    write(&world, "two", b"small");
    as_build(&mut world, "deploy", 4).deploy();
    let hold = Fault::new(Effect::Hold).on("CopyObject").key("index.html");
    world.server.inject(hold.times(1));
    let child = rollback(&mut world, 5, "1").spawn();
    assert!(world.server.wait_until_held(1, PATIENCE));
    world
        .server
        .put_object(DEFAULT_BUCKET, "index.html", "theirs");
    world.server.release();
    let ran = world.wait(child);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert_eq!(world.bytes("index.html").as_deref(), Some(&b"theirs"[..]));
}

#[test]
fn a_release_comes_back_in_the_order_of_a_deploy() {
    let mut world = versioned();
    deploy(&mut world, 1, FIRST);
    deploy(&mut world, 2, SECOND);
    world.server.clear_changes();
    rollback(&mut world, 3, "1")
        .set("CLOUDFRONT_DISTRIBUTION_ID", "E1")
        .deploy();
    let changes = world.server.changes();
    let order: Vec<_> = changes
        .iter()
        .filter(|change| !change.key().starts_with(".aws-oidc-s3-deploy/"))
        .map(|change| match change {
            Change::Put { key, .. } => format!("+{key}"),
            Change::Delete { key, .. } => format!("-{key}"),
        })
        .collect();
    assert_eq!(
        order,
        [
            "+app.js",
            "+gone.html",
            "+index.html",
            "-new.html",
            "-new.js"
        ]
    );
    let paths = &world.server.invalidations()[0].paths;
    assert_eq!(
        *paths,
        ["/", "/app.js", "/index.html", "/new.html", "/new.js"]
    );
}

#[test]
fn a_dry_run_says_what_would_be_put_back() {
    let mut world = versioned();
    deploy(&mut world, 1, FIRST);
    deploy(&mut world, 2, SECOND);
    world.server.clear_changes();
    let ran = rollback(&mut world, 3, "1")
        .set("DRY_RUN", "true")
        .run_to(0);
    let lines = ran.lines("INFO: (dryrun) ");
    let starts = [
        "~ app.js to s3://my-bucket/app.js (release, version ",
        "+ gone.html to s3://my-bucket/gone.html (version ",
        "~ index.html to s3://my-bucket/index.html (release, version ",
    ];
    for (line, start) in lines.iter().zip(starts) {
        assert!(
            line.starts_with(&format!("INFO: (dryrun) {start}")),
            "{line}"
        );
    }
    assert_eq!(
        lines[3..],
        ["INFO: (dryrun) - new.html", "INFO: (dryrun) - new.js"]
    );
    let plan = "INFO: plan for s3://my-bucket/ from the release: + 1 new ~ 2 changed - 2 deleted = 1 unchanged, 41 B to copy in the bucket";
    assert!(ran.says(plan), "{}", ran.stderr);
    assert!(world.server.changes().is_empty());
}

#[test]
fn nothing_is_written_where_a_version_is_gone() {
    let mut world = versioned();
    deploy(&mut world, 1, FIRST);
    deploy(&mut world, 2, SECOND);
    let versions = world.server.versions(DEFAULT_BUCKET, "app.js");
    let id = versions[1].version_id.clone().unwrap();
    world.server.expire_version(DEFAULT_BUCKET, "app.js", &id);
    world.server.clear_changes();
    let ran = rollback(&mut world, 3, "1").run_to(2);
    assert!(
        ran.stderr
            .contains("the release cannot be put back: 1 object"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("`app.js`: its version is gone"),
        "{}",
        ran.stderr
    );
    assert!(world.server.changes().is_empty());
}

#[test]
fn nothing_is_written_where_a_version_is_archived() {
    let mut world = versioned();
    world.set("STORAGE_CLASS", "GLACIER");
    deploy(&mut world, 1, FIRST);
    world.unset("STORAGE_CLASS");
    deploy(&mut world, 2, SECOND);
    world.server.clear_changes();
    let ran = rollback(&mut world, 3, "1").run_to(2);
    assert!(
        ran.stderr
            .contains("`app.js`: its version is archived (GLACIER)"),
        "{}",
        ran.stderr
    );
    assert!(world.server.changes().is_empty());
}

#[test]
fn a_missing_permission_is_met_before_anything_is_written() {
    let denied = || Fault::error(403, "AccessDenied", "Access Denied");
    for (fault, named) in [
        (denied().on("ListObjectVersions"), "s3:ListBucketVersions"),
        (
            denied().on("HeadObject").key("app.js"),
            "s3:GetObjectVersion",
        ),
    ] {
        let mut world = versioned();
        deploy(&mut world, 1, FIRST);
        deploy(&mut world, 2, SECOND);
        world.server.clear_changes();
        world.server.inject(fault);
        let ran = rollback(&mut world, 3, "1").run_to(1);
        assert!(ran.stderr.contains(named), "{}", ran.stderr);
        assert!(world.server.changes().is_empty());
    }
}

#[test]
fn a_bucket_without_versions_is_refused() {
    let mut world = World::new();
    deploy(&mut world, 1, FIRST);
    deploy(&mut world, 2, SECOND);
    let ran = rollback(&mut world, 3, "previous").run_to(2);
    assert!(
        ran.stderr
            .contains("the bucket has not kept a release before the live one"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("does the bucket keep versions?"),
        "{}",
        ran.stderr
    );
    // Versions that are no longer kept would be overwritten.
    let mut world = versioned();
    deploy(&mut world, 1, FIRST);
    world.keep_versions(Versioning::Suspended);
    deploy(&mut world, 2, SECOND);
    let ran = rollback(&mut world, 3, "1").run_to(2);
    assert!(
        ran.stderr.contains("the bucket keeps no versions"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_release_that_is_not_there_is_answered_with_those_that_are() {
    let mut world = versioned();
    deploy(&mut world, 1, FIRST);
    deploy(&mut world, 2, SECOND);
    let ran = rollback(&mut world, 3, "7").run_to(2);
    assert!(
        ran.stderr
            .contains("the bucket has not kept a release of build 7"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr
            .contains("it has kept build 2 (commit 0000002c0ffee), build 1 (commit 0000001c0ffee)"),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_others_put_there_stays() {
    let mut world = versioned();
    deploy(&mut world, 1, FIRST);
    deploy(&mut world, 2, SECOND);
    world
        .server
        .put_object(DEFAULT_BUCKET, "others.txt", "theirs");
    world
        .server
        .put_object(DEFAULT_BUCKET, "new.js", "changed by hand");
    let report = rollback(&mut world, 3, "1").deploy();
    assert_eq!(report["deleted"], json!(["new.html"]));
    assert_eq!(world.bytes("others.txt").as_deref(), Some(&b"theirs"[..]));
    assert_eq!(
        world.bytes("new.js").as_deref(),
        Some(&b"changed by hand"[..])
    );
}

#[test]
fn too_many_deletions_refuse_a_rollback_as_a_deploy() {
    let mut world = versioned();
    deploy(&mut world, 1, FIRST);
    deploy(&mut world, 2, SECOND);
    let ran = rollback(&mut world, 3, "1")
        .set("MAX_DELETE", "1")
        .run_to(2);
    assert!(ran.stderr.contains("MAX_DELETE"), "{}", ran.stderr);
}

#[test]
fn releases_are_listed_for_people_and_for_programs() {
    let mut world = versioned();
    deploy(&mut world, 1, FIRST);
    deploy(&mut world, 2, SECOND);
    rollback(&mut world, 3, "1").deploy();
    world.server.clear_changes();
    let ran = world.set("COMMAND", "releases").run_to(0);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert!(
        lines[0].starts_with("INFO: build 3  0000003c0ffee  20"),
        "{}",
        ran.stdout
    );
    assert!(
        lines[0].ends_with("4 objects, 46 B  rolled back to build 1  live"),
        "{}",
        ran.stdout
    );
    assert!(lines[1].ends_with("5 objects, 48 B"), "{}", ran.stdout);
    assert!(lines[2].ends_with("4 objects, 46 B"), "{}", ran.stdout);
    assert!(
        lines[3].contains("s3://my-bucket/ has 3 releases."),
        "{}",
        ran.stdout
    );
    let ran = world.set("FORMAT", "json").run_to(0);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["destination"], "s3://my-bucket/");
    let releases = document["releases"].as_array().unwrap();
    let told: Vec<_> = releases
        .iter()
        .map(|it| (&it["build"], &it["live"], &it["restores_build"]))
        .collect();
    let (yes, no, none) = (json!(true), json!(false), Value::Null);
    assert_eq!(
        told,
        [
            (&json!(3), &yes, &json!(1)),
            (&json!(2), &no, &none),
            (&json!(1), &no, &none)
        ]
    );
    assert_eq!(releases[1]["objects"], 5);
    assert_eq!(releases[1]["commit"], "0000002c0ffee");
    assert!(world.server.changes().is_empty());
}

#[test]
fn as_many_releases_are_kept_as_are_asked_for() {
    let mut world = versioned();
    world.set("RELEASES", "2");
    for build in 1..=5 {
        deploy(&mut world, build, &[("a.txt", &build.to_string())]);
    }
    let builds = |world: &World| {
        let ran = world.run_to(0);
        let document: Value = serde_json::from_str(&ran.stdout).unwrap();
        let releases = document["releases"].as_array().unwrap().clone();
        releases
            .iter()
            .map(|it| it["build"].as_u64())
            .collect::<Vec<_>>()
    };
    world.set("COMMAND", "releases").set("FORMAT", "json");
    assert_eq!(builds(&world), [Some(5), Some(4)]);
    world.set("RELEASES", "0").unset("FORMAT");
    deploy(&mut world, 6, &[("a.txt", "6")]);
    world.set("COMMAND", "releases").set("FORMAT", "json");
    assert_eq!(builds(&world), [Some(5), Some(4)]);
}

/// The session of a rollback may read versions below the prefix; that of a deploy may not.
#[test]
fn a_deploy_that_is_killed_takes_no_release_its_place() {
    let mut world = versioned();
    deploy(&mut world, 801, &[("a.css", "1")]);
    let hold = Fault::new(Effect::Hold).on("PutObject").key("a.css");
    world.server.inject(hold.times(1));
    world.write("a.css", "two");
    let mut killed = as_build(&mut world, "deploy", 802).spawn();
    assert!(world.server.wait_until_held(1, PATIENCE));
    killed.kill().unwrap();
    world.wait(killed);
    world.server.clear_faults();
    deploy(&mut world, 803, &[("a.css", "three")]);
    let ran = as_build(&mut world, "releases", 803).run_to(0);
    let builds = ran.stdout.lines().filter(|line| line.contains("build 80"));
    assert_eq!(builds.count(), 2, "{}", ran.stdout);
}

#[test]
fn the_session_reaches_as_far_as_a_rollback_and_no_further() {
    let mut world = versioned();
    world.set("S3_BUCKET", "my-bucket/docs");
    deploy(&mut world, 1, FIRST);
    deploy(&mut world, 2, SECOND);
    rollback(&mut world, 3, "1").deploy();
    let sessions = world.server.sessions();
    let allows = |index: usize, action: &str| {
        let policy = sessions[index].policy.clone().unwrap();
        policy.contains(&format!("\"{action}\""))
    };
    for action in ["s3:GetObjectVersion", "s3:ListBucketVersions"] {
        assert!(!allows(1, action), "{action}");
        assert!(allows(2, action), "{action}");
    }
    assert!(allows(2, "s3:DeleteObject"));
}
