//! `DeleteObject` and `DeleteObjects`.

use super::permissions::SessionPolicy;
use super::{Answered, RawBody, checksums, errors};
use crate::fault::KeyErrors;
use crate::store::Store;
use http::HeaderMap;
use s3s::dto::{
    DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject,
    Error,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>
const MAX_KEYS: usize = 1000;

pub(crate) fn object(
    store: &Store,
    request: &S3Request<DeleteObjectInput>,
) -> Answered<DeleteObjectOutput> {
    store.delete(&request.input.bucket, &request.input.key)?;
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
    for key in keys.into_iter().map(|object| object.key) {
        if let Some(fault) = faults.filter(|fault| fault.fits(&key)) {
            failed.push(Error {
                code: Some(fault.code.clone()),
                key: Some(key),
                message: Some(fault.message.clone()),
                version_id: None,
            });
            continue;
        }
        if policy.is_none_or(|policy| !policy.allows_deletion(bucket, &key)) {
            failed.push(Error {
                code: Some("AccessDenied".to_owned()),
                key: Some(key),
                message: Some("Access Denied".to_owned()),
                version_id: None,
            });
            continue;
        }
        store.delete(bucket, &key)?;
        if !quiet {
            deleted.push(DeletedObject {
                key: Some(key),
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
