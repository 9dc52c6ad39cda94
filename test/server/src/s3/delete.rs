//! `DeleteObject` and `DeleteObjects`.

use super::permissions::SessionPolicy;
use super::{Answered, RawBody, checksums, errors, put};
use crate::fault::KeyErrors;
use crate::store::{Precondition, Store, StoreError};
use http::HeaderMap;
use s3s::dto::{
    DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject,
    Error, ObjectIdentifier,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>
const MAX_KEYS: usize = 1000;

pub(crate) fn object(
    store: &Store,
    request: &S3Request<DeleteObjectInput>,
) -> Answered<DeleteObjectOutput> {
    let DeleteObjectInput {
        bucket,
        key,
        version_id,
        ..
    } = &request.input;
    match version_id {
        Some(id) => store.delete_version(bucket, key, id)?,
        None => store.delete(bucket, key, &put::precondition(&request.headers)?)?,
    }
    Ok(S3Response::new(DeleteObjectOutput::default()))
}

pub(crate) fn objects(
    store: &Store,
    request: S3Request<DeleteObjectsInput>,
) -> Answered<DeleteObjectsOutput> {
    let raw = request
        .extensions
        .get::<RawBody>()
        .map(|raw| raw.0.clone())
        .unwrap_or_default();
    verify(&request.headers, &raw)?;
    let keys = request.input.delete.objects;
    if keys.is_empty() || keys.len() > MAX_KEYS {
        return Err(errors::malformed_xml());
    }
    let faults = request.extensions.get::<KeyErrors>();
    let policy = request.extensions.get::<SessionPolicy>();
    let bucket = &request.input.bucket;
    let quiet = request.input.delete.quiet.unwrap_or(false);
    let (mut deleted, mut failed) = (Vec::new(), Vec::new());
    for ObjectIdentifier {
        key,
        e_tag,
        version_id,
        ..
    } in keys
    {
        let refusal = |code: &str, message: &str| Error {
            code: Some(code.to_owned()),
            key: Some(key.clone()),
            message: Some(message.to_owned()),
            version_id: version_id.clone(),
        };
        if let Some(fault) = faults.filter(|fault| fault.fits(&key)) {
            failed.push(refusal(&fault.code, &fault.message));
            continue;
        }
        let (is_version, has_etag) = (version_id.is_some(), e_tag.is_some());
        let allows =
            |policy: &SessionPolicy| policy.allows_deletion(bucket, &key, is_version, has_etag);
        if !policy.is_some_and(allows) {
            failed.push(refusal("AccessDenied", "Access Denied"));
            continue;
        }
        let demands = store
            .bucket_options(bucket)
            .is_some_and(|it| it.demands_conditions);
        if demands && !has_etag {
            let message = errors::denial_by_bucket("s3:DeleteObject", bucket, &key);
            failed.push(refusal("AccessDenied", &message));
            continue;
        }
        let precondition = match e_tag {
            Some(etag) => Precondition::Matches(etag.into_value()),
            None => Precondition::Nothing,
        };
        let result = match &version_id {
            Some(id) => store.delete_version(bucket, &key, id),
            None => store.delete(bucket, &key, &precondition),
        };
        if let Err(StoreError::PreconditionFailed) = result {
            failed.push(refusal(
                "PreconditionFailed",
                "At least one of the pre-conditions you specified did not hold",
            ));
            continue;
        }
        result?;
        if !quiet {
            deleted.push(DeletedObject {
                key: Some(key),
                version_id,
                ..DeletedObject::default()
            });
        }
    }
    Ok(S3Response::new(DeleteObjectsOutput {
        deleted: Some(deleted),
        errors: Some(failed),
        request_charged: None,
    }))
}

/// `DeleteObjects` demands a digest of its body, and XML 1.0.
fn verify(headers: &HeaderMap, body: &[u8]) -> S3Result<()> {
    let sent = checksums::of_headers(headers);
    if sent.is_empty() && !headers.contains_key("content-md5") {
        return Err(s3_error!(
            InvalidRequest,
            "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"
        ));
    }
    checksums::verify_md5(headers, body)?;
    checksums::verify(&sent, body)?;
    if is_xml_text(&String::from_utf8_lossy(body)) {
        Ok(())
    } else {
        Err(errors::malformed_xml())
    }
}

/// Whether there is no control character that XML 1.0 cannot hold, neither as it is nor as a
/// character reference; the parser behind this server is more lenient.
/// <https://www.w3.org/TR/xml/#charsets>
fn is_xml_text(text: &str) -> bool {
    let fits =
        |code: u32| code >= 0x20 && !matches!(code, 0xFFFE | 0xFFFF) || matches!(code, 9 | 10 | 13);
    let reference = |after: &str| {
        let (number, _) = after.split_once(';')?;
        match number.strip_prefix('x') {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok(),
            None => number.parse().ok(),
        }
    };
    let mut references = text.split("&#").skip(1);
    text.chars().all(|character| fits(character.into()))
        && references.all(|after| reference(after).is_some_and(fits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_not_xml() {
        for text in ["a\r\n\tb", "a&#10;b", "a&#xD;b", "&#x1F600;", "é&amp;#"] {
            assert!(is_xml_text(text), "{text:?}");
        }
        for text in ["a\u{1}b", "a&#1;b", "a&#x1f;b", "&#xFFFF;", "&#;"] {
            assert!(!is_xml_text(text), "{text:?}");
        }
    }
}
