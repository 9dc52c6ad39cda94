//! A step of deletions: batches, side by side.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};

use super::event::{ItemError, What};
use super::{Progress, Run, stays_for_all};
use crate::aws::{AwsError, DELETE_BATCH_MAX, Kind, Target};
use deploy_core::object::key;
use deploy_core::plan::{Deletion, Plan};

/// Batches in flight at most. S3 deletes up to 3,500 keys a second below a prefix, so that four
/// batches of a thousand are as much as it takes.
const BATCHES_IN_FLIGHT_MAX: usize = 4;

/// Keys that are deleted one by one, side by side, where the server takes no batches.
const SINGLE_IN_FLIGHT_MAX: usize = 16;

/// How long a batch that is under way may go on after a stop was requested.
const GRACE: Duration = Duration::from_secs(5);

/// What came of each item of a batch, by its index in the step.
type Results = Vec<(usize, Result<Deleted, ItemError>)>;

/// What came of an object that was to be deleted.
enum Deleted {
    /// It is.
    Yes,
    /// It is, without the condition that it be what was listed, which was refused like this.
    Unguarded(AwsError),
    /// It is not, because somebody has put something else there.
    Replaced,
}

/// What one request deletes.
enum Batch {
    /// Objects whose keys XML can carry, with their indices in the step.
    Together(Vec<(usize, Target)>),
    /// One whose key it cannot.
    Alone(usize, Target),
}

pub(super) async fn step(run: &Arc<Run>, plan: &Plan, step: usize, progress: &Progress) {
    let deletions = plan.steps.get(step).map(|step| step.action.deletions());
    stream::iter(batches(run, deletions.unwrap_or_default()))
        .for_each_concurrent(BATCHES_IN_FLIGHT_MAX, |batch| async {
            if progress.goes_on(&run.context.stop) {
                for (index, result) in run.delete(batch, progress).await {
                    let Some((at, _)) = plan.at(step, index) else {
                        continue;
                    };
                    let what = match result {
                        Ok(Deleted::Replaced) => Some(What::Kept),
                        Ok(Deleted::Yes) => progress.note(Ok(())),
                        Ok(Deleted::Unguarded(error)) => {
                            run.events.tell(at, What::Unguarded(error)).await;
                            progress.note(Ok(()))
                        }
                        Err(error) => progress.note(Err(error)),
                    };
                    if let Some(what) = what {
                        run.events.tell(at, what).await;
                    }
                }
            }
        })
        .await;
}

