//! COMPARE_HEADERS: what objects are stored with counts as well, and where an ETag tells nothing, the
//! checksum does.

use crate::support::World;
use serde_json::{Value, json};
use test_server::{BucketOptions, DEFAULT_BUCKET, Fault, Object};

const SITE: &[(&str, &str)] = &[("app.js", "js"), ("index.html", "page")];

fn comparing(files: &[(&str, &str)]) -> World {
    let mut world = World::with_files(files);
    world.set("COMPARE_HEADERS", "true");
    world
}

fn by_reason(report: &Value) -> &Value {
    &report["planned"]["uploads_by_reason"]
}

#[test]
fn only_objects_of_their_files_size_are_asked_about_and_a_repeat_uploads_nothing() {
    let world = comparing(SITE).unrecorded();
    world.deploy();
    assert_eq!(world.server.count("HeadObject"), 0);
    world.write("new.js", "new").write("app.js", "grown");
    world.server.clear_requests();
    world.deploy();
    assert_eq!(world.server.count("HeadObject"), 1);
    world.server.clear_requests();
    assert_eq!(world.deploy()["outcome"], "unchanged");
    let counts: Vec<_> = world.server.counts().into_iter().collect();
    let expected = [
        ("AssumeRoleWithWebIdentity", 1),
        ("HeadObject", 3),
        ("ListObjectsV2", 1),
    ];
    assert_eq!(
        counts,
        expected.map(|(operation, count)| (operation.to_owned(), count))
    );
}

/// Other tools compare by size, time or bytes alone, and a changed header never reaches the objects
/// whose files are as they were. Each variable in turn, and its absence after that: two changes of headers alone.
#[test]
fn every_header_that_is_told_counts() {
    for (name, value, other) in [
        ("CACHE_CONTROL", "no-cache", None),
        ("CONTENT_ENCODING", "br", None),
        ("EXPIRES", "2030-01-01", None),
        ("METADATA", "a=1", None),
        ("EXTRA_ARGS", "--content-language de", None),
        ("EXTRA_ARGS", "--content-disposition inline", None),
        ("EXTRA_ARGS", "--content-type text/x-other", None),
        ("EXTRA_ARGS", "--website-redirect /elsewhere", None),
        // What is no longer asked for is left as it is.
        ("STORAGE_CLASS", "STANDARD_IA", Some("STANDARD")),
        ("SSE", "AES256", Some("aws:kms")),
        ("SSE_KMS_KEY_ID", "1234-ab", Some("5678-cd")),
    ] {
        let mut world = comparing(&[("a.txt", "a")]);
        // The checksum tells that bytes are equal, also under a KMS key.
        world.set("CHECKSUM", "required").deploy();
        for value in [Some(value), other] {
            match value {
                Some(value) => world.set(name, value),
                None => world.unset(name),
            };
            let report = world.deploy();
            assert_eq!(
                by_reason(&report),
                &json!({"headers": 1}),
                "{name}: {value:?}"
            );
            let report = world.deploy();
            assert_eq!(report["outcome"], "unchanged", "{name}: {value:?}");
        }
    }
}

/// Whatever a deploy sends, it finds again.
#[test]
fn a_site_with_headers_of_all_sources_is_unchanged_the_second_time() {
    let mut world = comparing(SITE);
    world
        .write("app.3f2a9c1b.js", "x".repeat(1_000))
        .write("style.css", "body { }".repeat(100))
        .write("_headers", "/*.css\n  Content-Language: en\n")
        .write("_redirects", "/old /index.html 301\n");
    let rules = "rules:\n- patterns: ['*.js']\n  headers: {content_disposition: attachment, metadata: {A: ' b '}, storage_class: STANDARD_IA}\n";
    std::fs::write(world.working_folder().join("rules.yml"), rules).unwrap();
    world
        .set("RULES_FILE", "rules.yml")
        .set("PRESET", "static-site")
        .set("COMPRESS", "brotli")
        .set("EXPIRES", "2030-01-01T00:00:00Z")
        .set("SSE", "AES256")
        .set("METADATA", "Commit=c0ffee")
        .set("TAGGING", "team=web")
        .set("ACL", "public-read");
    assert_eq!(world.deploy()["planned"]["uploads"], 5);
    world.server.clear_requests();
    assert_eq!(world.deploy()["outcome"], "unchanged");
    assert_eq!(world.server.count("HeadObject"), 5);
}

#[test]
fn objects_under_a_kms_key_are_told_by_their_checksum() {
    let mut world = comparing(&[("small.js", "js"), ("text.css", &"a ".repeat(500))]).unrecorded();
    world.write("large.bin", vec![7; 17 << 20]);
    world
        .set("SSE", "aws:kms")
        .set("CHECKSUM", "required")
        .set("COMPRESS", "gzip")
        .deploy();
    assert_eq!(world.deploy()["outcome"], "unchanged");
    let mut changed = vec![7; 17 << 20];
    changed[9_000_000] = 8;
    world.write("large.bin", changed).write("small.js", "sj");
    let report = world.deploy();
    assert_eq!(by_reason(&report), &json!({"content": 2}));
    assert_eq!(world.bytes("small.js").as_deref(), Some(&b"sj"[..]));
    // The ETag of a PUT looks like an MD5, and is none.
    let report = world.set("COMPARE_HEADERS", "false").deploy();
    assert_eq!(report["planned"]["uploads"], 3);
}

