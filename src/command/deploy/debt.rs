//! The note in the bucket that changes are not yet invalidated. It has bytes from before the first
//! change until all is done, so that a run that was killed or failed is finished by the next one:
//! that one finds objects as they should be, and could not tell that caches are not.

use bytes::Bytes;

use super::prepare::Prepared;
use super::recorder::in_time;
use crate::aws::{AwsError, Operation};
use crate::command::error::RunError;
use crate::config::Config;
use crate::system::stop::Stop;
use deploy_core::object::body::Body;
use deploy_core::object::headers::ObjectHeaders;
use deploy_core::plan::invalidation::PENDING;

/// For people who find it; the pipe asks only whether there is anything.
const TEXT: &str = "A deploy has begun whose changes are not yet invalidated in CloudFront. The next one sees to it.\n";

/// Puts the note into the bucket, before anything is changed there.
pub(super) async fn note(config: &Config, prepared: &Prepared) -> Result<(), RunError> {
    if !prepared.marker.put {
        return Ok(());
    }
    let doing = "note in the bucket that an invalidation is due";
    let noted = put(config, prepared, TEXT).await;
    noted.map_err(RunError::doing(doing))
}

/// Empties it. If that fails, the next deploy invalidates more than it would have to.
pub(super) async fn settle(config: &Config, prepared: &Prepared, stop: Stop) {
    if !prepared.marker.clear {
        return;
    }
    let emptied = in_time(Operation::PutObject, stop, put(config, prepared, ""));
    if let Err(error) = emptied.await {
        tracing::warn!(
            "the note `{}` stays in the bucket, and the next deploy will invalidate everything: {error}",
            prepared.destination.url(PENDING)
        );
    }
}

async fn put(config: &Config, prepared: &Prepared, text: &'static str) -> Result<(), AwsError> {
    // What a bucket's policy may ask of every object, this one has too.
    let headers = ObjectHeaders {
        content_type: Some("text/plain; charset=utf-8".to_owned()),
        content_encoding: None,
        ..config.headers.clone()
    };
    let body = Body::new(Bytes::from_static(text.as_bytes()), config.storage.checksum);
    let key = prepared.destination.key(PENDING);
    let put = prepared.bucket.replacing().put(key, body, &headers).await;
    put.map(drop)
}