fn batches(run: &Run, deletions: &[Deletion]) -> Vec<Batch> {
    let targets = deletions.iter().map(|Deletion { key, etag }| Target {
        key: run.context.destination.key(key),
        etag: *etag,
    });
    let (together, alone): (Vec<_>, Vec<_>) = targets
        .enumerate()
        .partition(|(_, target)| target.key.chars().all(key::is_xml_character));
    let together = together
        .chunks(DELETE_BATCH_MAX)
        .map(|chunk| Batch::Together(chunk.to_vec()));
    let alone = alone
        .into_iter()
        .map(|(item, target)| Batch::Alone(item, target));
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
            Batch::Alone(item, target) => return vec![(*item, self.delete_one(target).await)],
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
        let bucket = &self.context.bucket;
        let targets: Vec<Target> = items.iter().map(|(_, it)| self.guarded(it)).collect();
        match bucket.delete_batch(&targets).await {
            Ok(failures) => {
                drop(request);
                let failures = failures.into_iter().map(|it| (it.index, it.error));
                self.again_unguarded(items, &targets, failures.collect())
                    .await
            }
            Err(error) if bucket.refuses_batches(&error) => {
                drop(request);
                self.deletes_singly.store(true, Ordering::Relaxed);
                self.one_by_one(items, progress).await
            }
            Err(error) => batch.failed(|| ItemError::Aws(error.clone())),
        }
    }

    /// Deletes `items` one by one, until one is refused for good before any other was deleted.
    async fn one_by_one(&self, items: &[(usize, Target)], progress: &Progress) -> Results {
        let (done, hopeless) = (AtomicBool::new(false), AtomicBool::new(false));
        stream::iter(items)
            .map(|(item, target)| async {
                if hopeless.load(Ordering::Relaxed) {
                    return (*item, Err(ItemError::Abandoned));
                }
                if let Err(error) = self.check(progress) {
                    return (*item, Err(error));
                }
                let result = self.delete_one(target).await;
                match &result {
                    Ok(_) => done.store(true, Ordering::Relaxed),
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

    async fn delete_one(&self, target: &Target) -> Result<Deleted, ItemError> {
        let _request = self.request().await?;
        let (bucket, guarded) = (&self.context.bucket, self.guarded(target));
        match bucket.delete_one(&guarded).await {
            Err(error) if is_of_condition(&guarded, &error) => {
                let deleted = bucket.delete_one(&target.unguarded()).await;
                deleted.map_err(ItemError::Aws)?;
                Ok(self.told_once(error))
            }
            deleted => came_of(&guarded, deleted),
        }
    }

    /// `target` with its condition, if this run sends conditions.
    fn guarded(&self, target: &Target) -> Target {
        if self.deletes_listed.load(Ordering::Relaxed) {
            target.clone()
        } else {
            target.unguarded()
        }
    }

    /// What came of `items`, the `targets` of a batch of which these failed, by their index in it. A
    /// condition takes the right to read the object, which a role may lack that is right in all else: it
    /// is then left out.
    async fn again_unguarded(
        &self,
        items: &[(usize, Target)],
        targets: &[Target],
        mut failures: BTreeMap<usize, AwsError>,
    ) -> Results {
        let refused = targets.iter().enumerate().filter(|(index, target)| {
            let error = failures.get(index);
            error.is_some_and(|error| is_of_condition(target, error))
        });
        let (indices, again): (Vec<usize>, Vec<Target>) = refused
            .map(|(index, target)| (index, target.unguarded()))
            .unzip();
        let mut refusal = None;
        if !again.is_empty()
            && let Ok(_request) = self.request().await
            && let Ok(still) = self.context.bucket.delete_batch(&again).await
        {
            let still = still.into_iter().map(|it| (it.index, it.error));
            let mut still: BTreeMap<usize, AwsError> = still.collect();
            for (place, index) in indices.into_iter().enumerate() {
                let error = failures.remove(&index);
                match still.remove(&place) {
                    Some(error) => drop(failures.insert(index, error)),
                    None => refusal = refusal.or(error),
                }
            }
        }
        let all = items.iter().zip(targets).enumerate();
        let results = all.map(|(index, ((item, _), target))| {
            let deleted = match failures.remove(&index) {
                Some(error) => came_of(target, Err(error)),
                None => Ok(refusal
                    .take()
                    .map_or(Deleted::Yes, |error| self.told_once(error))),
            };
            (*item, deleted)
        });
        results.collect()
    }

    /// That a deletion came about only without its condition, which was refused with this `error`: from
    /// now on none has one.
    fn told_once(&self, error: AwsError) -> Deleted {
        if self.deletes_listed.swap(false, Ordering::Relaxed) {
            Deleted::Unguarded(error)
        } else {
            Deleted::Yes
        }
    }
}

/// Whether it may be for its condition that `target` was refused.
fn is_of_condition(target: &Target, error: &AwsError) -> bool {
    target.is_guarded() && error.kind == Kind::Denied
}

/// What came of a request to delete `target`. That its condition does not hold, or that somebody is just
/// writing there, leaves the object to the next deploy.
fn came_of(target: &Target, deleted: Result<(), AwsError>) -> Result<Deleted, ItemError> {
    let Err(error) = deleted else {
        return Ok(Deleted::Yes);
    };
    match error.code.as_deref() {
        Some("PreconditionFailed" | "ConditionalRequestConflict") if target.is_guarded() => {
            Ok(Deleted::Replaced)
        }
        _ => Err(ItemError::Aws(error)),
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
