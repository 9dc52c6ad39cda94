//! The words that S3 has for refusals.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>

use crate::store::StoreError;
use s3s::{S3Error, S3ErrorCode, s3_error};

pub(crate) fn access_denied() -> S3Error {
    s3_error!(AccessDenied, "Access Denied")
}

pub(crate) fn unknown_access_key() -> S3Error {
    s3_error!(
        InvalidAccessKeyId,
        "The AWS Access Key Id you provided does not exist in our records."
    )
}

pub(crate) fn malformed_xml() -> S3Error {
    s3_error!(
        MalformedXML,
        "The XML you provided was not well-formed or did not validate against our published schema"
    )
}

impl From<StoreError> for S3Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoSuchBucket => {
                s3_error!(NoSuchBucket, "The specified bucket does not exist")
            }
            StoreError::NoSuchKey => s3_error!(NoSuchKey, "The specified key does not exist."),
            StoreError::NoSuchUpload => s3_error!(
                NoSuchUpload,
                "The specified upload does not exist. The upload ID may be invalid, or the upload may \
                 have been aborted or completed."
            ),
            StoreError::PreconditionFailed => {
                s3_error!(
                    PreconditionFailed,
                    "At least one of the pre-conditions you specified did not hold"
                )
            }
            StoreError::NoSuchVersion => {
                s3_error!(NoSuchVersion, "The specified version does not exist.")
            }
            StoreError::DeleteMarker => s3_error!(
                MethodNotAllowed,
                "The specified method is not allowed against this resource."
            ),
            StoreError::Conflict => s3_error!(
                ConditionalRequestConflict,
                "The conditional request cannot succeed due to a conflicting operation against this \
                 resource."
            ),
            StoreError::NotImplemented => s3_error!(
                NotImplemented,
                "A header you provided implies functionality that is not implemented"
            ),
            StoreError::InvalidPart => s3_error!(
                InvalidPart,
                "One or more of the specified parts could not be found.  The part may not have been \
                 uploaded, or the specified entity tag may not match the part's entity tag."
            ),
            StoreError::InvalidPartOrder => s3_error!(
                InvalidPartOrder,
                "The list of parts was not in ascending order. Parts must be ordered by part number."
            ),
            StoreError::EntityTooSmall => {
                s3_error!(
                    EntityTooSmall,
                    "Your proposed upload is smaller than the minimum allowed size"
                )
            }
        }
    }
}

/// What S3 says when the bucket's own policy denies an action.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html>
pub(crate) fn denial_by_bucket(action: &str, bucket: &str, key: &str) -> String {
    format!(
        "User: arn:aws:sts::123456789012:assumed-role/deploy/session is not authorized to perform: {action} on resource: \"arn:aws:s3:::{bucket}/{key}\" with an explicit deny in a resource-based policy"
    )
}

/// The same as an error.
pub(crate) fn denied_by_bucket(action: &str, bucket: &str, key: &str) -> S3Error {
    S3Error::with_message(
        S3ErrorCode::AccessDenied,
        denial_by_bucket(action, bucket, key),
    )
}
