//! From both sides to a plan: what is the same is told by sizes, then by bytes, then by what objects are
//! stored with. Writes nothing.

use std::sync::Arc;

use super::compare_headers::{Inquiry, compare_headers};
use super::error::DeployError;
use crate::aws::Bucket;
use crate::config::Config;
use crate::source::compress::compress;
use crate::source::hash;
use crate::source::nature::{look_into, unlabelled};
use crate::system::stop::Stop;
use deploy_core::base::endpoint::Endpoint;
use deploy_core::base::units::{Bytes, Count, listed};
use deploy_core::object::content::Coding;
use deploy_core::object::destination::Destination;
use deploy_core::plan::compare::{CompareBy, Differences, Reason, compare, decide};
use deploy_core::plan::{LookAlike, Names, Plan, plan};
use deploy_core::rules::policy::Policy;
use deploy_core::tree::{LocalTree, RemoteTree};

/// Both sides, and the rules for headers. Clones share them.
#[derive(Clone)]
pub(super) struct Sides {
    pub(super) local: Arc<LocalTree>,
    pub(super) remote: Arc<RemoteTree>,
    pub(super) policy: Arc<Policy>,
}

/// The plan of everything in which `sides` differ.
pub(super) async fn difference(
    config: &Config,
    bucket: &Bucket,
    destination: &Destination,
    sides: Sides,
    stop: &Stop,
) -> Result<Plan, DeployError> {
    let mut differences = by_content(sides.clone(), config.compare_by, stop.clone()).await?;
    if let Some(scope) = config.compare_headers {
        let inquiry = Inquiry {
            bucket: bucket.clone(),
            destination: destination.clone(),
            policy: Arc::clone(&sides.policy),
            local: Arc::clone(&sides.local),
            scope,
            concurrency: config.concurrency.max(),
        };
        differences = compare_headers(inquiry, differences, stop).await?;
    }
    let (orphans, names) = (config.orphans, names(config));
    let planning = blocking(move || {
        let Sides {
            local,
            remote,
            policy,
        } = sides;
        look_into(&local, &mut differences.changes);
        warn_of_unlabelled(&unlabelled(&local, &differences.changes, &policy));
        Ok(plan(&differences, &local, &remote, orphans, names, &policy))
    });
    let plan = planning.await?;
    warn_of_look_alikes(&plan);
    if !is_aws(config) {
        warn_of_unverifiable(&plan);
    }
    Ok(plan)
}

/// `local` with its text files compressed, and the `policy` that told which.
pub(super) async fn compressed(
    mut local: LocalTree,
    policy: Policy,
    coding: Option<Coding>,
    stop: Stop,
) -> Result<(LocalTree, Policy), DeployError> {
    let Some(coding) = coding else {
        return Ok((local, policy));
    };
    blocking(move || {
        let done = compress(&mut local, coding, &policy, &stop).map_err(DeployError::Compress)?;
        let (before, after) = (Bytes(done.before), Bytes(done.after));
        let files = Count(done.files, "file");
        tracing::info!("{files} compressed with {coding}: {before} to {after}");
        Ok((local, policy))
    })
    .await
}

/// Compares names and sizes, and the bytes of files whose size tells nothing.
async fn by_content(sides: Sides, by: CompareBy, stop: Stop) -> Result<Differences, DeployError> {
    blocking(move || {
        let Sides { local, remote, .. } = sides;
        let comparison = compare(&local, &remote, by);
        let doubts = comparison.doubts();
        tracing::debug!("{} to compare by content", Count(doubts.len(), "file"));
        let verdicts = hash::verdicts(&local, &remote, doubts, &stop).map_err(DeployError::Hash)?;
        Ok(decide(comparison, &local, &verdicts))
    })
    .await
}

/// Whether objects keep the names that they are put under.
fn names(config: &Config) -> Names {
    if is_aws(config) {
        Names::Kept
    } else {
        Names::MayBeRewritten
    }
}

fn is_aws(config: &Config) -> bool {
    let endpoint = config.network.s3_endpoint.as_ref();
    endpoint.is_none_or(Endpoint::is_aws)
}

/// Tells why a server's objects are uploaded by every deploy.
fn warn_of_unverifiable(plan: &Plan) {
    let uploads = plan.uploads();
    let untold = uploads.filter(|upload| upload.reason == Reason::Unverifiable);
    let untold = untold.count();
    if untold > 0 {
        tracing::warn!(
            "the server does not tell what {} of the same size {}: no ETag that is an MD5, and no CRC-64; JuiceFS tells it with `--keep-etag`, and EXTRA_ARGS: '--size-only' compares sizes alone",
            Count(untold, "object"),
            if untold == 1 { "holds" } else { "hold" },
        );
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
