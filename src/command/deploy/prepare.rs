//! Everything up to the plan: identity, the two sides, and what differs. Writes nothing.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::compare_headers::{Inquiry, compare_headers};
use super::debt::Debt;
use super::error::DeployError;
use super::known::{Actor, Failed};
use super::session_scope;
use super::sign_in::sign_in;
use super::target::target;
use crate::aws::{Bucket, Clients, CloudFront, ListError};
use crate::config::Config;
use crate::source::compress::compress;
use crate::source::hash;
use crate::source::leaks;
use crate::source::nature::{look_into, unlabelled};
use crate::source::site;
use crate::source::{Walk, walk};
use crate::system::stop::Stop;
use deploy_core::base::units::{Bytes, Count, listed};
use deploy_core::object::destination::Destination;
use deploy_core::object::key::RelativeKey;
use deploy_core::plan::compare::{compare, decide};
use deploy_core::plan::invalidation;
use deploy_core::plan::invalidation::{Occasion, with_invalidation};
use deploy_core::plan::{LookAlike, Names, Plan, Refusal, guard, guard_existing, plan};
use deploy_core::rules::policy::Policy;
use deploy_core::tree::{LocalTree, RemoteTree, Source, repository};

/// Time between two lines that tell how far a listing is.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(5);

/// What execution starts from.
pub(super) struct Prepared {
    pub(super) actor: Actor,
    pub(super) bucket: Bucket,
    pub(super) destination: Destination,
    pub(super) plan: Plan,
    pub(super) guarded: Result<(), Refusal>,
    /// There if the configuration names a distribution.
    pub(super) cloudfront: Option<CloudFront>,
    /// What is to be noted in the bucket about the invalidation.
    pub(super) debt: Debt,
}

/// Looks at both sides and plans. A requested stop ends it at once: nothing was begun.
pub(super) async fn prepare(
    config: &Config,
    clients: &Clients,
    stop: &Stop,
) -> Result<Prepared, Failed> {
    let (destination, name) = target(config)?;
    let mut local = local_tree(config, &destination, &name)?;
    let files = local.files().len();
    if let Source::Folder(_) = config.source {
        let names = local.files().iter().map(|file| local.key(file));
        if let Some(warning) = repository::warning(names) {
            tracing::warn!("{warning}");
        }
    }
    guard_secrets(config, &local)?;
    let policy = rules_of_the_site(config, &destination, &mut local)?;
    if let Some(share) = config.shard.share() {
        local.retain(|key| share.holds(key));
        let (held, all) = (local.files().len(), Count(files, "file"));
        tracing::info!(
            "share {share}: {held} of {all}, of which this step uploads those of the first phase"
        );
    }
    let policies = session_scope::policies(config).map_err(DeployError::SessionPolicy)?;
    let mut stopped = stop.clone();
    let (bucket, actor) = tokio::select! {
        signed_in = sign_in(config, clients, policies) => signed_in?,
        () = stopped.requested() => return Err(DeployError::Interrupted.into()),
    };
    let of_actor = |error| Failed::of(actor.clone(), error);
    let looked = async {
        let listed = remote_tree(config, &bucket, &destination, &local, &name).await;
        let (bucket, listed) = match listed {
            Err(DeployError::List {
                source: ListError::OtherRegion { region, .. },
                ..
            }) => {
                tracing::warn!(
                    "the bucket is in `{region}`, not in `{}`: write AWS_DEFAULT_REGION: '{region}'",
                    config.region
                );
                let bucket = bucket.moved_to(clients, config.bucket_options(), &region);
                let listed = remote_tree(config, &bucket, &destination, &local, &name).await;
                (bucket, listed)
            }
            listed => (bucket, listed),
        };
        let (remote, pending) = listed?;
        Ok((bucket, remote, pending))
    };
    let (bucket, remote, pending) = tokio::select! {
        looked = looked => looked.map_err(of_actor)?,
        () = stopped.requested() => return Err(of_actor(DeployError::Interrupted)),
    };
    for warning in config.filter.warnings() {
        tracing::warn!("{warning}");
    }
    let objects = remote.objects().len();
    let sides = Sides {
        bucket: &bucket,
        destination: &destination,
        local,
        remote,
    };
    let plan = difference(config, policy, sides, stop.clone()).await;
    let plan = plan.map_err(of_actor)?;
    let guarded = guard_existing(&plan, config.storage.existing)
        .and_then(|()| guard(&plan, config.orphans, files, objects))
        .and_then(|()| config.shard.guard(&plan));
    let plan = config.shard.restrict(plan);
    let plan = match &config.invalidation {
        Some(order) => {
            let occasion = Occasion {
                prefix: destination.prefix(),
                run: &run_name(config),
                pending: pending && config.shard.share().is_none(),
            };
            with_invalidation(plan, order, occasion)
        }
        None => plan,
    };
    let debt = Debt::new(&plan, pending, config.shard);
    let plan = config.shard.restrict(plan);
    let cloudfront = config
        .invalidates()
        .map(|_| CloudFront::new(clients, &config.network, &config.region, &bucket));
    Ok(Prepared {
        actor,
        bucket,
        destination,
        plan,
        guarded,
        cloudfront,
        debt,
    })
}

