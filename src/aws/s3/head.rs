//! What one object is stored with.

use aws_sdk_s3::types::{ChecksumMode, ChecksumType};

use super::bucket::Bucket;
use crate::aws::error::{AwsError, Kind};
use crate::aws::operation::Operation;
use deploy_core::object::headers::ObjectHeaders;
use deploy_core::object::stored::Stored;

/// Whether the answer is to have the object's checksum: for an object under a KMS key, S3 then uses the
/// key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskChecksum {
    /// It is.
    Yes,
    /// It is not.
    No,
}

impl Bucket {
    /// What the object `key` is stored with; none if there is no such object.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn head(&self, key: String, ask: AskChecksum) -> Result<Option<Stored>, AwsError> {
        self.head_version(key, None, ask).await
    }

    /// The same of its version `id`, the current one without one.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn head_version(
        &self,
        key: String,
        id: Option<&str>,
        ask: AskChecksum,
    ) -> Result<Option<Stored>, AwsError> {
        let answer = self
            .client
            .head_object()
            .bucket(&self.name)
            .key(&key)
            .set_version_id(id.map(str::to_owned))
            .set_checksum_mode((ask == AskChecksum::Yes).then_some(ChecksumMode::Enabled))
            .set_expected_bucket_owner(self.owner())
            .send()
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                let error = AwsError::from_sdk(Operation::HeadObject, &error);
                // Backblaze refuses to be asked for a checksum.
                let asks_less = !self.is_aws && ask == AskChecksum::Yes;
                return match error.kind {
                    Kind::NotFound => Ok(None),
                    Kind::Refused if asks_less => {
                        Box::pin(self.head_version(key, id, AskChecksum::No)).await
                    }
                    _ => Err(error),
                };
            }
        };
        // One that is put together from those of parts says nothing about the whole.
        let is_whole = answer.checksum_type() != Some(&ChecksumType::Composite);
        let metadata = answer.metadata.unwrap_or_default().into_iter();
        let headers = ObjectHeaders {
            content_type: answer.content_type,
            cache_control: answer.cache_control,
            content_disposition: answer.content_disposition,
            content_encoding: answer.content_encoding,
            content_language: answer.content_language,
            website_redirect: answer.website_redirect_location,
            storage_class: answer.storage_class.map(|class| class.as_str().to_owned()),
            metadata: metadata
                .map(|(name, value)| (name.to_ascii_lowercase(), value))
                .collect(),
            ..ObjectHeaders::default()
        };
        Ok(Some(Stored {
            headers,
            expires: answer.expires_string,
            archive: answer.archive_status.map(|tier| tier.as_str().to_owned()),
            is_restored: answer
                .restore
                .is_some_and(|it| it.contains("ongoing-request=\"false\"")),
            tags: answer
                .tag_count
                .and_then(|count| usize::try_from(count).ok())
                .unwrap_or_default(),
            encryption: answer
                .server_side_encryption
                .map(|encryption| encryption.as_str().to_owned()),
            kms_key: answer.ssekms_key_id,
            more_metadata: answer.missing_meta.is_some_and(|count| count > 0),
            crc64_nvme: answer.checksum_crc64_nvme.filter(|_| is_whole),
        }))
    }
}
