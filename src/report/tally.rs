//! Counts events. A fold: no clock, no output.

use std::collections::BTreeMap;
use std::fmt;
use std::mem::{self, Discriminant};
use std::time::Duration;

use serde::Serialize;

use super::counts::{Changes, Counts};
use crate::aws::AwsError;
use crate::execute::{Event, Invalidated, ItemError, What};
use deploy_core::base::units::Count;
use deploy_core::base::words::words;
use deploy_core::plan::{Item, ItemId, Phase, Plan};
use deploy_core::record::Receipt;

/// Different causes that are told apart; more would help nobody.
const CAUSES_MAX: usize = 20;

/// Items that each cause names.
const NAMES_MAX: usize = 3;

words! {
    /// How far an item of the plan came.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Status,
    /// The word that reports use.
    word {
        /// Not tried.
        #[default]
        NotAttempted = "not-attempted",
        /// Done: S3 said so.
        Done = "done",
        /// Tried, and left as it is, because it is no longer what was to be deleted.
        Kept = "kept",
        /// Tried, and failed.
        Failed = "failed",
    }
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
    pub fn count(&self, status: Status) -> usize {
        self.items.iter().filter(|item| **item == status).count()
    }

    /// How long the step took; zero if it never began.
    pub fn duration(&self) -> Duration {
        self.ended
            .zip(self.began)
            .map(|(ended, began)| ended.saturating_sub(began))
            .unwrap_or_default()
    }
}

/// An item that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// `upload`, `delete` or `invalidate`.
    pub action: &'static str,
    /// Key, relative to the prefix; of an invalidation the distribution.
    pub key: String,
    /// Why.
    pub error: String,
    /// What the server calls that.
    pub code: Option<String>,
}

/// What made items fail, however many they are.
#[derive(Clone, Debug)]
pub struct Cause {
    /// What failed: `upload`, `deletion` or `invalidation`.
    pub noun: &'static str,
    /// The error of the first item that it stopped.
    pub error: String,
    /// The refusal behind it, where a server's answer or its silence is the cause.
    pub aws: Option<AwsError>,
    /// Whether it stays until somebody mends it.
    pub is_permanent: bool,
    /// What to ask about it, where no server had a part in it.
    pub hint: Option<&'static str>,
    /// How many items it stopped.
    pub items: usize,
    /// The first few of them.
    pub first: Vec<String>,
    /// Which kind of error it is.
    kind: Discriminant<ItemError>,
}

impl Cause {
    fn new(item: Item<'_>, error: &ItemError) -> Self {
        Self {
            noun: item.noun(),
            error: error.to_string(),
            aws: error.aws().cloned(),
            is_permanent: error.is_permanent(),
            hint: error.question(),
            items: 0,
            first: Vec::new(),
            kind: mem::discriminant(error),
        }
    }

    /// Whether `error` of `item` has the same cause: it says the same, but for what names the item.
    fn is_of(&self, item: Item<'_>, error: &ItemError) -> bool {
        let key = |error: &AwsError| (error.operation, error.kind, error.code.clone());
        self.noun == item.noun()
            && self.kind == mem::discriminant(error)
            && self.aws.as_ref().map(key) == error.aws().map(key)
            && (self.aws.is_some() || self.error == error.to_string())
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let items = Count(self.items, self.noun);
        write!(formatter, "{items} failed: {}", self.error)
    }
}

/// Everything that execution told.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// One entry per step of the plan.
    pub steps: Vec<StepTally>,
    /// Items that failed, in the order in which they did.
    pub failures: Vec<Failure>,
    /// What made them fail, each cause once and in the order in which they came up, up to a bound.
    pub causes: Vec<Cause>,
    /// What the server said of uploads, for the record.
    pub receipts: Vec<(ItemId, Receipt)>,
    /// Whether a failure was the identity's.
    pub identity_failed: bool,
    /// Bytes of the uploads that are done.
    pub uploaded_bytes: u64,
    /// Invalidations that CloudFront took, by their index in their step.
    pub invalidated: BTreeMap<usize, Invalidated>,
}

