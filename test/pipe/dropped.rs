//! What servers that are not AWS's take and drop: one question tells, and what is lost is told by name. The
//! answers are those that the servers gave, word by word.

use crate::support::World;
use test_server::{BucketOptions, Conditions, DEFAULT_BUCKET, Effect, Fault};

const SMALL: usize = 1;

/// More than goes in one PUT.
const LARGE: usize = 17 << 20;

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

/// A world with one file, whose server says that it is stored with these headers.
fn stored_with(name: &str, headers: &[(&str, &str)]) -> World {
    let world = World::with_files(&[(name, "x")]);
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let mut headers: Vec<(String, String)> = headers.collect();
    headers.push(("content-length".to_owned(), "1".to_owned()));
    let effect = Effect::Respond {
        status: 200,
        headers,
        body: "".into(),
    };
    world.server.inject(Fault::new(effect).on("HeadObject"));
    world
}

/// localbucket.
#[test]
fn a_charset_that_a_server_drops_is_told_beside_other_headers() {
    let mut world = stored_with("a.css", &[("content-type", "text/css")]);
    let ran = world.set("CACHE_CONTROL", "max-age=60").run_to(0);
    let told = "WARNING: the server does not keep Cache-Control, Content-Type of s3://my-bucket/a.css, nor probably of other objects";
    assert_eq!(ran.lines("WARNING"), [told]);
}

