//! From the bucket that is looked at to the plan that is carried out. Writes nothing.

use std::sync::Arc;
use std::time::SystemTime;

use super::difference::{Memory, difference};
use super::found::{self, Found};
use super::idle::warn_of_idle_patterns;
use super::listing::remote;
use super::local::Local;
use super::recorder::Recorder;
use super::sides::Sides;
use crate::aws::{Bucket, Clients, CloudFront};
use crate::command::error::RunError;
use crate::command::sign_in::look_where_it_is;
use crate::config::Config;
use crate::config::record::OlderBuild;
use crate::report::{Activity, Stage};
use crate::system::stop::Stop;
use deploy_core::base::units::Count;
use deploy_core::object::destination::Destination;
use deploy_core::plan::invalidation::InvalidationContext;
use deploy_core::plan::settle::Scope;
use deploy_core::plan::{Finished, Ledger, Marker, Orphans, Past, Plan, Refusal, Terms, finish};
use deploy_core::record::{self, Head, Record, Restored, Standing, Whose};

/// What execution starts from.
pub(super) struct Prepared {
    pub(super) bucket: Bucket,
    pub(super) destination: Destination,
    pub(super) plan: Plan,
    /// Why the plan may not be carried out, if it may not.
    pub(super) refused: Option<Refusal>,
    /// There if the configuration names a distribution.
    pub(super) cloudfront: Option<CloudFront>,
    /// What is to be noted in the bucket about the invalidation.
    pub(super) marker: Marker,
    /// What this run has to do with the record, if it leaves one.
    pub(super) recording: Option<Recording>,
}

/// What a run has to do with the record.
pub(super) struct Recording {
    pub(super) recorder: Recorder,
    /// What the record is to say.
    pub(super) ledger: Ledger,
}

/// What was found, and what is to be made of it.
pub(super) struct Draft {
    pub(super) plan: Plan,
    /// What the record is to say, if this run leaves one.
    pub(super) ledger: Option<Ledger>,
    pub(super) found: Option<Found>,
    /// Whether there is a marker of an invalidation that is due.
    pub(super) has_marker: bool,
    /// How many files the source has, those of other shares included.
    pub(super) files: usize,
    pub(super) size_bytes: u64,
    /// How many objects there are.
    pub(super) objects: usize,
    /// The release that it puts back.
    pub(super) restores: Option<Restored>,
}

/// Looks at the bucket and plans.
pub(super) async fn prepare(
    config: &Config,
    clients: &Clients,
    bucket: Bucket,
    local: Local,
    stop: &Stop,
    activity: &Activity,
) -> Result<Prepared, RunError> {
    let local = local.compressed(config, stop).await?;
    let destination = &local.destination;
    let look = async |bucket: &Bucket| {
        let listing = remote(config, bucket, destination, &local.tree, &local.name);
        let (listed, found) = tokio::join!(listing, found::find(config, bucket, destination));
        Ok((listed?, found))
    };
    let options = config.bucket_options();
    let looked = look_where_it_is(bucket, clients, options, &config.sign_in.region, look).await;
    let (bucket, (remote, found)) = looked.map_err(|source| RunError::List {
        url: destination.to_string(),
        source,
    })?;
    let found = found::settled(config, destination, found)?;
    activity.begin(Stage::Comparing);
    say_restored(found.as_ref());
    let (has_marker, objects) = (remote.pending, remote.tree.objects().len());
    say_pending(config, is_pending(has_marker, found.as_ref()));
    let sides = Sides {
        local: Arc::new(local.tree),
        remote: Arc::new(remote.tree),
        policy: Arc::new(local.policy),
    };
    warn_of_idle_patterns(config, destination, &sides);
    let memory = Memory::of(config, found.as_ref());
    let (plan, ledger) = difference(config, &bucket, destination, sides, memory, stop).await?;
    tell_of_first(config, found.as_ref(), &plan);
    let draft = Draft {
        plan,
        ledger,
        found,
        has_marker,
        files: local.files,
        size_bytes: local.size_bytes,
        objects,
        restores: None,
    };
    Ok(finished(config, clients, bucket, destination, draft))
}

