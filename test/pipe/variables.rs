//! Each variable of the table has an effect: with it the pipe does something else than without.

use crate::support::World;
use aws_oidc_s3_deploy::config::variables::VARIABLES;
use deploy_core::record;
use test_server::{DEFAULT_BUCKET, GITHUB_REQUEST_TOKEN, Object, Versioning};

/// A variable, a value, and what shows that it was heeded.
type Effect = (&'static str, &'static str, fn(&mut World));

fn object(world: &mut World) -> Object {
    world.deploy();
    world.server.object(DEFAULT_BUCKET, "a.txt").unwrap()
}

fn refused(world: &mut World) {
    world.run_to(2);
}

/// What `setup` prints on a laptop.
fn set_up(world: &mut World) -> String {
    world
        .unset("BITBUCKET_STEP_OIDC_TOKEN")
        .set("COMMAND", "setup")
        .set("BITBUCKET_WORKSPACE", "acme")
        .set(
            "BITBUCKET_WORKSPACE_UUID",
            "922e118c-f34f-4226-a897-0e0afbec553d",
        )
        .set(
            "BITBUCKET_REPO_UUID",
            "{1de489be-ce6a-42a0-a8c8-eadbf1174ac7}",
        );
    let printed = world.run_to(0).stdout;
    assert!(world.server.requests().is_empty());
    printed
}

