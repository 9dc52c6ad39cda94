//! What an object says about itself beside its bytes.

use std::collections::BTreeMap;
use std::fmt;

use percent_encoding::AsciiSet;
use time::OffsetDateTime;

use super::date::{self, Fault};
use crate::base::invalid::Invalid;

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
    pub expires: Option<OffsetDateTime>,
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

/// As S3 is asked for it, and with which key.
impl fmt::Display for Encryption {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::S3 => formatter.write_str("AES256"),
            Self::Kms(None) => formatter.write_str("aws:kms"),
            Self::Kms(Some(key)) => write!(formatter, "aws:kms with the key {key}"),
        }
    }
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
pub const REDIRECT_BYTES_MAX: usize = 2048;

/// Checks the target of a website redirect: a path from the root of the host, or an http(s) URL.
/// What is not ASCII in it is written as in a URL.
///
/// # Errors
/// When it is neither, or a header cannot carry it.
pub fn redirect_target(value: &str) -> Result<String, Invalid> {
    match url(value) {
        Some(target) if target.len() <= REDIRECT_BYTES_MAX => header_value(&target),
        _ => Err(Invalid::new(
            format!("`{value}` is nothing that S3 can redirect to"),
            "use a path that begins with `/`, or an http or https URL, of up to 2048 bytes",
        )),
    }
}

/// `value` in ASCII, if it is a path or an http(s) URL: its host as the DNS knows it, all else
/// percent-encoded. What is ASCII stays as it is.
fn url(value: &str) -> Option<String> {
    let scheme = ["http://", "https://"]
        .into_iter()
        .find(|scheme| value.starts_with(scheme));
    let Some(scheme) = scheme else {
        return value.starts_with('/').then(|| encoded(value));
    };
    let rest = value.strip_prefix(scheme)?;
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if authority.is_ascii() {
        return (!authority.is_empty()).then(|| format!("{scheme}{authority}{}", encoded(path)));
    }
    let (host, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
    let host = idna::domain_to_ascii(host)
        .ok()
        .filter(|host| !host.is_empty())?;
    Some(format!("{scheme}{host}{port}{}", encoded(path)))
}

fn encoded(text: &str) -> String {
    // This set has no ASCII; what is not ASCII is always encoded.
    percent_encoding::utf8_percent_encode(text, &AsciiSet::EMPTY).to_string()
}

/// Server-side encryption by its name.
///
/// # Errors
/// When it is neither of the two.
pub fn encryption(name: &str) -> Result<Encryption, Invalid> {
    match name {
        "AES256" => Ok(Encryption::S3),
        "aws:kms" => Ok(Encryption::Kms(None)),
        _ => Err(Invalid::choice(name, &["AES256", "aws:kms"])),
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
            "use the key's id, its ARN or its alias, for example `alias/site`",
        ));
    }
    header_value(value)
}

/// Reads the time of an Expires header, as aws-cli does: seconds from 1970, or a date. A time
/// without a zone is in UTC, and a day begins at midnight.
///
/// # Errors
/// When `value` is no time, or a number that cannot be meant as seconds from 1970.
pub fn expires(value: &str) -> Result<OffsetDateTime, Invalid> {
    let time = date::seconds(value).map_err(|fault| match fault {
        Fault::Span => Invalid::new(
            format!("`{value}` would be that many seconds after 1970, which is long past"),
            "write a time such as `2030-01-01T00:00:00Z`, `0` for the past, or a span of seconds as `max-age=` in CACHE_CONTROL",
        ),
        Fault::Unknown => not_a_time(value),
    })?;
    OffsetDateTime::from_unix_timestamp(time).map_err(|_| not_a_time(value))
}

fn not_a_time(value: &str) -> Invalid {
    Invalid::new(
        format!("`{value}` is not a time"),
        "write it as `2030-01-01T00:00:00Z` or `Tue, 01 Jan 2030 00:00:00 GMT`, or `0` for the past",
    )
}

#[cfg(test)]
mod tests {
    use super::{expires, header_value, kms_key_id, redirect_target};
    use crate::object::date::http;

    #[test]
    fn every_time_of_expires_can_be_written_as_http_does() {
        for (value, expected) in [
            ("0", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ("-1", "Wed, 31 Dec 1969 23:59:59 GMT"),
            ("2018-10-01T02:00:00+02:00", "Mon, 01 Oct 2018 00:00:00 GMT"),
            ("0001-01-01", "Mon, 01 Jan 0001 00:00:00 GMT"),
            ("9999-12-31T23:59:59", "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] {
            let time = expires(value).unwrap();
            assert_eq!(http(time).unwrap(), expected, "{value}");
        }
        for value in ["tomorrow", "31536000"] {
            assert!(expires(value).is_err(), "{value}");
        }
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
            "https://example.com:8443?x",
            "/caf\u{e9}",
        ] {
            assert!(redirect_target(value).is_ok(), "{value}");
        }
        for value in [
            "",
            "a.html",
            "ftp://x",
            "/a\nb",
            "https://",
            "https:///x",
            "https://\u{fc}:\u{e4}/",
        ] {
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
