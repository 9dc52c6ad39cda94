//! What S3 answered to an upload, as far as the record keeps it.

use super::digest::{Crc64, Seal};
use crate::object::etag::ETag;

/// What is known of an object from the answer to its upload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Its ETag and size; none where the server told no ETag that could be told from another.
    pub seal: Option<Seal>,
    /// CRC-64/NVME of its bytes, where the ETag tells nothing of them.
    pub content: Option<Crc64>,
    /// Id of its version, where the bucket is versioned.
    pub version: Option<Box<str>>,
}

impl Receipt {
    /// Of an object of `size` bytes with this `etag`. What a KMS key encrypts has one that is no MD5
    /// although it looks like one, so that its `crc64`, if it was computed, is kept instead.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html>
    pub fn new(
        etag: ETag,
        size: u64,
        is_under_kms: bool,
        crc64: Option<Crc64>,
        version: Option<&str>,
    ) -> Self {
        // A bucket whose versioning is suspended gives every version the same name.
        let version = version.filter(|version| !version.is_empty() && *version != "null");
        Self {
            seal: Seal::of(etag, size),
            content: crc64.filter(|_| is_under_kms),
            version: version.map(Into::into),
        }
    }
}