const EFFECTS: &[Effect] = &[
    ("COMMAND", "destroy", refused),
    ("EXPLAIN_PATH", "a.css", |world| {
        let ran = world.set("COMMAND", "explain").run_to(0);
        assert!(ran.stdout.starts_with("INFO: a.css is not in LOCAL_PATH"));
    }),
    (
        "AWS_OIDC_ROLE_ARN",
        "arn:aws:iam::123456789012:role/other",
        |world| drop(world.run_to(3)),
    ),
    ("AWS_ACCESS_KEY_ID", "AKIA", refused),
    ("AWS_SECRET_ACCESS_KEY", "hunter2", refused),
    ("AWS_SESSION_TOKEN", "session", |world| {
        world
            .unset("AWS_OIDC_ROLE_ARN")
            .set("AWS_ACCESS_KEY_ID", "AKIA")
            .set("AWS_SECRET_ACCESS_KEY", "x")
            .run_to(3);
        let listing = &world.server.requests_of("ListObjectsV2")[0];
        assert_eq!(
            listing
                .headers
                .get("x-amz-security-token")
                .map(String::as_str),
            Some("session")
        );
    }),
    ("OIDC_TOKEN_VARIABLE", "MY_TOKEN", |world| {
        let token = world.server.token().sign();
        world.unset("BITBUCKET_STEP_OIDC_TOKEN");
        world.set("MY_TOKEN", &token).deploy();
        assert_eq!(world.keys(), ["a.txt", "old.txt"]);
    }),
    ("OIDC_AUDIENCE", "mine", |world| {
        let url = world.server.github_request_url();
        world.unset("BITBUCKET_STEP_OIDC_TOKEN");
        world.set("ACTIONS_ID_TOKEN_REQUEST_URL", &url);
        world
            .set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", GITHUB_REQUEST_TOKEN)
            .run_to(3);
        let asked = &world.server.requests_of("RequestToken")[0];
        assert_eq!(asked.query["audience"], "mine");
    }),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "token", |world| {
        let token = world.server.token().sign();
        std::fs::write(world.working_folder().join("token"), token).unwrap();
        world.unset("BITBUCKET_STEP_OIDC_TOKEN").deploy();
    }),
    ("TRUST_POLICY_FILE", "site/a.txt", refused),
    ("AWS_DEFAULT_REGION", "eu-west-1", |world| {
        world.deploy();
        let listing = &world.server.requests_of("ListObjectsV2")[0];
        assert!(listing.headers["authorization"].contains("/eu-west-1/s3/"));
    }),
    ("S3_BUCKET", "my-bucket/docs", |world| {
        world.deploy();
        assert_eq!(world.keys(), ["docs/a.txt", "old.txt"]);
    }),
    ("LOCAL_PATH", "site/a.txt", |world| {
        world.write("b.txt", "b").deploy();
        assert_eq!(world.keys(), ["a.txt", "old.txt"]);
    }),
    ("DELETE_FLAG", "true", |world| {
        world.deploy();
        assert_eq!(world.keys(), ["a.txt"]);
    }),
    ("MAX_DELETE", "0", |world| {
        refused(world.set("DELETE_FLAG", "true"));
    }),
    ("DELETE_GRACE", "0", |world| {
        let old = "assets/app.3f2a9c1b.js";
        world.server.put_object(DEFAULT_BUCKET, old, "old");
        world.set("DELETE_FLAG", "true").deploy();
        assert_eq!(world.keys(), ["a.txt"]);
    }),
    ("EXCLUDE", "a.*", |world| {
        world.write("b.txt", "b").deploy();
        assert_eq!(world.keys(), ["b.txt", "old.txt"]);
    }),
    ("INCLUDE", "*.html", |world| {
        world.write("b.html", "b").deploy();
        assert_eq!(world.keys(), ["b.html", "old.txt"]);
    }),
    ("ALLOW_SECRETS", "true", |world| {
        world.write(".env", "TOKEN=x").deploy();
        assert_eq!(world.keys(), [".env", "a.txt", "old.txt"]);
    }),
    ("RULES_FILE", "site/rules.yml", |world| {
        let rules = "rules:\n- patterns: ['*.txt']\n  headers: {content_language: de}\n";
        world.write("rules.yml", rules);
        assert_eq!(object(world).content_language.as_deref(), Some("de"));
    }),
    ("PRESET", "static-site", |world| {
        world.write("b.html", "b").deploy();
        let page = world.server.object(DEFAULT_BUCKET, "b.html").unwrap();
        assert_eq!(page.cache_control.as_deref(), Some("no-cache"));
    }),
    ("COMPRESS", "gzip", |world| {
        world.write("a.txt", "a".repeat(1000));
        assert_eq!(object(world).content_encoding.as_deref(), Some("gzip"));
    }),
    ("DEPLOY_RECORD", "required", |world| {
        world.deploy();
        let record = world.server.object(DEFAULT_BUCKET, record::KEY);
        assert_eq!(record.unwrap().cache_control.as_deref(), Some("no-store"));
    }),
    ("OLDER_BUILD", "allow", |world| {
        world
            .unset("DEPLOY_RECORD")
            .set("BITBUCKET_BUILD_NUMBER", "2");
        world.deploy();
        world.set("BITBUCKET_BUILD_NUMBER", "1").deploy();
    }),
    ("RELEASES", "0", |world| {
        world.keep_versions(Versioning::Enabled);
        world.unset("DEPLOY_RECORD").deploy();
        let ran = world.set("COMMAND", "releases").run_to(0);
        assert!(
            ran.stdout.contains("has kept no releases"),
            "{}",
            ran.stdout
        );
    }),
    ("RELEASE", "7", |world| {
        world.keep_versions(Versioning::Enabled);
        world.unset("DEPLOY_RECORD").deploy();
        let ran = world.set("COMMAND", "rollback").run_to(2);
        assert!(
            ran.stderr.contains("a release of build 7"),
            "{}",
            ran.stderr
        );
    }),
    ("DRY_RUN", "true", |world| {
        world.deploy();
        assert_eq!(world.keys(), ["old.txt"]);
    }),
    ("CLOUDFRONT_DISTRIBUTION_ID", "E1", |world| {
        world.server.put_object(DEFAULT_BUCKET, "a.txt", "older");
        world.deploy();
        assert_eq!(world.server.invalidations()[0].distribution, "E1");
    }),
    ("INVALIDATION_PATHS", "/*", |world| {
        world.set("CLOUDFRONT_DISTRIBUTION_ID", "E1").deploy();
        assert_eq!(world.server.invalidations()[0].paths, ["/*"]);
    }),
    ("INVALIDATION_PREFIX", "/site", |world| {
        world.server.put_object(DEFAULT_BUCKET, "a.txt", "older");
        world.set("CLOUDFRONT_DISTRIBUTION_ID", "E1").deploy();
        assert_eq!(world.server.invalidations()[0].paths, ["/site/a.txt"]);
    }),
    ("INVALIDATION_WAIT", "false", |world| {
        world.server.put_object(DEFAULT_BUCKET, "a.txt", "older");
        world.set("CLOUDFRONT_DISTRIBUTION_ID", "E1").deploy();
        assert_eq!(world.server.count("GetInvalidation"), 0);
    }),
    ("SITE_URL", "https://www.example.com/", |world| {
        let ran = world.run_to(0);
        assert!(
            ran.stdout.ends_with(" s. https://www.example.com/\n"),
            "{}",
            ran.stdout
        );
        assert_eq!(world.last_report()["site"], "https://www.example.com/");
    }),
    ("CODE_INSIGHTS", "true", |world| {
        assert!(world.run_to(0).says("WARNING: no Code Insights report: "));
    }),
    ("CODE_INSIGHTS_PROXY", "https://127.0.0.1", refused),
    ("CACHE_CONTROL", "max-age=60", |world| {
        assert_eq!(object(world).cache_control.as_deref(), Some("max-age=60"));
    }),
    ("ACL", "public-read", |world| {
        assert_eq!(object(world).acl.as_deref(), Some("public-read"));
    }),
    ("STORAGE_CLASS", "STANDARD_IA", |world| {
        assert_eq!(object(world).storage_class.as_deref(), Some("STANDARD_IA"));
    }),
    ("EXPIRES", "2030-01-01T00:00:00Z", |world| {
        assert_eq!(
            object(world).expires.as_deref(),
            Some("Tue, 01 Jan 2030 00:00:00 GMT")
        );
    }),
    ("CONTENT_ENCODING", "gzip", |world| {
        assert_eq!(object(world).content_encoding.as_deref(), Some("gzip"));
    }),
    ("SSE", "aws:kms", |world| {
        assert_eq!(
            object(world).server_side_encryption.as_deref(),
            Some("aws:kms")
        );
    }),
    ("SSE_KMS_KEY_ID", "alias/site", |world| {
        assert_eq!(object(world).kms_key_id.as_deref(), Some("alias/site"));
    }),
    ("METADATA", "author=me", |world| {
        assert_eq!(object(world).metadata["author"], "me");
    }),
    ("TAGGING", "team=web%20site", |world| {
        assert_eq!(object(world).tags["team"], "web site");
    }),
    ("COMPARE_HEADERS", "true", |world| {
        world.deploy();
        assert_eq!(world.server.count("HeadObject"), 0);
        world.set("CACHE_CONTROL", "no-cache").deploy();
        // Before, whether the object has it; behind, whether this server keeps it.
        assert_eq!(world.server.count("HeadObject"), 2);
        assert_eq!(object(world).cache_control.as_deref(), Some("no-cache"));
    }),
    ("NO_OVERWRITE", "true", |world| {
        world.server.put_object(DEFAULT_BUCKET, "a.txt", "released");
        refused(world);
    }),
    ("AWS_ROLE_SESSION_NAME", "me@build", |world| {
        world.deploy();
        assert_eq!(world.server.sessions()[0].session_name, "me@build");
    }),
    ("AWS_ROLE_DURATION_SECONDS", "900", |world| {
        world.deploy();
        assert_eq!(world.server.sessions()[0].duration_seconds, 900);
    }),
    (
        "AWS_ROLE_CHAIN",
        "arn:aws:iam::123456789012:role/site",
        |world| {
            // That role trusts nobody yet.
            world.run_to(3);
            assert_eq!(world.server.count("AssumeRole"), 1);
        },
    ),
    ("AWS_ALLOWED_ACCOUNT_IDS", "999999999999", refused),
    ("SESSION_POLICY", "none", |world| {
        world.deploy();
        assert_eq!(world.server.sessions()[0].policy, None);
    }),
    ("EXPECTED_BUCKET_OWNER", "999999999999", |world| {
        drop(world.run_to(1));
    }),
    ("CONCURRENCY", "1", |world| {
        for index in 0..20 {
            world.write(&format!("{index}"), "x");
        }
        world.deploy();
        assert_eq!(world.server.max_in_flight(), 1);
    }),
    ("SHARD", "final/2", |world| {
        // Its one asset is in no share's hands yet.
        refused(world);
        assert!(world.set("SHARD", "off").run_to(0).says("INFO: + "));
    }),
    ("AWS_MAX_ATTEMPTS", "1", |world| {
        let slow = test_server::Fault::error(503, "SlowDown", "Please reduce your request rate.");
        world.server.inject(slow.on("ListObjectsV2"));
        world.run_to(1);
        assert_eq!(world.server.count("ListObjectsV2"), 1);
    }),
    ("CHECKSUM", "required", |world| {
        assert!(object(world).checksums.contains_key("crc64nvme"));
    }),
    ("S3_FORCE_PATH_STYLE", "false", |world| {
        // The bucket moves into the host name, which the endpoint's address cannot resolve.
        world
            .set("AWS_ENDPOINT_URL_S3", "http://s3.invalid")
            .run_to(1);
        let ran = world.set("DEBUG", "true").run_to(1);
        assert!(ran.says("ERROR: cannot list"));
    }),
    ("REPORT_FILE", "elsewhere.json", |world| {
        world.run_to(0);
        assert!(world.working_folder().join("elsewhere.json").is_file());
    }),
    ("LOG_FORMAT", "json", |world| {
        assert!(world.run_to(0).stdout.starts_with('{'));
    }),
    ("EXTRA_ARGS", "--exclude a.*", |world| {
        world.write("b.html", "b").deploy();
        assert_eq!(world.keys(), ["b.html", "old.txt"]);
    }),
    ("DEBUG", "true", |world| {
        assert!(world.run_to(0).says("DEBUG: "));
    }),
    ("AWS_ENDPOINT_URL", "http://127.0.0.1:1", |world| {
        drop(world.run_to(1));
    }),
    ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1", |world| {
        world.run_to(1);
        assert_eq!(world.server.count("AssumeRoleWithWebIdentity"), 1);
    }),
    ("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1", |world| {
        world.run_to(1);
        assert!(world.server.requests().is_empty());
    }),
    (
        "AWS_ENDPOINT_URL_CLOUDFRONT",
        "http://127.0.0.1:1",
        |world| {
            world.server.put_object(DEFAULT_BUCKET, "a.txt", "older");
            world.set("CLOUDFRONT_DISTRIBUTION_ID", "E1").run_to(1);
            assert_eq!(world.server.count("PutObject"), 2);
            assert_eq!(world.server.count("CreateInvalidation"), 0);
        },
    ),
    ("AWS_USE_FIPS_ENDPOINT", "maybe", refused),
    ("AWS_USE_DUALSTACK_ENDPOINT", "maybe", refused),
    ("AWS_CA_BUNDLE", "site/a.txt", refused),
    ("SSL_CERT_FILE", "site/a.txt", refused),
    ("HTTPS_PROXY", "not a proxy", refused),
    ("NO_PROXY", "localhost", |world| {
        // Nothing answers at either address; only who was asked differs.
        world
            .set("AWS_ENDPOINT_URL", "https://localhost:1")
            .set("HTTPS_PROXY", "http://127.0.0.2:2");
        let without = world.run_to(1).stderr;
        let with = world.unset("NO_PROXY").run_to(1).stderr;
        assert_ne!(with, without);
    }),
    ("SCOPE", "workspace", |world| {
        assert!(!set_up(world).contains("identity/oidc:sub"));
        assert!(set_up(world.unset("SCOPE")).contains("identity/oidc:sub"));
    }),
    ("FORMAT", "terraform", |world| {
        assert!(set_up(world).contains("resource \"aws_iam_role\""));
    }),
    ("ALLOWED_IP_RANGES", "198.51.100.0/24", |world| {
        assert!(set_up(world).contains("\"aws:SourceIp\""));
    }),
    (
        "ECR_REPOSITORY_ARN",
        "arn:aws:ecr:us-east-1:123456789012:repository/my-repo",
        |world| assert!(set_up(world).contains("ecr:BatchGetImage")),
    ),
    ("NO_COLOR", "1", |world| {
        assert!(!world.run_to(0).stdout.contains('\u{1b}'));
    }),
];