/// What is to be carried out of `draft`.
pub(super) fn finished(
    config: &Config,
    clients: &Clients,
    bucket: Bucket,
    destination: &Destination,
    draft: Draft,
) -> Prepared {
    let Draft { found, ledger, .. } = draft;
    let record = found.as_ref().and_then(|found| found.record.clone());
    let run = run_name(config);
    let Finished {
        plan,
        refused,
        marker,
        owed,
    } = finish(
        draft.plan,
        Terms {
            part: config.part,
            existing: config.storage.existing,
            orphans: config.orphans,
            files: draft.files,
            objects: draft.objects,
            invalidation: config.invalidation.as_ref(),
            occasion: InvalidationContext {
                prefix: destination.prefix(),
                run: &run,
                pending: is_pending(draft.has_marker, found.as_ref()),
            },
            past: Past {
                has_marker: draft.has_marker,
                is_recorded: ledger.is_some(),
                by_record: config.compare_headers != Some(Scope::All),
                newer: newer(config, destination, record.as_deref()),
            },
        },
    );
    let recording = found.zip(ledger).map(|(found, ledger)| {
        let mut recorder = Recorder::new(config, &bucket, destination, &found, &run, owed);
        recorder.size_bytes = draft.size_bytes;
        recorder.head.restores = draft.restores;
        Recording { recorder, ledger }
    });
    let cloudfront = config.invalidates().map(|_| {
        CloudFront::new(
            clients,
            &config.sign_in.network,
            &config.sign_in.region,
            &bucket,
        )
    });
    Prepared {
        bucket,
        destination: destination.clone(),
        plan,
        refused,
        cloudfront,
        marker,
        recording,
    }
}

/// Whether an earlier deploy has left an invalidation to do.
fn is_pending(has_marker: bool, found: Option<&Found>) -> bool {
    let record = found.and_then(|found| found.record.as_ref());
    has_marker || record.is_some_and(|record| record.head.owed)
}

/// Says whether the deploy before was a rollback.
fn say_restored(found: Option<&Found>) {
    let record = found.and_then(|found| found.record.as_ref());
    if let Some(restored) = record.and_then(|record| record.head.restores.as_ref()) {
        tracing::info!("this deploy ends the rollback to {restored}");
    }
}

/// Says what an earlier deploy has left to do.
fn say_pending(config: &Config, pending: bool) {
    if !pending {
        return;
    }
    if config.invalidation.is_some() {
        tracing::info!(
            "an earlier deploy did not finish its invalidation: everything below the prefix is invalidated"
        );
    } else {
        tracing::warn!(
            "an earlier deploy did not finish its invalidation, and CloudFront may serve what was replaced: set CLOUDFRONT_DISTRIBUTION_ID as it did"
        );
    }
}

/// The deploy of a newer build, with the number of this one, if this one must not replace it. Tells what
/// there is to tell of the deploy before.
fn newer<'a>(
    config: &Config,
    destination: &Destination,
    record: Option<&'a Record>,
) -> Option<(u64, &'a Head)> {
    let head = &record?.head;
    let (standing, whose) = record::standing(head, &config.record.who);
    if whose == Whose::Other {
        tracing::warn!(
            "another repository has deployed to `{destination}` before: do both mean this prefix?"
        );
    }
    let here = config.record.who.build?;
    let deployed = record::Deployed(head);
    match (standing, config.record.older) {
        (Standing::Older, OlderBuild::Refuse) => Some((here, head)),
        (Standing::OlderAgain, OlderBuild::Refuse | OlderBuild::Warn)
        | (Standing::Older, OlderBuild::Warn) => {
            tracing::warn!("{deployed}; this older build {here} replaces it");
            None
        }
        (Standing::Newer, _) | (_, OlderBuild::Allow) => None,
    }
}

/// Says what is about to be deleted on the word of DELETE_FLAG alone.
fn tell_of_first(config: &Config, found: Option<&Found>, plan: &Plan) {
    let deletions = plan.deletions().count();
    let is_first = found.is_some_and(Found::is_first);
    if is_first && deletions > 0 && matches!(config.orphans, Orphans::Delete(_)) {
        tracing::warn!(
            "there is no deploy record here yet, so that nobody knows whether a deploy has put the {} there that DELETE_FLAG deletes",
            Count(deletions, "object")
        );
    }
}

/// A name that no other run has: that of the build, for people, and the time.
fn run_name(config: &Config) -> String {
    let build = config.reporting.build_number.as_deref().unwrap_or_default();
    let build: String = build.chars().filter(char::is_ascii_alphanumeric).collect();
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    format!("{build}-{:x}", since_epoch.unwrap_or_default().as_nanos())
}
