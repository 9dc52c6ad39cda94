//! Carries a plan out: step by step, each only after the one before it ended without a failure.
//!
//! Nothing is decided here and nothing is printed: what happens is told as [`Event`]s.

mod controller;
mod delete;
mod event;
mod gate;
mod invalidate;
mod multipart;
mod read;
mod upload;

pub use event::{Event, Events, Invalidated, ItemError, Waited};
pub use gate::Concurrency;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::aws::{Bucket, CloudFront};
use crate::source::compress::ENCODERS_MAX;
use crate::system::stop::Stop;
use deploy_core::base::units::MIB;
use deploy_core::object::body::Checksum;
use deploy_core::object::destination::Destination;
use deploy_core::plan::{Action, Plan};
use deploy_core::tree::Source;
use gate::Gate;

/// Bytes of files that are in memory at a time, over all requests.
const IN_FLIGHT_BYTES_MAX: u64 = 64 * MIB;

/// Failures after which a step is given up: what fails so often will not begin to succeed, and
/// nobody reads more messages than that.
const FAILURES_MAX: usize = 100;

/// Requests in a row that may find no server, each after all of its attempts, before a step is given
/// up: what is then still to be sent would wait as long for nothing.
const SILENCES_MAX: usize = 3;

/// What carrying out needs beside the plan.
#[derive(Clone, Debug)]
pub struct Means {
    /// Where objects go.
    pub bucket: Bucket,
    /// Their place in it.
    pub destination: Destination,
    /// Where files are.
    pub source: Source,
    /// How uploads are proven.
    pub checksum: Checksum,
    /// Requests in flight at most.
    pub concurrency: Concurrency,
    /// Whom invalidations are sent to; there is one if the plan has any.
    pub cloudfront: Option<CloudFront>,
    /// How long the completion of invalidations is waited for; none is not at all.
    pub wait: Option<Duration>,
    /// When to stop.
    pub stop: Stop,
}

/// The shared state of one run.
#[derive(Debug)]
struct Run {
    means: Means,
    /// Every request goes through it.
    gate: Gate,
    /// One permit per KiB of a body in memory.
    memory: Arc<Semaphore>,
    /// One permit per file that is being compressed.
    encoders: Semaphore,
    /// Whether the server takes no batches of deletions.
    deletes_singly: AtomicBool,
    events: Events,
}

/// How a step went, as far as the next one cares.
#[derive(Debug, Default)]
struct Progress {
    next: AtomicUsize,
    failures: AtomicUsize,
    silences: AtomicUsize,
    hopeless: AtomicBool,
}

impl Progress {
    /// Index of the next of `total` items, if the step should go on.
    fn take(&self, total: usize, stop: &Stop) -> Option<usize> {
        let goes_on = !stop.is_requested()
            && !self.hopeless.load(Ordering::Relaxed)
            && self.failures.load(Ordering::Relaxed) < FAILURES_MAX
            && self.silences.load(Ordering::Relaxed) < SILENCES_MAX;
        goes_on
            .then(|| self.next.fetch_add(1, Ordering::Relaxed))
            .filter(|index| *index < total)
    }

    /// Notes that an item is done, and so that the server is there.
    fn done(&self) {
        self.silences.store(0, Ordering::Relaxed);
    }

    /// Notes the failure of an item, and whether it is worth telling: of those that were not sent
    /// because the session has ended, the first tells for all. The others were not attempted.
    fn failed(&self, error: &ItemError) -> bool {
        self.failures.fetch_add(1, Ordering::Relaxed);
        if error.is_silence() {
            self.silences.fetch_add(1, Ordering::Relaxed);
        }
        let known = self
            .hopeless
            .fetch_or(error.concerns_all(), Ordering::Relaxed);
        !(known && matches!(error, ItemError::SessionEnded(_)))
    }

    fn is_clean(&self) -> bool {
        self.failures.load(Ordering::Relaxed) == 0
    }
}

/// Carries out `plan`, telling `events` of every item that was tried. Steps behind a failure or a
/// requested stop are not begun.
pub async fn execute(plan: Arc<Plan>, means: Means, events: Events) {
    let run = Arc::new(Run {
        gate: Gate::new(means.concurrency, means.bucket.throttling()),
        memory: Arc::new(Semaphore::new(permits(IN_FLIGHT_BYTES_MAX))),
        encoders: Semaphore::new(ENCODERS_MAX),
        deletes_singly: AtomicBool::new(false),
        means,
        events,
    });
    for (step, planned) in plan.steps.iter().enumerate() {
        if run.means.stop.is_requested() {
            return;
        }
        run.events.send(Event::StepBegan { step }).await;
        let progress = Arc::new(Progress::default());
        match &planned.action {
            Action::Upload(_) => upload::step(&run, &plan, step, &progress).await,
            Action::Delete(keys) => delete::step(&run, keys, step, &progress).await,
            Action::Invalidate(invalidations) => {
                invalidate::step(&run, invalidations, step, &progress).await;
            }
        }
        run.events.send(Event::StepEnded { step }).await;
        if !progress.is_clean() {
            return;
        }
    }
}

/// Memory permits for `bytes`: KiB, so that they fit the semaphore's 32-bit counts.
fn permits(bytes: u64) -> usize {
    usize::try_from(bytes.div_ceil(deploy_core::base::units::KIB)).unwrap_or(usize::MAX)
}
