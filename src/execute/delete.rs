//! A step of deletions: batches, side by side.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::{StreamExt as _, stream};

use super::event::{ItemError, What};
use super::{GRACE, Progress, Run, stays_for_all};
use crate::aws::{AwsError, DELETE_BATCH_MAX, Kind, Target};
use deploy_core::object::key;
use deploy_core::plan::{ItemId, Plan};

/// Batches in flight at most. S3 deletes up to 3,500 keys a second below a prefix, so that four
/// batches of a thousand are as much as it takes.
const BATCHES_IN_FLIGHT_MAX: usize = 4;

/// Keys that are deleted one by one, side by side, where the server takes no batches.
const SINGLE_IN_FLIGHT_MAX: usize = 16;

/// What is deleted together: objects whose keys XML can carry, or one whose key it cannot.
struct Batch {
    items: Vec<(ItemId, Target)>,
    is_alone: bool,
}

/// What came of each item of a batch.
type Results = Vec<(ItemId, Result<Deleted, ItemError>)>;

/// What came of an object that was to be deleted.
enum Deleted {
    /// It is.
    Yes,
    /// It is not, because somebody has put something else there.
    Replaced,
}

pub(super) async fn step(run: &Arc<Run>, plan: &Plan, step: usize, progress: &Progress) {
    stream::iter(batches(run, plan, step))
        .for_each_concurrent(BATCHES_IN_FLIGHT_MAX, |batch| async move {
            if !progress.goes_on(&run.context.stop) {
                return;
            }
            for (at, result) in run.delete(&batch, progress).await {
                let what = match result {
                    Ok(Deleted::Replaced) => Some(What::Kept),
                    Ok(Deleted::Yes) => progress.note(Ok(())),
                    Err(error) => progress.note(Err(error)),
                };
                if let Some(what) = what {
                    run.events.tell(at, what).await;
                }
            }
        })
        .await;
}

fn batches(run: &Run, plan: &Plan, step: usize) -> Vec<Batch> {
    let deletions = plan.steps.get(step).map(|step| step.action.deletions());
    let ids = (0..).map_while(|index| Some(plan.at(step, index)?.0));
    let items = ids
        .zip(deletions.unwrap_or_default())
        .map(|(at, deletion)| {
            let target = Target {
                key: run.context.destination.key(&deletion.key),
                etag: deletion.etag,
            };
            (at, target)
        });
    let (together, alone): (Vec<_>, Vec<_>) =
        items.partition(|(_, target)| target.key.chars().all(key::is_xml_character));
    let batch = |is_alone| {
        move |items: &[(ItemId, Target)]| Batch {
            items: items.to_vec(),
            is_alone,
        }
    };
    let together = together.chunks(DELETE_BATCH_MAX).map(batch(false));
    together.chain(alone.chunks(1).map(batch(true))).collect()
}

impl Run {
    async fn delete(&self, batch: &Batch, progress: &Progress) -> Results {
        let sent = self.until_stopped(GRACE, self.send(batch, progress)).await;
        let error = match sent.and_then(|sent| sent) {
            Ok(results) => return results,
            Err(error) => error,
        };
        let failed = |(at, _): &(ItemId, Target)| {
            let error = match &error {
                ItemError::Aws(error) => ItemError::Aws(error.clone()),
                ItemError::SessionEnded(error) => ItemError::SessionEnded(error.clone()),
                _ => ItemError::Interrupted,
            };
            (*at, Err(error))
        };
        batch.items.iter().map(failed).collect()
    }

