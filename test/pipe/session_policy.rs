//! The session policy, on a server that enforces it: the role may do everything, and the session
//! nothing but the deploy.

use crate::support::World;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use test_server::{DEFAULT_BUCKET, Fault};

/// The last session of `world`, as static keys of another run; the server knows its policy.
fn stolen(world: &mut World) -> &mut World {
    let session = world.server.sessions().pop().unwrap();
    world
        .unset("AWS_OIDC_ROLE_ARN")
        .set("AWS_ACCESS_KEY_ID", &session.access_key)
        .set("AWS_SECRET_ACCESS_KEY", &session.secret_key)
        .set("AWS_SESSION_TOKEN", &session.session_token)
}

/// Whether a deploy with the stolen session is refused by S3, with nothing written.
fn is_denied(world: &World) -> bool {
    let before = world.keys();
    let ran = world.run();
    let denied = ran.code == Some(1) && ran.stderr.contains(": AccessDenied: Access Denied");
    denied && world.keys() == before
}

/// A client that holds the last session of `world`, and asks for whatever it is told to.
fn thief(world: &World) -> Client {
    let session = world.server.sessions().pop().unwrap();
    let token = Some(session.session_token);
    let keys = Credentials::new(
        session.access_key,
        session.secret_key,
        token,
        None,
        "stolen",
    );
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(world.server.endpoint())
        .region(Region::new("us-east-1"))
        .credentials_provider(keys)
        .force_path_style(true);
    Client::from_conf(config.build())
}

fn code<T, E: ProvideErrorMetadata, R>(answer: Result<T, SdkError<E, R>>) -> String {
    let code = answer
        .err()
        .map(|error| error.code().unwrap_or("no code").to_owned());
    code.unwrap_or_else(|| "ok".to_owned())
}

#[tokio::test]
async fn no_request_reaches_beyond_the_prefix() {
    let mut world = World::with_files(&[("a", "a")]);
    world.server.put_object("other-bucket", "docs/x", "x");
    for key in ["x", "docs2/x"] {
        world.server.put_object(DEFAULT_BUCKET, key, "x");
    }
    world.set("S3_BUCKET", "my-bucket/docs").deploy();
    let client = thief(&world);
    for (bucket, key, expected) in [
        ("my-bucket", "docs/new", "ok"),
        ("my-bucket", "docs/", "ok"),
        ("my-bucket", "docs", "AccessDenied"),
        ("my-bucket", "docs2/x", "AccessDenied"),
        ("my-bucket", "x", "AccessDenied"),
        ("other-bucket", "docs/x", "AccessDenied"),
    ] {
        let place = format!("{bucket}/{key}");
        let put = client.put_object().bucket(bucket).key(key).send().await;
        assert_eq!(code(put), expected, "{place}");
        let begin = client.create_multipart_upload().bucket(bucket).key(key);
        assert_eq!(code(begin.send().await), expected, "{place}");
        // Objects whose ETag tells nothing are asked for their checksum.
        let get = client.get_object().bucket(bucket).key(key).send().await;
        assert_eq!(code(get), expected, "{place}");
        // Nor anything that this deploy does not do, wherever.
        let delete = client.delete_object().bucket(bucket).key(key).send().await;
        assert_eq!(code(delete), "AccessDenied", "{place}");
    }
    for (prefix, expected) in [
        (Some("docs/"), "ok"),
        (Some("docs/a"), "ok"),
        (Some("docs"), "AccessDenied"),
        (Some(""), "AccessDenied"),
        (None, "AccessDenied"),
    ] {
        let list = client.list_objects_v2().bucket("my-bucket");
        let listed = list.set_prefix(prefix.map(str::to_owned)).send().await;
        assert_eq!(code(listed), expected, "{prefix:?}");
    }
}

#[test]
fn a_stolen_session_deploys_to_its_prefix_and_nowhere_else() {
    let mut world = World::with_files(&[("a", "a")]);
    world.server.create_bucket("other-bucket");
    world.set("S3_BUCKET", "my-bucket/docs").deploy();
    stolen(&mut world).write("b", "b").deploy();
    assert_eq!(world.keys(), ["docs/a", "docs/b"]);
    for elsewhere in [
        "my-bucket",
        "my-bucket/doc",
        "my-bucket/docs2",
        "my-bucket/other/docs",
        "other-bucket/docs",
    ] {
        world.set("S3_BUCKET", elsewhere);
        assert!(is_denied(&world), "{elsewhere}");
    }
    // The session's own prefix may be listed, so that it is the deletion that is refused.
    world.set("S3_BUCKET", "my-bucket/docs").remove("b");
    world.set("DELETE_FLAG", "true");
    assert!(is_denied(&world), "deletion");
    world
        .unset("DELETE_FLAG")
        .set("ACL", "private")
        .write("c", "c");
    assert!(is_denied(&world), "ACL");
    world.unset("ACL").deploy();
}

#[test]
fn a_session_for_one_file_can_write_that_key_only() {
    let mut world = World::with_files(&[("app.zip", "app")]);
    world.set("LOCAL_PATH", "site/app.zip");
    world
        .set("S3_BUCKET", "my-bucket/releases/1*0?.zip")
        .deploy();
    stolen(&mut world).write("app.zip", "new").deploy();
    for elsewhere in [
        "my-bucket/releases/110x.zip",
        "my-bucket/releases/",
        "my-bucket",
    ] {
        world.set("S3_BUCKET", elsewhere);
        assert!(is_denied(&world), "{elsewhere}");
    }
    assert_eq!(world.keys(), ["releases/1*0?.zip"]);
}

