//! From a release to a plan that puts it back. Everything that could stop it on the way is looked at
//! before anything is written.

use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::error::DeployError;
use super::found;
use super::known::{Actor, Failed};
use super::prepare::{Prepared, Recording, newer, run_name};
use super::recorder::Recorder;
use super::releases::{self, Looked};
use super::session_scope;
use super::sign_in::sign_in;
use crate::aws::{AskChecksum, Bucket, Clients, CloudFront};
use crate::config::Config;
use crate::report::{Activity, Stage};
use crate::system::stop::Stop;
use deploy_core::base::units::Count;
use deploy_core::iam::permissions::ObjectAction;
use deploy_core::object::destination::Destination;
use deploy_core::object::stored::Stored;
use deploy_core::plan::invalidation::InvalidationContext;
use deploy_core::plan::rollback::{Difference, Survey, Wanted, choose, plan};
use deploy_core::plan::{Finished, Ledger, Part, Past, Plan, Terms, finish};
use deploy_core::record::{Record, Restored};

/// Looks at the bucket and plans. A requested stop ends it at once: nothing was begun.
pub(super) async fn prepare(
    config: &Config,
    wanted: &Wanted,
    clients: &Clients,
    stop: &Stop,
    activity: &Activity,
) -> Result<Prepared, Failed> {
    let (bucket, actor) = sign_in(config, clients, stop, activity).await?;
    let mut stopped = stop.clone();
    let of_actor = |error| Failed::of(actor.clone(), error);
    activity.begin(Stage::Listing);
    let looking = async {
        let looked = releases::look(config, clients, bucket).await?;
        planned(config, wanted, &looked)
            .await
            .map(|planned| (looked, planned))
    };
    let (looked, planned) = tokio::select! {
        looked = looking => looked.map_err(of_actor)?,
        () = stopped.requested() => return Err(of_actor(DeployError::Interrupted)),
    };
    Ok(finished(config, clients, looked, planned, actor))
}

/// What is to be done, and of which release it comes.
struct Planned {
    plan: Plan,
    ledger: Ledger,
    restores: Restored,
    /// How many objects there are.
    objects: usize,
    /// How many files the release has, and how many bytes.
    files: usize,
    size_bytes: u64,
}

async fn planned(
    config: &Config,
    wanted: &Wanted,
    looked: &Looked,
) -> Result<Planned, DeployError> {
    let Looked {
        bucket,
        releases,
        found,
    } = looked;
    let destination = &config.destination;
    let live = found.record.clone();
    let live_deploy = looked.live();
    let release = choose(releases, live_deploy, wanted);
    let release = release.ok_or_else(|| DeployError::NoRelease {
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
        return Err(DeployError::NoVersions);
    }
    let (objects, unchanged) = (difference.objects, difference.unchanged);
    let (files, size_bytes) = (unchanged + difference.restores.len(), difference.size_bytes);
    let stored = stored(config, bucket, &difference).await?;
    let has_tags = stored.iter().flatten().any(|stored| stored.tags > 0);
    let nameless = difference.gone_total.saturating_sub(difference.gone.len());
    let plan = plan(difference, stored, &record);
    let plan = plan.map_err(|keys| DeployError::Unrestorable { keys, nameless })?;
    if nameless > 0 {
        let keys = Vec::new();
        return Err(DeployError::Unrestorable { keys, nameless });
    }
    if session_scope::is_scoped(config) {
        check_session(config, &plan, has_tags)?;
    }
    tracing::info!(
        "{} as in that release, {} to put back",
        Count(unchanged, "object"),
        Count(plan.uploads().count(), "version")
    );
    let ledger = Ledger::of_release(&plan, &record, live.as_deref(), found::now());
    Ok(Planned {
        plan,
        ledger,
        restores: Restored {
            deploy: release.deploy.clone(),
            commit: release.who.commit.clone(),
            build: release.who.build,
        },
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
) -> Result<Difference, DeployError> {
    let mut survey = Survey::new(release, live);
    let listed = bucket
        .list_versions(destination.prefix(), &mut |version| survey.take(version))
        .await;
    listed.map_err(|source| DeployError::List {
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
) -> Result<Vec<Option<Stored>>, DeployError> {
    let asked = stream::iter(&difference.restores).map(|restore| {
        let key = config.destination.key(&restore.key);
        bucket.head_version(key, Some(&restore.id), AskChecksum::No)
    });
    let asked = asked.buffered(config.concurrency.max()).try_collect();
    asked.await.map_err(DeployError::Version)
}

/// Refuses what the session of this run may not do, because the variables do not tell of it.
fn check_session(config: &Config, plan: &Plan, has_tags: bool) -> Result<(), DeployError> {
    let may = |action| config.dry_run || config.needs.objects.contains(&action);
    let has_acl = plan.uploads().any(|upload| upload.headers.acl.is_some());
    if has_acl && !may(ObjectAction::SetAcl) {
        return Err(DeployError::Unasked("ACL"));
    }
    if has_tags && !may(ObjectAction::SetTags) {
        return Err(DeployError::Unasked("TAGGING"));
    }
    Ok(())
}

fn finished(
    config: &Config,
    clients: &Clients,
    looked: Looked,
    planned: Planned,
    actor: Actor,
) -> Prepared {
    let Looked { bucket, found, .. } = looked;
    let destination = &config.destination;
    let record = found.record.clone();
    let run = run_name(config);
    let Finished {
        plan,
        refused,
        marker,
        owed,
    } = finish(
        planned.plan,
        Terms {
            part: Part::Whole,
            existing: config.storage.existing,
            orphans: config.orphans,
            files: planned.files,
            objects: planned.objects,
            invalidation: config.invalidation.as_ref(),
            occasion: InvalidationContext {
                prefix: destination.prefix(),
                run: &run,
                pending: record.as_ref().is_some_and(|record| record.head.owed),
            },
            past: Past {
                has_marker: false,
                is_recorded: true,
                by_record: true,
                newer: newer(config, destination, record.as_deref()),
            },
        },
    );
    let recorder = Recorder::new(config, &bucket, destination, &found, &run, owed);
    let recording = Recording {
        recorder: recorder
            .of_size(planned.size_bytes)
            .restoring(planned.restores),
        ledger: planned.ledger,
    };
    let cloudfront = config.invalidates().map(|_| {
        CloudFront::new(
            clients,
            &config.sign_in.network,
            &config.sign_in.region,
            &bucket,
        )
    });
    Prepared {
        actor,
        destination: destination.clone(),
        plan,
        refused,
        cloudfront,
        marker,
        recording: Some(recording),
        bucket,
    }
}
