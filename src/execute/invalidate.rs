//! A step of invalidations: made side by side, then waited for.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use tokio::time::Instant;

use super::event::{Invalidated, ItemError, Waited, What};
use super::{GRACE, Progress, Run};
use crate::aws::CloudFront;
use deploy_core::plan::{Invalidation, Item, ItemId, Plan};

/// Distributions spoken to at a time. CloudFront's API takes few requests per second and account.
const DISTRIBUTIONS_IN_FLIGHT_MAX: usize = 4;

/// First and longest pause between two looks at an invalidation. Most take some seconds.
const PAUSE_FIRST: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(10);

pub(super) async fn step(run: &Arc<Run>, plan: &Plan, step: usize, progress: &Progress) {
    let Some(cloudfront) = &run.context.cloudfront else {
        return;
    };
    let items = (0..).map_while(|index| plan.at(step, index));
    stream::iter(items)
        .for_each_concurrent(DISTRIBUTIONS_IN_FLIGHT_MAX, |(at, item)| async move {
            let Item::Invalidate(invalidation) = item else {
                return;
            };
            if !progress.goes_on(&run.context.stop) {
                return;
            }
            run.events.tell(at, What::Invalidating).await;
            let result = run.invalidate(cloudfront, invalidation, at).await;
            if let Some(what) = progress.note(result) {
                run.events.tell(at, what).await;
            }
        })
        .await;
}

impl Run {
    async fn invalidate(
        &self,
        cloudfront: &CloudFront,
        invalidation: &Invalidation,
        at: ItemId,
    ) -> Result<(), ItemError> {
        let created = {
            let _request = self.request().await?;
            let create = cloudfront.create(invalidation);
            self.until_stopped(GRACE, create).await??
        };
        let waited = match self.context.wait {
            _ if created.is_completed => Waited::Completed,
            None => Waited::NotAtAll,
            Some(limit) => {
                let waiting = wait(cloudfront, &invalidation.distribution, &created.id, limit);
                let waited = self.until_stopped(Duration::ZERO, waiting).await;
                waited.unwrap_or(Waited::TooLong)
            }
        };
        let id = created.id;
        let invalidated = What::Invalidated(Invalidated { id, waited });
        self.events.tell(at, invalidated).await;
        Ok(())
    }
}

/// Looks at the invalidation until it is completed, `limit` has passed or CloudFront will not tell.
async fn wait(cloudfront: &CloudFront, distribution: &str, id: &str, limit: Duration) -> Waited {
    let end = Instant::now() + limit;
    let mut pause = PAUSE_FIRST;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Waited::TooLong;
        }
        tokio::time::sleep(pause.min(left)).await;
        match tokio::time::timeout(GRACE.max(left), cloudfront.is_completed(distribution, id)).await
        {
            Ok(Ok(true)) => return Waited::Completed,
            Ok(Ok(false)) => pause = (pause * 3 / 2).min(PAUSE_MAX),
            Ok(Err(error)) => return Waited::Unknown(error),
            Err(_) => return Waited::TooLong,
        }
    }
}
