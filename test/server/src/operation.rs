//! Which operation a request is, from its method, path and query alone: the faults and the history
//! need the name before the S3 machinery has seen the request.

use http::request::Parts;
use percent_encoding::percent_decode_str;
use std::collections::BTreeMap;

/// Path below which the server's own end points lie; not a bucket name, because of the underscore.
pub(crate) const CONTROL_PREFIX: &str = "/_test/";

/// An S3 request, named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identified {
    pub(crate) operation: &'static str,
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
}

/// The bucket in a host such as `my-bucket.localhost:1234`, for virtual-host style.
pub(crate) fn bucket_of_host(host: &str) -> Option<&str> {
    let name = host.rsplit_once(':').map_or(host, |(name, _port)| name);
    name.strip_suffix(".localhost")
        .filter(|bucket| !bucket.is_empty())
}

pub(crate) fn query_of(query: Option<&str>) -> BTreeMap<String, String> {
    form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .into_owned()
        .collect()
}

pub(crate) fn identify(parts: &Parts, query: &BTreeMap<String, String>) -> Identified {
    let host = parts
        .headers
        .get(http::header::HOST)
        .and_then(|host| host.to_str().ok());
    let path = percent_decode_str(parts.uri.path()).decode_utf8_lossy();
    let path = path.strip_prefix('/').unwrap_or(&path);
    let (bucket, key) = match host.and_then(bucket_of_host) {
        Some(bucket) => (bucket, path),
        None => path.split_once('/').unwrap_or((path, "")),
    };
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let (bucket, key) = (some(bucket), some(key));
    let copies = parts.headers.contains_key("x-amz-copy-source");
    let operation = name(
        parts.method.as_str(),
        bucket.is_some(),
        key.is_some(),
        copies,
        query,
    );
    Identified {
        operation,
        bucket,
        key,
    }
}

fn name(
    method: &str,
    has_bucket: bool,
    has_key: bool,
    copies: bool,
    query: &BTreeMap<String, String>,
) -> &'static str {
    let has = |name: &str| query.contains_key(name);
    match (method, has_bucket, has_key) {
        ("GET", false, _) => "ListBuckets",
        ("GET", true, false) if query.get("list-type").is_some_and(|kind| kind == "2") => {
            "ListObjectsV2"
        }
        ("GET", true, false) if has("uploads") => "ListMultipartUploads",
        ("GET", true, false) if has("versions") => "ListObjectVersions",
        ("GET", true, false) if has("versioning") => "GetBucketVersioning",
        ("GET", true, false) if has("location") => "GetBucketLocation",
        ("GET", true, false) => "ListObjects",
        ("HEAD", true, false) => "HeadBucket",
        ("PUT", true, false) if has("versioning") => "PutBucketVersioning",
        ("PUT", true, false) => "CreateBucket",
        ("DELETE", true, false) => "DeleteBucket",
        ("POST", true, false) if has("delete") => "DeleteObjects",
        ("GET", true, true) if has("tagging") => "GetObjectTagging",
        ("GET", true, true) if has("uploadId") => "ListParts",
        ("GET", true, true) if has("attributes") => "GetObjectAttributes",
        ("GET", true, true) if has("acl") => "GetObjectAcl",
        ("GET", true, true) => "GetObject",
        ("HEAD", true, true) => "HeadObject",
        ("PUT", true, true) if has("uploadId") && copies => "UploadPartCopy",
        ("PUT", true, true) if has("uploadId") => "UploadPart",
        ("PUT", true, true) if has("tagging") => "PutObjectTagging",
        ("PUT", true, true) if has("acl") => "PutObjectAcl",
        ("PUT", true, true) if copies => "CopyObject",
        ("PUT", true, true) => "PutObject",
        ("DELETE", true, true) if has("uploadId") => "AbortMultipartUpload",
        ("DELETE", true, true) if has("tagging") => "DeleteObjectTagging",
        ("DELETE", true, true) => "DeleteObject",
        ("POST", true, true) if has("uploads") => "CreateMultipartUpload",
        ("POST", true, true) if has("uploadId") => "CompleteMultipartUpload",
        _ => "Unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_named() {
        // Method, host, URI → operation, bucket, key.
        let cases = [
            ("PUT 127.0.0.1:1 /b/a%20b/c+d%2B", "PutObject b a b/c+d+"),
            (
                "PUT 127.0.0.1:1 /b/k?partNumber=1&uploadId=u",
                "UploadPart b k",
            ),
            (
                "GET 127.0.0.1:1 /b?list-type=2&prefix=x%2F",
                "ListObjectsV2 b -",
            ),
            ("GET 127.0.0.1:1 /b/?list-type=2", "ListObjectsV2 b -"),
            (
                "GET 127.0.0.1:1 /b/?versions&prefix=x",
                "ListObjectVersions b -",
            ),
            ("GET 127.0.0.1:1 /b?versioning", "GetBucketVersioning b -"),
            ("PUT 127.0.0.1:1 /b?versioning", "PutBucketVersioning b -"),
            ("GET b.localhost:1 /?list-type=2", "ListObjectsV2 b -"),
            ("HEAD b.localhost:1 /k/x", "HeadObject b k/x"),
            ("POST 127.0.0.1:1 /b/?delete", "DeleteObjects b -"),
            ("POST 127.0.0.1:1 /b/k?uploads", "CreateMultipartUpload b k"),
            (
                "POST 127.0.0.1:1 /b/k?uploadId=u",
                "CompleteMultipartUpload b k",
            ),
            (
                "DELETE 127.0.0.1:1 /b/k?uploadId=u",
                "AbortMultipartUpload b k",
            ),
            ("DELETE 127.0.0.1:1 /b/k", "DeleteObject b k"),
            ("GET localhost:1 /", "ListBuckets - -"),
        ];
        for (request, expected) in cases {
            let words: Vec<&str> = request.split(' ').collect();
            let request = http::Request::builder()
                .method(words[0])
                .header("host", words[1])
                .uri(words[2]);
            let (parts, ()) = request.body(()).unwrap().into_parts();
            let identified = identify(&parts, &query_of(parts.uri.query()));
            let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
            let (bucket, key) = (or_dash(identified.bucket), or_dash(identified.key));
            assert_eq!(format!("{} {bucket} {key}", identified.operation), expected);
        }
    }
}
