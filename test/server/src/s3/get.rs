//! `GetObject` and `HeadObject`, with ranges and conditions.

use super::checksums::{self, Checksums};
use super::{Answered, headers};
use crate::store::{Object, Store, StoreError};
use bytes::Bytes;
use s3s::dto::{
    ChecksumMode, ETagCondition, GetObjectInput, GetObjectOutput, HeadObjectInput,
    HeadObjectOutput, Range, StreamingBlob,
};
use s3s::{Body, S3Request, S3Response, S3Result, s3_error};

pub(crate) fn object(
    store: &Store,
    request: S3Request<GetObjectInput>,
) -> Answered<GetObjectOutput> {
    let input = request.input;
    let object = store.version(&input.bucket, &input.key, input.version_id.as_deref())?;
    check(
        &object,
        input.if_match.as_ref(),
        input.if_none_match.as_ref(),
    )?;
    let (bytes, content_range) = slice(&object, input.range)?;
    let with_checksums = wants_checksums(input.checksum_mode.as_ref()) && content_range.is_none();
    let checksums = with_checksums.then(|| checksums_of(store, &input.bucket, &object));
    let output = GetObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        content_length: Some(length(bytes.len())),
        content_range,
        body: Some(StreamingBlob::from(Body::from(bytes))),
        e_tag: Some(headers::etag(&object.etag)),
        version_id: object.version_id.clone(),
        last_modified: Some(object.last_modified.into()),
        ..GetObjectOutput::default()
    };
    Ok(S3Response::with_headers(
        output,
        headers::answer(&object, checksums.as_ref()),
    ))
}

pub(crate) fn head(
    store: &Store,
    request: S3Request<HeadObjectInput>,
) -> Answered<HeadObjectOutput> {
    let input = request.input;
    let object = store.version(&input.bucket, &input.key, input.version_id.as_deref())?;
    check(
        &object,
        input.if_match.as_ref(),
        input.if_none_match.as_ref(),
    )?;
    let output = HeadObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        content_length: Some(length(object.size())),
        e_tag: Some(headers::etag(&object.etag)),
        version_id: object.version_id.clone(),
        last_modified: Some(object.last_modified.into()),
        ..HeadObjectOutput::default()
    };
    let with_checksums = wants_checksums(input.checksum_mode.as_ref());
    let checksums = with_checksums.then(|| checksums_of(store, &input.bucket, &object));
    Ok(S3Response::with_headers(
        output,
        headers::answer(&object, checksums.as_ref()),
    ))
}

/// The checksums that S3 keeps: those that were sent, or one of its own.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html>
fn checksums_of(store: &Store, bucket: &str, object: &Object) -> Checksums {
    let options = store.bucket_options(bucket).unwrap_or_default();
    if !options.has_checksums || !object.checksums.is_empty() {
        return object.checksums.clone();
    }
    let own = checksums::digest("crc64nvme", &object.bytes);
    own.map(|digest| ("crc64nvme".to_owned(), digest))
        .into_iter()
        .collect()
}

fn check(
    object: &Object,
    if_match: Option<&ETagCondition>,
    if_none_match: Option<&ETagCondition>,
) -> S3Result<()> {
    let fits = |condition: &ETagCondition| {
        condition
            .as_etag()
            .is_none_or(|etag| etag.value() == object.etag)
    };
    if if_match.is_some_and(|condition| !fits(condition)) {
        return Err(StoreError::PreconditionFailed.into());
    }
    if if_none_match.is_some_and(fits) {
        return Err(s3_error!(NotModified, "Not Modified"));
    }
    Ok(())
}

/// The bytes of the range, and the `Content-Range` to answer with.
fn slice(object: &Object, range: Option<Range>) -> S3Result<(Bytes, Option<String>)> {
    let Some(range) = range else {
        return Ok((object.bytes.clone(), None));
    };
    let size = object.size();
    let range = range.check(u64::try_from(size).unwrap_or(u64::MAX))?;
    let index = |place: u64| usize::try_from(place).unwrap_or(usize::MAX).min(size);
    let header = format!(
        "bytes {}-{}/{size}",
        range.start,
        range.end.saturating_sub(1)
    );
    Ok((
        object.bytes.slice(index(range.start)..index(range.end)),
        Some(header),
    ))
}

fn wants_checksums(mode: Option<&ChecksumMode>) -> bool {
    mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED)
}

fn length(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