/// MiniStack keeps no charset behind application/xml.
#[test]
fn headers_for_which_every_deploy_uploads_again_are_told() {
    let mut world = stored_with("a.xml", &[("content-type", "application/xml")]);
    world.set("COMPARE_HEADERS", "true").run_to(0);
    for _ in 0..2 {
        let ran = world.run_to(0);
        let told = "WARNING: the server does not keep Content-Type of s3://my-bucket/a.xml, nor probably of other objects";
        assert_eq!(ran.lines("WARNING"), [told], "{}", ran.stderr);
    }
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
    let mut world = stored_with("a.css", &[("content-type", "text/css; charset=utf-8")]);
    world.write("a.css", "a{color:red}".repeat(200));
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

/// Conditions of other kinds, as real servers take them: Ceph 16 and 18 heed that of a PUT, and not that of
/// an upload in parts.
#[test]
fn a_server_that_ignores_the_condition_of_uploads_in_parts_is_told() {
    let warning = "WARNING: the server ignores If-None-Match of files of more than 16 MiB: NO_OVERWRITE protects what was there";
    for (conditions, told) in [(Conditions::Heeded, 0), (Conditions::OnlyUnquoted, 1)] {
        let mut world = World::new();
        world.write("large.bin", vec![7; LARGE]);
        world.write("larger.bin", vec![7; LARGE + 1]);
        let options = BucketOptions {
            conditions,
            ..BucketOptions::default()
        };
        world.server.set_bucket_options(DEFAULT_BUCKET, options);
        world.set("NO_OVERWRITE", "true");
        let ran = world.run_to(0);
        assert_eq!(ran.lines(warning).len(), told, "{}", ran.stderr);
        assert_eq!(ran.lines("WARNING: the server ignores").len(), told);
        // Two files, and the pipe's own object twice: the first time it was not there.
        assert_eq!(world.server.count("CompleteMultipartUpload"), 4);
        // The object is there now; a server that heeds the condition says so at once.
        world.write("new.bin", vec![8; LARGE]);
        let again = world.run_to(0);
        assert_eq!(again.lines(warning).len(), told, "{}", again.stderr);
        assert_eq!(world.server.count("CompleteMultipartUpload"), 4 + 2 + told);
        let trial = world.bytes(".aws-oidc-s3-deploy/condition");
        assert_eq!(trial.as_deref(), Some(&b"If-None-Match\n"[..]));
        assert_eq!(world.server.open_uploads(DEFAULT_BUCKET), 0);
    }
}

#[test]
fn a_condition_that_is_ignored_altogether_is_told_once() {
    let mut world = World::with_files(&[("a", "x")]);
    world.write("large.bin", vec![7; LARGE]);
    let options = BucketOptions {
        conditions: Conditions::Ignored,
        ..BucketOptions::default()
    };
    world.server.set_bucket_options(DEFAULT_BUCKET, options);
    world.set("NO_OVERWRITE", "true").set("CONCURRENCY", "1");
    let ran = world.run_to(0);
    let told = ran.lines("WARNING: the server ignores If-None-Match: NO_OVERWRITE");
    assert_eq!(told.len(), 1, "{}", ran.stderr);
    assert_eq!(world.server.count("CompleteMultipartUpload"), 1);
}

/// Without a record the pipe has no objects of its own, and it does not try what nobody asked for.
#[test]
fn conditions_of_uploads_in_parts_are_tried_only_where_they_matter() {
    for (name, value) in [("DEPLOY_RECORD", "off"), ("NO_OVERWRITE", "false")] {
        let mut world = World::new();
        world.write("large.bin", vec![7; LARGE]);
        world.set("NO_OVERWRITE", "true").set(name, value).run_to(0);
        assert_eq!(world.server.count("CompleteMultipartUpload"), 1, "{name}");
    }
}

#[test]
fn a_trial_that_is_refused_costs_nothing_and_leaves_nothing() {
    for operation in [
        "CreateMultipartUpload",
        "UploadPart",
        "CompleteMultipartUpload",
    ] {
        let mut world = World::new();
        world.write("large.bin", vec![7; LARGE]);
        let denied = Fault::error(403, "AccessDenied", "Access Denied");
        let denied = denied.on(operation).key(".aws-oidc-s3-deploy/condition");
        world.server.inject(denied);
        let ran = world.set("NO_OVERWRITE", "true").run_to(0);
        assert!(!ran.stderr.contains("WARNING"), "{}", ran.stderr);
        assert_eq!(world.server.open_uploads(DEFAULT_BUCKET), 0, "{operation}");
    }
}

/// A world with tags and an ACL, whose server answers `question` about `site/a` of `size` bytes like this.
fn asked(question: &str, size: usize, (status, body): (u16, &str)) -> World {
    let mut world = World::new();
    world.write("a", vec![b'x'; size]);
    world.set("TAGGING", "team=web&stage=live");
    world.set("ACL", "public-read").set("DEBUG", "true");
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let headers = vec![
        header("content-type", "application/xml"),
        header("content-length", &body.len().to_string()),
    ];
    let body = body.to_owned().into();
    let effect = Effect::Respond {
        status,
        headers,
        body,
    };
    world.server.inject(Fault::new(effect).on(question));
    world
}

const NO_TAGS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet /></Tagging>"#;

const OTHER_TAGS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet><Tag><Key>team</Key><Value>web</Value></Tag></TagSet></Tagging>"#;

const NOT_IMPLEMENTED: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>NotImplemented</Code><Message>A header you provided implies functionality that is not implemented</Message><Key>a</Key><BucketName>my-bucket</BucketName><Resource>/my-bucket/a</Resource><RequestId>18EBAC3D8CE3F251</RequestId><HostId></HostId></Error>"#;

const NO_TAG_SET: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>NoSuchTagSet</Code><Message>The TagSet does not exist</Message></Error>";

const DENIED: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>AccessDenied</Code><Message>Access Denied.</Message></Error>"#;

const NOT_ALLOWED: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>MethodNotAllowed</Code><Message>The specified method is not allowed against this resource.</Message></Error>"#;

const SIGN_IN: &str = "<html><body>Sign in</body></html>";

const OWNER_ALONE: &str = r#"<AccessControlPolicy><Owner><ID></ID><DisplayName></DisplayName></Owner><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><Type>CanonicalUser</Type></Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>"#;

#[test]
fn tags_and_acls_that_a_server_drops_are_told_and_refusals_cost_nothing() {
    const TAGS: &str = "GetObjectTagging";
    const ACL: &str = "GetObjectAcl";
    for (question, size, answer, told) in [
        // localbucket; MiniStack and Ceph 16 and 18 of uploads in parts.
        (TAGS, SMALL, (200, NO_TAGS), true),
        (TAGS, LARGE, (200, NO_TAGS), true),
        (TAGS, SMALL, (200, OTHER_TAGS), true),
        // JuiceFS without `--object-tag`.
        (TAGS, SMALL, (501, NOT_IMPLEMENTED), true),
        (TAGS, SMALL, (404, NO_TAG_SET), true),
        // rclone and nanio answer with the object.
        (TAGS, SMALL, (200, "x"), true),
        (ACL, SMALL, (200, "x"), true),
        // JuiceFS and MinIO; SeaweedFS says who the owner is.
        (ACL, SMALL, (200, OWNER_ALONE), true),
        // localbucket.
        (ACL, SMALL, (501, NOT_IMPLEMENTED), true),
        (TAGS, SMALL, (403, DENIED), false),
        (TAGS, SMALL, (405, NOT_ALLOWED), false),
        (TAGS, SMALL, (500, ""), false),
        (TAGS, SMALL, (200, SIGN_IN), false),
        (TAGS, SMALL, (200, ""), false),
        (ACL, SMALL, (403, DENIED), false),
        (ACL, SMALL, (405, NOT_ALLOWED), false),
        (ACL, SMALL, (503, ""), false),
        (ACL, SMALL, (200, SIGN_IN), false),
    ] {
        let world = asked(question, size, answer);
        let ran = world.run_to(0);
        let what = if question == TAGS { "tags" } else { "ACL" };
        let others = if size == LARGE {
            "objects of more than 16 MiB"
        } else {
            "objects"
        };
        let warning = format!(
            "WARNING: the server does not keep the {what} of s3://my-bucket/a, nor probably of other {others}"
        );
        let expected: &[&str] = if told { &[&*warning] } else { &[] };
        assert_eq!(ran.lines("WARNING"), expected, "{answer:?} {}", ran.stderr);
        assert_eq!(world.server.count(question), 1, "{answer:?}");
    }
}

#[test]
fn tags_and_acls_that_a_server_keeps_are_asked_about_once_with_the_permissions_of_the_session() {
    let mut world = World::with_files(&[("a.css", "x"), ("b.css", "y"), ("c.html", "")]);
    world.write("large.bin", vec![7; LARGE]);
    world.set("TAGGING", "team=web%20site&empty=");
    for acl in ["public-read", "public-read-write", "authenticated-read"] {
        world.server.clear_requests();
        let ran = world.set("ACL", acl).run_to(0);
        assert!(!ran.stderr.contains("WARNING"), "{acl} {}", ran.stderr);
        // Of objects that were put, and of those that were uploaded in parts.
        assert_eq!(world.server.count("GetObjectTagging"), 2, "{acl}");
        assert_eq!(world.server.count("GetObjectAcl"), 1, "{acl}");
        let queries = world.server.requests_of("GetObjectAcl");
        assert!(queries.iter().all(|it| it.query.keys().eq(["acl"])));
    }
    // Nothing shows what the owner may do anyway, and whoever reads no objects asks nothing.
    for (name, value) in [
        ("ACL", "bucket-owner-full-control"),
        ("COMPARE_HEADERS", "false"),
    ] {
        world.server.clear_requests();
        world.write("a.css", name);
        world.set(name, value).run_to(0);
        assert_eq!(world.server.count("GetObjectAcl"), 0, "{name}");
    }
    assert_eq!(world.server.count("GetObjectTagging"), 0);
}
