//! Deleting, in batches; the answer tells of each key whether it is gone.

use std::collections::BTreeMap;

use aws_sdk_s3::operation::delete_objects::{DeleteObjects, DeleteObjectsOutput};
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use aws_smithy_runtime_api::client::interceptors::context::Output;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::base64;
use md5::{Digest as _, Md5};

use super::answer_reader::AnswerReader;
use super::bucket::Bucket;
use crate::aws::error::{AwsError, Kind};
use crate::aws::operation::Operation;
use crate::aws::told::Told;
use deploy_core::answers::xml::{self, Element, Malformed};
use deploy_core::object::body::Checksum;
use deploy_core::object::etag::ETag;

/// Most keys in one DeleteObjects request.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>
pub const DELETE_BATCH_MAX: usize = 1000;

/// An object to delete.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its key.
    pub key: String,
    /// The ETag that it has to have; one that only S3 knows stands for any. AWS compares it since September
    /// 2025, for who may read the object, and other servers may do anything about it.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html>
    pub etag: ETag,
}

impl Target {
    /// Whether it has to have a certain ETag.
    pub fn is_guarded(&self) -> bool {
        self.etag != ETag::Opaque
    }

    /// The same object, whatever its ETag is.
    #[must_use]
    pub fn unguarded(&self) -> Self {
        Self {
            key: self.key.clone(),
            etag: ETag::Opaque,
        }
    }
}

impl Bucket {
    /// Deletes at most [`DELETE_BATCH_MAX`] `targets` in one request and returns why others stayed, by their
    /// indices.
    ///
    /// # Errors
    /// When the request as a whole failed; any of its keys may then be gone or not.
    pub async fn delete_batch(
        &self,
        targets: &[Target],
    ) -> Result<BTreeMap<usize, AwsError>, AwsError> {
        const OPERATION: Operation = Operation::DeleteObjects;
        let object = |target: &Target| {
            let object = ObjectIdentifier::builder().key(&target.key);
            object.set_e_tag(target.etag.quoted()).build()
        };
        let objects: Result<Vec<_>, _> = targets.iter().map(object).collect();
        let delete = objects.and_then(|objects| {
            Delete::builder()
                .quiet(true)
                .set_objects(Some(objects))
                .build()
        });
        let delete =
            delete.map_err(|error| AwsError::local(OPERATION, Kind::Refused, error.to_string()))?;
        let reader = AnswerReader::new(
            &DeleteObjects::new(),
            || Output::erase(DeleteObjectsOutput::builder().build()),
            refusals,
        );
        let request = self
            .client
            .delete_objects()
            .bucket(&self.name)
            .delete(delete)
            .set_expected_bucket_owner(self.owner())
            .customize()
            .interceptor(reader.clone());
        let sent = match self.storage.checksum {
            // AWS requires some checksum here and takes the SDK's CRC32; other servers want the MD5, and
            // some of them nothing beside.
            Checksum::ContentMd5 => request.mutate_request(with_md5_alone).send().await,
            _ => request.send().await,
        };
        sent.map_err(|error| AwsError::from_sdk(OPERATION, &error))?;
        let keys = targets.iter().map(|target| target.key.as_str());
        let indices: BTreeMap<&str, usize> = keys.zip(0..).collect();
        let refusals = reader.answer().unwrap_or_default().into_iter();
        let failures = refusals.map(|(key, told)| {
            let error = AwsError::told(OPERATION, told);
            match indices.get(key.as_str()) {
                Some(index) => Ok((*index, error)),
                None => Err(error),
            }
        });
        failures.collect()
    }

    /// Whether `error` of [`Self::delete_batch`] says that the server takes no batches, or none of
    /// this session: Google's S3 interface has no DeleteObjects, and Ceph refuses it under any
    /// session policy, where AWS answers for each key.
    pub fn refuses_batches(&self, error: &AwsError) -> bool {
        let is_unknown = matches!(error.status, Some(405 | 501))
            || error.code.as_deref() == Some("NotImplemented");
        let is_refused = matches!(error.status, Some(400 | 403)) && error.kind != Kind::Identity;
        is_unknown || (!self.is_aws && is_refused)
    }

    /// Deletes one object, whatever characters its key has: DeleteObjects names keys in XML, which
    /// cannot carry every control character.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn delete_one(&self, target: &Target) -> Result<(), AwsError> {
        let deleted = self
            .client
            .delete_object()
            .bucket(&self.name)
            .key(&target.key)
            .set_if_match(target.etag.quoted())
            .set_expected_bucket_owner(self.owner())
            .send()
            .await;
        match deleted.map_err(|error| AwsError::from_sdk(Operation::DeleteObject, &error)) {
            // Of a condition on an object that was deleted meanwhile.
            Err(error) if target.is_guarded() && error.code.as_deref() == Some("NoSuchKey") => {
                Ok(())
            }
            deleted => deleted.map(drop),
        }
    }
}

fn with_md5_alone(request: &mut HttpRequest) {
    for name in ["x-amz-checksum-crc32", "x-amz-sdk-checksum-algorithm"] {
        request.headers_mut().remove(name);
    }
    let digest = Md5::digest(request.body().bytes().unwrap_or_default());
    request
        .headers_mut()
        .insert("content-md5", base64::encode(digest));
}

/// The keys that stayed, by the answer to DeleteObjects, whatever its root is called.
fn refusals(body: &[u8]) -> Result<Vec<(String, Told)>, Malformed> {
    xml::root(body, |root| {
        let name = root.name().to_owned();
        let mut is_known = name.starts_with("Delete");
        let mut refusals = Vec::new();
        root.children(|element| {
            match element.name() {
                "Error" => refusals.push(refusal(element)?),
                "Deleted" => {
                    is_known = true;
                    element.skip()?;
                }
                _ => element.skip()?,
            }
            Ok(())
        })?;
        if is_known || !refusals.is_empty() {
            Ok(refusals)
        } else {
            Err(Malformed::new(format!("`{name}` is no answer to it")))
        }
    })
}

fn refusal(element: Element<'_, '_>) -> Result<(String, Told), Malformed> {
    let (mut key, mut told) = (String::new(), Told::default());
    element.children(|field| {
        if field.name() != "Key" {
            return told.take(field, 1);
        }
        key = field.text()?.into_owned();
        Ok(())
    })?;
    Ok((key, told))
}

#[cfg(test)]
mod tests {
    use super::{Told, refusals};

    #[test]
    fn an_answer_tells_of_the_keys_that_stayed() {
        let nothing = "<DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"/>";
        assert_eq!(refusals(nothing.as_bytes()), Ok(Vec::new()));
        let error =
            "<Error><Key>a&amp;b</Key><Code>AccessDenied</Code><Message>No</Message></Error>";
        for root in ["DeleteResult", "DeleteObjectsResponse", "Result"] {
            let body = format!("<{root}><Deleted><Key>c</Key></Deleted>{error}</{root}>");
            let told = Told {
                code: Some("AccessDenied".to_owned()),
                message: Some("No".to_owned()),
                region: None,
            };
            let expected = vec![("a&b".to_owned(), told)];
            assert_eq!(refusals(body.as_bytes()), Ok(expected), "{root}");
        }
    }

    #[test]
    fn what_is_no_answer_deletes_nothing_in_silence() {
        for body in [
            "",
            "Log in",
            "<html><body>Log in</body></html>",
            "<Error><Code>InternalError</Code></Error>",
            "<DeleteResult><Error><Key>a</Key>",
            "<DeleteResult><Error></DeleteResult></Error>",
        ] {
            assert!(refusals(body.as_bytes()).is_err(), "{body}");
        }
    }
}