/// A name that no other run has: that of the build, for people, and the time.
fn run_name(config: &Config) -> String {
    let build = config.reporting.build_number.as_deref().unwrap_or_default();
    let build: String = build.chars().filter(char::is_ascii_alphanumeric).collect();
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    format!("{build}-{:x}", since_epoch.unwrap_or_default().as_nanos())
}

fn local_tree(
    config: &Config,
    destination: &Destination,
    name: &RelativeKey,
) -> Result<LocalTree, DeployError> {
    let walked = walk(
        &config.source,
        name,
        &config.filter,
        config.links,
        destination.prefix().len(),
    );
    let Walk { tree, look_alikes } = walked.map_err(DeployError::Walk)?;
    for (one, other) in look_alikes {
        tracing::warn!(
            "`{one}` and `{other}` look the same but are different keys (Unicode normal forms); both are deployed as they are"
        );
    }
    let files = Count(tree.files().len(), "file");
    let path = config.source.path().display();
    tracing::info!(
        event = "source",
        "{path} has {files}, {}",
        Bytes(tree.size_bytes())
    );
    Ok(tree)
}

/// Refuses files that look like secrets, unless they are allowed.
fn guard_secrets(config: &Config, local: &LocalTree) -> Result<(), DeployError> {
    let leaks = leaks::find(local).map_err(DeployError::Unread)?;
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

/// What LOCAL_PATH itself says: the headers of its objects, and redirects, which join `local`.
fn rules_of_the_site(
    config: &Config,
    destination: &Destination,
    local: &mut LocalTree,
) -> Result<Policy, DeployError> {
    let site = site::read(&config.source, &config.filter).map_err(DeployError::Site)?;
    let prefix = destination.prefix();
    let placed = site::place(&site.redirects, local, &config.filter, prefix);
    for warning in site::warnings(&site, &placed) {
        tracing::warn!("{warning}");
    }
    if placed.made > 0 {
        tracing::info!("_redirects makes {}", Count(placed.made, "redirect"));
    }
    let mut policy = config.rules.policy(&config.headers, site.headers.rules);
    policy.learn(local.files().iter().map(|file| local.key(file)));
    Ok(policy)
}

async fn remote_tree(
    config: &Config,
    bucket: &Bucket,
    destination: &Destination,
    local: &LocalTree,
    name: &RelativeKey,
) -> Result<(RemoteTree, bool), DeployError> {
    let began = Instant::now();
    let mut last_line = Instant::now();
    let mut objects = 0_usize;
    let mut pending = false;
    let takes = |key: &str, size: u64| {
        if key == invalidation::PENDING {
            pending |= size > 0;
            return false;
        }
        objects += 1;
        if last_line.elapsed() > PROGRESS_INTERVAL {
            last_line = Instant::now();
            tracing::info!(event = "progress", "listed {objects} objects");
        }
        config.filter.takes(key) && config.shard.takes(key)
    };
    let listed = match config.source {
        Source::Folder(_) => bucket.list(destination.prefix(), local, takes).await,
        Source::File(_) => bucket.list_one(destination.prefix(), name.as_str()).await,
    };
    let unlisted = |source| DeployError::List {
        url: destination.to_string(),
        source,
    };
    let tree = listed.map_err(unlisted)?;
    if tree.repeated() > 0 {
        tracing::warn!(
            "the server's listing has {}: each key counts once, and objects whose entries differ are uploaded again",
            Count(tree.repeated(), "duplicate")
        );
    }
    if matches!(config.source, Source::File(_)) && config.invalidation.is_some() {
        let marker = bucket.list_one(destination.prefix(), invalidation::PENDING);
        let marker = marker.await.map_err(unlisted)?;
        pending = marker.objects().iter().any(|object| object.size > 0);
    }
    let held = Count(tree.objects().len(), "object");
    let of = config
        .shard
        .share()
        .map(|share| format!(" of share {share}"));
    let of = of.unwrap_or_default();
    tracing::info!(event = "destination", "{destination} has {held}{of}");
    tracing::debug!("listed in {:?}", began.elapsed());
    Ok((tree, pending))
}

/// What is compared, and where the second side is.
struct Sides<'a> {
    bucket: &'a Bucket,
    destination: &'a Destination,
    local: LocalTree,
    remote: RemoteTree,
}

