//! What CloudFront has to forget after a deploy. Pure: which paths, in which distributions, under
//! which references; asking CloudFront is `aws::cloudfront`'s.
//!
//! One invalidation per distribution, after the uploads and before the deletions, names the changed
//! and the deleted objects together. New objects are left out: nobody could have cached them, save
//! for an error page, which CloudFront keeps for 10 seconds unless the distribution says otherwise
//! (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/custom-error-pages-expiration.html>),
//! and naming each new asset of each build would use up the paths that are free.

mod cover;
mod paths;

use crate::base::PIPE_NAME;
use std::sync::Arc;
use std::time::Duration;

use crate::plan::compare::Reason;
use crate::plan::{Invalidation, Plan};

pub use cover::cover;
pub use paths::{everything, listed_path, urls};

/// Paths of one invalidation that the pipe makes up itself. The first 1,000 of a month cost nothing
/// (<https://aws.amazon.com/cloudfront/pricing/>): enough for a deploy on each day.
pub const PATHS_MAX: usize = 30;

/// Wildcards among them. CloudFront takes 15 in progress per distribution, so that three deploys
/// have room.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/InvalidationLimits.html>
pub const WILDCARDS_MAX: usize = 5;

/// Paths without a wildcard that INVALIDATION_PATHS may list: as many as CloudFront takes in
/// progress. <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/InvalidationLimits.html>
pub const LISTED_PATHS_MAX: usize = 3_000;

/// Wildcards that INVALIDATION_PATHS may list; the same limits.
pub const LISTED_WILDCARDS_MAX: usize = 15;

/// How long an invalidation is waited for, unless INVALIDATION_WAIT says otherwise. Most take less
/// than a minute or two; after ten the deploy goes on with a warning.
pub const WAIT_MAX: Duration = Duration::from_mins(10);

/// Key, below the prefix, of the object that has bytes from before the first change until its
/// invalidation was made, and none after that: emptying it takes no permission that a deploy without
/// deletions would not have. A deploy that finds bytes in it was preceded by one that did not get so
/// far, and does not know what that one changed. Version 0.1.0 deleted it instead.
pub const PENDING: &str = ".aws-oidc-s3-deploy/invalidation-pending";

/// What the user wants invalidated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Distributions; at least one, none twice.
    pub distributions: Vec<String>,
    /// Which paths.
    pub paths: Paths,
    /// Path under which the distributions serve the prefix, with a slash at both ends; by default
    /// the prefix itself.
    pub prefix: Option<String>,
    /// How long to wait for completion; none is not at all.
    pub wait: Option<Duration>,
}

/// Which paths are invalidated when something changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paths {
    /// Those of what changed.
    Auto,
    /// These, as CloudFront takes them.
    Listed(Vec<String>),
}

/// Where and when a plan is carried out, as far as its invalidations depend on it.
#[derive(Clone, Copy, Debug)]
pub struct InvalidationContext<'a> {
    /// Prefix of the destination: empty, or with a slash at its end.
    pub prefix: &'a str,
    /// Different for every run.
    pub run: &'a str,
    /// Whether an earlier deploy left its changes without an invalidation.
    pub pending: bool,
}

/// The invalidations that the changes of `plan` need; none if they need none.
pub fn invalidations(
    plan: &Plan,
    order: &Order,
    occasion: InvalidationContext<'_>,
) -> Vec<Invalidation> {
    let paths = paths(plan, order, occasion);
    if paths.is_empty() {
        return Vec::new();
    }
    let paths: Arc<[String]> = paths.into();
    let invalidations = order.distributions.iter().map(|distribution| Invalidation {
        distribution: distribution.as_str().into(),
        paths: Arc::clone(&paths),
        reference: reference(occasion.run, distribution),
    });
    invalidations.collect()
}

fn paths(plan: &Plan, order: &Order, occasion: InvalidationContext<'_>) -> Vec<String> {
    let base = match &order.prefix {
        Some(prefix) => prefix.clone(),
        None => format!("/{}", occasion.prefix),
    };
    match &order.paths {
        Paths::Listed(listed) if occasion.pending || !plan.is_empty() => listed.clone(),
        Paths::Listed(_) => Vec::new(),
        Paths::Auto if occasion.pending => everything(&base),
        Paths::Auto => {
            let changed = plan
                .uploads()
                .filter(|upload| upload.reason != Reason::New)
                .map(|upload| &*upload.key);
            let urls = changed
                .chain(plan.deletions())
                .flat_map(|key| urls(&base, key));
            cover(&urls.collect(), PATHS_MAX, WILDCARDS_MAX)
        }
    }
}

/// What CloudFront knows a request again by: the same for each attempt of one request, so that a
/// lost answer makes no second invalidation, and another one for every run. A plan may well come
/// back, when an older build is deployed again: the answer to it must not be the old invalidation.
fn reference(run: &str, distribution: &str) -> String {
    format!("{PIPE_NAME}-{run}-{distribution}")
}

#[cfg(test)]
mod tests;
