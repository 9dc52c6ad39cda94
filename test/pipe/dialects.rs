//! What S3-compatible servers refuse in words of their own, and what they answer that is not so: told with
//! its cure, or gone around.

use crate::support::World;
use test_server::{DEFAULT_BUCKET, Effect, Fault, KeyPattern};

/// With static keys, which most of these servers are spoken to with.
fn with_keys(files: &[(&str, &str)]) -> World {
    let mut world = World::with_files(files);
    world.server.add_static_keys("AKIAEXAMPLE", "right");
    world
        .unset("AWS_OIDC_ROLE_ARN")
        .set("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .set("AWS_SECRET_ACCESS_KEY", "right");
    world
}

/// moto, s3rver and localbucket store whatever comes, whatever Content-MD5 says.
#[test]
fn an_etag_that_is_no_longer_the_md5_is_a_damaged_upload() {
    let mut world = World::with_files(&[("a.css", "x"), ("b.css", "y"), ("index.html", "z")]);
    world.set("CONCURRENCY", "1");
    let damage = Fault::new(Effect::WrongETag).on("PutObject").key("b.css");
    world.server.inject(damage);
    let ran = world.run_to(1);
    let error = "ERROR: 1 upload failed: PutObject: BadDigest: the server stored something else: its ETag, \"00000000000000000000000000000000\", is not the MD5 of what was sent, as that of others was";
    assert!(ran.says(error), "{}", ran.stderr);
    assert!(ran.says("  these: b.css") && ran.says("  hint: something on the way"));
    assert!(
        ran.stdout.contains("Running it again finishes it."),
        "{}",
        ran.stdout
    );
    assert_eq!(world.bytes("index.html"), None);
    world.server.clear_faults();
    world.run_to(0);
}

#[test]
fn what_the_record_tells_of_etags_holds_for_the_first_upload_too() {
    let world = World::with_files(&[("a.css", "x")]);
    let damage = Fault::new(Effect::WrongETag).on("PutObject").key("a.css");
    world.server.inject(damage);
    let ran = world.run_to(1);
    assert!(ran.stderr.contains("BadDigest"), "{}", ran.stderr);
}

#[test]
fn a_part_whose_etag_is_no_longer_its_md5_ends_the_upload() {
    let mut world = World::new();
    world.write("large.bin", vec![7; 20 << 20]);
    world.set("CONCURRENCY", "1");
    let damage = Fault::new(Effect::WrongETag).on("UploadPart").skip(1);
    world.server.inject(damage);
    let ran = world.run_to(1);
    assert!(
        ran.stderr.contains("UploadPart: BadDigest"),
        "{}",
        ran.stderr
    );
    assert_eq!(world.server.count("AbortMultipartUpload"), 1);
    assert_eq!(world.bytes("large.bin"), None);
}

/// JuiceFS and SSE-KMS have 32 other digits.
#[test]
fn where_no_etag_was_an_md5_none_is_taken_for_one() {
    let world = World::with_files(&[("a", "x"), ("b", "y"), ("empty", "")]).unrecorded();
    let other = Fault::new(Effect::WrongETag).on("PutObject");
    let mut but_empty = other.clone();
    but_empty.key = Some(KeyPattern::Exact("a".to_owned()));
    world.server.inject(but_empty);
    world.server.inject(other.key("b"));
    // That of no bytes is a constant, and tells nothing of others.
    world.run_to(0);
    assert_eq!(world.keys(), ["a", "b", "empty"]);
}

#[test]
fn a_header_that_a_server_does_not_know_is_told_with_the_variable() {
    let not_implemented = "A header you provided implies functionality that is not implemented";
    for (status, code, message, cure) in [
        (
            501,
            "NotImplemented",
            "Header 'x-amz-tagging' with value 'a=b' not implemented",
            "unset TAGGING",
        ),
        (
            501,
            "NotImplemented",
            "Header 'x-amz-server-side-encryption' with value 'AES256' not implemented",
            "unset SSE ",
        ),
        (
            400,
            "InvalidArgument",
            "Unsupported header 'x-amz-checksum-crc64nvme' received for this API call.",
            "set CHECKSUM: 'auto'",
        ),
        (
            400,
            "InvalidArgument",
            "Unsupported value for canned acl 'bucket-owner-read'",
            "unset ACL",
        ),
        (
            400,
            "InvalidArgument",
            "Cannot insert legacy ACL for an object when uniform bucket-level access is enabled.",
            "unset ACL",
        ),
        (501, "NotImplemented", not_implemented, "do ACL, TAGGING, "),
        (501, "NotImplemented", "", "do ACL, TAGGING, "),
    ] {
        let world = with_keys(&[("a", "x")]).unrecorded();
        let refusal = Fault::error(status, code, message);
        world.server.inject(refusal.on("PutObject"));
        let ran = world.run_to(1);
        let hint = ran.lines("  hint: this server does not know ");
        assert!(
            matches!(hint.as_slice(), [hint] if hint.contains(cure)),
            "{message}: {}",
            ran.stderr
        );
        assert_eq!(world.server.count("PutObject"), 1);
    }
}

/// Alibaba, Tencent and Huawei.
#[test]
fn a_server_that_takes_no_bucket_in_the_path_is_told_with_its_variable() {
    for code in [
        "SecondLevelDomainForbidden",
        "PathStyleDomainForbidden",
        "VirtualHostDomainRequired",
    ] {
        let world = with_keys(&[("a", "x")]);
        let message = "Please use virtual hosted style to access.";
        world.server.inject(Fault::error(403, code, message));
        let ran = world.run_to(1);
        let hint = "  hint: this server wants the bucket in the host's name: set S3_FORCE_PATH_STYLE: 'false'";
        assert!(ran.says(hint), "{}", ran.stderr);
        assert!(
            ran.stdout.contains("Set S3_FORCE_PATH_STYLE"),
            "{}",
            ran.stdout
        );
    }
}

/// Ceph and Garage refuse a wrong key or secret like a permission that is missing.
#[test]
fn keys_that_a_server_only_denies_may_be_wrong() {
    for message in ["", "Forbidden: Invalid signature", "Access Denied."] {
        let world = with_keys(&[("a", "x")]);
        let denial = Fault::error(403, "AccessDenied", message);
        world.server.inject(denial.on("ListObjectsV2"));
        let ran = world.run_to(1);
        assert!(
            ran.says("  hint: are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY right?"),
            "{}",
            ran.stderr
        );
        assert!(!ran.stderr.contains("another account"), "{}", ran.stderr);
    }
}

#[test]
fn what_else_servers_say_is_told_with_what_helps() {
    for (operation, status, code, message, hint, fix) in [
        (
            "PutObject",
            403,
            "QuotaExceeded",
            "",
            "the server, the bucket or its owner has no room left",
            "Make room",
        ),
        (
            "PutObject",
            507,
            "XMinioStorageFull",
            "Storage backend has reached its minimum free drive threshold.",
            "the server, the bucket or its owner has no room left",
            "Make room",
        ),
        (
            "PutObject",
            400,
            "InvalidStorageClass",
            "Invalid storage class.",
            "the server has other storage classes: unset STORAGE_CLASS",
            "Fix STORAGE_CLASS",
        ),
        (
            "PutObject",
            403,
            "AccessDenied",
            "Access Denied.",
            "do the keys allow s3:PutObject",
            "Fix the permissions",
        ),
        (
            "ListObjectsV2",
            405,
            "MethodNotAllowed",
            "",
            "is the endpoint that of S3's API",
            "Fix the cause",
        ),
        (
            "ListObjectsV2",
            400,
            "InvalidRegionName",
            "The region name 'us-east-1' is not valid. Must be one of: wnam, enam, auto",
            "is AWS_DEFAULT_REGION a region of this server",
            "Fix AWS_DEFAULT_REGION",
        ),
        (
            "ListObjectsV2",
            400,
            "InvalidArgument",
            "Credential access key has length 20, should be 32",
            "is AWS_ACCESS_KEY_ID the id of a key of this server",
            "Fix the cause",
        ),
        (
            "ListObjectsV2",
            301,
            "PermanentRedirect",
            "The bucket you are attempting to access must be addressed using the specified endpoint.",
            "are the endpoint and AWS_DEFAULT_REGION those of the region",
            "Fix AWS_DEFAULT_REGION",
        ),
    ] {
        let world = with_keys(&[("a", "x")]).unrecorded();
        let refusal = Fault::error(status, code, message);
        world.server.inject(refusal.on(operation));
        let ran = world.run_to(1);
        assert!(
            ran.says(&format!("  hint: {hint}")),
            "{code}: {}",
            ran.stderr
        );
        let last = format!("Nothing was written. {fix}");
        assert!(ran.stdout.contains(&last), "{code}: {}", ran.stdout);
        assert_eq!(world.server.count(operation), 1, "{code}");
    }
}

/// Whatever a server finds wrong with a condition, the record does without it.
#[test]
fn a_record_is_kept_where_conditions_are_refused() {
    for (status, code) in [(501, "NotImplemented"), (400, "InvalidArgument")] {
        let world = World::with_files(&[("a", "x")]);
        let key = ".aws-oidc-s3-deploy/record";
        let refusal = Fault::error(status, code, "Unsupported header 'If-None-Match'");
        world
            .server
            .inject(refusal.on("PutObject").key(key).times(1));
        let ran = world.run_to(0);
        assert!(
            ran.says("WARNING: the server does not heed conditions of PUT requests"),
            "{}",
            ran.stderr
        );
        assert!(world.bytes(key).is_some());
    }
}

#[test]
fn a_busy_sts_is_asked_again() {
    let world = World::with_files(&[("a", "x")]);
    let busy = Fault::error(400, "Throttling", "Rate exceeded").on("AssumeRoleWithWebIdentity");
    world.server.inject(busy.times(1));
    world.run_to(0);
    assert_eq!(world.server.count("AssumeRoleWithWebIdentity"), 2);
}

/// Cloudflare takes one checksum only, Backblaze not that of the SDK.
#[test]
fn a_batch_of_deletions_has_no_checksum_but_the_md5() {
    let mut world = World::with_files(&[("a", "x")]);
    world.server.put_object(DEFAULT_BUCKET, "old", "x");
    world.set("DELETE_FLAG", "true").run_to(0);
    let requests = world.server.requests();
    let batch = requests
        .iter()
        .find(|it| it.operation == "DeleteObjects")
        .unwrap();
    let mut names = batch.headers.keys();
    assert!(batch.headers.contains_key("content-md5"));
    assert!(
        !names.any(|name| name.contains("checksum")),
        "{:?}",
        batch.headers
    );
    assert_eq!(world.keys(), ["a"]);
}

/// Google changes Accept-Encoding on the way, Backblaze and Cloudflare refuse bodies in chunks with a trailer.
#[test]
fn uploads_have_no_headers_that_other_servers_refuse() {
    let mut world = World::with_files(&[("a", "x"), ("empty", "")]);
    world.write("large.bin", vec![7; 17 << 20]);
    world.set("DELETE_FLAG", "true").run_to(0);
    for request in world.server.requests() {
        let headers = &request.headers;
        // Ceph wants a length also of nothing.
        let is_put = request.method == "PUT";
        assert!(
            !is_put || headers.contains_key("content-length"),
            "{headers:?}"
        );
        let signed = headers
            .get("authorization")
            .map(String::as_str)
            .unwrap_or_default();
        assert!(!signed.contains("accept-encoding"), "{}", request.operation);
        let is_strange = |(name, value): (&String, &String)| {
            name.starts_with("x-amz-checksum")
                || name.starts_with("x-amz-sdk-checksum")
                || name == "x-amz-trailer"
                || value.contains("STREAMING-")
                || value.contains("aws-chunked")
        };
        assert!(
            !headers.iter().any(is_strange),
            "{}: {headers:?}",
            request.operation
        );
    }
}

/// Backblaze refuses `x-amz-checksum-mode`.
#[test]
fn a_server_that_tells_no_checksums_is_asked_for_the_rest() {
    let mut world = World::with_files(&[("a", "x")]);
    let mut object = test_server::Object::new("x");
    object.etag = format!("{}-7", object.etag);
    world.server.put(DEFAULT_BUCKET, "a", object);
    let refusal = Fault::error(400, "InvalidArgument", "Unsupported header");
    world.server.inject(refusal.on("HeadObject").times(1));
    world.set("COMPARE_HEADERS", "true").run_to(0);
    assert_eq!(world.server.count("HeadObject"), 2);
}
