//! Counts events. A fold: no clock, no output.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::aws::AwsError;
use crate::execute::{Event, Invalidated, ItemError};
use deploy_core::plan::{Action, Plan};

/// Different causes that are kept; more hints than that would help nobody.
const CAUSES_MAX: usize = 5;

/// How far an item of the plan came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Not tried.
    #[default]
    NotAttempted,
    /// Done: S3 said so.
    Done,
    /// Tried, and failed.
    Failed,
}

/// One step's items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepTally {
    /// Status of each item, in the plan's order.
    pub items: Vec<Status>,
    /// When the step began, since the run began; `None` if it did not.
    pub began: Option<Duration>,
    /// When it ended.
    pub ended: Option<Duration>,
}

impl StepTally {
    /// Number of items with this status.
    #[must_use]
    pub fn count(&self, status: Status) -> usize {
        self.items.iter().filter(|item| **item == status).count()
    }

    /// How long the step took; zero if it never began.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.ended
            .zip(self.began)
            .map(|(ended, began)| ended.saturating_sub(began))
            .unwrap_or_default()
    }
}

/// An item that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// `upload`, `delete` or `invalidate`.
    pub action: &'static str,
    /// Key, relative to the prefix; of an invalidation the distribution.
    pub key: String,
    /// Why.
    pub error: String,
}

/// Everything that execution told.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// One entry per step of the plan.
    pub steps: Vec<StepTally>,
    /// Items that failed, in the order in which they did.
    pub failures: Vec<Failure>,
    /// One error for each operation and code that failed, up to a bound: what hints are made of.
    pub causes: Vec<AwsError>,
    /// Whether a failure was the identity's.
    pub identity_failed: bool,
    /// Bytes of the uploads that are done.
    pub uploaded_bytes: u64,
    /// Invalidations that CloudFront took, by their index in their step.
    pub invalidated: BTreeMap<usize, Invalidated>,
}

impl Tally {
    /// Nothing attempted of `plan`.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let steps = plan.steps.iter().map(|step| StepTally {
            items: vec![Status::default(); step.action.len()],
            ..StepTally::default()
        });
        Self {
            steps: steps.collect(),
            ..Self::default()
        }
    }

    /// Takes one event of the execution of `plan`, which came `at` after the run began.
    pub fn record(&mut self, plan: &Plan, event: &Event, at: Duration) {
        match event {
            Event::StepBegan { step } => self.with(*step, |tally| tally.began = Some(at)),
            Event::StepEnded { step } => self.with(*step, |tally| tally.ended = Some(at)),
            Event::Done { step, item } => {
                self.mark(*step, *item, Status::Done);
                if let Some(Action::Upload(uploads)) =
                    plan.steps.get(*step).map(|step| &step.action)
                {
                    self.uploaded_bytes += uploads.get(*item).map_or(0, |upload| upload.size);
                }
            }
            Event::Failed { step, item, error } => {
                self.mark(*step, *item, Status::Failed);
                self.identity_failed |= error.is_identity();
                self.note_cause(error);
                let action = plan.steps.get(*step).map(|step| &step.action);
                self.failures.push(Failure {
                    action: action.map_or("upload", Action::verb),
                    key: action
                        .and_then(|action| action.key(*item))
                        .unwrap_or_default()
                        .to_owned(),
                    error: error.to_string(),
                });
            }
            Event::PartsLeft { .. } | Event::UploadLost { .. } => {}
            Event::Invalidated {
                item, invalidated, ..
            } => {
                self.invalidated.insert(*item, invalidated.clone());
            }
        }
    }

    fn note_cause(&mut self, error: &ItemError) {
        let Some(error) = error.aws() else { return };
        let is_known = self
            .causes
            .iter()
            .any(|known| (known.operation, &known.code) == (error.operation, &error.code));
        if !is_known && self.causes.len() < CAUSES_MAX {
            self.causes.push(error.clone());
        }
    }

    fn mark(&mut self, step: usize, item: usize, status: Status) {
        self.with(step, |tally| {
            if let Some(place) = tally.items.get_mut(item) {
                *place = status;
            }
        });
    }

    fn with(&mut self, step: usize, change: impl FnOnce(&mut StepTally)) {
        if let Some(tally) = self.steps.get_mut(step) {
            change(tally);
        }
    }

    /// Whether the first step was begun: from then on something may have been written.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.steps.iter().any(|step| step.began.is_some())
    }

    /// Items with this status.
    #[must_use]
    pub fn count(&self, plan: &Plan, status: Status) -> Counts {
        let mut counts = Counts::default();
        for (step, tally) in plan.steps.iter().zip(&self.steps) {
            match step.action {
                Action::Upload(_) => counts.uploads += tally.count(status),
                Action::Delete(_) => counts.deletions += tally.count(status),
                Action::Invalidate(_) => counts.invalidations += tally.count(status),
            }
        }
        counts
    }
}

/// Items of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Uploads.
    pub uploads: usize,
    /// Deletions.
    pub deletions: usize,
    /// Invalidations.
    pub invalidations: usize,
}
