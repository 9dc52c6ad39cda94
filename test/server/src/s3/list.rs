//! `ListObjectsV2` and `ListMultipartUploads`.

use super::{Answered, headers};
use crate::store::{After, ListingRequest, Object as StoredObject, Repeats, Store};
use aws_smithy_types::base64;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::{
    CommonPrefix, EncodingType, ListMultipartUploadsInput, ListMultipartUploadsOutput,
    ListObjectsV2Input, ListObjectsV2Output, MultipartUpload, Object, ObjectStorageClass,
};
use s3s::{S3Error, S3Request, S3Response, S3Result, s3_error};
use std::sync::Arc;

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
const MAX_KEYS: usize = 1000;

/// What `encoding-type=url` leaves as it is. A space becomes `+`, as in a form.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'*')
    .remove(b'/')
    .remove(b' ');

pub(crate) fn objects(
    store: &Store,
    request: S3Request<ListObjectsV2Input>,
) -> Answered<ListObjectsV2Output> {
    let input = request.input;
    let max_keys = match usize::try_from(input.max_keys.unwrap_or(1000)) {
        Ok(max_keys) => max_keys.min(MAX_KEYS),
        Err(_negative) => {
            return Err(s3_error!(
                InvalidArgument,
                "Argument maxKeys must be an integer between 0 and 2147483647"
            ));
        }
    };
    let options = store.bucket_options(&input.bucket);
    let options = options.unwrap_or_default();
    let after = match (&input.continuation_token, &input.start_after) {
        (Some(token), _) => parse_token(token)?,
        (None, Some(key)) if !key.is_empty() && options.knows_start_after => {
            After::Key(key.clone())
        }
        (None, _) => After::Start,
    };
    let prefix = input.prefix.clone().unwrap_or_default();
    let before = match (&after, options.repeats) {
        (After::Key(key), Repeats::PageEnds) if input.continuation_token.is_some() => store
            .get(&input.bucket, key)
            .ok()
            .map(|it| (key.clone(), it)),
        _ => None,
    };
    let mut listing = store.list(
        &input.bucket,
        &ListingRequest {
            prefix,
            delimiter: input.delimiter.clone(),
            after,
            max_keys,
        },
    )?;
    let encode = encoder(input.encoding_type.as_ref());
    let objects = std::mem::take(&mut listing.objects);
    let contents: Vec<Object> = before
        .into_iter()
        .chain(objects)
        .flat_map(|entry| repeated(entry, options.repeats))
        .map(|(key, object)| Object {
            key: Some(encode(&key)),
            e_tag: Some(headers::etag(&object.etag)),
            last_modified: Some(object.last_modified.into()),
            size: i64::try_from(object.size()).ok(),
            storage_class: Some(ObjectStorageClass::from(
                object
                    .storage_class
                    .clone()
                    .unwrap_or_else(|| ObjectStorageClass::STANDARD.to_owned()),
            )),
            ..Object::default()
        })
        .collect();
    let common_prefixes: Vec<CommonPrefix> = listing
        .common_prefixes
        .iter()
        .map(|prefix| CommonPrefix {
            prefix: Some(encode(prefix)),
        })
        .collect();
    let output = ListObjectsV2Output {
        name: Some(input.bucket),
        prefix: Some(encode(&input.prefix.unwrap_or_default())),
        delimiter: input.delimiter.map(|delimiter| encode(&delimiter)),
        start_after: input.start_after.map(|key| encode(&key)),
        max_keys: i32::try_from(max_keys).ok(),
        key_count: i32::try_from(contents.len() + common_prefixes.len()).ok(),
        is_truncated: Some(listing.next.is_some()),
        continuation_token: input.continuation_token,
        next_continuation_token: listing.next.map(|next| write_token(&next)),
        encoding_type: input.encoding_type,
        contents: Some(contents),
        common_prefixes: Some(common_prefixes),
        ..ListObjectsV2Output::default()
    };
    Ok(S3Response::new(output))
}

/// The entries that a listing has for one object.
fn repeated(
    (key, object): (String, Arc<StoredObject>),
    repeats: Repeats,
) -> Vec<(String, Arc<StoredObject>)> {
    let first = match repeats {
        Repeats::Never | Repeats::PageEnds => None,
        Repeats::Twice => Some(Arc::clone(&object)),
        Repeats::Stale => Some(Arc::new(StoredObject::new(""))),
    };
    let entries = first.into_iter().chain([object]);
    entries.map(|object| (key.clone(), object)).collect()
}

/// All open uploads under the prefix, without paging.
pub(crate) fn uploads(
    store: &Store,
    request: S3Request<ListMultipartUploadsInput>,
) -> Answered<ListMultipartUploadsOutput> {
    let input = request.input;
    let prefix = input.prefix.unwrap_or_default();
    let encode = encoder(input.encoding_type.as_ref());
    let mut uploads: Vec<_> = store.uploads(&input.bucket)?.into_iter().collect();
    uploads.retain(|(_id, upload)| upload.key.starts_with(&prefix));
    uploads.sort_by(|(_, one), (_, other)| {
        (&one.key, one.initiated).cmp(&(&other.key, other.initiated))
    });
    let uploads = uploads
        .into_iter()
        .map(|(id, upload)| MultipartUpload {
            key: Some(encode(&upload.key)),
            upload_id: Some(id),
            initiated: Some(upload.initiated.into()),
            ..MultipartUpload::default()
        })
        .collect();
    Ok(S3Response::new(ListMultipartUploadsOutput {
        bucket: Some(input.bucket),
        prefix: Some(encode(&prefix)),
        uploads: Some(uploads),
        is_truncated: Some(false),
        encoding_type: input.encoding_type,
        ..ListMultipartUploadsOutput::default()
    }))
}

pub(crate) fn encoder(encoding: Option<&EncodingType>) -> fn(&str) -> String {
    if encoding.is_some_and(|encoding| encoding.as_str() == EncodingType::URL) {
        url_encode
    } else {
        str::to_owned
    }
}

fn url_encode(text: &str) -> String {
    utf8_percent_encode(text, KEPT)
        .to_string()
        .replace(' ', "+")
}

/// Opaque to clients: the kind of place and the text, in base64.
fn write_token(after: &After) -> String {
    base64::encode(match after {
        After::Start => "s".to_owned(),
        After::Key(key) => format!("k{key}"),
        After::CommonPrefix(prefix) => format!("p{prefix}"),
    })
}

fn parse_token(token: &str) -> S3Result<After> {
    let decoded = base64::decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let text = decoded.as_deref().unwrap_or_default();
    if let Some(key) = text.strip_prefix('k') {
        Ok(After::Key(key.to_owned()))
    } else if let Some(prefix) = text.strip_prefix('p') {
        Ok(After::CommonPrefix(prefix.to_owned()))
    } else {
        Err(invalid_token())
    }
}

fn invalid_token() -> S3Error {
    s3_error!(
        InvalidArgument,
        "The continuation token provided is incorrect"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_encoded_as_s3_does() {
        assert_eq!(
            url_encode("a b/test_file(3).png"),
            "a+b/test_file%283%29.png"
        );
        assert_eq!(url_encode("é+~\u{1}"), "%C3%A9%2B%7E%01");
    }

    #[test]
    fn tokens_come_back() {
        for after in [
            After::Key("a/é".to_owned()),
            After::CommonPrefix("p/".to_owned()),
        ] {
            assert_eq!(parse_token(&write_token(&after)).unwrap(), after);
        }
        assert!(parse_token("nonsense").is_err());
    }
}
