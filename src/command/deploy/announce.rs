//! What a deploy is about to do, said before it does it.

use std::time::SystemTime;

use crate::aws::Bucket;
use crate::config::{Config, Job};
use crate::console;
use crate::report::{Telling, lines};
use deploy_core::base::units::Count;
use deploy_core::object::destination::Destination;
use deploy_core::plan::invalidation::Paths;
use deploy_core::plan::{Orphans, Part, Plan};

/// What the deploy is about to do, in numbers.
pub(super) fn say_plan(config: &Config, plan: &Plan, destination: &Destination) {
    let source = match &config.job {
        Job::RollBack(_) => "the release".to_owned(),
        Job::Deploy | Job::Look => config.source.path().display().to_string(),
    };
    let (prefix, destination) = (destination.prefix(), destination.to_string());
    console::say(lines::plan(plan, config.part, &source, &destination));
    if plan.kept_orphans > 0 && config.orphans == Orphans::Keep && config.part == Part::Whole {
        let kept = Count(plan.kept_orphans, "object");
        tracing::info!("{kept} that {source} does not have stay (DELETE_FLAG deletes them)");
    }
    let is_default = config
        .invalidation
        .as_ref()
        .is_some_and(|order| order.prefix.is_none() && order.paths == Paths::Auto);
    if is_default && !prefix.is_empty() && plan.invalidations().next().is_some() {
        tracing::info!(
            "paths to invalidate begin with /{prefix}: if that is the distribution's origin path, set INVALIDATION_PREFIX: '/'"
        );
    }
}

/// The changes of a plan that is not carried out, a bounded number of each kind.
pub(super) fn say_changes(plan: &Plan, destination: &Destination) {
    let mut telling = Telling::of(plan);
    for item in plan.items() {
        telling.tell(item, |item| lines::planned(item, destination));
    }
}

/// Tells when the credentials are likely to end before the deploy.
pub(super) fn warn_of_expiry(plan: &Plan, bucket: &Bucket) {
    let (items, bytes) = (
        plan.uploads().count() + plan.deletions().count(),
        plan.upload_bytes(),
    );
    let lifetime = bucket.session().and_then(|session| session.lifetime);
    let warning = lifetime.and_then(|it| it.warning(SystemTime::now(), items, bytes));
    if let Some(warning) = warning {
        tracing::warn!("{warning}");
    }
}
