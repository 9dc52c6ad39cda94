//! Between HTTP headers and an object's fields. The values are stored as they came, so that a test
//! sees what was sent and not what a parser made of it.

use super::checksums::{self, Checksums};
use crate::store::Object;
use http::{HeaderMap, HeaderName, HeaderValue};
use s3s::dto::ETag;

const METADATA_PREFIX: &str = "x-amz-meta-";

/// Takes every header that S3 stores with an object.
pub(crate) fn store(headers: &HeaderMap, object: &mut Object) {
    for (name, field) in object.header_fields_mut() {
        if let Some(value) = headers.get(name) {
            *field = Some(text(value));
        }
    }
    object.content_encoding = object
        .content_encoding
        .take()
        .and_then(|value| without_aws_chunked(&value));
    for (name, value) in headers {
        if let Some(name) = name.as_str().strip_prefix(METADATA_PREFIX) {
            object.metadata.insert(name.to_owned(), text(value));
        }
    }
    if let Some(tags) = headers.get("x-amz-tagging") {
        object.tags = form_urlencoded::parse(tags.as_bytes())
            .into_owned()
            .collect();
    }
}

/// The headers of a GET or HEAD. The `ETag`, the length and the date are fields of the answer.
pub(crate) fn answer(object: &Object, checksums: Option<&Checksums>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in object.answer_headers() {
        if let Some(value) = value {
            add(&mut headers, name, value);
        }
    }
    for (name, value) in &object.metadata {
        add(&mut headers, &format!("{METADATA_PREFIX}{name}"), value);
    }
    if !object.tags.is_empty() {
        add(
            &mut headers,
            "x-amz-tagging-count",
            &object.tags.len().to_string(),
        );
    }
    if let Some(checksums) = checksums {
        add_checksums(&mut headers, checksums);
    }
    headers
}

/// The headers that tell an uploader what was stored.
pub(crate) fn stored(object: &Object) -> HeaderMap {
    let mut headers = HeaderMap::new();
    add_checksums(&mut headers, &object.checksums);
    for (name, value) in object.answer_headers() {
        if let Some(value) = value
            && name.starts_with("x-amz-server-side-encryption")
        {
            add(&mut headers, name, value);
        }
    }
    headers
}

/// An `ETag` for an answer; the store keeps them without quotes.
pub(crate) fn etag(value: impl Into<String>) -> ETag {
    ETag::Strong(value.into())
}

fn add_checksums(headers: &mut HeaderMap, checksums: &Checksums) {
    for (algorithm, value) in checksums {
        add(headers, &checksums::header_name(algorithm), value);
    }
}

fn add(headers: &mut HeaderMap, name: &str, value: &str) {
    let name = HeaderName::from_bytes(name.as_bytes());
    // Bytes, as a stored value may hold more than ASCII.
    if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
        headers.insert(name, value);
    }
}

fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// `aws-chunked` is how the body travelled, not what is stored.
fn without_aws_chunked(value: &str) -> Option<String> {
    let codings: Vec<&str> = value
        .split(',')
        .map(str::trim)
        .filter(|coding| *coding != "aws-chunked" && !coding.is_empty())
        .collect();
    (!codings.is_empty()).then(|| codings.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aws_chunked_is_not_stored() {
        assert_eq!(without_aws_chunked("aws-chunked"), None);
        assert_eq!(
            without_aws_chunked("aws-chunked, gzip"),
            Some("gzip".to_owned())
        );
        assert_eq!(without_aws_chunked("br"), Some("br".to_owned()));
    }

    #[test]
    fn headers_come_back_as_they_came() {
        let mut headers = HeaderMap::new();
        let values = [
            ("content-type", "text/html; charset=utf-8"),
            ("cache-control", "max-age=60"),
            ("expires", "not even a date"),
            ("x-amz-meta-author", "someone"),
            ("x-amz-website-redirect-location", "/there"),
        ];
        for (name, value) in values {
            headers.insert(name, HeaderValue::from_static(value));
        }
        headers.insert("x-amz-tagging", HeaderValue::from_static("a=1&b=x%20y"));
        let mut object = Object::new("");
        store(&headers, &mut object);
        assert_eq!(object.tags.get("b").map(String::as_str), Some("x y"));
        let answered = answer(&object, Some(&object.checksums));
        for (name, value) in values {
            assert_eq!(
                answered.get(name).map(HeaderValue::as_bytes),
                Some(value.as_bytes()),
                "{name}"
            );
        }
    }
}