impl Tally {
    /// Nothing attempted of `plan`.
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
            Event::StepBegan(step) => self.with(*step, |tally| tally.began = Some(at)),
            Event::StepEnded(step) => self.with(*step, |tally| tally.ended = Some(at)),
            Event::Item { at, what } => self.record_item(*at, plan.item(*at), what),
        }
    }

    fn record_item(&mut self, at: ItemId, item: Item<'_>, what: &What) {
        match what {
            What::Done => {
                self.mark(at, Status::Done);
                if let Item::Upload(upload) = item {
                    self.uploaded_bytes += upload.size;
                }
            }
            What::Failed(error) => {
                self.mark(at, Status::Failed);
                self.identity_failed |= error.is_identity();
                self.note_cause(item, error);
                self.failures.push(Failure {
                    action: item.verb(),
                    key: item.key().to_owned(),
                    error: error.to_string(),
                    code: error.aws().and_then(|aws| aws.code.clone()),
                });
            }
            What::Kept => self.mark(at, Status::Kept),
            What::Invalidated(invalidated) => {
                self.invalidated.insert(at.index(), invalidated.clone());
            }
            What::Stored(receipt) => self.receipts.push((at, receipt.clone())),
            What::Sent(_)
            | What::Invalidating
            | What::PartsLeft(_)
            | What::UploadLost
            | What::HeadersLost { .. }
            | What::ConditionIgnored { .. }
            | What::Unguarded(_) => {}
        }
    }

    fn note_cause(&mut self, item: Item<'_>, error: &ItemError) {
        if self.cause(item, error).is_none() && self.causes.len() < CAUSES_MAX {
            self.causes.push(Cause::new(item, error));
        }
        let known = self.causes.iter_mut();
        for cause in known.filter(|cause| cause.is_of(item, error)) {
            cause.items += 1;
            if cause.first.len() < NAMES_MAX {
                cause.first.push(item.key().to_owned());
            }
        }
    }

    /// The cause of `item`'s `error`, if it is one of those that are told apart.
    pub fn cause(&self, item: Item<'_>, error: &ItemError) -> Option<&Cause> {
        self.causes.iter().find(|cause| cause.is_of(item, error))
    }

    fn mark(&mut self, at: ItemId, status: Status) {
        self.with(at.step(), |tally| {
            if let Some(place) = tally.items.get_mut(at.index()) {
                *place = status;
            }
        });
    }

    fn with(&mut self, step: usize, change: impl FnOnce(&mut StepTally)) {
        if let Some(tally) = self.steps.get_mut(step) {
            change(tally);
        }
    }

    /// Every item of `plan` with its phase and what came of it, in the plan's order.
    pub fn items<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = (Phase, Item<'a>, Status)> {
        let steps = plan.steps.iter().zip(&self.steps);
        steps.flat_map(|(step, tally)| {
            let items = step.action.items().zip(&tally.items);
            items.map(|(item, status)| (step.phase, item, *status))
        })
    }

    /// The items of `plan` with this status.
    pub fn with_status<'a>(
        &'a self,
        plan: &'a Plan,
        wanted: Status,
    ) -> impl Iterator<Item = Item<'a>> {
        let items = self.items(plan);
        items.filter_map(move |(_, item, status)| (status == wanted).then_some(item))
    }

    /// The keys that are deleted.
    pub fn deleted<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = &'a str> {
        let done = self.with_status(plan, Status::Done);
        done.filter_map(|item| match item {
            Item::Delete(key) => Some(key),
            Item::Upload(_) | Item::Invalidate(_) => None,
        })
    }

    /// Whether the first step was begun: from then on something may have been written.
    pub fn has_begun(&self) -> bool {
        self.steps.iter().any(|step| step.began.is_some())
    }

    /// Whether every item is done, or kept.
    pub fn is_complete(&self) -> bool {
        let mut items = self.steps.iter().flat_map(|step| &step.items);
        items.all(|status| matches!(status, Status::Done | Status::Kept))
    }

    /// Whether this item is done.
    pub fn status(&self, step: usize, index: usize) -> Option<Status> {
        self.steps.get(step)?.items.get(index).copied()
    }

    /// What is done of `plan`.
    pub fn changes(&self, plan: &Plan) -> Changes {
        Changes::of(self.with_status(plan, Status::Done))
    }

    /// Items with this status.
    pub fn count(&self, plan: &Plan, status: Status) -> Counts {
        Counts::of(self.with_status(plan, status))
    }
}