    /// What came of the items of `batch`, if it did not fail as a whole.
    async fn send(&self, batch: &Batch, progress: &Progress) -> Result<Results, ItemError> {
        let items = &batch.items;
        if batch.is_alone || self.deletes_singly.load(Ordering::Relaxed) {
            return Ok(self.one_by_one(items, progress).await);
        }
        let request = self.request().await?;
        let bucket = &self.context.bucket;
        let targets: Vec<Target> = items.iter().map(|(_, it)| self.guarded(it)).collect();
        let deleted = bucket.delete_batch(&targets).await;
        drop(request);
        let mut failures = match deleted {
            Ok(failures) => failures,
            Err(error) if bucket.refuses_batches(&error) => {
                self.deletes_singly.store(true, Ordering::Relaxed);
                return Ok(self.one_by_one(items, progress).await);
            }
            Err(error) => return Err(error.into()),
        };
        let mut refusal = self.again_unguarded(&targets, &mut failures).await;
        let mut results = Vec::with_capacity(items.len());
        for (index, ((at, _), target)) in items.iter().zip(&targets).enumerate() {
            let failure = failures.remove(&index);
            if failure.is_none()
                && let Some(error) = refusal.take()
            {
                self.tell_once(*at, error).await;
            }
            results.push((*at, came_of(target, failure.map_or(Ok(()), Err))));
        }
        Ok(results)
    }

    /// Deletes `items` one by one, until one is refused for good before any other was deleted.
    async fn one_by_one(&self, items: &[(ItemId, Target)], progress: &Progress) -> Results {
        let (done, hopeless) = (AtomicBool::new(false), AtomicBool::new(false));
        stream::iter(items)
            .map(|(at, target)| async {
                if hopeless.load(Ordering::Relaxed) {
                    return (*at, Err(ItemError::Abandoned));
                }
                if let Err(error) = self.check(progress) {
                    return (*at, Err(error));
                }
                let result = self.delete_one(*at, target).await;
                match &result {
                    Ok(_) => done.store(true, Ordering::Relaxed),
                    Err(error) if error.aws().is_some_and(stays_for_all) => {
                        let is_first = !done.load(Ordering::Relaxed) && !progress.has_done_any();
                        hopeless.fetch_or(is_first, Ordering::Relaxed);
                    }
                    Err(_) => {}
                }
                (*at, result)
            })
            .buffer_unordered(SINGLE_IN_FLIGHT_MAX)
            .collect()
            .await
    }

    async fn delete_one(&self, at: ItemId, target: &Target) -> Result<Deleted, ItemError> {
        let _request = self.request().await?;
        let (bucket, guarded) = (&self.context.bucket, self.guarded(target));
        match bucket.delete_one(&guarded).await {
            Err(error) if is_of_condition(&guarded, &error) => {
                bucket.delete_one(&target.unguarded()).await?;
                self.tell_once(at, error).await;
                Ok(Deleted::Yes)
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

    /// Deletes those of `targets`, of which these `failed`, that were refused for their conditions: they
    /// take the right to read the object, which a role may lack that is right in all else. Returns the first
    /// refusal that was none without the condition.
    async fn again_unguarded(
        &self,
        targets: &[Target],
        failed: &mut BTreeMap<usize, AwsError>,
    ) -> Option<AwsError> {
        let all = targets.iter().enumerate();
        let refused = all.filter(|(index, target)| {
            let error = failed.get(index);
            error.is_some_and(|error| is_of_condition(target, error))
        });
        let (indices, again): (Vec<usize>, Vec<Target>) = refused
            .map(|(index, target)| (index, target.unguarded()))
            .unzip();
        if again.is_empty() {
            return None;
        }
        let _request = self.request().await.ok()?;
        let mut still = self.context.bucket.delete_batch(&again).await.ok()?;
        let mut refusal = None;
        for (place, index) in indices.into_iter().enumerate() {
            let error = failed.remove(&index);
            match still.remove(&place) {
                Some(error) => drop(failed.insert(index, error)),
                None => refusal = refusal.or(error),
            }
        }
        refusal
    }

    /// Tells that a deletion came about only without its condition, which was refused with this `error`:
    /// from now on none has one.
    async fn tell_once(&self, at: ItemId, error: AwsError) {
        if self.deletes_listed.swap(false, Ordering::Relaxed) {
            self.events.tell(at, What::Unguarded(error)).await;
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
        _ => Err(error.into()),
    }
}
