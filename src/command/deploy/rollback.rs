//! From a release to a plan that puts it back. Everything that could stop it on the way is looked at
//! before anything is written.

use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::found;
use super::prepare::{Draft, Prepared, finished};
use super::releases::{self, Looked};
use crate::aws::{AskChecksum, Bucket, Clients};
use crate::command::error::RunError;
use crate::command::sign_in::is_scoped;
use crate::config::Config;
use deploy_core::base::units::Count;
use deploy_core::iam::permissions::ObjectAction;
use deploy_core::object::destination::Destination;
use deploy_core::object::stored::Stored;
use deploy_core::plan::rollback::{Difference, Survey, Wanted, choose, plan};
use deploy_core::plan::{Ledger, Plan};
use deploy_core::record::{Record, Restored};

/// Looks at the bucket and plans.
pub(super) async fn prepare(
    config: &Config,
    clients: &Clients,
    bucket: Bucket,
    wanted: &Wanted,
) -> Result<Prepared, RunError> {
    let looked = releases::look(config, clients, bucket).await?;
    let draft = draft(config, wanted, &looked).await?;
    let destination = &config.destination;
    Ok(finished(config, clients, looked.bucket, destination, draft))
}

async fn draft(config: &Config, wanted: &Wanted, looked: &Looked) -> Result<Draft, RunError> {
    let Looked {
        bucket,
        releases,
        found,
    } = looked;
    let destination = &config.destination;
    let live = found.record.clone();
    let live_deploy = looked.live();
    let release = choose(releases, live_deploy, wanted);
    let release = release.ok_or_else(|| RunError::NoRelease {
        wanted: wanted.clone(),
        known: releases.iter().map(ToString::to_string).collect(),
    })?;
    let from = releases
        .iter()
        .find(|release| live_deploy == Some(release.deploy.as_str()));
    tracing::info!(
        event = "rollback",
        "rolling {destination} back to {release} of {}{}",
        release.ended,
        from.map(|from| format!(", from {from}"))
            .unwrap_or_default()
    );
    let record = Arc::new(releases::read(bucket, destination, release).await?);
    let difference = survey(bucket, destination, &record, live.as_deref()).await?;
    if !difference.keeps_versions {
        return Err(RunError::NoVersions);
    }
    let (objects, unchanged) = (difference.objects, difference.unchanged);
    let (files, size_bytes) = (unchanged + difference.restores.len(), difference.size_bytes);
    let stored = stored(config, bucket, &difference).await?;
    let has_tags = stored.iter().flatten().any(|stored| stored.tags > 0);
    let nameless = difference.gone_total.saturating_sub(difference.gone.len());
    let plan = plan(difference, stored, &record);
    let plan = plan.map_err(|keys| RunError::Unrestorable { keys, nameless })?;
    if nameless > 0 {
        let keys = Vec::new();
        return Err(RunError::Unrestorable { keys, nameless });
    }
    if is_scoped(config) {
        check_session(config, &plan, has_tags)?;
    }
    tracing::info!(
        "{} as in that release, {} to put back",
        Count(unchanged, "object"),
        Count(plan.uploads().count(), "version")
    );
    let ledger = Ledger::of_release(&plan, &record, live.as_deref(), found::now());
    Ok(Draft {
        plan,
        ledger: Some(ledger),
        found: Some(found.clone()),
        has_marker: false,
        restores: Some(Restored {
            deploy: release.deploy.clone(),
            commit: release.who.commit.clone(),
            build: release.who.build,
        }),
        objects,
        files,
        size_bytes,
    })
}

/// What differs from the release, by the versions that the bucket has.
async fn survey(
    bucket: &Bucket,
    destination: &Destination,
    release: &Record,
    live: Option<&Record>,
) -> Result<Difference, RunError> {
    let mut survey = Survey::new(release, live);
    let listed = bucket
        .list_versions(destination.prefix(), &mut |version| survey.take(version))
        .await;
    listed.map_err(|source| RunError::List {
        url: format!("the versions in {destination}"),
        source,
    })?;
    Ok(survey.finish())
}

/// What the versions that are to be put back are stored with, in their order; asking also tells whether
/// they may be read.
async fn stored(
    config: &Config,
    bucket: &Bucket,
    difference: &Difference,
) -> Result<Vec<Option<Stored>>, RunError> {
    let asked = stream::iter(&difference.restores).map(|restore| {
        let key = config.destination.key(&restore.key);
        bucket.head_version(key, Some(&restore.id), AskChecksum::No)
    });
    let asked = asked.buffered(config.concurrency.max()).try_collect();
    asked.await.map_err(RunError::Version)
}

/// Refuses what the session of this run may not do, because the variables do not tell of it.
fn check_session(config: &Config, plan: &Plan, has_tags: bool) -> Result<(), RunError> {
    let may = |action| config.dry_run || config.needs.objects.contains(&action);
    let has_acl = plan.uploads().any(|upload| upload.headers.acl.is_some());
    if has_acl && !may(ObjectAction::SetAcl) {
        return Err(RunError::Unasked("ACL"));
    }
    if has_tags && !may(ObjectAction::SetTags) {
        return Err(RunError::Unasked("TAGGING"));
    }
    Ok(())
}
