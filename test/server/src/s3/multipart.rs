//! Multipart uploads: create, parts, complete, abort.

use super::checksums::{self, Checksums};
use super::{Answered, errors, headers, put};
use crate::store::{Object, Part, PartName, Store, Upload, assemble};
use aws_smithy_types::base64;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CompletedPart, CopyPartResult, CopySource,
    CreateMultipartUploadInput, CreateMultipartUploadOutput, ETag, ServerSideEncryption,
    UploadPartCopyInput, UploadPartCopyOutput, UploadPartInput, UploadPartOutput,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const PART_NUMBERS: std::ops::RangeInclusive<i32> = 1..=10_000;

pub(crate) fn create(
    store: &Store,
    request: S3Request<CreateMultipartUploadInput>,
) -> Answered<CreateMultipartUploadOutput> {
    let input = request.input;
    let mut template = Object::new("");
    headers::store(&request.headers, &mut template);
    let stored = headers::stored(&template);
    let id = store.open_upload(&input.bucket, Upload::new(input.key.clone(), template))?;
    let output = CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(id),
        checksum_algorithm: input.checksum_algorithm,
        checksum_type: input.checksum_type,
        ..CreateMultipartUploadOutput::default()
    };
    Ok(S3Response::with_headers(output, stored))
}

pub(crate) async fn part(
    store: &Store,
    request: S3Request<UploadPartInput>,
) -> Answered<UploadPartOutput> {
    let input = request.input;
    if !PART_NUMBERS.contains(&input.part_number) {
        return Err(s3_error!(
            InvalidArgument,
            "Part number must be an integer between 1 and 10000, inclusive"
        ));
    }
    store.upload(&input.bucket, &input.key, &input.upload_id)?;
    let body = put::read(input.body).await?;
    let checksums = put::verify(&request.headers, request.trailing_headers.as_ref(), &body)?;
    let part = Part::new(body, checksums);
    let etag = part.etag();
    let mut answered = Object::new("");
    answered.checksums.clone_from(&part.checksums);
    store.put_part(
        &input.bucket,
        &input.key,
        &input.upload_id,
        input.part_number,
        part,
    )?;
    let output = UploadPartOutput {
        e_tag: Some(headers::etag(etag)),
        ..UploadPartOutput::default()
    };
    Ok(S3Response::with_headers(output, headers::stored(&answered)))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html>
pub(crate) fn copy(store: &Store, input: UploadPartCopyInput) -> Answered<UploadPartCopyOutput> {
    if !PART_NUMBERS.contains(&input.part_number) {
        return Err(s3_error!(
            InvalidArgument,
            "Part number must be an integer between 1 and 10000, inclusive"
        ));
    }
    let CopySource::Bucket {
        bucket,
        key,
        version_id,
    } = input.copy_source
    else {
        return Err(s3_error!(NotImplemented, "Only buckets can be copied from"));
    };
    let source = store.version(&bucket, &key, version_id.as_deref())?;
    let bytes = match input.copy_source_range {
        None => source.bytes.clone(),
        Some(range) => {
            let range = source_range(&range).filter(|range| *range.end() < source.bytes.len());
            let range = range.ok_or_else(|| {
                s3_error!(
                    InvalidArgument,
                    "Range specified is not valid for source object of this size"
                )
            })?;
            source.bytes.slice(range)
        }
    };
    let part = Part::new(bytes, Checksums::default());
    let result = CopyPartResult {
        e_tag: Some(headers::etag(part.etag())),
        ..CopyPartResult::default()
    };
    store.put_part(
        &input.bucket,
        &input.key,
        &input.upload_id,
        input.part_number,
        part,
    )?;
    Ok(S3Response::new(UploadPartCopyOutput {
        copy_part_result: Some(result),
        copy_source_version_id: version_id.map(String::from),
        ..UploadPartCopyOutput::default()
    }))
}

/// `bytes=FIRST-LAST`: no other form is taken.
fn source_range(range: &str) -> Option<std::ops::RangeInclusive<usize>> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some(first..=last)
}

