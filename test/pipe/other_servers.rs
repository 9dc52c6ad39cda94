//! What servers that are not AWS's do otherwise, as their own answers have it, and is told as what it is.

use crate::support::World;
use test_server::{BucketOptions, Conditions, DEFAULT_BUCKET, Effect, Fault, Object};

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

/// JuiceFS, rclone, nanio and others.
#[test]
fn headers_that_a_server_drops_are_told_by_one_question_for_each() {
    let mut world = World::with_files(&[("a.css", "x"), ("b.css", "y"), ("c.html", "z")]);
    world.write(
        ".rules",
        "rules: [{patterns: ['*.html'], headers: {content_language: en}}]",
    );
    world
        .set("RULES_FILE", "site/.rules")
        .set("EXCLUDE", ".rules");
    world
        .set("CACHE_CONTROL", "max-age=60")
        .set("CONCURRENCY", "1");
    world
        .set("EXPIRES", "2030-01-01T00:00:00Z")
        .set("METADATA", r#"["a=b"]"#);
    let answer = |type_: &str| {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let headers = vec![
            header("content-type", type_),
            header("content-length", "1"),
            header("cache-control", "max-age=60"),
            header("x-amz-meta-a", "b"),
        ];
        let body = "".into();
        Fault::new(Effect::Respond {
            status: 200,
            headers,
            body,
        })
        .on("HeadObject")
    };
    let server = &world.server;
    server.inject(answer("text/css; charset=utf-8").key("a.css"));
    server.inject(answer("text/html; charset=utf-8").key("c.html"));
    let ran = world.run_to(0);
    let told = ran.lines("WARNING: the server does not keep ");
    assert_eq!(
        told,
        [
            "WARNING: the server does not keep Expires of s3://my-bucket/a.css, nor probably of other objects",
            "WARNING: the server does not keep Content-Language of s3://my-bucket/c.html, nor probably of other objects",
        ],
        "{}",
        ran.stderr
    );
    assert_eq!(world.server.count("HeadObject"), 2);
}

#[test]
fn a_server_that_keeps_headers_is_asked_and_nothing_is_told() {
    let mut world = World::with_files(&[("a.html", "x"), ("_redirects", "/old /a.html")]);
    world
        .set("CACHE_CONTROL", "max-age=60")
        .set("COMPRESS", "gzip");
    world
        .set("STORAGE_CLASS", "STANDARD_IA")
        .set("SSE", "AES256");
    let ran = world.run_to(0);
    assert!(!ran.stderr.contains("does not keep"), "{}", ran.stderr);
    assert!(world.server.count("HeadObject") >= 1);
}

#[test]
fn an_encoding_that_a_server_drops_is_told_with_what_it_does() {
    let mut world = World::with_files(&[("a.css", "x")]);
    world.write("a.css", "a{color:red}".repeat(200));
    let header = (
        "content-type".to_owned(),
        "text/css; charset=utf-8".to_owned(),
    );
    let effect = Effect::Respond {
        status: 200,
        headers: vec![header],
        body: "".into(),
    };
    world.server.inject(Fault::new(effect).on("HeadObject"));
    let ran = world.set("COMPRESS", "gzip").run_to(0);
    assert!(
        ran.says("WARNING: the server does not keep Content-Encoding of s3://my-bucket/a.css, nor probably of other objects; browsers cannot read"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_plain_deploy_asks_nothing_more() {
    let world = World::with_files(&[("a.css", "x")]).unrecorded();
    world.run_to(0);
    assert_eq!(world.server.count("HeadObject"), 0);
    assert_eq!(world.server.count("PutObject"), 1);
}

/// JuiceFS, rclone, s3rver and nanio.
#[test]
fn a_server_that_ignores_the_condition_of_no_overwrite_is_told() {
    for (conditions, told) in [(Conditions::Heeded, 0), (Conditions::Ignored, 1)] {
        let mut world = World::with_files(&[("a", "x"), ("b", "y")]).unrecorded();
        let options = BucketOptions {
            conditions,
            ..BucketOptions::default()
        };
        world.server.set_bucket_options(DEFAULT_BUCKET, options);
        let ran = world.set("NO_OVERWRITE", "true").run_to(0);
        let lines = ran.lines("WARNING: the server ignores If-None-Match: NO_OVERWRITE");
        assert_eq!(lines.len(), told, "{}", ran.stderr);
        assert_eq!(world.server.count("PutObject"), 3);
        assert_eq!(world.bytes("a").as_deref(), Some(&b"x"[..]));
    }
}