#[test]
fn every_variable_of_the_table_is_listed_here_in_its_order() {
    let listed: Vec<_> = EFFECTS.iter().map(|(name, ..)| *name).collect();
    let table: Vec<_> = VARIABLES.iter().map(|variable| variable.name).collect();
    assert_eq!(listed, table);
}

#[test]
fn every_variable_has_an_effect() {
    for (name, value, shows) in EFFECTS {
        let mut world = World::with_files(&[("a.txt", "a")]).unrecorded();
        world.server.put_object(DEFAULT_BUCKET, "old.txt", "old");
        if name.starts_with("AWS_ACCESS_KEY") || name.starts_with("AWS_SECRET") {
            world.unset("AWS_OIDC_ROLE_ARN");
        }
        if *name == "NO_COLOR" {
            world.unset(name);
        }
        world.set("AWS_MAX_ATTEMPTS", "1");
        println_case(name);
        shows(world.set(name, value));
    }
}

/// Tells which variable a failure is about.
fn println_case(name: &str) {
    use std::io::Write as _;
    drop(writeln!(std::io::stderr(), "variable {name}"));
}

/// Another tool documents `cache-control` and never reads it. Here those for headers act together.
#[test]
fn every_documented_header_is_sent() {
    let mut world = World::with_files(&[("a", "a")]).unrecorded();
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
