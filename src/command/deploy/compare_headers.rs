//! COMPARE_HEADERS: asks what objects are stored with: those whose ETag may tell nothing of their bytes and
//! those that no record tells of, or all that a comparison by bytes leaves alone. Has those uploaded again
//! that the deploy would store with something else. Writes nothing.

use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use tokio::sync::Semaphore;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::sides::{Sides, blocking};
use crate::aws::{AskChecksum, AwsError, Bucket, Kind};
use crate::command::error::RunError;
use crate::config::Config;
use crate::source::Fault;
use crate::source::bytes::crc64_nvme;
use crate::source::nature::nature_of;
use deploy_core::base::units::Count;
use deploy_core::object::content_type::{Nature, is_told_by_bytes};
use deploy_core::object::destination::Destination;
use deploy_core::object::stored::Stored;
use deploy_core::plan::Strangers;
use deploy_core::plan::compare::Differences;
use deploy_core::plan::settle::{
    Candidate, Finding, Known, Scope, asks_the_rest, candidates, in_turn, settle,
};
use deploy_core::record::Crc64;

/// Time between two lines that tell how far it is.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(5);

/// Most objects that a deploy asks only because no record tells what they were sent with: a second or two
/// on a far network, and four hundredths of a cent. What is found is recorded, so that each deploy gets
/// to know as many again.
pub(super) const FIRST_CONTACT_MAX: usize = 1_000;

/// What is asked about, and what is known of it.
struct Inquiry {
    bucket: Bucket,
    destination: Destination,
    sides: Sides,
    /// Which objects are asked about.
    scope: Scope,
    candidates: Vec<Candidate>,
    /// Requests in flight at most.
    concurrency: usize,
    /// One permit per file that is being read.
    readers: Semaphore,
    /// Why nobody is asked any more, if the objects were not all to be.
    denied: OnceLock<AwsError>,
}

/// `differences` of the `sides` with what is stored in the bucket taken into account.
pub(super) async fn compare_headers(
    config: &Config,
    bucket: &Bucket,
    destination: &Destination,
    sides: &Sides,
    scope: Scope,
    differences: Differences,
    strangers: Strangers,
) -> Result<Differences, RunError> {
    let asked = strangers.asked.len();
    let candidates = candidates(&differences, &sides.local, scope, &strangers.asked);
    let (first, rest) = in_turn(&candidates, scope);
    let inquiry = Arc::new(Inquiry {
        bucket: bucket.clone(),
        destination: destination.clone(),
        sides: sides.clone(),
        scope,
        candidates,
        concurrency: config.concurrency.max(),
        readers: Semaphore::new(thread::available_parallelism().map_or(1, usize::from)),
        denied: OnceLock::new(),
    });
    let candidates = &inquiry.candidates;
    let mut findings = vec![Finding::NoTelling; candidates.len()];
    ask_all(&inquiry, first, &mut findings).await?;
    if asks_the_rest(candidates, &findings) {
        ask_all(&inquiry, rest, &mut findings).await?;
    }
    if let Some(error) = inquiry.denied.get() {
        inquiry.warn_of_denial(error, asked);
    } else if asked > 0 {
        tell_of_strangers(asked, strangers.left);
    }
    Ok(settle(differences, &sides.local, candidates, &findings))
}

/// Says how many objects were asked only to know them, and how many still are to be.
fn tell_of_strangers(asked: usize, left: usize) {
    let asked = Count(asked, "object");
    let left = match left {
        0 => String::new(),
        left => format!("; the next deploys ask {left} more"),
    };
    tracing::info!("asked what {asked} not in the deploy record yet are stored with{left}");
}

/// Notes in `findings` what is found about the candidates at `indices`.
async fn ask_all(
    inquiry: &Arc<Inquiry>,
    indices: Vec<usize>,
    findings: &mut [Finding],
) -> Result<(), RunError> {
    let (total, mut asked) = (indices.len(), 0);
    let answers = stream::iter(indices).map(|index| {
        let inquiry = Arc::clone(inquiry);
        // Each in a task of its own: there may be many thousands.
        let finding = tokio::spawn(async move { inquiry.finding(index).await });
        async move {
            let finding = finding.await.map_err(RunError::Panicked)??;
            Ok::<_, RunError>((index, finding))
        }
    });
    let mut answers = pin!(answers.buffer_unordered(inquiry.concurrency));
    let began = Instant::now();
    let mut ticks = interval_at(began + PROGRESS_INTERVAL, PROGRESS_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let answer = tokio::select! {
            answer = answers.next() => answer,
            _ = ticks.tick() => {
                tracing::info!(event = "progress", stage = "comparing", seconds = began.elapsed().as_secs(), done = asked, total, "asked what {asked} of {} are stored with", Count(total, "object"));
                continue;
            }
        };
        let Some(answer) = answer else { return Ok(()) };
        let (index, finding) = answer?;
        asked += 1;
        if let Some(place) = findings.get_mut(index) {
            *place = finding;
        }
    }
}

