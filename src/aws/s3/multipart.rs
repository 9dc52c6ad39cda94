//! One object in parts. Whoever begins an upload must complete or abort it: S3 keeps, and bills,
//! the parts of an upload that was left open.

use aws_sdk_s3::operation::create_multipart_upload::{
    CreateMultipartUpload, CreateMultipartUploadOutput,
};
use aws_sdk_s3::operation::upload_part::{UploadPart, UploadPartInput};
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumType, CompletedMultipartUpload, CompletedPart};
use aws_smithy_runtime_api::client::interceptors::context::{Input, Output};
use md5::{Digest as _, Md5};

use super::answer_reader::AnswerReader;
use super::body::{Receipt, is_kms, orchestrated, with_body};
use super::bucket::Bucket;
use super::conditional::Condition;
use super::copy::not_copied;
use super::headers::with_headers;
use crate::aws::Operation;
use crate::aws::error::{AwsError, Kind};
use crate::aws::wire::response_lost::ResponseLost;
use deploy_core::answers::xml::{self, Malformed};
use deploy_core::object::body::{Body, Checksum};
use deploy_core::object::etag::ETag;
use deploy_core::object::headers::ObjectHeaders;

/// An upload that was begun.
#[derive(Clone, Debug)]
pub struct MultipartUpload {
    key: String,
    id: String,
}

/// What came of asking for an upload.
#[derive(Debug)]
pub struct Begun {
    /// The upload, or why there is none.
    pub result: Result<MultipartUpload, AwsError>,
    /// Whether an attempt got no answer: S3 may have begun an upload whose id nobody knows. It has
    /// no parts.
    pub response_lost: bool,
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
    pub async fn create_upload(&self, key: String, headers: &ObjectHeaders) -> Begun {
        const OPERATION: Operation = Operation::CreateMultipartUpload;
        let checked = matches!(self.storage.checksum, Checksum::Crc64Nvme { .. });
        let response_lost = ResponseLost::default();
        let reader = AnswerReader::new(
            &CreateMultipartUpload::new(),
            || Output::erase(CreateMultipartUploadOutput::builder().build()),
            upload_id,
        );
        let sent = with_headers!(self.client.create_multipart_upload(), headers)
            .bucket(&self.name)
            .key(&key)
            .set_expected_bucket_owner(self.owner())
            .set_checksum_algorithm(checked.then_some(ChecksumAlgorithm::Crc64Nvme))
            .set_checksum_type(checked.then_some(ChecksumType::FullObject))
            .customize()
            .interceptor(response_lost.clone())
            .interceptor(reader.clone())
            .send()
            .await;
        let id = match sent {
            Ok(_) => reader.answer().ok_or_else(|| {
                let reason = "the server answered without an upload id";
                AwsError::local(OPERATION, Kind::Refused, reason)
            }),
            Err(error) => Err(AwsError::from_sdk(OPERATION, &error)),
        };
        Begun {
            result: id.map(|id| MultipartUpload { key, id }),
            response_lost: response_lost.any(),
        }
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
        const OPERATION: Operation = Operation::UploadPart;
        macro_rules! request {
            ($builder:expr) => {
                with_body!($builder, self, &upload.key, body)
                    .upload_id(&upload.id)
                    .part_number(number)
            };
        }
        let input = request!(UploadPartInput::builder())
            .build()
            .map(Input::erase);
        let orchestrate =
            async |config| orchestrated!(request!(self.client.upload_part()), config, self.payload);
        let described = UploadPart::new();
        let sent = self.send_body(OPERATION, &described, input, orchestrate);
        let receipt = sent.await?;
        self.verify(OPERATION, &body.checksum, &receipt)?;
        Ok(Part {
            number,
            etag: receipt.etag,
            crc64_nvme: body.checksum.crc64_nvme,
        })
    }

