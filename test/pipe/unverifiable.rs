//! What ETags tell nothing of is asked for, and only that: a deploy that is repeated with nothing
//! changed uploads nothing, whatever the encryption of the bucket or the number of parts.

use crate::support::World;
use serde_json::json;
use test_server::{BucketOptions, DEFAULT_BUCKET, Fault, Object};

/// A site with a file that is put in parts.
fn site() -> World {
    let world = World::with_files(&[("app.js", "js"), ("index.html", "page")]);
    world.write("large.bin", vec![7; 17 << 20]);
    world
}

fn encrypt_by_default(world: &World) {
    let options = BucketOptions {
        kms_etags: true,
        ..BucketOptions::default()
    };
    world.server.set_bucket_options(DEFAULT_BUCKET, options);
}

#[test]
fn a_repeat_uploads_nothing_whatever_the_encryption() {
    for (name, value, asked) in [
        ("SSE", "AES256", 0),
        ("SSE", "aws:kms", 3),
        ("SSE_KMS_KEY_ID", "alias/site", 3),
        ("STORAGE_CLASS", "STANDARD_IA", 0),
    ] {
        let mut world = site().unrecorded();
        world.set(name, value).deploy();
        for _ in 0..2 {
            world.server.clear_requests();
            assert_eq!(world.deploy()["outcome"], "unchanged", "{name}: {value}");
            assert_eq!(world.server.count("HeadObject"), asked, "{name}: {value}");
        }
    }
}

/// Other tools cut files into parts of other sizes, up to each number of parts.
#[test]
fn a_repeat_uploads_nothing_whatever_the_number_of_parts() {
    let world = site().unrecorded();
    for parts in [1, 2, 3, 7, 10_000] {
        let bytes = std::fs::read(world.path("large.bin")).unwrap();
        let mut object = Object::new(bytes);
        object.etag = format!("{}-{parts}", "0".repeat(32));
        world.server.put(DEFAULT_BUCKET, "large.bin", object);
        world.deploy();
        world.server.clear_requests();
        assert_eq!(world.deploy()["outcome"], "unchanged", "{parts}");
        assert_eq!(world.server.count("PutObject"), 0, "{parts}");
    }
}

#[test]
fn what_has_changed_under_a_key_is_uploaded_and_nothing_else() {
    let mut world = site();
    world.set("SSE", "aws:kms").deploy();
    world.write("app.js", "sj");
    world.set("CACHE_CONTROL", "no-cache");
    let report = world.deploy();
    // Who is asked tells its headers too.
    let expected = json!({"content": 1, "headers": 2});
    assert_eq!(report["planned"]["uploads_by_reason"], expected);
    assert_eq!(world.bytes("app.js").as_deref(), Some(&b"sj"[..]));
}

/// Where no key encrypts, an ETag is the MD5: a few answers tell that, and the others are not asked.
#[test]
fn without_a_key_a_sample_is_asked_about() {
    let world = World::new();
    for index in 0..100 {
        world.write(&format!("{index}.html"), "old");
    }
    world.deploy();
    for index in 0..100 {
        world.write(&format!("{index}.html"), "new");
    }
    world.server.clear_requests();
    let report = world.deploy();
    let expected = json!({"content": 100});
    assert_eq!(report["planned"]["uploads_by_reason"], expected);
    assert_eq!(world.server.count("HeadObject"), 15);
}

#[test]
fn without_the_permission_files_are_uploaded_and_one_line_names_it() {
    let mut world = site();
    world.set("SSE", "aws:kms").deploy();
    let denied = Fault::error(403, "AccessDenied", "Access Denied");
    world.server.inject(denied.on("HeadObject"));
    let ran = world.run_to(0);
    let warnings = ran.lines("WARNING: ");
    assert_eq!(warnings.len(), 1, "{}", ran.stderr);
    assert!(
        warnings[0].starts_with("WARNING: cannot tell whether 3 objects with another ETag have other bytes, and uploads their files: HeadObject: ")
            && warnings[0].contains("allow the role s3:GetObject on `s3://my-bucket/*`"),
        "{}",
        warnings[0]
    );
    assert_eq!(world.last_report()["planned"]["uploads"], 3);
}

/// S3 refuses to speak of an object under SSE-C without its key, which only its client has.
#[test]
fn an_object_under_a_key_of_its_client_is_replaced() {
    let world = site();
    encrypt_by_default(&world);
    world.server.put_object(DEFAULT_BUCKET, "app.js", "js");
    let refused = Fault::error(400, "BadRequest", "Bad Request");
    world.server.inject(refused.on("HeadObject").key("app.js"));
    let report = world.deploy();
    let expected = json!({"content": 1, "new": 2});
    assert_eq!(report["planned"]["uploads_by_reason"], expected);
}

#[test]
fn sizes_alone_ask_nobody_and_need_no_permission() {
    let mut world = site().unrecorded();
    world.set("SSE", "aws:kms").set("EXTRA_ARGS", "--size-only");
    world.deploy();
    assert_eq!(world.deploy()["outcome"], "unchanged");
    assert_eq!(world.server.count("HeadObject"), 0);
    let policy = world.server.sessions()[0].policy.clone().unwrap();
    assert!(!policy.contains("s3:GetObject"), "{policy}");
}