#[test]
fn everything_that_a_deploy_does_is_allowed() {
    for prefix in [
        "",
        "/docs",
        "/a*b?c/${aws:userid}/d$",
        "/quote\"back\\slash",
        "/pre fix+%",
        "/日本語",
    ] {
        let mut world = World::with_files(&[("index.html", "x"), ("a.js", "a")]);
        let large = if prefix.contains('*') { 17 << 20 } else { 1 };
        world.write("large.bin", vec![7; large]);
        world.set("S3_BUCKET", &format!("my-bucket{prefix}"));
        world
            .set("ACL", "private")
            .set("DELETE_FLAG", "true")
            .deploy();
        assert_eq!(world.keys().len(), 3, "{prefix}");
        world.remove("a.js").deploy();
        assert_eq!(world.keys().len(), 2, "{prefix}");
        assert!(world.server.sessions()[0].policy.is_some());
        assert_eq!(world.server.open_uploads(DEFAULT_BUCKET), 0);
    }
}

#[test]
fn rules_that_set_acls_and_tags_widen_the_session_and_others_do_not() {
    for (headers, acl, tags) in [
        ("{acl: private}", true, false),
        ("{tags: {team: web}}", false, true),
        ("{cache_control: no-cache}", false, false),
    ] {
        let mut world = World::with_files(&[("a.pdf", "a")]);
        let rules = format!("rules:\n- patterns: ['*.pdf']\n  headers: {headers}\n");
        std::fs::write(world.working_folder().join("rules.yml"), rules).unwrap();
        world.set("RULES_FILE", "rules.yml").deploy();
        let policy = world.server.sessions()[0].policy.clone().unwrap();
        assert_eq!(policy.contains("s3:PutObjectAcl"), acl, "{headers}");
        assert_eq!(policy.contains("s3:PutObjectTagging"), tags, "{headers}");
    }
}

#[test]
fn the_session_of_a_dry_run_cannot_write() {
    let mut world = World::with_files(&[("a", "a")]).unrecorded();
    world
        .set("DRY_RUN", "true")
        .set("DELETE_FLAG", "true")
        .deploy();
    assert!(is_denied(stolen(&mut world).unset("DRY_RUN")));
    assert_eq!(world.server.requests_of("PutObject").len(), 1);
}

#[test]
fn parts_of_a_failed_upload_can_be_removed() {
    let world = World::new();
    world.write("large.bin", vec![7; 17 << 20]);
    let denied = Fault::error(403, "AccessDenied", "Access Denied");
    world.server.inject(denied.on("UploadPart"));
    world.run_to(1);
    assert_eq!(world.server.open_uploads(DEFAULT_BUCKET), 0);
    assert_eq!(world.server.count("AbortMultipartUpload"), 1);
}

#[test]
fn a_prefix_that_no_policy_can_hold_is_named_in_a_warning() {
    let mut world = World::with_files(&[("a", "a")]);
    let ran = world.set("S3_BUCKET", "my-bucket/日本語").run_to(0);
    assert_eq!(
        ran.lines("WARNING: "),
        [
            "WARNING: the session reaches some other keys, because policies cannot hold all characters of this prefix"
        ]
    );
}

#[test]
fn a_policy_too_long_for_its_prefix_is_widened_to_the_bucket_with_a_warning() {
    let mut world = World::with_files(&[("a", "a")]).unrecorded();
    let long = format!("my-bucket/{}", "x".repeat(1000));
    let ran = world.set("S3_BUCKET", &long).run_to(0);
    let warning = "WARNING: the session reaches the whole bucket, because a policy for this prefix is too long for STS";
    assert_eq!(ran.lines("WARNING: "), [warning]);
    world.server.create_bucket("other-bucket");
    stolen(&mut world)
        .set("S3_BUCKET", "my-bucket/elsewhere")
        .deploy();
    world.set("S3_BUCKET", "other-bucket");
    assert!(is_denied(&world));
}

#[test]
fn a_policy_too_large_when_packed_is_widened_and_never_dropped() {
    let too_large = || {
        Fault::error(
            400,
            "PackedPolicyTooLarge",
            "Packed policy consumes 105% of allotted space, please use smaller policy.",
        )
        .on("AssumeRoleWithWebIdentity")
    };
    let mut world = World::with_files(&[("a", "a")]);
    world.set("S3_BUCKET", "my-bucket/docs");
    world.server.inject(too_large().times(1));
    assert!(
        world
            .run_to(0)
            .says("WARNING: the session reaches the whole bucket")
    );
    let policy = world.server.sessions()[0].policy.clone().unwrap();
    assert!(policy.contains("arn:aws:s3:::my-bucket/*"), "{policy}");

    world.server.inject(too_large());
    let ran = world.run_to(3);
    assert!(ran.says("  hint: a shorter prefix"), "{}", ran.stderr);
    assert_eq!(world.server.sessions().len(), 1);
    world.server.clear_faults();
    world.set("SESSION_POLICY", "none").deploy();
    assert_eq!(world.server.sessions()[1].policy, None);
}
