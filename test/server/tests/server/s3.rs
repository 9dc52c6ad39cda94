//! S3: objects, conditions, listing, multipart, and the two histories.

use crate::client::{Answer, Keys, send, session, signed};
use test_server::{BucketOptions, Change, DEFAULT_BUCKET, Object, Server};

/// A server, and requests to it by one session.
struct Bucket {
    server: Server,
    keys: Keys,
}

impl Bucket {
    fn start() -> std::io::Result<Self> {
        let server = Server::start();
        let keys = session(&server)?;
        server.clear_requests();
        Ok(Self { server, keys })
    }

    /// A request below the bucket.
    fn ask(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> std::io::Result<Answer> {
        let target = format!("/{DEFAULT_BUCKET}{target}");
        signed(
            &self.server,
            &self.keys,
            method,
            &target,
            headers,
            body.as_bytes(),
        )
    }
}

#[test]
fn objects_come_back_with_their_headers() {
    let bucket = Bucket::start().unwrap();
    let headers = [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-cache"),
        ("x-amz-meta-author", "someone"),
        ("x-amz-checksum-crc32", "NhCmhg=="),
        ("x-amz-acl", "public-read"),
        ("x-amz-storage-class", "STANDARD_IA"),
    ];
    let put = bucket
        .ask("PUT", "/a%20b/%C3%BC%2B.html", &headers, "hello")
        .unwrap();
    assert_eq!(put.status, 200, "{put:?}");
    assert_eq!(put.headers["etag"], "\"5d41402abc4b2a76b9719d911017c592\"");

    let object = bucket.server.object(DEFAULT_BUCKET, "a b/ü+.html").unwrap();
    assert_eq!(object.bytes, "hello");
    assert_eq!(object.acl.as_deref(), Some("public-read"));
    assert_eq!(object.checksums["crc32"], "NhCmhg==");

    let get = bucket.ask("GET", "/a%20b/%C3%BC%2B.html", &[], "").unwrap();
    assert_eq!((get.status, get.body.as_str()), (200, "hello"));
    for (name, value) in &headers[..3] {
        assert_eq!(get.headers[*name], *value);
    }
    let range = bucket
        .ask(
            "GET",
            "/a%20b/%C3%BC%2B.html",
            &[("range", "bytes=1-2")],
            "",
        )
        .unwrap();
    assert_eq!((range.status, range.body.as_str()), (206, "el"));
    let head = bucket
        .ask("HEAD", "/a%20b/%C3%BC%2B.html", &[], "")
        .unwrap();
    assert_eq!(
        (head.status, head.headers["content-length"].as_str()),
        (200, "5")
    );
}

/// Method, target, headers; then status and code.
type Refusal<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], u16, &'a str);

#[test]
fn refusals_table() {
    let bucket = Bucket::start().unwrap();
    bucket.server.put_object(DEFAULT_BUCKET, "there", "x");
    let hash = "0".repeat(64);
    let cases: [Refusal; 11] = [
        ("GET", "/missing", &[], 404, "NoSuchKey"),
        (
            "PUT",
            "/there",
            &[("if-none-match", "*")],
            412,
            "PreconditionFailed",
        ),
        (
            "PUT",
            "/there",
            &[("if-match", "\"other\"")],
            412,
            "PreconditionFailed",
        ),
        (
            "PUT",
            "/missing",
            &[("if-match", "\"other\"")],
            404,
            "NoSuchKey",
        ),
        (
            "PUT",
            "/k",
            &[("content-md5", "XUFAKrxLKna5cZ2REBfFkg==")],
            400,
            "BadDigest",
        ),
        (
            "PUT",
            "/k",
            &[("content-md5", "short")],
            400,
            "InvalidDigest",
        ),
        (
            "PUT",
            "/k",
            &[("x-amz-checksum-crc32", "NhCmhg==")],
            400,
            "BadDigest",
        ),
        (
            "PUT",
            "/k",
            &[("x-amz-expected-bucket-owner", "000000000000")],
            403,
            "AccessDenied",
        ),
        (
            "PUT",
            "/k",
            &[("x-amz-content-sha256", &hash)],
            400,
            "XAmzContentSHA256Mismatch",
        ),
        ("DELETE", "/k?uploadId=none", &[], 404, "NoSuchUpload"),
        ("POST", "?delete=", &[], 400, "MissingRequestBodyError"),
    ];
    for (method, target, headers, status, code) in cases {
        let answer = bucket.ask(method, target, headers, "").unwrap();
        assert_eq!(
            (answer.status, answer.element("Code")),
            (status, code),
            "{method} {target}"
        );
    }
    assert_eq!(bucket.server.objects(DEFAULT_BUCKET).len(), 1);
    let codes = bucket
        .server
        .requests()
        .into_iter()
        .filter_map(|request| request.error_code);
    assert!(
        codes.eq(cases.iter().map(|case| case.4)),
        "the history knows them too"
    );
}