impl Inquiry {
    /// Says what is not known because nobody may be asked, `strangers` among it.
    fn warn_of_denial(&self, error: &AwsError, strangers: usize) {
        let destination = &self.destination;
        let doubtful = match self.candidates.len() - strangers {
            0 => format!(
                "cannot tell what {} not in the deploy record yet are stored with",
                Count(strangers, "object")
            ),
            doubtful => format!(
                "cannot tell whether {} with another ETag have other bytes, and uploads their files",
                Count(doubtful, "object")
            ),
        };
        let help = match error.kind {
            Kind::Denied => format!(
                "allow the role s3:GetObject on `{destination}*`, and kms:Decrypt if the bucket encrypts with a KMS key"
            ),
            _ => "COMPARE_HEADERS: 'false' does not ask".to_owned(),
        };
        tracing::warn!("{doubtful}: {error}; {help}");
    }

    async fn finding(&self, index: usize) -> Result<Finding, RunError> {
        let candidate = match self.candidates.get(index) {
            Some(candidate) if self.denied.get().is_none() => candidate,
            _ => return Ok(Finding::NoTelling),
        };
        let Self {
            bucket,
            destination,
            sides: Sides { local, policy, .. },
            ..
        } = self;
        let key = local.key(&candidate.file);
        let ask = match candidate.bytes {
            Known::Equal => AskChecksum::No,
            Known::OtherETag | Known::Nothing => AskChecksum::Yes,
        };
        let stored = match bucket.head(destination.key(key), ask).await {
            Ok(Some(stored)) => stored,
            Ok(None) => return Ok(Finding::Gone),
            Err(error) => return self.refused(candidate, error),
        };
        // Without a KMS key, an ETag that is not the file's MD5 is proof enough.
        if candidate.bytes == Known::OtherETag && !stored.is_under_kms() {
            return Ok(Finding::OtherMd5);
        }
        let mut content = None;
        if candidate.bytes != Known::Equal {
            match self.has_bytes(candidate, &stored).await? {
                None => return Ok(Finding::NoTelling),
                Some(false) => return Ok(Finding::OtherBytes),
                Some(true) => content = stored.crc64_nvme.as_deref().and_then(Crc64::parse),
            }
        }
        let nature = self.nature(candidate).await?;
        let sent = policy.resolve(key, local.content(&candidate.file), nature);
        let differences = stored.differences(&sent);
        if differences.is_empty() {
            return Ok(Finding::Same(content));
        }
        tracing::debug!("`{key}` is stored with another {}", differences.join(", "));
        Ok(Finding::OtherHeaders)
    }

    /// What a refusal comes to: who is asked only because of a doubt, and may not or cannot be, stays
    /// doubtful, as an object under a key that only its client has; and a stranger stays one.
    fn refused(&self, candidate: &Candidate, error: AwsError) -> Result<Finding, RunError> {
        let is_stranger = candidate.bytes == Known::Equal;
        match (self.scope, error.kind) {
            (Scope::Doubtful, kind) if is_stranger || kind == Kind::Denied => {
                // The first one is told.
                let _known = self.denied.set(error);
                Ok(Finding::NoTelling)
            }
            (Scope::Doubtful, Kind::Refused) => Ok(Finding::NoTelling),
            (Scope::Doubtful | Scope::All, _) => Err(RunError::head(error)),
        }
    }

    /// What the file's bytes say of it.
    async fn nature(&self, candidate: &Candidate) -> Result<Nature, RunError> {
        let (local, file) = (Arc::clone(&self.sides.local), candidate.file);
        if !is_told_by_bytes(local.key(&file)) {
            return Ok(Nature::default());
        }
        blocking(move || Ok(nature_of(&local, &file, &local, &mut Vec::new()))).await
    }

    /// Whether the object has the file's bytes, as far as its checksum tells.
    async fn has_bytes(
        &self,
        candidate: &Candidate,
        stored: &Stored,
    ) -> Result<Option<bool>, RunError> {
        let Some(stored) = stored.crc64_nvme.clone() else {
            return Ok(None);
        };
        // It is never closed.
        let _permit = self.readers.acquire().await;
        let (local, file) = (Arc::clone(&self.sides.local), candidate.file);
        blocking(move || {
            let path = local.path(local.key(&file));
            let checksum = crc64_nvme(local.content(&file), &path, file.size);
            let read =
                checksum.map_err(|error| Fault::read(&path, error).doing("compare the files"))?;
            Ok(Some(read == stored))
        })
        .await
    }
}
