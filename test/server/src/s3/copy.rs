//! `CopyObject`: the bytes of one key under another, with the old headers or new ones.

use super::{Answered, headers};
use crate::store::{Object, Precondition, Store};
use s3s::dto::{
    CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, MetadataDirective,
};
use s3s::{S3Request, S3Response, s3_error};

pub(crate) fn object(
    store: &Store,
    request: S3Request<CopyObjectInput>,
) -> Answered<CopyObjectOutput> {
    let input = request.input;
    let CopySource::Bucket { bucket, key, .. } = input.copy_source else {
        return Err(s3_error!(NotImplemented, "Only buckets can be copied from"));
    };
    let source = store.get(&bucket, &key)?;
    let replaces = input
        .metadata_directive
        .is_some_and(|directive| directive.as_str() == MetadataDirective::REPLACE);
    if !replaces && *bucket == *input.bucket && *key == *input.key {
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
    }
    copy.checksums = source.checksums.clone();
    let last_modified = copy.last_modified;
    let etag = store.put(&input.bucket, &input.key, copy, &Precondition::Nothing)?;
    let result = CopyObjectResult {
        e_tag: Some(headers::etag(etag)),
        last_modified: Some(last_modified.into()),
        ..CopyObjectResult::default()
    };
    let output = CopyObjectOutput {
        copy_object_result: Some(result),
        ..CopyObjectOutput::default()
    };
    Ok(S3Response::new(output))
}
