//! What an object says about itself beside its bytes.

mod content_type;
pub mod fingerprint;
pub mod headers_file;
mod pairs;
pub mod path_pattern;
pub mod policy;
pub mod redirects;
pub mod rules_file;
pub mod setting;
pub mod stored;

pub use content_type::{UNKNOWN_TYPE, content_type, is_page_type, is_text_type};
pub use pairs::{Pairs, metadata, metadata_items, tag_items, tags};

use std::collections::BTreeMap;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use crate::config::problem::Invalid;

/// What one object is stored with. Unset fields are not sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ObjectHeaders {
    /// Content-Type; `None` leaves it to the table of names.
    pub content_type: Option<String>,
    /// Cache-Control.
    pub cache_control: Option<String>,
    /// Content-Disposition.
    pub content_disposition: Option<String>,
    /// Content-Encoding, for files stored compressed.
    pub content_encoding: Option<String>,
    /// Content-Language.
    pub content_language: Option<String>,
    /// Expires.
    pub expires: Option<DateTime>,
    /// Where S3 website hosting redirects requests for this object: a path or an http(s) URL.
    pub website_redirect: Option<String>,
    /// Canned ACL.
    pub acl: Option<String>,
    /// Storage class.
    pub storage_class: Option<String>,
    /// Server-side encryption; `None` leaves it to the bucket's default.
    pub encryption: Option<Encryption>,
    /// User metadata, names without `x-amz-meta-`.
    pub metadata: BTreeMap<String, String>,
    /// Object tags.
    pub tags: BTreeMap<String, String>,
}

/// Server-side encryption that is asked for.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html>
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Encryption {
    /// With keys of S3's own (`AES256`).
    S3,
    /// With a KMS key, the account's default one or this (`aws:kms`).
    Kms(Option<String>),
}

/// The canned ACLs of S3.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl>
pub const ACLS: &[&str] = &[
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
    "log-delivery-write",
];

/// The storage classes that `aws s3 sync` offers.
pub const STORAGE_CLASSES: &[&str] = &[
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER",
    "DEEP_ARCHIVE",
    "GLACIER_IR",
];

/// Checks a header's value: visible ASCII and blanks.
///
/// # Errors
/// When an HTTP header cannot carry it.
pub fn header_value(value: &str) -> Result<String, Invalid> {
    if value
        .bytes()
        .all(|byte| byte == b' ' || byte.is_ascii_graphic())
    {
        Ok(value.to_owned())
    } else {
        Err(Invalid::new(
            format!("`{value}` has characters that a header cannot carry"),
            "use printable ASCII",
        ))
    }
}

/// Longest target of a redirect that S3 stores, in bytes.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html>
const REDIRECT_BYTES_MAX: usize = 2048;

/// Checks the target of a website redirect: a path from the root of the host, or an http(s) URL.
///
/// # Errors
/// When it is neither, or a header cannot carry it.
pub fn redirect_target(value: &str) -> Result<String, Invalid> {
    let is_target = ["/", "http://", "https://"]
        .iter()
        .any(|start| value.starts_with(start));
    if is_target && value.len() <= REDIRECT_BYTES_MAX {
        header_value(value)
    } else {
        Err(Invalid::new(
            format!("`{value}` is nothing that S3 can redirect to"),
            "use a path that begins with `/`, or an http or https URL, of up to 2048 bytes",
        ))
    }
}

/// Checks the name of a KMS key: its id, alias or ARN.
///
/// # Errors
/// When a header cannot carry it.
pub fn kms_key_id(value: &str) -> Result<String, Invalid> {
    if value.is_empty() || value.contains(' ') {
        return Err(Invalid::new(
            format!("`{value}` is not the id of a KMS key"),
            "use the key's id, its ARN or its alias, as `alias/site`",
        ));
    }
    header_value(value)
}

/// Reads the time of an Expires header. As for aws-cli, a time without a zone is in UTC, and a day
/// begins at midnight.
///
/// # Errors
/// When `value` is neither an RFC 3339 time nor an HTTP date.
pub fn expires(value: &str) -> Result<DateTime, Invalid> {
    let parse = |text: &str| DateTime::from_str(text, Format::DateTimeWithOffset);
    parse(value)
        .or_else(|_| parse(&format!("{value}Z")))
        .or_else(|_| parse(&format!("{value}T00:00:00Z")))
        .or_else(|_| DateTime::from_str(value, Format::HttpDate))
        .map_err(|_| {
            Invalid::new(
                format!("`{value}` is not a time"),
                "write it as `2030-01-01T00:00:00Z` or `Tue, 01 Jan 2030 00:00:00 GMT`",
            )
        })
}

#[cfg(test)]
mod tests {
    use super::{expires, header_value, kms_key_id, redirect_target};

    #[test]
    fn expires_is_read_in_every_notation() {
        for value in [
            "2018-10-01T00:00:00+00:00",
            "2018-10-01T00:00:00Z",
            "2018-10-01T00:00:00",
            "2018-10-01",
            "2018-10-01T02:00:00+02:00",
            "Mon, 01 Oct 2018 00:00:00 GMT",
        ] {
            assert_eq!(
                expires(value).map(|time| time.secs()),
                Ok(1_538_352_000),
                "{value}"
            );
        }
        assert!(expires("tomorrow").is_err());
    }

    #[test]
    fn a_header_cannot_smuggle_another() {
        assert!(header_value("max-age=3600, public").is_ok());
        assert!(header_value("max-age=1\r\nX-Evil: 1").is_err());
    }

    #[test]
    fn redirects_lead_to_paths_and_urls() {
        for value in [
            "/",
            "/a/b.html",
            "https://example.com/x",
            "http://example.com",
        ] {
            assert!(redirect_target(value).is_ok(), "{value}");
        }
        for value in ["", "a.html", "ftp://x", "/a\nb"] {
            assert!(redirect_target(value).is_err(), "{value}");
        }
    }

    #[test]
    fn kms_keys_are_one_word() {
        assert!(kms_key_id("arn:aws:kms:us-east-1:123456789012:key/1234").is_ok());
        assert!(kms_key_id("").is_err());
        assert!(kms_key_id("alias/a b").is_err());
    }
}
