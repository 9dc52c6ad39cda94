//! One object in parts. Whoever begins an upload must complete or abort it: S3 keeps, and bills,
//! the parts of an upload that was left open.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumType, CompletedMultipartUpload, CompletedPart};

use super::bucket::Bucket;
use super::error::{AwsError, Kind};
use super::headers::with_headers;
use crate::body::Body;
use crate::config::values::Checksum;
use crate::headers::ObjectHeaders;

/// An upload that was begun.
#[derive(Clone, Debug)]
pub struct MultipartUpload {
    key: String,
    id: String,
}

/// A part that the server has.
#[derive(Clone, Debug)]
pub struct Part {
    /// 1 to 10,000.
    pub number: i32,
    etag: Option<String>,
    crc64_nvme: Option<String>,
}

impl Bucket {
    /// Begins the upload of `key`.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn create_upload(
        &self,
        key: String,
        headers: &ObjectHeaders,
    ) -> Result<MultipartUpload, AwsError> {
        const OPERATION: &str = "CreateMultipartUpload";
        let checked = matches!(self.checksum, Checksum::Crc64Nvme { .. });
        let answer = with_headers!(self.client.create_multipart_upload(), headers)
            .bucket(&self.name)
            .key(&key)
            .set_expected_bucket_owner(self.expected_owner.clone())
            .set_checksum_algorithm(checked.then_some(ChecksumAlgorithm::Crc64Nvme))
            .set_checksum_type(checked.then_some(ChecksumType::FullObject))
            .send()
            .await
            .map_err(|error| AwsError::from_sdk(OPERATION, &error))?;
        let id = answer.upload_id.ok_or_else(|| AwsError {
            operation: OPERATION,
            kind: Kind::Refused,
            code: None,
            message: "the server answered without an upload id".to_owned(),
            status: None,
            request_id: None,
        })?;
        Ok(MultipartUpload { key, id })
    }

    /// Sends part `number` of `upload`.
    ///
    /// # Errors
    /// As for [`Bucket::put`].
    pub async fn upload_part(
        &self,
        upload: &MultipartUpload,
        number: i32,
        body: Body,
    ) -> Result<Part, AwsError> {
        let checksum = body.checksum.clone();
        let request = self
            .client
            .upload_part()
            .bucket(&self.name)
            .key(&upload.key)
            .upload_id(&upload.id)
            .part_number(number)
            .set_expected_bucket_owner(self.expected_owner.clone())
            .set_content_md5(checksum.content_md5)
            .set_checksum_crc64_nvme(checksum.crc64_nvme.clone())
            .body(ByteStream::from(body.bytes));
        let sent = if self.encrypted && self.checksum != Checksum::Off {
            request.customize().disable_payload_signing().send().await
        } else {
            request.send().await
        };
        let answer = sent.map_err(|error| AwsError::from_sdk("UploadPart", &error))?;
        self.confirm(
            "UploadPart",
            checksum.crc64_nvme.as_deref(),
            answer.checksum_crc64_nvme(),
        )?;
        Ok(Part {
            number,
            etag: answer.e_tag,
            crc64_nvme: checksum.crc64_nvme,
        })
    }

    /// Makes the object of its `parts`, in order; `crc64_nvme` is that of the whole file, which the
    /// server compares with what it put together.
    ///
    /// # Errors
    /// When the request fails, also where the answer begins with 200 and ends with an error.
    pub async fn complete_upload(
        &self,
        upload: &MultipartUpload,
        parts: Vec<Part>,
        crc64_nvme: Option<String>,
    ) -> Result<(), AwsError> {
        let parts = parts.into_iter().map(|part| {
            CompletedPart::builder()
                .part_number(part.number)
                .set_e_tag(part.etag)
                .set_checksum_crc64_nvme(part.crc64_nvme)
                .build()
        });
        let parts = CompletedMultipartUpload::builder()
            .set_parts(Some(parts.collect()))
            .build();
        self.client
            .complete_multipart_upload()
            .bucket(&self.name)
            .key(&upload.key)
            .upload_id(&upload.id)
            .multipart_upload(parts)
            .set_if_none_match(self.if_none_match())
            .set_checksum_type(crc64_nvme.is_some().then_some(ChecksumType::FullObject))
            .set_checksum_crc64_nvme(crc64_nvme)
            .set_expected_bucket_owner(self.expected_owner.clone())
            .send()
            .await
            .map(drop)
            .map_err(|error| AwsError::from_sdk("CompleteMultipartUpload", &error))
    }

    /// Gives the upload up and has its parts deleted.
    ///
    /// # Errors
    /// When the request fails: the parts may then stay until a lifecycle rule removes them.
    pub async fn abort_upload(&self, upload: &MultipartUpload) -> Result<(), AwsError> {
        self.client
            .abort_multipart_upload()
            .bucket(&self.name)
            .key(&upload.key)
            .upload_id(&upload.id)
            .set_expected_bucket_owner(self.expected_owner.clone())
            .send()
            .await
            .map(drop)
            .map_err(|error| AwsError::from_sdk("AbortMultipartUpload", &error))
    }
}
