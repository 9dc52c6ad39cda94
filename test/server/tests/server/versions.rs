//! Buckets that keep versions: what a write answers, what is read by id, what is listed, what goes.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests, outside of their functions"
)]

use crate::client::{Answer, Keys, session, signed};
use test_server::{BucketOptions, DEFAULT_BUCKET, Server, Versioning};

/// A server whose bucket keeps versions, and requests to it.
struct Bucket {
    server: Server,
    keys: Keys,
}

impl Bucket {
    fn start() -> Self {
        let server = Server::start();
        server.put_object(DEFAULT_BUCKET, "old", "before");
        let options = BucketOptions {
            versioning: Versioning::Enabled,
            ..BucketOptions::default()
        };
        server.set_bucket_options(DEFAULT_BUCKET, options);
        let keys = session(&server).unwrap();
        Self { server, keys }
    }

    fn ask(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let target = format!("/{DEFAULT_BUCKET}{target}");
        let body = body.as_bytes();
        signed(&self.server, &self.keys, method, &target, headers, body).unwrap()
    }

    /// Puts `body` under `target`, and gives the id of the version.
    fn put(&self, target: &str, body: &str) -> String {
        let answer = self.ask("PUT", target, &[], body);
        answer.headers["x-amz-version-id"].clone()
    }
}

#[test]
fn what_is_replaced_or_deleted_is_there_by_its_id() {
    let bucket = Bucket::start();
    let (first, second) = (bucket.put("/k", "1"), bucket.put("/k", "2"));
    assert_ne!(first, second);
    let read = |id: &str| {
        let answer = bucket.ask("GET", &format!("/k?versionId={id}"), &[], "");
        (answer.status, answer.body)
    };
    assert_eq!(read(&first), (200, "1".to_owned()));
    assert_eq!(bucket.ask("DELETE", "/k", &[], "").status, 204);
    assert_eq!(bucket.ask("GET", "/k", &[], "").status, 404);
    assert_eq!(read(&second), (200, "2".to_owned()));
    assert_eq!(read("none").0, 404);
    // An object from before versions were kept has the id `null`.
    bucket.put("/old", "after");
    let old = bucket.ask("GET", "/old?versionId=null", &[], "");
    assert_eq!(old.body, "before");
}

#[test]
fn a_version_is_copied_over_the_one_that_replaced_it() {
    let bucket = Bucket::start();
    let first = bucket.put("/a%20b", "1");
    bucket.put("/a%20b", "2");
    let source = format!("/{DEFAULT_BUCKET}/a%20b?versionId={first}");
    let copy = |condition: &str| {
        let headers = [
            ("x-amz-copy-source", source.as_str()),
            ("if-match", condition),
        ];
        bucket.ask("PUT", "/a%20b", &headers, "")
    };
    let current = bucket.server.object(DEFAULT_BUCKET, "a b").unwrap().etag;
    assert_eq!(copy("\"other\"").status, 412);
    let copied = copy(&current);
    assert_eq!(copied.status, 200, "{copied:?}");
    assert_eq!(copied.headers["x-amz-copy-source-version-id"], first);
    assert_eq!(bucket.ask("GET", "/a%20b", &[], "").body, "1");
    assert_eq!(bucket.server.versions(DEFAULT_BUCKET, "a b").len(), 3);
}

#[test]
fn versions_and_markers_are_listed_in_pages() {
    let bucket = Bucket::start();
    let ids = [bucket.put("/k/1", "1"), bucket.put("/k/1", "2")];
    let third = bucket.put("/k/2", "3");
    bucket.ask("DELETE", "/k/2", &[], "");
    let (mut from, mut versions, mut deleted) = (String::new(), Vec::new(), 0);
    loop {
        // The query of a signed request is in order.
        let (key, id) = from.split_once(' ').unwrap_or_default();
        let page = bucket.ask(
            "GET",
            &format!("?key-marker={key}&max-keys=1&prefix=k%2F&version-id-marker={id}&versions="),
            &[],
            "",
        );
        if page.body.contains("<DeleteMarker>") {
            deleted += 1;
        } else {
            versions.push(page.element("VersionId").to_owned());
        }
        if page.element("IsTruncated") != "true" {
            break;
        }
        let key = page.element("NextKeyMarker").replace('/', "%2F");
        from = format!("{key} {}", page.element("NextVersionIdMarker"));
    }
    assert_eq!(versions, [ids[1].clone(), ids[0].clone(), third]);
    assert_eq!(deleted, 1);
}

#[test]
fn the_version_before_is_current_when_the_last_one_goes() {
    let bucket = Bucket::start();
    let (first, second) = (bucket.put("/k", "1"), bucket.put("/k", "2"));
    bucket.ask("DELETE", &format!("/k?versionId={second}"), &[], "");
    assert_eq!(bucket.ask("GET", "/k", &[], "").body, "1");
    bucket.server.expire_version(DEFAULT_BUCKET, "k", &first);
    assert_eq!(bucket.ask("GET", "/k", &[], "").status, 404);
    assert!(bucket.server.versions(DEFAULT_BUCKET, "k").is_empty());
}

#[test]
fn a_bucket_says_whether_it_keeps_versions() {
    let bucket = Bucket::start();
    let status = |bucket: &Bucket| {
        let answer = bucket.ask("GET", "?versioning=", &[], "");
        answer.element("Status").to_owned()
    };
    assert_eq!(status(&bucket), "Enabled");
    let suspended = "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>";
    let put = bucket.ask("PUT", "?versioning=", &[], suspended);
    assert_eq!(put.status, 200, "{put:?}");
    assert_eq!(status(&bucket), "Suspended");
    bucket.put("/k", "1");
    bucket.put("/k", "2");
    assert_eq!(bucket.server.versions(DEFAULT_BUCKET, "k").len(), 1);
}
