//! Everything up to the plan: identity, the two sides, and what differs. Writes nothing.

use std::sync::Arc;
use std::time::SystemTime;

use super::difference::{Memory, Sides, compressed, difference};
use super::error::DeployError;
use super::found::{self, Found};
use super::idle::{warn_of_idle_filter, warn_of_idle_patterns};
use super::known::{Actor, Failed};
use super::listing::remote;
use super::recorder::Recorder;
use super::sign_in::sign_in;
use super::target::target;
use crate::aws::{Bucket, Clients, CloudFront, ListError};
use crate::command::hints::other_region;
use crate::config::Config;
use crate::config::record::OlderBuild;
use crate::report::{Activity, Stage};
use crate::source::look::Settings;
use crate::source::{Local, leaks, look};
use crate::system::stop::Stop;
use deploy_core::base::units::{Bytes, Count, listed};
use deploy_core::object::destination::Destination;
use deploy_core::object::key::RelativeKey;
use deploy_core::plan::invalidation::InvalidationContext;
use deploy_core::plan::settle::Scope;
use deploy_core::plan::{
    Finished, Ledger, Marker, Orphans, Past, Plan, Refusal, Remote, Terms, finish,
};
use deploy_core::record::{self, Head, Record, Standing, Whose};
use deploy_core::tree::{LocalTree, Source, misplaced, repository};

