//! What COMMAND=whoami needs: an identity, and no folder. A bucket is tried where one is named.

use super::identity::{self, SignIn};
use super::variables::Input;
use super::{Config, Job, common, deploy, servers};
use crate::aws::{BucketOptions, Storage};
use deploy_core::iam::permissions::Keys;
use deploy_core::object::destination::Destination;

/// Everything that `whoami` needs to know, checked.
#[derive(Clone, Debug)]
pub struct WhoAmI {
    /// Who is asked about.
    pub sign_in: SignIn,
    /// The deploy that the same variables ask for, if they ask for one.
    pub deploy: Option<Box<Config>>,
    /// The bucket of S3_BUCKET, if that is set.
    pub bucket: Option<Tried>,
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
            endpoint: self.sign_in.network.s3_endpoint.as_ref(),
            storage: &tried.storage,
        }
    }
}

pub(super) fn read(input: &Input) -> Option<WhoAmI> {
    let (region, network) = (servers::region(input), servers::network(input));
    // Mistakes in what only a deploy has are for the deploy to tell.
    let aside = || (deploy::read(input, Job::Deploy), servers::storage(input));
    let (deploy, storage) = input.problems.apart(aside);
    let destination = input
        .s3_bucket()
        .is_set()
        .then(|| common::destination(input, Destination::parse, region.as_deref()));
    let bucket = destination.flatten().map(|destination| Tried {
        prefix: match &deploy {
            Some(deploy) => listed(&deploy.needs.keys),
            None => destination.prefix().to_owned(),
        },
        destination,
        storage,
    });
    Some(WhoAmI {
        sign_in: identity::sign_in(input, region, network)?,
        deploy: deploy.map(Box::new),
        bucket,
    })
}

/// What a deploy lists of `keys`: of a single file its own key, which comes first.
fn listed(keys: &Keys) -> String {
    match keys {
        Keys::Below(prefix) => prefix.clone(),
        Keys::Only(keys) => keys.first().cloned().unwrap_or_default(),
    }
}
