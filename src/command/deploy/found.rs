//! What there is in the place of the deploy record: read beside the listing. Writes nothing.

use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;

use crate::aws::{AwsError, Bucket, Condition, Fetched, Kind};
use crate::command::error::RunError;
use crate::config::Config;
use crate::config::record::Mode;
use deploy_core::object::destination::Destination;
use deploy_core::record::{self, Record, Seconds, Unreadable};

/// What this run found in the place of the record.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// The record, if it can be read.
    pub(super) record: Option<Arc<Record>>,
    /// That it is still there, as a condition.
    pub(super) condition: Condition,
}

impl Found {
    /// Whether there was no record, be it one that cannot be read.
    pub(super) fn is_first(&self) -> bool {
        self.condition == Condition::Absent
    }
}

/// Reads the record; none where this run is to have none.
pub(super) async fn find(
    config: &Config,
    bucket: &Bucket,
    destination: &Destination,
) -> Result<Option<Found>, AwsError> {
    if !config.reads_record() {
        return Ok(None);
    }
    let key = destination.key(record::KEY);
    let (read, etag) = match bucket.fetch(&key, None, record::BYTES_MAX).await? {
        Fetched::Absent | Fetched::Known => {
            return Ok(Some(Found {
                record: None,
                condition: Condition::Absent,
            }));
        }
        Fetched::TooLarge(etag) => (Err(Unreadable::TooLarge), etag),
        Fetched::Object(bytes, etag) => (parse(bytes, destination.prefix()).await, etag),
    };
    if let Err(reason) = &read {
        tracing::warn!(
            "the deploy record `{}` is not used, because {reason}: this deploy knows nothing of those before it, and writes a new one",
            destination.url(record::KEY)
        );
    }
    Ok(Some(Found {
        record: read.ok().map(Arc::new),
        condition: Condition::Is(etag),
    }))
}

/// What is done without a record, if it cannot be had.
pub(super) fn settled(
    config: &Config,
    destination: &Destination,
    found: Result<Option<Found>, AwsError>,
) -> Result<Option<Found>, RunError> {
    match found {
        Ok(found) => Ok(found),
        Err(error) if config.record.mode == Mode::Required => Err(RunError::record(error)),
        Err(error) => {
            without(destination, &error, "s3:GetObject");
            Ok(None)
        }
    }
}

/// Says that this deploy leaves no record.
pub(super) fn without(destination: &Destination, error: &AwsError, action: &str) {
    let url = destination.url(record::KEY);
    if error.status == Some(501) {
        // Nobody can do anything about it, and nothing is lost that was there before.
        tracing::info!("no deploy record, which this server cannot keep at `{url}`: {error}");
        return;
    }
    let help = match error.kind {
        Kind::Denied if error.code.as_deref() == Some("AccessDenied") => {
            format!("allow the role `{action}` on it, or set DEPLOY_RECORD to `off`")
        }
        _ => "DEPLOY_RECORD: 'off' does without it".to_owned(),
    };
    tracing::warn!("no deploy record, because `{url}` is out of reach: {error}; {help}");
}

pub(super) async fn parse(bytes: Bytes, prefix: &str) -> Result<Record, Unreadable> {
    let prefix = prefix.to_owned();
    let parsing = tokio::task::spawn_blocking(move || record::read(&bytes, &prefix));
    parsing.await.unwrap_or(Err(Unreadable::Corrupt))
}

/// The time, as records have it.
pub(super) fn now() -> Seconds {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Seconds::since_epoch(since_epoch.unwrap_or_default().as_secs())
}