#[test]
fn an_object_without_a_checksum_stays_unverifiable() {
    let world = comparing(SITE);
    let mut object = Object::new("js");
    object.etag = format!("{}-7", object.etag);
    world.server.put(DEFAULT_BUCKET, "app.js", object);
    let options = BucketOptions {
        has_checksums: false,
        ..BucketOptions::default()
    };
    world.server.set_bucket_options(DEFAULT_BUCKET, options);
    let report = world.deploy();
    assert_eq!(by_reason(&report), &json!({"new": 1, "unverifiable": 1}));
}

#[test]
fn an_object_that_goes_meanwhile_is_new() {
    let world = comparing(SITE);
    world.deploy();
    let gone = Fault::error(404, "NotFound", "Not Found");
    world.server.inject(gone.on("HeadObject").key("app.js"));
    assert_eq!(by_reason(&world.deploy()), &json!({"new": 1}));
}

#[test]
fn without_the_permission_nothing_is_written() {
    let mut world = comparing(SITE).unrecorded();
    world.deploy();
    let denied = Fault::error(403, "AccessDenied", "Access Denied");
    world.server.inject(denied.on("HeadObject").key("app.js"));
    let ran = world.set("CACHE_CONTROL", "no-cache").run_to(1);
    assert!(ran.says("ERROR: cannot ask what the objects are stored with: HeadObject: "));
    assert!(ran.says("  hint: does the role's policy allow s3:GetObject on `s3://my-bucket/*`"));
    assert_eq!(
        ran.stdout,
        "✖ Deployment failed after 0.00 s. Nothing was written. Fix the permissions, then run it again.\n"
    );
    assert_eq!(world.server.count("PutObject"), 2);
}

#[test]
fn the_session_may_read_only_where_objects_are_asked() {
    let mut world = comparing(SITE).unrecorded();
    world.deploy();
    world
        .set("DRY_RUN", "true")
        .set("CACHE_CONTROL", "no-cache");
    let ran = world.run_to(0);
    let lines = ran.lines("INFO: (dryrun) ~ ");
    assert_eq!(lines.len(), 2, "{}", ran.stderr);
    assert!(lines[0].ends_with(" (headers, 2 B)"), "{}", lines[0]);
    world.set("COMPARE_HEADERS", "false").run_to(0);
    let allows = |action: &str| {
        let sessions = world.server.sessions().into_iter();
        let allows = sessions.map(|session| session.policy.unwrap().contains(action));
        allows.collect::<Vec<_>>()
    };
    assert_eq!(allows("s3:GetObject"), [true, true, false]);
    assert_eq!(allows("s3:PutObject"), [true, false, false]);
}

#[test]
fn a_released_object_keeps_its_headers() {
    let mut world = comparing(SITE);
    world.set("NO_OVERWRITE", "true").deploy();
    let ran = world.set("CACHE_CONTROL", "no-cache").run_to(2);
    assert!(ran.says("  `app.js` exists and differs (headers)"));
    world.unset("CACHE_CONTROL").deploy();
}

#[test]
fn changed_headers_are_invalidated() {
    let mut world = comparing(SITE);
    world.deploy();
    world
        .set("CACHE_CONTROL", "no-cache")
        .set("EXCLUDE", "index.html")
        .set("CLOUDFRONT_DISTRIBUTION_ID", "E1")
        .deploy();
    assert_eq!(world.server.invalidations()[0].paths, ["/app.js"]);
}

#[test]
fn shares_ask_for_their_own_objects_and_the_last_step_refuses_old_headers() {
    let mut world = comparing(SITE);
    for index in 0..20 {
        world.write(&format!("{index}.js"), "x");
    }
    world.deploy();
    world.set("CACHE_CONTROL", "no-cache");
    let shares = ["0/3", "1/3", "2/3"];
    for share in &shares[..2] {
        world.set("SHARD", share).deploy();
    }
    // After its first upload with the header, each run asks this server whether it keeps it.
    let compared = |world: &World, runs: usize| world.server.count("HeadObject") - runs;
    let asked = compared(&world, 2);
    assert!(
        (1..22).contains(&asked),
        "{asked}: of each share, and not all"
    );
    let ran = world.set("SHARD", "final/3").run_to(2);
    assert!(ran.says("  share 3 of 3 "), "{}", ran.stderr);
    world.server.clear_requests();
    world.set("SHARD", shares[2]).deploy();
    assert_eq!(asked + compared(&world, 1), 22);
    let report = world.set("SHARD", "final/3").deploy();
    assert_eq!(by_reason(&report), &json!({"headers": 1}));
    assert_eq!(report["uploaded"][0]["key"], "index.html");
}

#[test]
fn shares_arrive_in_a_bucket_under_a_kms_key_too() {
    let mut world = comparing(SITE).unrecorded();
    world.set("SSE", "aws:kms").set("CHECKSUM", "required");
    world.set("SHARD", "0/1").deploy();
    let report = world.set("SHARD", "final/1").deploy();
    assert_eq!(report["uploaded"][0]["key"], "index.html");
    world.set("COMPARE_HEADERS", "false");
    let ran = world.run_to(2);
    assert!(ran.says("  hint: does a KMS key encrypt the bucket?"));
}
