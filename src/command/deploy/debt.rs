//! The note in the bucket that changes are not yet invalidated. It has bytes from before the first
//! change until all is done, so that a run that was killed or failed is finished by the next one:
//! that one finds objects as they should be, and could not tell that caches are not.

use std::time::Duration;

use bytes::Bytes;

use crate::aws::{AwsError, Bucket};
use crate::command::error::RunError;
use crate::config::Config;
use crate::system::stop::Stop;
use deploy_core::object::body::Body;
use deploy_core::object::destination::Destination;
use deploy_core::object::headers::ObjectHeaders;
use deploy_core::plan::Marker;
use deploy_core::plan::invalidation::PENDING;

/// For people who find it; the pipe asks only whether there is anything.
const TEXT: &str = "A deploy has begun whose changes are not yet invalidated in CloudFront. The next one sees to it.\n";

/// How long emptying it may take: everything else is done, and little is lost if it stays.
const SETTLE_TIMEOUT: Duration = Duration::from_mins(1);

/// What a run has to do about the note.
#[derive(Clone, Copy, Debug)]
pub(super) struct Debt(pub(super) Marker);

impl Debt {
    /// Puts the note into the bucket, before anything is changed there.
    pub(super) async fn note(
        self,
        bucket: &Bucket,
        destination: &Destination,
        config: &Config,
    ) -> Result<(), RunError> {
        if !self.0.put {
            return Ok(());
        }
        let noted = put(bucket, destination, config, TEXT).await;
        noted.map_err(RunError::doing(
            "note in the bucket that an invalidation is due",
        ))
    }

    /// Empties it. If that fails, the next deploy invalidates more than it would have to.
    pub(super) async fn settle(
        self,
        bucket: &Bucket,
        destination: &Destination,
        config: &Config,
        mut stop: Stop,
    ) {
        if !self.0.clear {
            return;
        }
        let emptied = put(bucket, destination, config, "");
        let emptied = tokio::select! {
            emptied = tokio::time::timeout(SETTLE_TIMEOUT, emptied) => emptied.ok(),
            () = stop.requested() => None,
        };
        let reason = match emptied {
            Some(Ok(())) => return,
            Some(Err(error)) => error.to_string(),
            None => "PutObject: no answer in time".to_owned(),
        };
        tracing::warn!(
            "the note `{}` stays in the bucket, and the next deploy will invalidate everything: {reason}",
            destination.url(PENDING)
        );
    }
}

async fn put(
    bucket: &Bucket,
    destination: &Destination,
    config: &Config,
    text: &'static str,
) -> Result<(), AwsError> {
    // What a bucket's policy may ask of every object, this one has too.
    let headers = ObjectHeaders {
        content_type: Some("text/plain; charset=utf-8".to_owned()),
        content_encoding: None,
        ..config.headers.clone()
    };
    let body = Body::new(Bytes::from_static(text.as_bytes()), config.storage.checksum);
    let key = destination.key(PENDING);
    let put = bucket.replacing().put(key, body, &headers).await;
    put.map(drop)
}