/// Compares by name and size, hashes the doubtful files, and orders what is left to do.
async fn difference(
    config: &Config,
    policy: Policy,
    sides: Sides<'_>,
    stop: Stop,
) -> Result<Plan, DeployError> {
    let (coding, by) = (config.rules.compress, config.compare_by);
    let Sides {
        bucket,
        destination,
        mut local,
        remote,
    } = sides;
    let comparing = {
        let stop = stop.clone();
        blocking(move || {
            if let Some(coding) = coding {
                let done =
                    compress(&mut local, coding, &policy, &stop).map_err(DeployError::Compress)?;
                let (before, after) = (Bytes(done.before), Bytes(done.after));
                let files = Count(done.files, "file");
                tracing::info!("{files} compressed with {coding}: {before} to {after}");
            }
            let comparison = compare(&local, &remote, by);
            let doubts = comparison.doubts();
            tracing::debug!("{} to compare by content", Count(doubts.len(), "file"));
            let verdicts =
                hash::verdicts(&local, &remote, doubts, &stop).map_err(DeployError::Hash)?;
            Ok((decide(comparison, &local, &verdicts), local, remote, policy))
        })
    };
    let (mut differences, local, remote, policy) = comparing.await?;
    let (local, policy) = (Arc::new(local), Arc::new(policy));
    if config.compare_headers {
        let inquiry = Inquiry {
            bucket: bucket.clone(),
            destination: destination.clone(),
            policy: Arc::clone(&policy),
            local: Arc::clone(&local),
            concurrency: config.concurrency.max(),
        };
        differences = compare_headers(inquiry, differences, &stop).await?;
    }
    let orphans = config.orphans;
    let names = names(config);
    let looking = blocking(move || {
        look_into(&local, &mut differences.changes);
        warn_of_unlabelled(&unlabelled(&local, &differences.changes, &policy));
        Ok(plan(&differences, &local, &remote, orphans, names, &policy))
    });
    let plan = looking.await?;
    warn_of_look_alikes(&plan);
    Ok(plan)
}

/// Whether objects keep the names that they are put under.
fn names(config: &Config) -> Names {
    match &config.network.s3_endpoint {
        Some(endpoint) if !endpoint.is_aws() => Names::MayBeRewritten,
        Some(_) | None => Names::Kept,
    }
}

fn warn_of_look_alikes(plan: &Plan) {
    if plan.look_alikes.is_empty() {
        return;
    }
    let kept = Count(plan.look_alikes.len(), "object");
    let named = plan
        .look_alikes
        .iter()
        .map(|LookAlike { object, file }| format!("`{object}` for `{file}`"));
    tracing::warn!(
        "{kept} not deleted, because the server may have stored new files under these names: {}; if it did not, the next deploy deletes them",
        listed(named)
    );
}

/// Tells which texts browsers have to guess at: to name a wrong character set would be worse.
fn warn_of_unlabelled(texts: &[&str]) {
    if texts.is_empty() {
        return;
    }
    let files = Count(texts.len(), "text file");
    let named = listed(texts.iter().map(|text| format!("`{text}`")));
    tracing::warn!(
        "{files} not in UTF-8 and without a declared character set, stored without one: {named}; give them a content_type in RULES_FILE, or save them in UTF-8"
    );
}

/// Runs what takes long without waiting for anything.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DeployError> + Send + 'static,
) -> Result<T, DeployError> {
    let working = tokio::task::spawn_blocking(work);
    working
        .await
        .unwrap_or_else(|error| Err(DeployError::Panicked(error)))
}
