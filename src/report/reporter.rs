//! Turns the events of execution into lines and a tally while they come.
//!
//! Items are worked on side by side; their lines come in the plan's order all the same, each as soon
//! as it and all before it are confirmed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::lines;
use super::progress::{Activity, Large, Stage, Work};
use crate::console::{self, Level, Line};
use crate::execute::{Event, What};
use crate::report::{Status, Tally, Telling};
use deploy_core::object::destination::Destination;
use deploy_core::plan::{Action, Item, ItemId, Plan};

/// What a report is made with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the objects go.
    pub destination: Destination,
    /// How long the completion of invalidations is waited for at most.
    pub wait: Option<Duration>,
    /// When the run began.
    pub began: Instant,
    /// Where it is noted what the run is at.
    pub activity: Activity,
}

/// Receives until execution ends, and gives back `tally` with what came.
pub async fn report(
    plan: Arc<Plan>,
    tally: Tally,
    settings: Settings,
    mut events: mpsc::Receiver<Event>,
) -> Tally {
    let mut reporter = Reporter {
        telling: Telling::of(&plan),
        tally,
        plan,
        settings,
        tried: 0,
        step: 0,
        next: 0,
        work: Work::default(),
        sent: BTreeMap::new(),
        asked: BTreeMap::new(),
    };
    console::show_progress(reporter.plan.items().count());
    while let Some(event) = events.recv().await {
        let began = reporter.settings.began;
        let plan = Arc::clone(&reporter.plan);
        reporter.tally.record(&plan, &event, began.elapsed());
        reporter.take(&event);
    }
    console::hide_progress();
    reporter.tally
}

struct Reporter {
    plan: Arc<Plan>,
    settings: Settings,
    tally: Tally,
    /// Items of which something came.
    tried: usize,
    /// The step that runs.
    step: usize,
    /// The first of its items that has not had its line.
    next: usize,
    telling: Telling,
    /// How far the step is.
    work: Work,
    /// Bytes that are there of uploads in parts that are not done, by their index.
    sent: BTreeMap<usize, u64>,
    /// When CloudFront was asked, by the item's index.
    asked: BTreeMap<usize, Instant>,
}

impl Reporter {
    fn take(&mut self, event: &Event) {
        match event {
            Event::StepBegan(step) => self.begin(*step),
            Event::StepEnded(_) => self.tell_done(true),
            Event::Item { at, what } => {
                let plan = Arc::clone(&self.plan);
                self.take_item(*at, plan.item(*at), what);
            }
        }
    }

    fn begin(&mut self, step: usize) {
        let plan = Arc::clone(&self.plan);
        let Some(planned) = plan.steps.get(step) else {
            return;
        };
        let (phase, total) = (planned.phase.name(), planned.action.len());
        let line = Line::info("phase", format!("phase {phase}: {total}")).of(Level::Debug);
        console::say(line.with("phase", phase).with("total", total));
        self.step = step;
        self.next = 0;
        self.sent.clear();
        let uploads = planned.action.uploads().iter();
        self.work = Work {
            total,
            bytes_total: uploads.map(|upload| upload.size).sum(),
            ..Work::default()
        };
        self.settings.activity.begin(self.stage(&planned.action));
    }

    fn stage(&self, action: &Action) -> Stage {
        match action {
            Action::Upload(_) => Stage::Uploading(self.work.clone()),
            Action::Delete(_) => Stage::Deleting(self.work.clone()),
            Action::Invalidate(_) => Stage::Invalidating(self.settings.wait),
        }
    }

    fn take_item(&mut self, at: ItemId, item: Item<'_>, what: &What) {
        let is_over = matches!(what, What::Done | What::Kept | What::Failed(_));
        if is_over {
            let parts = self.sent.remove(&at.index()).unwrap_or_default();
            self.work.bytes = self.work.bytes.saturating_sub(parts);
        }
        match what {
            What::Done | What::Kept => {
                self.work.done += 1;
                if let (What::Done, Item::Upload(upload)) = (what, item) {
                    self.work.bytes += upload.size;
                }
            }
            What::Failed(_) => self.work.failed += 1,
            What::Sent(bytes) => {
                self.work.bytes += bytes;
                *self.sent.entry(at.index()).or_default() += bytes;
                self.note();
            }
            What::Invalidating => drop(self.asked.insert(at.index(), Instant::now())),
            What::Invalidated(invalidated) => {
                let asked = self.asked.get(&at.index());
                let took = asked.map(Instant::elapsed).unwrap_or_default();
                console::say(lines::invalidated(item.key(), invalidated, took));
            }
            _ => {}
        }
        if let Some(line) = lines::news(item, what, || self.url(item)) {
            console::say(line);
        }
        if is_over {
            self.try_next();
        }
    }

    /// Something came of another item.
    fn try_next(&mut self) {
        self.tried += 1;
        console::advance_progress(self.tried);
        self.tell_done(false);
        self.note();
    }

    fn note(&mut self) {
        let plan = Arc::clone(&self.plan);
        let Some(planned) = plan.steps.get(self.step) else {
            return;
        };
        let uploads = planned.action.uploads();
        self.work.large = self.sent.iter().next().and_then(|(index, bytes)| {
            let upload = uploads.get(*index)?;
            Some(Large {
                key: upload.key.to_string(),
                bytes: *bytes,
                size: upload.size,
            })
        });
        self.settings.activity.note(self.stage(&planned.action));
    }

    /// Tells of the items that are done, up to the first of which nothing is known yet, or of all
    /// that are once the step has ended.
    fn tell_done(&mut self, ended: bool) {
        let plan = Arc::clone(&self.plan);
        while let Some((_, item)) = plan.at(self.step, self.next) {
            match self.tally.status(self.step, self.next) {
                // Invalidations are told when CloudFront is asked.
                Some(Status::Done) if !matches!(item, Item::Invalidate(_)) => {
                    self.telling.tell(item, lines::change);
                }
                Some(Status::NotAttempted) if !ended => return,
                _ => {}
            }
            self.next += 1;
        }
    }

    /// Its object, or its distribution.
    fn url(&self, item: Item<'_>) -> String {
        match item {
            Item::Invalidate(invalidation) => invalidation.distribution.to_string(),
            Item::Upload(_) | Item::Delete(_) => self.settings.destination.url(item.key()),
        }
    }
}