/// What execution starts from.
pub(super) struct Prepared {
    pub(super) actor: Actor,
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

/// Looks at both sides and plans. A requested stop ends it at once: nothing was begun.
pub(super) async fn prepare(
    config: &Config,
    clients: &Clients,
    stop: &Stop,
    activity: &Activity,
) -> Result<Prepared, Failed> {
    let (destination, name) = target(config)?;
    let Local {
        tree: mut local,
        policy,
        files,
        size_bytes,
        ..
    } = local(config, &destination, &name)?;
    if files == 0 {
        warn_of_idle_filter(config, &destination, &local);
        return Err(DeployError::Refused(Refusal::EmptySource).into());
    }
    keep_share(config, &mut local, files);
    let (bucket, actor) = sign_in(config, clients, stop, activity).await?;
    let mut stopped = stop.clone();
    let of_actor = |error| Failed::of(actor.clone(), error);
    activity.begin(Stage::Listing);
    let looked = look_at_bucket(config, clients, bucket, &destination, &local, &name);
    let (bucket, remote, found) = tokio::select! {
        looked = looked => looked.map_err(of_actor)?,
        () = stopped.requested() => return Err(of_actor(DeployError::Interrupted)),
    };
    let Remote {
        tree: remote,
        pending: has_marker,
    } = remote;
    activity.begin(Stage::Comparing);
    let record = found.as_ref().and_then(|found| found.record.clone());
    let newer = newer(config, &destination, record.as_deref());
    say_restored(record.as_deref());
    let pending = has_marker || record.as_ref().is_some_and(|record| record.head.owed);
    say_pending(config, pending);
    let memory = Memory::of(config, found.as_ref());
    let is_recorded = memory.is_kept;
    let objects = remote.objects().len();
    let coding = config.rules.compress;
    let compressed = compressed(local, policy, coding, stop.clone()).await;
    let (local, policy) = compressed.map_err(of_actor)?;
    let sides = Sides {
        local: Arc::new(local),
        remote: Arc::new(remote),
        policy: Arc::new(policy),
    };
    warn_of_idle_patterns(config, &destination, &sides);
    let planned = difference(config, &bucket, &destination, sides, memory, stop).await;
    let (plan, ledger) = planned.map_err(of_actor)?;
    tell_of_first(config, found.as_ref(), &plan);
    let run = run_name(config);
    let Finished {
        plan,
        refused,
        marker,
        owed,
    } = finish(
        plan,
        Terms {
            part: config.part,
            existing: config.storage.existing,
            orphans: config.orphans,
            files,
            objects,
            invalidation: config.invalidation.as_ref(),
            occasion: InvalidationContext {
                prefix: destination.prefix(),
                run: &run,
                pending,
            },
            past: Past {
                has_marker,
                is_recorded,
                by_record: config.compare_headers != Some(Scope::All),
                newer,
            },
        },
    );
    let recording = found.zip(ledger).map(|(found, ledger)| Recording {
        recorder: Recorder::new(config, &bucket, &destination, &found, &run, owed)
            .of_size(size_bytes),
        ledger,
    });
    let cloudfront = config.invalidates().map(|_| {
        CloudFront::new(
            clients,
            &config.sign_in.network,
            &config.sign_in.region,
            &bucket,
        )
    });
    Ok(Prepared {
        actor,
        bucket,
        destination,
        plan,
        refused,
        cloudfront,
        marker,
        recording,
    })
}

/// Leaves of `local` what this step is about, where there are several, and says so.
fn keep_share(config: &Config, local: &mut LocalTree, files: usize) {
    if let Some(share) = config.part.share() {
        local.retain(|key| share.holds(key));
        let (held, all) = (local.files().len(), Count(files, "file"));
        tracing::info!(
            "share {share}: {held} of {all}, of which this step uploads those of the first phase"
        );
    }
}

/// Lists the bucket and reads the record beside that, in the region where S3 says that the bucket is.
async fn look_at_bucket(
    config: &Config,
    clients: &Clients,
    bucket: Bucket,
    destination: &Destination,
    local: &LocalTree,
    name: &RelativeKey,
) -> Result<(Bucket, Remote, Option<Found>), DeployError> {
    let look = async |bucket: &Bucket| {
        let listing = remote(config, bucket, destination, local, name);
        tokio::join!(listing, found::find(config, bucket, destination))
    };
    let (bucket, (listed, found)) = match look(&bucket).await {
        (
            Err(DeployError::List {
                source: ListError::OtherRegion { region, .. },
                ..
            }),
            _,
        ) => {
            tracing::warn!("{}", other_region(&region, &config.sign_in.region));
            let bucket = bucket.moved_to(clients, config.bucket_options(), &region);
            let looked = look(&bucket).await;
            (bucket, looked)
        }
        looked => (bucket, looked),
    };
    let remote = listed?;
    let found = found::settled(config, destination, found)?;
    Ok((bucket, remote, found))
}

/// Says whether the deploy before was a rollback.
fn say_restored(record: Option<&Record>) {
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
pub(super) fn newer<'a>(
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
pub(super) fn run_name(config: &Config) -> String {
    let build = config.reporting.build_number.as_deref().unwrap_or_default();
    let build: String = build.chars().filter(char::is_ascii_alphanumeric).collect();
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    format!("{build}-{:x}", since_epoch.unwrap_or_default().as_nanos())
}

/// Looks at LOCAL_PATH, and tells what there is to tell of it.
fn local(
    config: &Config,
    destination: &Destination,
    name: &RelativeKey,
) -> Result<Local, DeployError> {
    let local = look(Settings {
        source: &config.source,
        name,
        filter: &config.filter,
        links: config.links,
        prefix: destination.prefix(),
        site: config.reporting.site.as_deref(),
        policy: config.rules.policy(&config.headers),
    })?;
    for (one, other) in &local.look_alikes {
        tracing::warn!(
            "`{one}` and `{other}` look the same but are different keys (Unicode normal forms); both are deployed as they are"
        );
    }
    let files = Count(local.files, "file");
    let path = config.source.path().display();
    tracing::debug!(
        event = "source",
        "{path} has {files}, {}",
        Bytes(local.size_bytes)
    );
    if let Source::Folder(_) = config.source {
        let names = local.tree.files().iter();
        let names = names.map(|file| local.tree.key(file));
        let sources = repository::warning(names.clone());
        for warning in sources.into_iter().chain(misplaced::warnings(names)) {
            tracing::warn!("{warning}");
        }
    }
    guard_secrets(config, &local.tree)?;
    for warning in &local.warnings {
        tracing::warn!("{warning}");
    }
    if local.redirects > 0 {
        tracing::info!("_redirects makes {}", Count(local.redirects, "redirect"));
    }
    Ok(local)
}

/// Refuses files that look like secrets, unless they are allowed.
fn guard_secrets(config: &Config, local: &LocalTree) -> Result<(), DeployError> {
    let leaks = leaks::find(local)?;
    if leaks.is_empty() {
        return Ok(());
    }
    if !config.allow_secrets {
        return Err(DeployError::Secrets(leaks));
    }
    let files = Count(leaks.len(), "file");
    let named = listed(leaks.iter().map(|leak| format!("`{}`", leak.name)));
    tracing::warn!("ALLOW_SECRETS: what seems to be secrets is deployed, in {files}: {named}");
    Ok(())
}
