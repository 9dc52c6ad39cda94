//! The one way of a body, be it a whole object or a part of one: by the short way first, by the SDK's
//! where that does not plainly succeed. Either way the server has to confirm what it took.

use aws_sdk_s3::config::Builder;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::interceptors::context::Input;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin;
use aws_smithy_types::error::operation::BuildError;
use http::header::ETAG;

use super::bucket::Bucket;
use crate::aws::Operation;
use crate::aws::error::{AwsError, Kind};
use deploy_core::object::body::{BodyChecksum, Checksum};
use deploy_core::object::etag::ETag;

/// Header in which the server repeats the checksum.
const CRC64_NVME: &str = "x-amz-checksum-crc64nvme";

/// Header with the id of the version that was made.
const VERSION: &str = "x-amz-version-id";

/// Header that says how it is encrypted.
const ENCRYPTION: &str = "x-amz-server-side-encryption";

/// What the server says of a body that it took.
#[derive(Clone, Debug, Default)]
pub struct Receipt {
    /// ETag, with its quotes.
    pub etag: Option<String>,
    /// CRC-64/NVME, in base64.
    pub crc64_nvme: Option<String>,
    /// Id of the version, in a bucket that has them.
    pub version: Option<String>,
    /// Whether a KMS key encrypts it, so that its ETag is no MD5.
    pub is_under_kms: bool,
}

/// Whether this is how S3 says that a KMS key encrypts an object.
pub(super) fn is_kms(encryption: Option<impl AsRef<str>>) -> bool {
    encryption.is_some_and(|encryption| encryption.as_ref().starts_with("aws:kms"))
}

/// `$request` with `$body` and its checksum, for `$key` of `$bucket`. A macro, because the SDK's inputs
/// and its requests have the same setters, and nothing else in common.
macro_rules! with_body {
    ($request:expr, $bucket:expr, $key:expr, $body:expr) => {{
        let checksum = &$body.checksum;
        $request
            .bucket(&$bucket.name)
            .key($key)
            .set_expected_bucket_owner($bucket.owner())
            .set_content_md5(checksum.content_md5.clone())
            .set_checksum_crc64_nvme(checksum.crc64_nvme.clone())
            .body(aws_sdk_s3::primitives::ByteStream::from(
                $body.bytes.clone(),
            ))
    }};
}

/// Sends `$request` the SDK's way, under `$config`, and signs as much of its body as `$payload` says;
/// `$version` is the field of the answer that has the id of a version, if it has one.
macro_rules! orchestrated {
    ($request:expr, $config:expr, $payload:expr $(, $version:ident)?) => {{
        let request = $request.customize().config_override($config);
        let sent = match $payload {
            crate::aws::s3::direct::Payload::Unsigned => {
                request.disable_payload_signing().send().await
            }
            crate::aws::s3::direct::Payload::Signed => request.send().await,
        };
        sent.map(|answer| crate::aws::s3::body::Receipt {
            etag: answer.e_tag,
            crc64_nvme: answer.checksum_crc64_nvme,
            version: None$(.or(answer.$version))?,
            is_under_kms: crate::aws::s3::body::is_kms(answer.server_side_encryption),
        })
    }};
}

pub(super) use {orchestrated, with_body};

impl Bucket {
    /// Sends `input` of the `operation` that the SDK describes so. What the short way leaves open,
    /// `orchestrate` sends under the configuration that it is given.
    ///
    /// # Errors
    /// When the request fails.
    pub(super) async fn send_body<E, Sending>(
        &self,
        operation: Operation,
        described: &dyn RuntimePlugin,
        input: Result<Input, BuildError>,
        orchestrate: impl FnOnce(Builder) -> Sending,
    ) -> Result<Receipt, AwsError>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        Sending: Future<Output = Result<Receipt, SdkError<E, HttpResponse>>>,
    {
        let attempt = self
            .direct
            .attempt(operation, described, input, self.payload);
        let attempt = attempt.await;
        if let Some(answer) = attempt.success() {
            return Ok(Receipt {
                etag: answer.get(ETAG).map(str::to_owned),
                crc64_nvme: answer.get(CRC64_NVME).map(str::to_owned),
                version: answer.get(VERSION).map(str::to_owned),
                is_under_kms: is_kms(answer.get(ENCRYPTION)),
            });
        }
        let sent = orchestrate(attempt.replay()).await;
        sent.map_err(|error| AwsError::from_sdk(operation, &error))
    }

    /// Checks what the server says of a body that it took.
    ///
    /// # Errors
    /// When it does not repeat the checksum, where CHECKSUM=required asks for it, or when the ETag is not
    /// the MD5 of what was sent, once an earlier one was: not every server compares Content-MD5 with what
    /// it stores.
    pub(super) fn verify(
        &self,
        operation: Operation,
        sent: &BodyChecksum,
        receipt: &Receipt,
    ) -> Result<(), AwsError> {
        let must_be = self.storage.checksum == (Checksum::Crc64Nvme { confirmed: true });
        if must_be && sent.crc64_nvme != receipt.crc64_nvme {
            let message = match &receipt.crc64_nvme {
                Some(other) => {
                    let sent = sent.crc64_nvme.as_deref().unwrap_or_default();
                    format!("the server stored checksum `{other}`, not `{sent}`")
                }
                None => "the server does not confirm the checksum; if it knows no CRC-64/NVME, use CHECKSUM=auto".to_owned(),
            };
            return Err(AwsError::local(operation, Kind::Refused, message));
        }
        if self.contradicts(operation, sent, receipt) {
            let told = receipt.etag.as_deref().unwrap_or_default();
            let message = format!(
                "the server stored something else: its ETag, {told}, is not the MD5 of what was sent, as that of others was"
            );
            return Err(AwsError {
                code: Some("BadDigest".to_owned()),
                ..AwsError::local(operation, Kind::Refused, message)
            });
        }
        Ok(())
    }

    /// Whether the ETag of `receipt` contradicts what is known of the server's.
    pub(super) fn contradicts(
        &self,
        operation: Operation,
        sent: &BodyChecksum,
        receipt: &Receipt,
    ) -> bool {
        let etag = ETag::parse(receipt.etag.as_deref().unwrap_or_default());
        let is_md5 = sent.is_md5(etag).filter(|_| !receipt.is_under_kms);
        self.known_md5s.contradict(operation, is_md5)
    }
}
