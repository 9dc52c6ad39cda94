//! Deleting, in batches; the answer tells of each key whether it is gone.

use std::collections::BTreeMap;

use aws_sdk_s3::types::{Delete, Error, ObjectIdentifier};
use aws_smithy_types::base64;
use http::header::HeaderValue;
use md5::{Digest as _, Md5};

use super::bucket::Bucket;
use crate::aws::error::{AwsError, Kind};
use deploy_core::object::body::Checksum;

/// Most keys in one DeleteObjects request.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>
pub const DELETE_BATCH_MAX: usize = 1000;

/// A key that is still there, by its index in the batch.
#[derive(Debug)]
pub struct DeleteFailure {
    /// Index of the key in the batch.
    pub index: usize,
    /// Why.
    pub error: AwsError,
}

impl Bucket {
    /// Deletes at most [`DELETE_BATCH_MAX`] `keys` in one request and returns those that stayed.
    ///
    /// # Errors
    /// When the request as a whole failed; any of its keys may then be gone or not.
    pub async fn delete_batch(&self, keys: &[String]) -> Result<Vec<DeleteFailure>, AwsError> {
        const OPERATION: &str = "DeleteObjects";
        let objects: Result<Vec<_>, _> = keys
            .iter()
            .map(|key| ObjectIdentifier::builder().key(key).build())
            .collect();
        let delete = objects.and_then(|objects| {
            Delete::builder()
                .quiet(true)
                .set_objects(Some(objects))
                .build()
        });
        let delete = delete.map_err(|error| AwsError {
            operation: OPERATION,
            kind: Kind::Refused,
            code: None,
            message: error.to_string(),
            status: None,
            request_id: None,
        })?;
        let request = self
            .client
            .delete_objects()
            .bucket(&self.name)
            .delete(delete)
            .set_expected_bucket_owner(self.expected_owner.clone())
            .customize();
        // AWS requires some checksum here and takes the SDK's CRC32; other servers want the MD5.
        let request = if self.checksum == Checksum::ContentMd5 {
            request.mutate_request(|request| {
                let digest = request
                    .body()
                    .bytes()
                    .map(|body| base64::encode(Md5::digest(body)));
                if let Some(value) = digest.and_then(|digest| HeaderValue::from_str(&digest).ok()) {
                    request.headers_mut().insert("content-md5", value);
                }
            })
        } else {
            request
        };
        let answer = request
            .send()
            .await
            .map_err(|error| AwsError::from_sdk(OPERATION, &error))?;
        let indices: BTreeMap<&str, usize> = keys
            .iter()
            .enumerate()
            .map(|(index, key)| (key.as_str(), index))
            .collect();
        answer
            .errors()
            .iter()
            .map(|error| {
                let index = error.key().and_then(|key| indices.get(key));
                let failure = key_error(OPERATION, error);
                index
                    .map(|index| DeleteFailure {
                        index: *index,
                        error: failure.clone(),
                    })
                    .ok_or(failure)
            })
            .collect()
    }

    /// Deletes one key, whatever characters it has: DeleteObjects names keys in XML, which cannot
    /// carry every control character.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn delete_one(&self, key: &str) -> Result<(), AwsError> {
        self.client
            .delete_object()
            .bucket(&self.name)
            .key(key)
            .set_expected_bucket_owner(self.expected_owner.clone())
            .send()
            .await
            .map(drop)
            .map_err(|error| AwsError::from_sdk("DeleteObject", &error))
    }
}

/// One key's error inside a 200 answer.
fn key_error(operation: &'static str, error: &Error) -> AwsError {
    AwsError {
        operation,
        kind: if error.code() == Some("AccessDenied") {
            Kind::Denied
        } else {
            Kind::Refused
        },
        code: error.code().map(str::to_owned),
        message: error.message().unwrap_or("no reason given").to_owned(),
        status: None,
        request_id: None,
    }
}
