//! Turns the events of execution into lines and a tally while they come.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::console;
use crate::execute::{Event, Invalidated, ItemError, Waited, What};
use crate::report::{Status, Tally};
use deploy_core::base::units::{Bytes, Count};
use deploy_core::object::content::Content;
use deploy_core::object::destination::Destination;
use deploy_core::plan::{Invalidation, Item, Plan, Upload};
use deploy_core::tree::{Source, path_of};

/// Items that get a line of their own; beyond them progress is counted.
const ITEM_LINES_MAX: usize = 200;

/// Failures of one cause that get a line of their own; the report has them all.
const FAILURE_LINES_MAX: usize = 10;

/// The same where a server refuses for good, which says the same of every item.
const REFUSAL_LINES_MAX: usize = 1;

/// Paths of an invalidation that its line shows.
const PATHS_SHOWN_MAX: usize = 10;

/// What removes uploads that stay open.
const LIFECYCLE_RULE: &str =
    "a lifecycle rule with AbortIncompleteMultipartUpload removes such uploads and their parts";

/// Time between two progress lines.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(5);

/// Words for what is uploaded from and to.
#[derive(Clone, Debug)]
pub struct Lines {
    /// Where the files are.
    pub source: Source,
    /// Where the objects go.
    pub destination: Destination,
}

impl Lines {
    /// `upload: dist/a.js to s3://bucket/a.js (new, 1.5 KiB)`
    #[must_use]
    pub fn upload(&self, upload: &Upload) -> String {
        let url = self.destination.url(&upload.key);
        let (reason, size) = (upload.reason.word(), Bytes(upload.size));
        if let Content::Redirect(location) = &upload.content {
            return format!("upload: redirect to {location} as {url} ({reason}, {size})");
        }
        let path = path_of(&self.source, &upload.key);
        format!("upload: {} to {url} ({reason}, {size})", path.display())
    }

    /// `delete: s3://bucket/a.js`
    #[must_use]
    pub fn delete(&self, key: &str) -> String {
        format!("delete: {}", self.destination.url(key))
    }

    /// `invalidate: E1ABCDEF2GHIJK /index.html /`
    #[must_use]
    pub fn invalidate(&self, invalidation: &Invalidation) -> String {
        let paths = &invalidation.paths;
        let shown: Vec<&str> = paths
            .iter()
            .take(PATHS_SHOWN_MAX)
            .map(String::as_str)
            .collect();
        let more = match paths.len() - shown.len() {
            0 => String::new(),
            more => format!(" … {more} more"),
        };
        let distribution = &invalidation.distribution;
        format!("invalidate: {distribution} {}{more}", shown.join(" "))
    }
}

/// Receives until execution ends, and gives back `tally` with what came; `began` is when the run did.
pub async fn report(
    plan: Arc<Plan>,
    tally: Tally,
    lines: Lines,
    mut events: mpsc::Receiver<Event>,
    began: Instant,
) -> Tally {
    let total = plan.steps.iter().map(|step| step.action.len()).sum();
    let mut reporter = Reporter {
        tally,
        plan,
        lines,
        total,
        tried: 0,
        last_progress: Instant::now(),
    };
    console::show_progress(total);
    while let Some(event) = events.recv().await {
        reporter
            .tally
            .record(&reporter.plan, &event, began.elapsed());
        reporter.print(&event);
    }
    console::hide_progress();
    reporter.tally
}

struct Reporter {
    plan: Arc<Plan>,
    lines: Lines,
    tally: Tally,
    total: usize,
    tried: usize,
    last_progress: Instant,
}

impl Reporter {
    fn print(&mut self, event: &Event) {
        match event {
            Event::StepBegan(step) => {
                if let Some(step) = self.plan.steps.get(*step) {
                    tracing::debug!(
                        phase = step.phase.name(),
                        "phase {} begins: {}",
                        step.phase.name(),
                        Count(step.action.len(), "item")
                    );
                }
            }
            Event::StepEnded(_) => {}
            Event::Item { at, what } => {
                let plan = Arc::clone(&self.plan);
                self.print_item(plan.item(*at), what);
            }
        }
    }

