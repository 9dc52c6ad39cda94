//! Everything up to the plan: identity, the two sides, and what differs. Writes nothing.

use std::time::{Duration, Instant, SystemTime};

use super::error::DeployError;
use super::sign_in::sign_in;
use crate::aws::{Bucket, Clients, CloudFront};
use crate::compare::{compare, decide};
use crate::config::Config;
use crate::content::compress;
use crate::destination::Destination;
use crate::hash;
use crate::headers::policy::Policy;
use crate::invalidation::{self, Occasion, with_invalidation};
use crate::key::RelativeKey;
use crate::plan::{Plan, Refusal, guard, guard_existing, plan};
use crate::report::Circumstances;
use crate::site;
use crate::stop::Stop;
use crate::tree::{LocalTree, RemoteTree, Source, Walk, WalkError, walk};
use crate::units::{Bytes, Count};

/// Time between two lines that tell how far a listing is.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(5);

/// What execution starts from.
pub(super) struct Prepared {
    pub(super) bucket: Bucket,
    pub(super) destination: Destination,
    pub(super) plan: Plan,
    pub(super) guarded: Result<(), Refusal>,
    /// There if the configuration names a distribution.
    pub(super) cloudfront: Option<CloudFront>,
    /// Whether an earlier deploy left its changes without an invalidation.
    pub(super) pending: bool,
}

/// Looks at both sides and plans. A requested stop ends it at once: nothing was begun.
pub(super) async fn prepare(
    config: &Config,
    clients: &Clients,
    stop: &Stop,
    circumstances: &mut Circumstances,
) -> Result<Prepared, DeployError> {
    let (destination, name) = target(config)?;
    let mut local = local_tree(config, &destination, &name)?;
    let files = local.files().len();
    let policy = rules_of_the_site(config, &destination, &mut local)?;
    circumstances.destination = Some(destination.to_string());
    let mut stopped = stop.clone();
    let looked = async {
        let bucket = sign_in(config, clients, &destination, &name, &policy, circumstances).await?;
        let (remote, pending) = remote_tree(config, &bucket, &destination, &local, &name).await?;
        Ok((bucket, remote, pending))
    };
    let (bucket, remote, pending) = tokio::select! {
        looked = looked => looked?,
        () = stopped.requested() => return Err(DeployError::Interrupted),
    };
    let objects = remote.objects().len();
    let plan = difference(config, policy, local, remote, stop.clone()).await?;
    let order = config.invalidation.as_ref();
    let plan = match order {
        Some(order) => {
            let occasion = Occasion {
                prefix: destination.prefix(),
                run: &run_name(config),
                pending,
            };
            with_invalidation(plan, order, occasion)
        }
        None => plan,
    };
    let cloudfront = order.map(|_| CloudFront::new(clients, config, &bucket));
    let guarded = guard_existing(&plan, config.storage.existing)
        .and_then(|()| guard(&plan, config.orphans, files, objects));
    Ok(Prepared {
        bucket,
        destination,
        plan,
        guarded,
        cloudfront,
        pending,
    })
}

/// A name that no other run has: that of the build, for people, and the time.
fn run_name(config: &Config) -> String {
    let build = config.reporting.build_number.as_deref().unwrap_or_default();
    let build: String = build.chars().filter(char::is_ascii_alphanumeric).collect();
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    format!("{build}-{:x}", since_epoch.unwrap_or_default().as_nanos())
}

/// The destination, and the name of a single file in it.
fn target(config: &Config) -> Result<(Destination, RelativeKey), DeployError> {
    let path = config.source.path();
    let own_name = path
        .file_name()
        .map(|name| name.to_string_lossy())
        .unwrap_or_default();
    match &config.source {
        Source::Folder(_) => {
            // Not looked at for a folder; any key will do.
            let name = RelativeKey::parse("folder").map_err(|fault| name_fault("folder", fault))?;
            Ok((config.destination.clone(), name))
        }
        Source::File(_) => {
            let name =
                RelativeKey::parse(&own_name).map_err(|fault| name_fault(&own_name, fault))?;
            Ok(config.destination.clone().for_single_file(name))
        }
    }
}

fn name_fault(name: &str, fault: crate::key::KeyFault) -> DeployError {
    let fault = crate::tree::NameFault::Key(fault);
    DeployError::Walk(WalkError::Names(vec![(name.to_owned(), fault)]))
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

/// What LOCAL_PATH itself says: the headers of its objects, and redirects, which join `local`.
fn rules_of_the_site(
    config: &Config,
    destination: &Destination,
    local: &mut LocalTree,
) -> Result<Policy, DeployError> {
    let site = site::read(&config.source, &config.filter).map_err(DeployError::Site)?;
    let prefix_bytes = destination.prefix().len();
    let placed = site::place(&site.redirects, local, &config.filter, prefix_bytes);
    for warning in site::warnings(&site, &placed) {
        tracing::warn!("{warning}");
    }
    if placed.made > 0 {
        tracing::info!("_redirects makes {}", Count(placed.made, "redirect"));
    }
    Ok(config.rules.policy(&config.headers, site.headers.rules))
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
    let takes = |key: &str| {
        if key == invalidation::PENDING {
            pending = true;
            return false;
        }
        objects += 1;
        if last_line.elapsed() > PROGRESS_INTERVAL {
            last_line = Instant::now();
            tracing::info!(event = "progress", "listed {objects} objects");
        }
        config.filter.takes(key)
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
    if matches!(config.source, Source::File(_)) && config.invalidation.is_some() {
        let marker = bucket.list_one(destination.prefix(), invalidation::PENDING);
        pending = !marker.await.map_err(unlisted)?.objects().is_empty();
    }
    let held = Count(tree.objects().len(), "object");
    tracing::info!(event = "destination", "{destination} has {held}");
    tracing::debug!("listed in {:?}", began.elapsed());
    Ok((tree, pending))
}

/// Compares by name and size, hashes the doubtful files, and orders what is left to do.
async fn difference(
    config: &Config,
    policy: Policy,
    mut local: LocalTree,
    remote: RemoteTree,
    stop: Stop,
) -> Result<Plan, DeployError> {
    let (orphans, coding, by) = (config.orphans, config.rules.compress, config.compare_by);
    let planning = tokio::task::spawn_blocking(move || {
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
        let verdicts = hash::verdicts(&local, doubts, &stop).map_err(DeployError::Hash)?;
        let differences = decide(comparison, &verdicts);
        Ok(plan(&differences, &local, &remote, orphans, &policy))
    });
    planning
        .await
        .unwrap_or_else(|error| Err(DeployError::Reporter(error)))
}
