//! `CopyObject`: the bytes of one key under another, with the old headers or new ones.

use super::{Answered, headers, put};
use crate::store::{Object, Store};
use s3s::dto::{
    CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, MetadataDirective,
};
use s3s::{S3Request, S3Response, s3_error};

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>
const SIZE_MAX: usize = 5 << 30;

pub(crate) fn object(
    store: &Store,
    request: S3Request<CopyObjectInput>,
) -> Answered<CopyObjectOutput> {
    let input = request.input;
    let CopySource::Bucket {
        bucket,
        key,
        version_id,
    } = input.copy_source
    else {
        return Err(s3_error!(NotImplemented, "Only buckets can be copied from"));
    };
    let precondition = put::precondition(&request.headers)?;
    let source = store.version(&bucket, &key, version_id.as_deref())?;
    if source.size() > SIZE_MAX {
        return Err(s3_error!(
            InvalidRequest,
            "The specified copy source is larger than the maximum allowable size for a copy source: \
             5368709120"
        ));
    }
    let changes_nothing = version_id.is_none()
        && !["x-amz-storage-class", "x-amz-website-redirect-location"]
            .iter()
            .any(|name| request.headers.contains_key(*name));
    let replaces = input
        .metadata_directive
        .is_some_and(|directive| directive.as_str() == MetadataDirective::REPLACE);
    if !replaces && changes_nothing && *bucket == *input.bucket && *key == *input.key {
        return Err(s3_error!(
            InvalidRequest,
            "This copy request is illegal because it is trying to copy an object to itself without \
             changing the object's metadata, storage class, website redirect location or encryption \
             attributes."
        ));
    }
    // A copy is one PUT: its ETag is the MD5 again, also when the source was uploaded in parts.
    let mut copy = Object::new(source.bytes.clone());
    if replaces {
        headers::store(&request.headers, &mut copy);
    } else {
        copy = source.with_content(copy.bytes, copy.etag);
        // These belong to the request, whatever the metadata does.
        copy.acl = None;
        copy.website_redirect = None;
        let mut given = Object::new("");
        headers::store(&request.headers, &mut given);
        copy.acl = given.acl;
        copy.website_redirect = given.website_redirect;
        copy.storage_class = given.storage_class;
        if given.server_side_encryption.is_some() {
            copy.server_side_encryption = given.server_side_encryption;
            copy.kms_key_id = given.kms_key_id;
        }
    }
    copy.checksums = source.checksums.clone();
    let last_modified = copy.last_modified;
    let copy = store.put(&input.bucket, &input.key, copy, &precondition)?;
    let result = CopyObjectResult {
        e_tag: Some(headers::etag(&copy.etag)),
        last_modified: Some(last_modified.into()),
        ..CopyObjectResult::default()
    };
    let output = CopyObjectOutput {
        copy_object_result: Some(result),
        copy_source_version_id: version_id.map(String::from),
        version_id: copy.version_id.clone(),
        ..CopyObjectOutput::default()
    };
    Ok(S3Response::new(output))
}