    fn print_item(&mut self, item: Item<'_>, what: &What) {
        match what {
            What::Done => {
                self.tried += 1;
                if self.tried <= ITEM_LINES_MAX {
                    self.done(item);
                }
                self.progress();
            }
            What::Failed(error) => {
                self.tried += 1;
                if self.has_line(item, error) {
                    let (verb, url) = (item.verb(), self.url(item));
                    tracing::error!(event = "failed", url, "{verb} failed: {url}: {error}");
                }
                self.progress();
            }
            What::Invalidated(invalidated) => invalidation(item.key(), invalidated),
            What::UploadLost => {
                let url = self.url(item);
                tracing::warn!(
                    url,
                    "CreateMultipartUpload for {url} was not answered once: S3 may keep an open upload without parts, which costs nothing; {LIFECYCLE_RULE}"
                );
            }
            What::PartsLeft(error) => {
                let url = self.url(item);
                tracing::warn!(
                    url,
                    "parts of the failed upload to {url} stay in the bucket ({error}); {LIFECYCLE_RULE}"
                );
            }
        }
    }

    /// Whether a failure has not been told often enough yet.
    fn has_line(&self, item: Item<'_>, error: &ItemError) -> bool {
        let cause = self.tally.cause(item, error);
        cause.is_some_and(|cause| {
            let max = match &cause.aws {
                Some(aws) if aws.is_permanent() => REFUSAL_LINES_MAX,
                _ => FAILURE_LINES_MAX,
            };
            cause.items <= max
        })
    }

    fn done(&self, item: Item<'_>) {
        match item {
            Item::Upload(upload) => {
                let (key, reason) = (&*upload.key, upload.reason.word());
                let line = self.lines.upload(upload);
                tracing::info!(event = "upload", key, bytes = upload.size, reason, "{line}");
            }
            Item::Delete(key) => {
                tracing::info!(event = "delete", key, "{}", self.lines.delete(key));
            }
            Item::Invalidate(invalidation) => {
                let line = self.lines.invalidate(invalidation);
                let distribution = &*invalidation.distribution;
                tracing::info!(event = "invalidate", distribution, "{line}");
            }
        }
        if self.tried == ITEM_LINES_MAX && self.total > ITEM_LINES_MAX {
            tracing::info!("… {} more not shown", self.total - ITEM_LINES_MAX);
        }
    }

    /// Its object, or its distribution.
    fn url(&self, item: Item<'_>) -> String {
        match item {
            Item::Invalidate(invalidation) => invalidation.distribution.to_string(),
            Item::Upload(_) | Item::Delete(_) => self.lines.destination.url(item.key()),
        }
    }

    fn progress(&mut self) {
        let watched = console::advance_progress(self.tried);
        if watched || self.last_progress.elapsed() < PROGRESS_INTERVAL {
            return;
        }
        self.last_progress = Instant::now();
        let done = self.tally.count(&self.plan, Status::Done);
        let done = done.total();
        let bytes = Bytes(self.tally.uploaded_bytes);
        tracing::info!(
            event = "progress",
            "{done} of {} done, {bytes} uploaded",
            self.total
        );
    }
}

/// Tells of an invalidation that is not known to be completed.
fn invalidation(distribution: &str, invalidated: &Invalidated) {
    let id = &invalidated.id;
    match &invalidated.waited {
        Waited::Completed | Waited::NotAtAll => {}
        Waited::TooLong => tracing::warn!(
            "invalidation {id} of {distribution} is not completed yet; CloudFront goes on with it, and until then may serve what it has cached"
        ),
        Waited::Unknown(error) => tracing::warn!(
            "CloudFront took invalidation {id} of {distribution}, but does not tell whether it is completed: {error}"
        ),
    }
}
