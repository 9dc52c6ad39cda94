//! `CreateBucket` and `HeadBucket`.

use super::Answered;
use crate::store::{Store, StoreError};
use s3s::dto::{CreateBucketInput, CreateBucketOutput, HeadBucketInput, HeadBucketOutput};
use s3s::{S3Request, S3Response, s3_error};

/// Where every bucket lies.
const REGION: &str = "us-east-1";

pub(crate) fn create(
    store: &Store,
    request: S3Request<CreateBucketInput>,
) -> Answered<CreateBucketOutput> {
    let name = request.input.bucket;
    if !store.create_bucket(&name) {
        return Err(s3_error!(
            BucketAlreadyOwnedByYou,
            "Your previous request to create the named bucket succeeded and you already own it."
        ));
    }
    Ok(S3Response::new(CreateBucketOutput {
        location: Some(format!("/{name}")),
    }))
}

pub(crate) fn head(
    store: &Store,
    request: &S3Request<HeadBucketInput>,
) -> Answered<HeadBucketOutput> {
    if store.bucket_options(&request.input.bucket).is_none() {
        return Err(StoreError::NoSuchBucket.into());
    }
    let output = HeadBucketOutput {
        bucket_region: Some(REGION.to_owned()),
        ..HeadBucketOutput::default()
    };
    Ok(S3Response::new(output))
}
