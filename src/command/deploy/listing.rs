//! The bucket's side: what this run covers of it, listed. Writes nothing.

use std::time::{Duration, Instant};

use crate::aws::{Bucket, ListError};
use crate::config::Config;
use deploy_core::answers::listing_page::Listed;
use deploy_core::base::units::Count;
use deploy_core::object::destination::Destination;
use deploy_core::object::key::RelativeKey;
use deploy_core::plan::{Intake, Remote, invalidation};
use deploy_core::tree::{LocalTree, Source};

/// Time between two lines that tell how far a listing is.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(5);

/// Lists what this run covers.
pub(super) async fn remote(
    config: &Config,
    bucket: &Bucket,
    destination: &Destination,
    local: &LocalTree,
    name: &RelativeKey,
) -> Result<Remote, ListError> {
    let began = Instant::now();
    let listed = match config.source {
        Source::Folder(_) => list_all(config, bucket, destination, local).await,
        Source::File(_) => list_one(config, bucket, destination, name).await,
    };
    let remote = listed?;
    if remote.tree.repeated() > 0 {
        tracing::warn!(
            "the server's listing has {}: each key counts once, and objects whose entries differ are uploaded again",
            Count(remote.tree.repeated(), "duplicate")
        );
    }
    let held = Count(remote.tree.objects().len(), "object");
    let share = config.part.share();
    let of = share.map(|share| format!(" of share {share}"));
    let of = of.unwrap_or_default();
    tracing::debug!(event = "destination", "{destination} has {held}{of}");
    tracing::debug!("listed in {:?}", began.elapsed());
    Ok(remote)
}

async fn list_all(
    config: &Config,
    bucket: &Bucket,
    destination: &Destination,
    local: &LocalTree,
) -> Result<Remote, ListError> {
    let prefix = destination.prefix();
    if bucket.lists_in_order() {
        let mut intake = Intake::new(&config.filter, config.part, local);
        let mut progress = ListingProgress::new();
        let mut take = |object: Listed<'_>| progress.take(object, &mut intake);
        if bucket.list_ranges(prefix, local, &mut take).await? {
            return Ok(intake.remote());
        }
    }
    let mut intake = Intake::new(&config.filter, config.part, local);
    let mut progress = ListingProgress::new();
    let mut take = |object: Listed<'_>| progress.take(object, &mut intake);
    bucket.list_in_sequence(prefix, &mut take).await?;
    Ok(intake.remote())
}

/// One file asks for its own key, and for the marker where there is something to invalidate.
async fn list_one(
    config: &Config,
    bucket: &Bucket,
    destination: &Destination,
    name: &RelativeKey,
) -> Result<Remote, ListError> {
    let prefix = destination.prefix();
    let tree = bucket.list_one(prefix, name.as_str()).await?;
    let mut pending = false;
    if config.invalidation.is_some() {
        let marker = bucket.list_one(prefix, invalidation::PENDING).await?;
        pending = marker.objects().iter().any(|object| object.size > 0);
    }
    Ok(Remote { tree, pending })
}

/// Tells from time to time how far a listing is.
struct ListingProgress {
    objects: usize,
    began: Instant,
    last_line: Instant,
}

impl ListingProgress {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            objects: 0,
            began: now,
            last_line: now,
        }
    }

    /// Counts `object`, and hands it to `intake`.
    fn take(&mut self, object: Listed<'_>, intake: &mut Intake<'_>) -> Result<(), ListError> {
        self.objects += 1;
        if self.last_line.elapsed() > PROGRESS_INTERVAL {
            self.last_line = Instant::now();
            tracing::info!(
                event = "progress",
                stage = "listing",
                seconds = self.began.elapsed().as_secs(),
                done = self.objects,
                "listed {} so far",
                Count(self.objects, "object")
            );
        }
        let Listed {
            key,
            size,
            etag,
            modified_secs,
        } = object;
        let fits = intake.take(key, size, etag, modified_secs);
        fits.then_some(())
            .ok_or(ListError::Answer("more than 4 GiB of keys"))
    }
}
