//! A step of deletions: batches, side by side.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};

use super::event::ItemError;
use super::{Progress, Run, stays_for_all};
use crate::aws::{AwsError, DELETE_BATCH_MAX};
use deploy_core::object::key;
use deploy_core::plan::{Action, Plan};

/// Batches in flight at most. S3 deletes up to 3,500 keys a second below a prefix, so that four
/// batches of a thousand are as much as it takes.
const BATCHES_IN_FLIGHT_MAX: usize = 4;

/// Keys that are deleted one by one, side by side, where the server takes no batches.
const SINGLE_IN_FLIGHT_MAX: usize = 16;

/// How long a batch that is under way may go on after a stop was requested.
const GRACE: Duration = Duration::from_secs(5);

/// What came of each item of a batch, by its index in the step.
type Results = Vec<(usize, Result<(), ItemError>)>;

/// What one request deletes.
enum Batch {
    /// Keys that XML can carry, with their indices in the step.
    Together(Vec<(usize, String)>),
    /// A key that it cannot.
    Alone(usize, String),
}

pub(super) async fn step(run: &Arc<Run>, plan: &Plan, step: usize, progress: &Progress) {
    let keys = match plan.steps.get(step).map(|step| &step.action) {
        Some(Action::Delete(keys)) => keys.as_slice(),
        _ => &[],
    };
    stream::iter(batches(run, keys))
        .for_each_concurrent(BATCHES_IN_FLIGHT_MAX, |batch| async {
            if progress.goes_on(&run.context.stop) {
                for (index, result) in run.delete(batch, progress).await {
                    let Some((at, _)) = plan.at(step, index) else {
                        continue;
                    };
                    if let Some(what) = progress.note(result) {
                        run.events.tell(at, what).await;
                    }
                }
            }
        })
        .await;
}

fn batches(run: &Run, keys: &[Box<str>]) -> Vec<Batch> {
    let full = keys
        .iter()
        .map(|relative| run.context.destination.key(relative))
        .enumerate();
    let (together, alone): (Vec<_>, Vec<_>) =
        full.partition(|(_, key)| key.chars().all(key::is_xml_character));
    let together = together
        .chunks(DELETE_BATCH_MAX)
        .map(|chunk| Batch::Together(chunk.to_vec()));
    let alone = alone.into_iter().map(|(item, key)| Batch::Alone(item, key));
    together.chain(alone).collect()
}

impl Run {
    async fn delete(&self, batch: Batch, progress: &Progress) -> Results {
        match self.until_stopped(GRACE, self.send(&batch, progress)).await {
            Ok(results) => results,
            Err(_) => batch.failed(|| ItemError::Interrupted),
        }
    }

    async fn send(&self, batch: &Batch, progress: &Progress) -> Results {
        let items = match batch {
            Batch::Alone(item, key) => return vec![(*item, self.delete_one(key).await)],
            Batch::Together(items) => items,
        };
        if self.deletes_singly.load(Ordering::Relaxed) {
            return self.one_by_one(items, progress).await;
        }
        let request = match self.request().await {
            Ok(request) => request,
            Err(ItemError::SessionEnded(error)) => {
                return batch.failed(|| ItemError::SessionEnded(error.clone()));
            }
            Err(_) => return batch.failed(|| ItemError::Interrupted),
        };
        let keys: Vec<String> = items.iter().map(|(_, key)| key.clone()).collect();
        let bucket = &self.context.bucket;
        match bucket.delete_batch(&keys).await {
            Ok(failures) => merge(
                items,
                failures
                    .into_iter()
                    .map(|failure| (failure.index, failure.error)),
            ),
            Err(error) if bucket.refuses_batches(&error) => {
                drop(request);
                self.deletes_singly.store(true, Ordering::Relaxed);
                self.one_by_one(items, progress).await
            }
            Err(error) => batch.failed(|| ItemError::Aws(error.clone())),
        }
    }

    /// Deletes `items` one by one, until one is refused for good before any other was deleted.
    async fn one_by_one(&self, items: &[(usize, String)], progress: &Progress) -> Results {
        let (done, hopeless) = (AtomicBool::new(false), AtomicBool::new(false));
        stream::iter(items)
            .map(|(item, key)| async {
                if hopeless.load(Ordering::Relaxed) {
                    return (*item, Err(ItemError::Abandoned));
                }
                if let Err(error) = self.check(progress) {
                    return (*item, Err(error));
                }
                let result = self.delete_one(key).await;
                match &result {
                    Ok(()) => done.store(true, Ordering::Relaxed),
                    Err(error) if error.aws().is_some_and(stays_for_all) => {
                        let is_first = !done.load(Ordering::Relaxed) && !progress.has_done_any();
                        hopeless.fetch_or(is_first, Ordering::Relaxed);
                    }
                    Err(_) => {}
                }
                (*item, result)
            })
            .buffer_unordered(SINGLE_IN_FLIGHT_MAX)
            .collect()
            .await
    }

    async fn delete_one(&self, key: &str) -> Result<(), ItemError> {
        let _request = self.request().await?;
        let deleted = self.context.bucket.delete_one(key).await;
        deleted.map_err(ItemError::Aws)
    }
}

impl Batch {
    fn failed(&self, error: impl Fn() -> ItemError) -> Results {
        let items: Vec<usize> = match self {
            Self::Together(items) => items.iter().map(|(item, _)| *item).collect(),
            Self::Alone(item, _) => vec![*item],
        };
        items.into_iter().map(|item| (item, Err(error()))).collect()
    }
}

/// All `items` as done, except those that `failures` name by their index in the batch.
fn merge(items: &[(usize, String)], failures: impl Iterator<Item = (usize, AwsError)>) -> Results {
    let mut results: Vec<_> = items.iter().map(|(item, _)| (*item, Ok(()))).collect();
    for (index, error) in failures {
        if let Some((_, result)) = results.get_mut(index) {
            *result = Err(ItemError::Aws(error));
        }
    }
    results
}
