//! A copy inside the bucket: S3 moves the bytes, and keeps what an object is stored with beside them.

use aws_sdk_s3::types::{AnnotationDirective, MetadataDirective, TaggingDirective};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::body::{Receipt, is_kms};
use super::bucket::Bucket;
use super::head::AskChecksum;
use super::headers::{with_headers, with_keeping};
use crate::aws::error::{AwsError, Kind};
use crate::aws::operation::Operation;
use crate::aws::wire::response_lost::ResponseLost;
use deploy_core::object::headers::ObjectHeaders;

/// What a key keeps as it is in `x-amz-copy-source`.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'/');

/// What is copied, and where to.
#[derive(Clone, Copy, Debug)]
pub struct Copy<'a> {
    /// Key of the source.
    pub from: &'a str,
    /// Id of its version; none for what is there now.
    pub version: Option<&'a str>,
    /// Key of the copy.
    pub to: &'a str,
    /// ETag of what the copy replaces; none where there is nothing.
    pub replaces: Option<&'a str>,
    /// What is sent beside: redirect, storage class, ACL and encryption are not copied.
    pub headers: &'a ObjectHeaders,
    /// Whether all else is that of `headers` too, and not the source's.
    pub is_relabelled: bool,
}

impl Bucket {
    /// Copies. On AWS only where the copy's place is as it was: another writer is not overwritten.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>
    ///
    /// # Errors
    /// When the request fails, which it can after an answer of success has begun.
    pub async fn copy(&self, copy: Copy<'_>) -> Result<Receipt, AwsError> {
        let Copy {
            from,
            version,
            to,
            replaces,
            headers,
            is_relabelled,
        } = copy;
        let mut request = with_keeping!(self.client.copy_object(), headers)
            .bucket(&self.name)
            .key(to)
            .copy_source(self.source(from, version))
            .set_expected_bucket_owner(self.owner())
            .set_expected_source_bucket_owner(self.owner());
        if self.is_aws {
            // They would need permissions of their own.
            request = request.annotation_directive(AnnotationDirective::Exclude);
        }
        if is_relabelled {
            request = with_headers!(request, headers)
                .metadata_directive(MetadataDirective::Replace)
                .tagging_directive(TaggingDirective::Replace);
        } else {
            let (absent, is) = self.headers_of(&self.unless_replaced(replaces));
            request = request.set_if_none_match(absent).set_if_match(is);
        }
        let response_lost = ResponseLost::default();
        let request = request.customize().interceptor(response_lost.clone());
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => {
                let error = AwsError::from_sdk(Operation::CopyObject, &error);
                return match error.status {
                    // An attempt whose answer was lost may have copied: the next one then meets its copy.
                    Some(409 | 412) if response_lost.any() => {
                        self.copied(from, version, to).await.ok_or(error)
                    }
                    _ => Err(error),
                };
            }
        };
        let etag = answer.copy_object_result.and_then(|result| result.e_tag);
        if etag.is_none() {
            return Err(not_copied(Operation::CopyObject));
        }
        Ok(Receipt {
            etag,
            crc64_nvme: None,
            version: answer.version_id,
            is_under_kms: is_kms(answer.server_side_encryption),
        })
    }

    /// What there is of a copy whose answer was lost, if that is what is in its place: it is stored with
    /// the same, and its bytes have the same checksum. That it cannot be told counts as no.
    async fn copied(&self, from: &str, version: Option<&str>, to: &str) -> Option<Receipt> {
        let source = self.head_version(from.to_owned(), version, AskChecksum::Yes);
        let source = source.await.ok()??;
        let copy = self.head(to.to_owned(), AskChecksum::Yes).await.ok()??;
        let is_copied = copy == source && copy.crc64_nvme.is_some();
        is_copied.then(|| Receipt {
            is_under_kms: is_kms(copy.encryption),
            ..Receipt::default()
        })
    }

    /// `x-amz-copy-source`, by the forms that buckets and access points have there.
    pub(super) fn source(&self, key: &str, version: Option<&str>) -> String {
        let name = if self.name.starts_with("arn:") {
            format!(
                "{}/object",
                self.name.replacen("accesspoint:", "accesspoint/", 1)
            )
        } else {
            self.name.clone()
        };
        let key = utf8_percent_encode(key, KEPT);
        match version {
            Some(version) => format!("{name}/{key}?versionId={version}"),
            None => format!("{name}/{key}"),
        }
    }
}

/// After an answer of success that is none.
pub(super) fn not_copied(operation: Operation) -> AwsError {
    let reason = "the answer does not say that it was copied";
    AwsError::local(operation, Kind::Malformed, reason)
}
