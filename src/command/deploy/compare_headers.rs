//! COMPARE_HEADERS: asks what the objects are stored with that a comparison by bytes leaves alone, and
//! has those uploaded again that the deploy would store with something else. Writes nothing.

use crate::source::bytes::crc64_nvme;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::error::DeployError;
use crate::aws::{AskChecksum, Bucket};
use crate::source::hash::HashError;
use crate::source::nature::nature_of;
use crate::system::stop::Stop;
use deploy_core::base::units::Count;
use deploy_core::object::content_type::{Nature, is_told_by_bytes};
use deploy_core::object::destination::Destination;
use deploy_core::object::stored::Stored;
use deploy_core::plan::compare::Differences;
use deploy_core::plan::settle::{Candidate, Finding, Known, candidates, settle};
use deploy_core::rules::policy::Policy;
use deploy_core::tree::LocalTree;

/// Time between two lines that tell how far it is.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(5);

/// What is asked about, and how.
pub(super) struct Inquiry {
    pub(super) bucket: Bucket,
    pub(super) destination: Destination,
    pub(super) policy: Arc<Policy>,
    pub(super) local: Arc<LocalTree>,
    /// Requests in flight at most.
    pub(super) concurrency: usize,
}

/// What the workers share.
struct Work {
    inquiry: Inquiry,
    candidates: Vec<Candidate>,
    next: AtomicUsize,
    /// One permit per file that is being read.
    readers: Semaphore,
}

/// `differences` with what is stored in the bucket taken into account.
pub(super) async fn compare_headers(
    inquiry: Inquiry,
    differences: Differences,
    stop: &Stop,
) -> Result<Differences, DeployError> {
    let candidates = candidates(&differences, &inquiry.local);
    let workers = inquiry.concurrency.min(candidates.len());
    let work = Arc::new(Work {
        inquiry,
        candidates,
        next: AtomicUsize::new(0),
        readers: Semaphore::new(thread::available_parallelism().map_or(1, usize::from)),
    });
    let mut tasks: JoinSet<Result<Vec<(usize, Finding)>, DeployError>> = JoinSet::new();
    for _ in 0..workers {
        tasks.spawn(ask(Arc::clone(&work)));
    }
    let total = work.candidates.len();
    let mut findings = vec![Finding::NoTelling; total];
    let mut stopped = stop.clone();
    let mut ticks = interval_at(Instant::now() + PROGRESS_INTERVAL, PROGRESS_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        // Whatever ends this early drops the tasks, and with them their requests.
        let joined = tokio::select! {
            joined = tasks.join_next() => joined,
            () = stopped.requested() => return Err(DeployError::Interrupted),
            _ = ticks.tick() => {
                let asked = work.next.load(Ordering::Relaxed).min(total);
                tracing::info!(event = "progress", "asked for the headers of {asked} of {}", Count(total, "object"));
                continue;
            }
        };
        let Some(joined) = joined else { break };
        for (index, finding) in joined.map_err(DeployError::Panicked)?? {
            if let Some(place) = findings.get_mut(index) {
                *place = finding;
            }
        }
    }
    Ok(settle(differences, &work.candidates, &findings))
}

async fn ask(work: Arc<Work>) -> Result<Vec<(usize, Finding)>, DeployError> {
    let mut findings = Vec::new();
    loop {
        let index = work.next.fetch_add(1, Ordering::Relaxed);
        let Some(candidate) = work.candidates.get(index) else {
            return Ok(findings);
        };
        findings.push((index, work.finding(candidate).await?));
    }
}

impl Work {
    async fn finding(&self, candidate: &Candidate) -> Result<Finding, DeployError> {
        let Inquiry {
            bucket,
            destination,
            policy,
            local,
            ..
        } = &self.inquiry;
        let key = local.key(&candidate.file);
        let ask = match candidate.bytes {
            Known::Equal => AskChecksum::No,
            Known::OtherETag | Known::Nothing => AskChecksum::Yes,
        };
        let stored = bucket.head(destination.key(key), ask).await;
        let Some(stored) = stored.map_err(DeployError::Head)? else {
            return Ok(Finding::Gone);
        };
        if candidate.bytes != Known::Equal {
            match self.has_bytes(candidate, &stored).await? {
                None => return Ok(Finding::NoTelling),
                Some(false) => return Ok(Finding::OtherBytes),
                Some(true) => {}
            }
        }
        let nature = self.nature(candidate).await?;
        let sent = policy.resolve(key, local.content(&candidate.file), nature);
        let differences = stored.differences(&sent);
        if differences.is_empty() {
            return Ok(Finding::Same);
        }
        tracing::debug!("`{key}` is stored with another {}", differences.join(", "));
        Ok(Finding::OtherHeaders)
    }

    /// What the file's bytes say of it.
    async fn nature(&self, candidate: &Candidate) -> Result<Nature, DeployError> {
        let (local, file) = (Arc::clone(&self.inquiry.local), candidate.file);
        if !is_told_by_bytes(local.key(&file)) {
            return Ok(Nature::default());
        }
        let looking = tokio::task::spawn_blocking(move || nature_of(&local, &file, &local));
        looking.await.map_err(DeployError::Panicked)
    }

    /// Whether the object has the file's bytes, as far as its checksum tells.
    async fn has_bytes(
        &self,
        candidate: &Candidate,
        stored: &Stored,
    ) -> Result<Option<bool>, DeployError> {
        // Without a KMS key, an ETag that is not the file's MD5 is proof enough.
        let checksum = match candidate.bytes {
            Known::OtherETag if !stored.is_under_kms() => None,
            _ => stored.crc64_nvme.as_ref(),
        };
        let Some(stored) = checksum else {
            return Ok(None);
        };
        // It is never closed.
        let _permit = self.readers.acquire().await;
        let local = Arc::clone(&self.inquiry.local);
        let file = candidate.file;
        let reading = tokio::task::spawn_blocking(move || {
            let path = local.path(local.key(&file));
            let checksum = crc64_nvme(local.content(&file), &path, file.size);
            checksum.map_err(|source| DeployError::Hash(HashError::Read { path, source }))
        });
        let checksum = reading.await.map_err(DeployError::Panicked)??;
        Ok(Some(checksum == *stored))
    }
}