    /// Makes `size` bytes from `offset` on of the version `id` of the same key part `number` of `upload`.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html>
    ///
    /// # Errors
    /// When the request fails.
    pub async fn copy_part(
        &self,
        upload: &MultipartUpload,
        number: i32,
        id: &str,
        (offset, size): (u64, u64),
    ) -> Result<Part, AwsError> {
        const OPERATION: Operation = Operation::UploadPartCopy;
        let sent = self
            .client
            .upload_part_copy()
            .bucket(&self.name)
            .key(&upload.key)
            .upload_id(&upload.id)
            .part_number(number)
            .copy_source(self.source(&upload.key, Some(id)))
            .copy_source_range(format!(
                "bytes={offset}-{}",
                offset + size.saturating_sub(1)
            ))
            .set_expected_bucket_owner(self.owner())
            .set_expected_source_bucket_owner(self.owner())
            .send()
            .await;
        let answer = sent.map_err(|error| AwsError::from_sdk(OPERATION, &error))?;
        let copied = answer.copy_part_result.filter(|it| it.e_tag.is_some());
        let copied = copied.ok_or_else(|| not_copied(OPERATION))?;
        Ok(Part {
            number,
            etag: copied.e_tag,
            crc64_nvme: copied.checksum_crc64_nvme,
        })
    }

    /// Makes the object of its `parts`, in order, together `size` bytes, if `condition` holds;
    /// `crc64_nvme` is that of the whole, which the server compares with what it put together.
    ///
    /// # Errors
    /// When the request fails, also where the answer begins with 200 and ends with an error.
    pub async fn complete_upload(
        &self,
        upload: &MultipartUpload,
        parts: Vec<Part>,
        size: u64,
        crc64_nvme: Option<String>,
        condition: &Condition,
    ) -> Result<Receipt, AwsError> {
        let etag = etag_of(&parts);
        let (absent, is) = self.headers_of(condition);
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
        let response_lost = ResponseLost::default();
        let sent = self
            .client
            .complete_multipart_upload()
            .bucket(&self.name)
            .key(&upload.key)
            .upload_id(&upload.id)
            .multipart_upload(parts)
            .set_if_none_match(absent)
            .set_if_match(is)
            .set_checksum_type(crc64_nvme.is_some().then_some(ChecksumType::FullObject))
            .set_checksum_crc64_nvme(crc64_nvme)
            .set_expected_bucket_owner(self.owner())
            .customize()
            .interceptor(response_lost.clone())
            .send()
            .await;
        let error = match sent {
            Ok(answer) => {
                return Ok(Receipt {
                    etag: answer.e_tag,
                    crc64_nvme: None,
                    version: answer.version_id,
                    is_under_kms: is_kms(answer.server_side_encryption),
                });
            }
            Err(error) => AwsError::from_sdk(Operation::CompleteMultipartUpload, &error),
        };
        // An attempt whose answer was lost may have completed it. The next one then finds no upload, or
        // with a condition an object in its way: the very one that it would make.
        if response_lost.any() && self.holds(&upload.key, size, etag).await {
            return Ok(Receipt::default());
        }
        Err(error)
    }

    /// Whether the object `key` has this size and ETag. That it cannot be told counts as no.
    async fn holds(&self, key: &str, size: u64, etag: ETag) -> bool {
        let found = self.list_one("", key).await;
        found.is_ok_and(|tree| {
            let mut objects = tree.objects().iter();
            objects.any(|object| (object.size, object.etag) == (size, etag) && etag != ETag::Opaque)
        })
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
            .set_expected_bucket_owner(self.owner())
            .send()
            .await
            .map(drop)
            .map_err(|error| AwsError::from_sdk(Operation::AbortMultipartUpload, &error))
    }
}

/// The id in the answer to CreateMultipartUpload, whatever its root is called.
fn upload_id(body: &[u8]) -> Result<String, Malformed> {
    let mut id = None;
    xml::root(body, |root| {
        root.children(|field| match field.name() {
            "UploadId" => {
                id = Some(field.text()?.into_owned());
                Ok(())
            }
            _ => field.skip(),
        })
    })?;
    id.ok_or_else(|| Malformed::new("it has no UploadId"))
}

/// The ETag that S3 gives to the object made of `parts`.
fn etag_of(parts: &[Part]) -> ETag {
    let mut digests = Md5::new();
    for part in parts {
        match part.etag.as_deref().map(ETag::parse) {
            Some(ETag::Md5(digest)) => digests.update(digest),
            _ => return ETag::Opaque,
        }
    }
    let count = u16::try_from(parts.len()).unwrap_or(u16::MAX);
    ETag::Multipart(digests.finalize().into(), count)
}