#[test]
fn nobody_gets_in_without_valid_keys() {
    let bucket = Bucket::start().unwrap();
    let list = |keys: &Keys| {
        let answer = signed(
            &bucket.server,
            keys,
            "GET",
            "/my-bucket?list-type=2",
            &[],
            b"",
        )
        .unwrap();
        (answer.status, answer.element("Code").to_owned())
    };
    let keys = |access: &str, secret: &str, token: Option<&str>| Keys {
        access: access.to_owned(),
        secret: secret.to_owned(),
        token: token.map(str::to_owned),
    };
    let refused = |status: u16, code: &str| (status, code.to_owned());
    let Keys {
        access,
        secret,
        token,
    } = &bucket.keys;
    let token = token.as_deref();
    assert_eq!(list(&bucket.keys), refused(200, ""));
    assert_eq!(
        list(&keys(access, "wrong", token)),
        refused(403, "SignatureDoesNotMatch")
    );
    assert_eq!(
        list(&keys(access, secret, Some("wrong"))),
        refused(400, "InvalidToken")
    );
    assert_eq!(
        list(&keys(access, secret, None)),
        refused(403, "InvalidAccessKeyId")
    );
    assert_eq!(
        list(&keys("AKIASTATIC", "s", None)),
        refused(403, "InvalidAccessKeyId")
    );
    bucket.server.add_static_keys("AKIASTATIC", "s");
    assert_eq!(list(&keys("AKIASTATIC", "s", None)), refused(200, ""));
    bucket.server.expire_sessions();
    assert_eq!(list(&bucket.keys), refused(400, "ExpiredToken"));
    let anonymous = send(&bucket.server, "GET", "/my-bucket/k", &[], b"").unwrap();
    assert_eq!(
        (anonymous.status, anonymous.element("Code")),
        (403, "AccessDenied")
    );
}

