//! One object in one PUT.

use aws_sdk_s3::primitives::ByteStream;

use super::bucket::Bucket;
use super::error::{AwsError, Kind};
use super::headers::with_headers;
use crate::body::Body;
use crate::config::values::Checksum;
use crate::headers::ObjectHeaders;

impl Bucket {
    /// Stores `body` as `key`. The server verifies the body's checksum before it says yes.
    ///
    /// # Errors
    /// When the request fails, or the server does not confirm a checksum that has to be.
    pub async fn put(
        &self,
        key: String,
        body: Body,
        headers: &ObjectHeaders,
    ) -> Result<(), AwsError> {
        let checksum = body.checksum.clone();
        let request = with_headers!(self.client.put_object(), headers)
            .bucket(&self.name)
            .key(key)
            .set_if_none_match(self.if_none_match())
            .set_expected_bucket_owner(self.expected_owner.clone())
            .set_content_md5(checksum.content_md5)
            .set_checksum_crc64_nvme(checksum.crc64_nvme.clone())
            .body(ByteStream::from(body.bytes));
        let sent = if self.encrypted && self.checksum != Checksum::Off {
            request.customize().disable_payload_signing().send().await
        } else {
            request.send().await
        };
        let answer = sent.map_err(|error| AwsError::from_sdk("PutObject", &error))?;
        self.confirm(
            "PutObject",
            checksum.crc64_nvme.as_deref(),
            answer.checksum_crc64_nvme(),
        )
    }

    /// Checks that the server repeats the checksum, where CHECKSUM=required asks for it.
    pub(super) fn confirm(
        &self,
        operation: &'static str,
        sent: Option<&str>,
        answered: Option<&str>,
    ) -> Result<(), AwsError> {
        if self.checksum != (Checksum::Crc64Nvme { confirmed: true }) || sent == answered {
            return Ok(());
        }
        Err(AwsError {
            operation,
            kind: Kind::Refused,
            code: None,
            message: match answered {
                Some(other) => format!("the server stored checksum `{other}`, not `{}`", sent.unwrap_or_default()),
                None => "the server does not confirm the checksum; if it knows no CRC-64/NVME, use CHECKSUM=auto".to_owned(),
            },
            status: None,
            request_id: None,
        })
    }
}
