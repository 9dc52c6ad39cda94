//! What COMMAND=whoami needs: an identity, and no folder. A bucket is tried where one is named.

use super::environment::Variables;
use super::extra_args::ExtraArgs;
use super::problem::Problems;
use super::{Config, Job, deploy, identity, servers};
use crate::aws::{BucketOptions, Network, Storage};
use deploy_core::iam::permissions::Keys;
use deploy_core::identity::{AllowedAccounts, Identity, Step};
use deploy_core::object::destination::Destination;

/// Everything that `whoami` needs to know, checked.
#[derive(Clone, Debug)]
pub struct WhoAmI {
    /// How credentials are had.
    pub identity: Identity,
    /// Accounts that they may be of; `None` for any.
    pub allowed_accounts: Option<AllowedAccounts>,
    /// The deploy that the same variables ask for, if they ask for one.
    pub deploy: Option<Box<Config>>,
    /// The bucket of S3_BUCKET, if that is set.
    pub bucket: Option<Tried>,
    /// What is known about the step.
    pub step: Step,
    /// Region of STS.
    pub region: String,
    /// How servers are reached.
    pub network: Network,
}

/// A bucket to be tried.
#[derive(Clone, Debug)]
pub struct Tried {
    /// Where a deploy would go.
    pub destination: Destination,
    /// How all keys begin that it would list.
    pub prefix: String,
    /// How S3 is spoken to.
    pub storage: Storage,
}

impl WhoAmI {
    /// How the bucket is reached that is to be `tried`.
    pub fn bucket_options<'a>(&'a self, tried: &'a Tried) -> BucketOptions<'a> {
        BucketOptions {
            name: &tried.destination.bucket,
            endpoint: self.network.s3_endpoint.as_ref(),
            storage: &tried.storage,
        }
    }
}

pub(super) fn read(
    variables: &Variables,
    args: &ExtraArgs,
    problems: &mut Problems,
) -> Option<WhoAmI> {
    let (identity, step) = identity::read(variables, problems);
    let allowed_accounts = identity::allowed_accounts(variables, identity.as_ref(), problems);
    // Mistakes in what only a deploy has are for the deploy to tell.
    let deploy = deploy::read(variables, args, Job::Deploy, &mut Problems::default());
    let region = servers::region(variables, args, problems);
    let network = servers::network(variables, args, problems);
    let bucket = variables.s3_bucket().is_set().then(|| {
        let destination = deploy::destination(variables, Destination::parse, problems);
        let region = region.as_deref();
        deploy::check_bucket(variables, args, region, destination.as_ref(), problems);
        let prefix = deploy.as_ref().map(|deploy| listed(&deploy.needs.keys));
        let destination = destination?;
        Some(Tried {
            prefix: prefix.unwrap_or_else(|| destination.prefix().to_owned()),
            destination,
            storage: servers::storage(variables, &network, args, &mut Problems::default()),
        })
    });
    Some(WhoAmI {
        identity: identity?,
        allowed_accounts,
        deploy: deploy.map(Box::new),
        bucket: bucket.flatten(),
        step,
        region: region?,
        network,
    })
}

/// What a deploy lists of `keys`: of a single file its own key, which comes first.
fn listed(keys: &Keys) -> String {
    match keys {
        Keys::Below(prefix) => prefix.clone(),
        Keys::Only(keys) => keys.first().cloned().unwrap_or_default(),
    }
}
