//! An object as S3 keeps it: bytes, `ETag` and every header that came with it.

use super::versions::NULL;
use bytes::Bytes;
use s3s::crypto::{Checksum as _, Md5};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Content type of an object that was put without one.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html>
const DEFAULT_CONTENT_TYPE: &str = "binary/octet-stream";

/// An object with everything that S3 knows of it. Header values are as they were received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// The content.
    pub bytes: Bytes,
    /// Without quotes: the MD5 in hexadecimal, `…-N` after a multipart upload, random with SSE-KMS.
    pub etag: String,
    /// To the second, as S3 tells it.
    pub last_modified: SystemTime,
    /// `Content-Type`
    pub content_type: Option<String>,
    /// `Cache-Control`
    pub cache_control: Option<String>,
    /// `Content-Encoding`, without `aws-chunked`
    pub content_encoding: Option<String>,
    /// `Content-Disposition`
    pub content_disposition: Option<String>,
    /// `Content-Language`
    pub content_language: Option<String>,
    /// `Expires`
    pub expires: Option<String>,
    /// `x-amz-website-redirect-location`
    pub website_redirect: Option<String>,
    /// `x-amz-storage-class`
    pub storage_class: Option<String>,
    /// `x-amz-acl`
    pub acl: Option<String>,
    /// `x-amz-server-side-encryption`
    pub server_side_encryption: Option<String>,
    /// `x-amz-server-side-encryption-aws-kms-key-id`
    pub kms_key_id: Option<String>,
    /// Object tags.
    pub tags: BTreeMap<String, String>,
    /// User metadata, names without `x-amz-meta-`.
    pub metadata: BTreeMap<String, String>,
    /// Checksums that the client sent and the server verified: `crc32` and so on → base64.
    pub checksums: BTreeMap<String, String>,
    /// `x-amz-version-id`; none where no versions are kept.
    pub version_id: Option<String>,
}

impl Object {
    /// An object put now, with nothing but its bytes and their MD5.
    #[must_use]
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let etag = md5_hex(&bytes);
        Self::with_etag(bytes, etag)
    }

    pub(crate) fn with_etag(bytes: Bytes, etag: String) -> Self {
        Self {
            bytes,
            etag,
            last_modified: now_to_the_second(),
            content_type: Some(DEFAULT_CONTENT_TYPE.to_owned()),
            cache_control: None,
            content_encoding: None,
            content_disposition: None,
            content_language: None,
            expires: None,
            website_redirect: None,
            storage_class: None,
            acl: None,
            server_side_encryption: None,
            kms_key_id: None,
            tags: BTreeMap::new(),
            metadata: BTreeMap::new(),
            checksums: BTreeMap::new(),
            version_id: None,
        }
    }

    /// The id of this version, as listings of versions have it.
    pub(crate) fn version(&self) -> &str {
        self.version_id.as_deref().unwrap_or(NULL)
    }

    /// The same headers around other bytes: what a finished multipart upload becomes.
    pub(crate) fn with_content(&self, bytes: Bytes, etag: String) -> Self {
        Self {
            bytes,
            etag,
            last_modified: now_to_the_second(),
            ..self.clone()
        }
    }

    /// Size in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn is_kms_encrypted(&self) -> bool {
        self.server_side_encryption
            .as_deref()
            .is_some_and(|value| value.starts_with("aws:kms"))
    }

    /// The request headers that S3 stores one to one, with the place of each.
    pub(crate) fn header_fields_mut(&mut self) -> [(&'static str, &mut Option<String>); 11] {
        [
            ("content-type", &mut self.content_type),
            ("cache-control", &mut self.cache_control),
            ("content-encoding", &mut self.content_encoding),
            ("content-disposition", &mut self.content_disposition),
            ("content-language", &mut self.content_language),
            ("expires", &mut self.expires),
            (
                "x-amz-website-redirect-location",
                &mut self.website_redirect,
            ),
            ("x-amz-storage-class", &mut self.storage_class),
            ("x-amz-acl", &mut self.acl),
            (
                "x-amz-server-side-encryption",
                &mut self.server_side_encryption,
            ),
            (
                "x-amz-server-side-encryption-aws-kms-key-id",
                &mut self.kms_key_id,
            ),
        ]
    }

    /// The headers that a GET or HEAD answers with.
    pub(crate) fn answer_headers(&self) -> [(&'static str, Option<&str>); 10] {
        // S3 leaves the storage class out when it is the standard one.
        let storage_class = self
            .storage_class
            .as_deref()
            .filter(|class| *class != "STANDARD");
        [
            ("content-type", self.content_type.as_deref()),
            ("cache-control", self.cache_control.as_deref()),
            ("content-encoding", self.content_encoding.as_deref()),
            ("content-disposition", self.content_disposition.as_deref()),
            ("content-language", self.content_language.as_deref()),
            ("expires", self.expires.as_deref()),
            (
                "x-amz-website-redirect-location",
                self.website_redirect.as_deref(),
            ),
            ("x-amz-storage-class", storage_class),
            (
                "x-amz-server-side-encryption",
                self.server_side_encryption.as_deref(),
            ),
            (
                "x-amz-server-side-encryption-aws-kms-key-id",
                self.kms_key_id.as_deref(),
            ),
        ]
    }
}

/// The MD5 of the bytes, as in an `ETag`.
pub(crate) fn md5_hex(bytes: &[u8]) -> String {
    hex(&Md5::checksum(bytes))
}

/// Lower-case hexadecimal, the form of `ETags`.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn now_to_the_second() -> SystemTime {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    UNIX_EPOCH + Duration::from_secs(since_epoch.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_etag_is_the_md5() {
        assert_eq!(Object::new("").etag, "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(
            Object::new("hello").etag,
            "5d41402abc4b2a76b9719d911017c592"
        );
    }
}
