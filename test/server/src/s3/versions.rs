//! `ListObjectVersions`, and the versioning of a bucket.

use super::list::encoder;
use super::{Answered, headers};
use crate::store::{Store, StoreError, Version, Versioning};
use s3s::dto::{
    BucketVersioningStatus, DeleteMarkerEntry, GetBucketVersioningInput, GetBucketVersioningOutput,
    ListObjectVersionsInput, ListObjectVersionsOutput, ObjectVersion, ObjectVersionStorageClass,
    PutBucketVersioningInput, PutBucketVersioningOutput,
};
use s3s::{S3Request, S3Response, s3_error};

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html>
const MAX_KEYS: usize = 1000;

/// A page of versions: of each key the newest first. A page goes on behind its two markers, the second
/// of which is the id of a version of the first.
pub(crate) fn list(
    store: &Store,
    request: S3Request<ListObjectVersionsInput>,
) -> Answered<ListObjectVersionsOutput> {
    let input = request.input;
    let prefix = input.prefix.clone().unwrap_or_default();
    let max_keys = input.max_keys.and_then(|keys| usize::try_from(keys).ok());
    let max_keys = max_keys.unwrap_or(MAX_KEYS).min(MAX_KEYS);
    let all = store.versions(&input.bucket, &prefix)?;
    let entries = all.into_iter().flat_map(|(key, versions)| {
        let entries = versions.into_iter().enumerate();
        entries.map(move |(index, version)| (key.clone(), index == 0, version))
    });
    let mut entries: Vec<(String, bool, Version)> = entries.collect();
    if let Some(marker) = input.key_marker.as_ref().filter(|key| !key.is_empty()) {
        let id = input
            .version_id_marker
            .as_deref()
            .filter(|id| !id.is_empty());
        let last = entries.iter().rposition(|(key, _, version)| {
            key < marker || key == marker && id.is_none_or(|id| version.id() == id)
        });
        entries.drain(..last.map_or(0, |last| last + 1));
    }
    let is_truncated = entries.len() > max_keys;
    entries.truncate(max_keys);
    let encode = encoder(input.encoding_type.as_ref());
    let next = entries.last().filter(|_| is_truncated);
    let mut output = ListObjectVersionsOutput {
        next_key_marker: next.map(|(key, ..)| encode(key)),
        next_version_id_marker: next.map(|(_, _, version)| version.id().to_owned()),
        name: Some(input.bucket),
        prefix: Some(encode(&prefix)),
        key_marker: input.key_marker.map(|key| encode(&key)),
        version_id_marker: input.version_id_marker,
        max_keys: i32::try_from(max_keys).ok(),
        is_truncated: Some(is_truncated),
        encoding_type: input.encoding_type,
        ..ListObjectVersionsOutput::default()
    };
    let (mut versions, mut markers) = (Vec::new(), Vec::new());
    for (key, is_latest, version) in entries {
        let version_id = Some(version.id().to_owned());
        match version {
            Version::Object(object) => versions.push(ObjectVersion {
                key: Some(encode(&key)),
                version_id,
                is_latest: Some(is_latest),
                e_tag: Some(headers::etag(&object.etag)),
                last_modified: Some(object.last_modified.into()),
                size: i64::try_from(object.size()).ok(),
                storage_class: Some(ObjectVersionStorageClass::from(
                    object
                        .storage_class
                        .clone()
                        .unwrap_or_else(|| "STANDARD".to_owned()),
                )),
                ..ObjectVersion::default()
            }),
            Version::DeleteMarker { at, .. } => markers.push(DeleteMarkerEntry {
                key: Some(encode(&key)),
                version_id,
                is_latest: Some(is_latest),
                last_modified: Some(at.into()),
                ..DeleteMarkerEntry::default()
            }),
        }
    }
    output.versions = Some(versions);
    output.delete_markers = Some(markers);
    Ok(S3Response::new(output))
}

pub(crate) fn get(
    store: &Store,
    request: &S3Request<GetBucketVersioningInput>,
) -> Answered<GetBucketVersioningOutput> {
    let options = store.bucket_options(&request.input.bucket);
    let status = match options.ok_or(StoreError::NoSuchBucket)?.versioning {
        Versioning::Off => None,
        Versioning::Enabled => Some(BucketVersioningStatus::ENABLED),
        Versioning::Suspended => Some(BucketVersioningStatus::SUSPENDED),
    };
    Ok(S3Response::new(GetBucketVersioningOutput {
        status: status.map(BucketVersioningStatus::from_static),
        ..GetBucketVersioningOutput::default()
    }))
}

pub(crate) fn put(
    store: &Store,
    request: &S3Request<PutBucketVersioningInput>,
) -> Answered<PutBucketVersioningOutput> {
    let PutBucketVersioningInput {
        bucket,
        versioning_configuration,
        ..
    } = &request.input;
    let options = store.bucket_options(bucket);
    let mut options = options.ok_or(StoreError::NoSuchBucket)?;
    let status = versioning_configuration.status.as_ref();
    options.versioning = match status.map(BucketVersioningStatus::as_str) {
        Some(BucketVersioningStatus::ENABLED) => Versioning::Enabled,
        Some(BucketVersioningStatus::SUSPENDED) => Versioning::Suspended,
        _ => return Err(s3_error!(IllegalVersioningConfigurationException)),
    };
    store.set_bucket_options(bucket, options);
    Ok(S3Response::new(PutBucketVersioningOutput::default()))
}
