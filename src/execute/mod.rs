//! Carries a plan out: step by step, each only after the one before it ended without a failure.
//!
//! Nothing is decided here and nothing is printed: what happens is told as [`Event`]s.

mod audit;
mod controller;
mod copy;
mod delete;
mod event;
mod fence;
mod gate;
mod invalidate;
mod multipart;
mod read;
mod upload;

pub use event::{Event, Events, Invalidated, ItemError, Waited, What};
pub use fence::{Fence, Overtaken};
pub use gate::Concurrency;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::aws::{AwsError, Bucket, CloudFront};
use crate::source::compress::ENCODERS_MAX;
use crate::system::stop::Stop;
use audit::Audit;
use deploy_core::base::units::MIB;
use deploy_core::object::body::Checksum;
use deploy_core::object::destination::Destination;
use deploy_core::plan::{Action, Phase, Plan};
use deploy_core::tree::Source;
use gate::Gate;

/// How long a request that is under way may go on after a stop was requested. `docker stop` kills after
/// ten seconds.
const GRACE: Duration = Duration::from_secs(5);

/// Bytes of files that are in memory at a time, over all requests.
const IN_FLIGHT_BYTES_MAX: u64 = 64 * MIB;

/// Failures after which a step is given up: what fails so often will not begin to succeed, and
/// nobody reads more messages than that.
const FAILURES_MAX: usize = 100;

/// Requests in a row that may find no server, each after all of its attempts, before a step is given
/// up: what is then still to be sent would wait as long for nothing.
const SILENCES_MAX: usize = 3;

/// What carrying out needs beside the plan.
#[derive(Clone)]
pub struct ExecuteContext {
    /// Where objects go.
    pub bucket: Bucket,
    /// Their place in it.
    pub destination: Destination,
    /// Where files are.
    pub source: Source,
    /// How uploads are proven.
    pub checksum: Checksum,
    /// Whether objects may be asked what they are stored with.
    pub reads: bool,
    /// Requests in flight at most.
    pub concurrency: Concurrency,
    /// Whom invalidations are sent to; there is one if the plan has any.
    pub cloudfront: Option<CloudFront>,
    /// How long the completion of invalidations is waited for; none is not at all.
    pub wait: Option<Duration>,
    /// What tells whether this run still is the one that deploys; none where nothing does.
    pub fence: Option<Fence>,
    /// When to stop.
    pub stop: Stop,
}

/// The shared state of one run.
struct Run {
    context: ExecuteContext,
    /// Every request goes through it.
    gate: Gate,
    /// One permit per KiB of a body in memory.
    memory: Arc<Semaphore>,
    /// One permit per file that is being compressed.
    encoders: Semaphore,
    /// Whether the server takes no batches of deletions.
    deletes_singly: AtomicBool,
    /// Whether deletions have the condition that objects are what was listed.
    deletes_listed: AtomicBool,
    /// What the server was asked about.
    audit: Audit,
    events: Events,
}

/// How a step goes, as far as its other items and the next step care.
#[derive(Debug, Default)]
struct Progress {
    next: AtomicUsize,
    done: AtomicUsize,
    failures: AtomicUsize,
    silences: AtomicUsize,
    hopeless: AtomicBool,
}

impl Progress {
    /// Whether the step should go on.
    fn goes_on(&self, stop: &Stop) -> bool {
        !stop.is_requested()
            && !self.hopeless.load(Ordering::Relaxed)
            && self.failures.load(Ordering::Relaxed) < FAILURES_MAX
            && self.silences.load(Ordering::Relaxed) < SILENCES_MAX
    }

    /// Index of the next of `total` items, if the step should go on.
    fn take(&self, total: usize, stop: &Stop) -> Option<usize> {
        self.goes_on(stop)
            .then(|| self.next.fetch_add(1, Ordering::Relaxed))
            .filter(|index| *index < total)
    }

    /// Notes what came of an item, and gives what is worth telling: of those that were not sent
    /// because others failed, nothing is. They were not attempted.
    fn note(&self, result: Result<(), ItemError>) -> Option<What> {
        let Err(error) = result else {
            self.done.fetch_add(1, Ordering::Relaxed);
            self.silences.store(0, Ordering::Relaxed);
            return Some(What::Done);
        };
        self.failures.fetch_add(1, Ordering::Relaxed);
        if error.aws().is_some_and(AwsError::is_silence) {
            self.silences.fetch_add(1, Ordering::Relaxed);
        }
        // What is refused for good before anything has succeeded is refused to all.
        let is_hopeless = error.aws().is_some_and(|error| {
            error.concerns_all() || (stays_for_all(error) && !self.has_done_any())
        });
        let known = self.hopeless.fetch_or(is_hopeless, Ordering::Relaxed);
        match error {
            ItemError::Abandoned => None,
            ItemError::SessionEnded(_) if known => None,
            error => Some(What::Failed(error)),
        }
    }

    fn has_done_any(&self) -> bool {
        self.done.load(Ordering::Relaxed) > 0
    }

    fn is_clean(&self) -> bool {
        self.failures.load(Ordering::Relaxed) == 0
    }
}

/// Whether `error`, where nothing else has succeeded, will be the answer to the others too.
fn stays_for_all(error: &AwsError) -> bool {
    error.is_permanent() && !error.concerns_one()
}

/// Carries out `plan`, telling `events` of every item that was tried. Steps behind a failure or a
/// requested stop are not begun.
///
/// # Errors
/// When another deploy has taken over: nothing more is begun then either.
pub async fn execute(
    plan: Arc<Plan>,
    context: ExecuteContext,
    events: Events,
) -> Result<(), Overtaken> {
    let run = Arc::new(Run {
        gate: Gate::new(context.concurrency, context.bucket.throttling()),
        memory: Arc::new(Semaphore::new(permits(IN_FLIGHT_BYTES_MAX))),
        encoders: Semaphore::new(ENCODERS_MAX),
        deletes_singly: AtomicBool::new(false),
        // Other servers do anything about it, and it takes the right to read the object.
        deletes_listed: AtomicBool::new(context.bucket.is_aws() && context.reads),
        audit: Audit::default(),
        context,
        events,
    });
    let mut before: Option<Phase> = None;
    for (step, planned) in plan.steps.iter().enumerate() {
        if run.context.stop.is_requested() {
            return Ok(());
        }
        if let (Some(fence), Some(before)) = (&run.context.fence, before)
            && Fence::stands_between(before, planned.phase)
        {
            fence.look(&run.context.bucket).await?;
        }
        before = Some(planned.phase);
        run.events.send(Event::StepBegan(step)).await;
        let progress = Arc::new(Progress::default());
        match &planned.action {
            Action::Upload(_) => upload::step(&run, &plan, step, &progress).await,
            Action::Delete(_) => delete::step(&run, &plan, step, &progress).await,
            Action::Invalidate(_) => invalidate::step(&run, &plan, step, &progress).await,
        }
        run.events.send(Event::StepEnded(step)).await;
        if !progress.is_clean() {
            return Ok(());
        }
    }
    Ok(())
}

/// Memory permits for `bytes`: KiB, so that they fit the semaphore's 32-bit counts.
fn permits(bytes: u64) -> usize {
    usize::try_from(bytes.div_ceil(deploy_core::base::units::KIB)).unwrap_or(usize::MAX)
}