pub(crate) fn complete(
    store: &Store,
    request: S3Request<CompleteMultipartUploadInput>,
) -> Answered<CompleteMultipartUploadOutput> {
    let input = request.input;
    let precondition = put::precondition(&request.headers)?;
    let upload = store.upload(&input.bucket, &input.key, &input.upload_id)?;
    let named = input
        .multipart_upload
        .and_then(|upload| upload.parts)
        .unwrap_or_default();
    if named.is_empty() {
        return Err(errors::malformed_xml());
    }
    let part_names: Vec<PartName> = named.into_iter().map(part_name).collect();
    let parts = upload.choose(&part_names)?;
    let mut object = assemble(&upload.template, &parts);
    object.checksums = checksums::of_headers(&request.headers);
    verify(&object, &parts)?;
    let output = CompleteMultipartUploadOutput {
        location: Some(format!("/{}/{}", input.bucket, input.key)),
        bucket: Some(input.bucket.clone()),
        key: Some(input.key.clone()),
        checksum_crc32: object.checksums.get("crc32").cloned(),
        checksum_crc32c: object.checksums.get("crc32c").cloned(),
        checksum_crc64nvme: object.checksums.get("crc64nvme").cloned(),
        checksum_sha1: object.checksums.get("sha1").cloned(),
        checksum_sha256: object.checksums.get("sha256").cloned(),
        ..CompleteMultipartUploadOutput::default()
    };
    let object = store.complete_upload(
        &input.bucket,
        &input.key,
        &input.upload_id,
        object,
        &precondition,
    )?;
    Ok(S3Response::new(CompleteMultipartUploadOutput {
        e_tag: Some(headers::etag(&object.etag)),
        version_id: object.version_id.clone(),
        server_side_encryption: object
            .server_side_encryption
            .clone()
            .map(ServerSideEncryption::from),
        ..output
    }))
}

pub(crate) fn abort(
    store: &Store,
    request: S3Request<AbortMultipartUploadInput>,
) -> Answered<AbortMultipartUploadOutput> {
    let input = request.input;
    store.abort_upload(&input.bucket, &input.key, &input.upload_id)?;
    Ok(S3Response::new(AbortMultipartUploadOutput::default()))
}

fn part_name(part: CompletedPart) -> PartName {
    let checksums = [
        ("crc32", part.checksum_crc32),
        ("crc32c", part.checksum_crc32c),
        ("crc64nvme", part.checksum_crc64nvme),
        ("sha1", part.checksum_sha1),
        ("sha256", part.checksum_sha256),
    ];
    let given = |(name, value): (&str, Option<String>)| Some((name.to_owned(), value?));
    PartName {
        number: part.part_number.unwrap_or(0),
        etag: part.e_tag.map(ETag::into_value).unwrap_or_default(),
        checksums: checksums.into_iter().filter_map(given).collect(),
    }
}

/// Checks the checksum of the whole object: over its bytes, or (with `-N` at its end) over the
/// checksums of its parts.
fn verify(object: &Object, parts: &[&Part]) -> S3Result<()> {
    let (composite, full): (Checksums, Checksums) = object
        .checksums
        .clone()
        .into_iter()
        .partition(|(_, value)| value.contains('-'));
    checksums::verify(&full, &object.bytes)?;
    for (algorithm, sent) in composite {
        let mut digests = Vec::new();
        for part in parts {
            let digest = part
                .checksums
                .get(&algorithm)
                .and_then(|digest| base64::decode(digest).ok());
            digests.extend(digest.ok_or_else(|| checksums::mismatch(&algorithm))?);
        }
        let computed = checksums::digest(&algorithm, &digests)
            .map(|digest| format!("{digest}-{}", parts.len()));
        if computed != Some(sent) {
            return Err(checksums::mismatch(&algorithm));
        }
    }
    Ok(())
}
