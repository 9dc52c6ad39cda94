//! `PutObject`, and the reading of a body that `UploadPart` shares.

use super::checksums::{self, Checksums};
use super::{Answered, headers};
use crate::store::{Object, Precondition, Store, StoreError};
use bytes::{Bytes, BytesMut};
use futures::TryStreamExt as _;
use http::header::{IF_MATCH, IF_NONE_MATCH};
use http::{HeaderMap, StatusCode};
use s3s::dto::{PutObjectInput, PutObjectOutput, StreamingBlob};
use s3s::{
    S3Error, S3ErrorCode, S3Request, S3Response, S3Result, StdError, TrailingHeaders, s3_error,
};

pub(crate) async fn object(
    store: &Store,
    request: S3Request<PutObjectInput>,
) -> Answered<PutObjectOutput> {
    let input = request.input;
    if store.bucket_options(&input.bucket).is_none() {
        return Err(StoreError::NoSuchBucket.into());
    }
    let precondition = precondition(&request.headers)?;
    let body = read(input.body).await?;
    let checksums = verify(&request.headers, request.trailing_headers.as_ref(), &body)?;
    let mut object = Object::new(body);
    headers::store(&request.headers, &mut object);
    object.checksums = checksums;
    let stored = headers::stored(&object);
    let object = store.put(&input.bucket, &input.key, object, &precondition)?;
    let output = PutObjectOutput {
        e_tag: Some(headers::etag(&object.etag)),
        version_id: object.version_id.clone(),
        ..PutObjectOutput::default()
    };
    Ok(S3Response::with_headers(output, stored))
}

/// The whole body; s3s checks its SHA-256 and its chunk signatures on the way.
pub(crate) async fn read(body: Option<StreamingBlob>) -> S3Result<Bytes> {
    let Some(mut body) = body else {
        return Ok(Bytes::new());
    };
    let Some(first) = body.try_next().await.map_err(|error| broken_body(&error))? else {
        return Ok(Bytes::new());
    };
    let Some(second) = body.try_next().await.map_err(|error| broken_body(&error))? else {
        return Ok(first);
    };
    let mut bytes = BytesMut::from(first);
    bytes.extend_from_slice(&second);
    while let Some(more) = body.try_next().await.map_err(|error| broken_body(&error))? {
        bytes.extend_from_slice(&more);
    }
    Ok(bytes.freeze())
}

fn broken_body(error: &StdError) -> S3Error {
    // s3s keeps the types of these errors to itself; only their text tells them apart.
    let text = error.to_string();
    if text.contains("SignatureMismatch") {
        s3_error!(
            SignatureDoesNotMatch,
            "The signature of a chunk does not match."
        )
    } else if text.contains("Sha256Mismatch") {
        let code = S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into());
        let message =
            "The provided 'x-amz-content-sha256' header does not match what was computed.";
        let mut refusal = S3Error::with_message(code, message);
        refusal.set_status_code(StatusCode::BAD_REQUEST);
        refusal
    } else {
        s3_error!(
            IncompleteBody,
            "You did not provide the number of bytes specified by the Content-Length HTTP header"
        )
    }
}

/// Checks every digest that came with the bytes, and returns the checksums.
pub(crate) fn verify(
    headers: &HeaderMap,
    trailers: Option<&TrailingHeaders>,
    bytes: &[u8],
) -> S3Result<Checksums> {
    checksums::verify_md5(headers, bytes)?;
    let mut sent = checksums::of_headers(headers);
    sent.extend(
        trailers
            .and_then(|trailers| trailers.read(checksums::of_headers))
            .unwrap_or_default(),
    );
    checksums::verify(&sent, bytes)?;
    Ok(sent)
}

/// `If-Match` and `If-None-Match` of a write, as they came.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>
pub(crate) fn precondition(headers: &HeaderMap) -> S3Result<Precondition> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    match (header(IF_MATCH), header(IF_NONE_MATCH)) {
        (None, None) => Ok(Precondition::Nothing),
        (None, Some("*")) => Ok(Precondition::Absent),
        (Some(etag), None) => Ok(Precondition::Matches(etag.to_owned())),
        _ => Err(StoreError::NotImplemented.into()),
    }
}
