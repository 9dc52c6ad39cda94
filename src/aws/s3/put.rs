//! One object in one PUT.

use std::sync::LazyLock;

use aws_sdk_s3::operation::put_object::{PutObject, PutObjectInput};
use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_runtime_api::client::interceptors::context::Input;

use super::bucket::Bucket;
use super::direct::{Operation, Payload};
use super::headers::with_headers;
use crate::aws;
use crate::aws::error::{AwsError, Kind};
use deploy_core::object::body::Body;
use deploy_core::object::body::Checksum;
use deploy_core::object::headers::ObjectHeaders;

static PUT_OBJECT: LazyLock<Operation> = LazyLock::new(|| Operation::new(&PutObject::new()));

/// Header in which the server repeats the checksum.
pub(super) const CRC64_NVME: &str = "x-amz-checksum-crc64nvme";

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
        const OPERATION: aws::Operation = aws::Operation::PutObject;
        let checksum = body.checksum.clone();
        // The SDK's input and its request have the same setters, and nothing else in common.
        macro_rules! set {
            ($builder:expr) => {
                with_headers!($builder, headers)
                    .bucket(&self.name)
                    .key(&key)
                    .set_if_none_match(self.if_none_match())
                    .set_expected_bucket_owner(self.expected_owner.clone())
                    .set_content_md5(checksum.content_md5.clone())
                    .set_checksum_crc64_nvme(checksum.crc64_nvme.clone())
                    .body(ByteStream::from(body.bytes.clone()))
            };
        }
        let input = set!(PutObjectInput::builder()).build().map(Input::erase);
        let attempt = self.direct.attempt(&PUT_OBJECT, input, self.payload).await;
        let proof = checksum.crc64_nvme.as_deref();
        if let Some(answer) = attempt.success() {
            return self.confirm(OPERATION, proof, answer.get(CRC64_NVME));
        }
        let request = set!(self.client.put_object()).customize();
        let request = request.config_override(attempt.replay());
        let sent = match self.payload {
            Payload::Unsigned => request.disable_payload_signing().send().await,
            Payload::Signed => request.send().await,
        };
        let answer = sent.map_err(|error| AwsError::from_sdk(OPERATION, &error))?;
        self.confirm(OPERATION, proof, answer.checksum_crc64_nvme())
    }

    /// Checks that the server repeats the checksum, where CHECKSUM=required asks for it.
    pub(super) fn confirm(
        &self,
        operation: aws::Operation,
        sent: Option<&str>,
        answered: Option<&str>,
    ) -> Result<(), AwsError> {
        if self.checksum != (Checksum::Crc64Nvme { confirmed: true }) || sent == answered {
            return Ok(());
        }
        Err(AwsError::local(operation, Kind::Refused, match answered {
                Some(other) => format!("the server stored checksum `{other}`, not `{}`", sent.unwrap_or_default()),
                None => "the server does not confirm the checksum; if it knows no CRC-64/NVME, use CHECKSUM=auto".to_owned(),
            }))
    }
}