#[test]
fn listing_pages_in_byte_order() {
    let bucket = Bucket::start().unwrap();
    for key in ["é", "b/2", "a b", "b/1", "Z", "c&d"] {
        bucket
            .server
            .put_object(DEFAULT_BUCKET, key, key.to_owned());
    }
    let (mut keys, mut token) = (Vec::new(), String::new());
    loop {
        let target = if token.is_empty() {
            "?encoding-type=url&list-type=2&max-keys=4".to_owned()
        } else {
            let token = token
                .replace('=', "%3D")
                .replace('+', "%2B")
                .replace('/', "%2F");
            format!("?continuation-token={token}&encoding-type=url&list-type=2&max-keys=4")
        };
        let page = bucket.ask("GET", &target, &[], "").unwrap();
        keys.extend(page.elements("Key").into_iter().map(str::to_owned));
        page.element("NextContinuationToken").clone_into(&mut token);
        assert_eq!(
            page.element("IsTruncated"),
            if token.is_empty() { "false" } else { "true" }
        );
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(keys, ["Z", "a+b", "b/1", "b/2", "c%26d", "%C3%A9"]);
    let folders = bucket
        .ask("GET", "?delimiter=%2F&list-type=2&start-after=a", &[], "")
        .unwrap();
    assert_eq!(folders.elements("Key"), ["a b", "c&amp;d", "é"]);
    assert_eq!(folders.element("CommonPrefixes"), "");
    assert!(
        folders
            .body
            .contains("<CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes>")
    );
    assert_eq!(bucket.server.count("ListObjectsV2"), 3);
}

#[test]
fn a_multipart_upload_becomes_one_object() {
    let bucket = Bucket::start().unwrap();
    let created = bucket
        .ask("POST", "/big?uploads=", &[("content-type", "text/css")], "")
        .unwrap();
    let id = created.element("UploadId");
    assert_eq!(bucket.server.open_uploads(DEFAULT_BUCKET), 1);
    let parts = ["x".repeat(5 * 1024 * 1024), "x".to_owned()];
    let mut list = Vec::new();
    for (number, part) in (1..).zip(&parts) {
        let put = bucket.ask(
            "PUT",
            &format!("/big?partNumber={number}&uploadId={id}"),
            &[],
            part,
        );
        let etag = put.unwrap().headers["etag"].clone();
        let number = format!("<PartNumber>{number}</PartNumber>");
        list.push(format!("<Part>{number}<ETag>{etag}</ETag></Part>"));
    }
    let xml = format!(
        "<CompleteMultipartUpload>{}</CompleteMultipartUpload>",
        list.concat()
    );
    let wrong = [("x-amz-checksum-crc32", "AAAAAA==")];
    let refused = bucket
        .ask("POST", &format!("/big?uploadId={id}"), &wrong, &xml)
        .unwrap();
    assert_eq!(refused.element("Code"), "BadDigest");
    let completed = bucket
        .ask("POST", &format!("/big?uploadId={id}"), &[], &xml)
        .unwrap();
    assert_eq!(completed.status, 200, "{completed:?}");
    let object = bucket.server.object(DEFAULT_BUCKET, "big").unwrap();
    assert_eq!(object.etag, "a71cd6f620798b8c58d5fe8b0a3f12d4-2");
    assert_eq!(object.content_type.as_deref(), Some("text/css"));
    assert_eq!(object.size(), 5 * 1024 * 1024 + 1);
    assert_eq!(bucket.server.open_uploads(DEFAULT_BUCKET), 0);
}

#[test]
fn kms_buckets_hide_the_md5() {
    let bucket = Bucket::start().unwrap();
    let options = BucketOptions {
        kms_etags: true,
        ..BucketOptions::default()
    };
    bucket.server.set_bucket_options(DEFAULT_BUCKET, options);
    let put = bucket.ask("PUT", "/k", &[], "hello").unwrap();
    let etag = put.headers["etag"].trim_matches('"');
    assert_eq!(etag.len(), 32);
    assert_ne!(etag, Object::new("hello").etag);
    assert_eq!(
        bucket.server.object(DEFAULT_BUCKET, "k").unwrap().etag,
        etag
    );
}

#[test]
fn the_histories_share_one_order() {
    let bucket = Bucket::start().unwrap();
    bucket.server.put_object(DEFAULT_BUCKET, "old", "1");
    bucket.ask("PUT", "/new?x-id=PutObject", &[], "2").unwrap();
    bucket.ask("DELETE", "/old", &[], "").unwrap();
    bucket.ask("DELETE", "/never", &[], "").unwrap();
    let requests = bucket.server.requests();
    let operations: Vec<&str> = requests
        .iter()
        .map(|request| request.operation.as_str())
        .collect();
    assert_eq!(operations, ["PutObject", "DeleteObject", "DeleteObject"]);
    assert_eq!(requests[0].key.as_deref(), Some("new"));
    assert_eq!(requests[0].bucket.as_deref(), Some(DEFAULT_BUCKET));
    assert_eq!(requests[0].query["x-id"], "PutObject");
    assert_eq!((requests[0].body_size, requests[0].status), (1, Some(200)));
    let changes = bucket.server.changes();
    let keys: Vec<&str> = changes.iter().map(Change::key).collect();
    assert_eq!(keys, ["old", "new", "old"]);
    assert!(matches!(&changes[2], Change::Delete { .. }));
    let order = [
        changes[0].sequence(),
        requests[0].sequence,
        changes[1].sequence(),
        requests[1].sequence,
        changes[2].sequence(),
        requests[2].sequence,
    ];
    assert!(order.is_sorted(), "{order:?}");
    bucket.server.clear_requests();
    assert_eq!(
        (
            bucket.server.requests().len(),
            bucket.server.count("PutObject")
        ),
        (0, 0)
    );
}
