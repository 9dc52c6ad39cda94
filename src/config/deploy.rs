//! What a deploy needs to know.

use std::path::PathBuf;

use super::identity::{self, SignIn};
use super::needs::{self, Work};
use super::record::{Mode, Recording};
use super::reporting::{self, Reporting};
use super::rules::Rules;
use super::variables::Input;
use super::{common, deletion, invalidation, local_path, servers, values};
use crate::aws::{BucketOptions, Storage};
use crate::execute::Concurrency;
use crate::source::Links;
use deploy_core::base::partition::Partition;
use deploy_core::iam::permissions::{Encryption, Needs, Place};
use deploy_core::identity::Identity;
use deploy_core::object::destination::Destination;
use deploy_core::object::headers::ObjectHeaders;
use deploy_core::plan::compare::CompareBy;
use deploy_core::plan::invalidation::Order;
use deploy_core::plan::rollback::Wanted;
use deploy_core::plan::settle::Scope;
use deploy_core::plan::{Grace, Orphans, Part};
use deploy_core::tree::{Filter, Patterns, Source};

/// What is to be made of the bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Job {
    /// What LOCAL_PATH is.
    Deploy,
    /// What it was when this release was complete.
    RollBack(Wanted),
    /// Nothing: the releases are looked at.
    Look,
}

/// Everything a run needs to know, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// What the bucket is to be.
    pub job: Job,
    /// Who deploys.
    pub sign_in: SignIn,
    /// Where the objects go.
    pub destination: Destination,
    /// Where the files are.
    pub source: Source,
    /// Which names count, on both sides.
    pub filter: Filter,
    /// Whether files that look like secrets are deployed.
    pub allow_secrets: bool,
    /// What becomes of symbolic links.
    pub links: Links,
    /// What decides whether a file of an object's size differs from it.
    pub compare_by: CompareBy,
    /// Which objects are asked what they are stored with; none are with none.
    pub compare_headers: Option<Scope>,
    /// What happens to objects that the source does not have.
    pub orphans: Orphans,
    /// What part of the deploy this run is.
    pub part: Part,
    /// Headers of every uploaded object.
    pub headers: ObjectHeaders,
    /// What else decides over headers, and over the stored bytes.
    pub rules: Rules,
    /// Print the plan and stop.
    pub dry_run: bool,
    /// What is invalidated in CloudFront, if anything is.
    pub invalidation: Option<Order>,
    /// What the session has to be allowed.
    pub needs: Needs,
    /// How S3 is spoken to.
    pub storage: Storage,
    /// Requests in flight at most.
    pub concurrency: Concurrency,
    /// What is done about the deploy record.
    pub record: Recording,
    /// How many releases are kept.
    pub releases: u64,
    /// How long orphans with a fingerprint stay.
    pub grace: Grace,
    /// Where results go.
    pub reporting: Reporting,
}

impl Config {
    /// The bucket of the destination.
    pub fn bucket_options(&self) -> BucketOptions<'_> {
        BucketOptions {
            name: &self.destination.bucket,
            endpoint: self.sign_in.network.s3_endpoint.as_ref(),
            storage: &self.storage,
        }
    }

    /// Whether this run looks at the record. One file has none: nothing is left over of it.
    pub fn reads_record(&self) -> bool {
        self.record.mode != Mode::Off && matches!(self.source, Source::Folder(_))
    }

    /// What this run is to invalidate: for a share that is the last step's business.
    pub fn invalidates(&self) -> Option<&Order> {
        let order = self.invalidation.as_ref();
        order.filter(|_| self.part.invalidates())
    }
}

/// Checks everything before it gives up on anything: the values are taken out with `?` only after
/// all of them were parsed.
pub(super) fn read(input: &Input, job: Job) -> Option<Config> {
    let (region, network) = (servers::region(input), servers::network(input));
    let common = common::read(input, Destination::parse, region.as_deref(), &network);
    let sign_in = identity::sign_in(input, region, network);
    let source = match job {
        Job::Deploy => local_path::read(input),
        // Nothing of it is read: it may well not be there.
        Job::RollBack(_) | Job::Look => Some(Source::Folder(PathBuf::new())),
    };
    let orphans = deletion::of_source(input, source.as_ref());
    let filter = filter(input);
    let allow_secrets = input.allow_secrets().switch();
    let invalidation = invalidation::order(input);
    let reporting = reporting::read(input);
    let grace = input.delete_grace().parse(Grace::parse);
    let storage = servers::storage(input);
    let concurrency = input.concurrency().parse(values::concurrency);
    let part = match job {
        Job::Deploy => part(input, source.as_ref()),
        Job::RollBack(_) | Job::Look => Part::Whole,
    };
    let (common, sign_in, source) = (common?, sign_in?, source?);
    // The deletions are the last step's.
    let orphans = match job {
        Job::Deploy => part.orphans(orphans),
        // What the release did not have goes, as what was deployed since has come.
        Job::RollBack(_) => Orphans::DeleteOwned(orphans.limit().unwrap_or_default()),
        Job::Look => Orphans::Keep,
    };
    let order = invalidation.as_ref().filter(|_| part.invalidates());
    let dry_run = common.dry_run || job == Job::Look;
    let work = Work {
        source: Some(&source),
        reads: job == Job::Deploy && needs::reads(input, &common),
        is_aws: sign_in.network.has_aws_s3(),
        rolls_back: matches!(job, Job::RollBack(_)),
        dry_run,
        deletes: orphans != Orphans::Keep,
        distributions: order.map_or_else(Vec::new, |order| order.distributions.clone()),
        encryption: Encryption::Any,
    };
    let needs = needs::of(&common, work, place(&sign_in));
    Some(Config {
        job,
        sign_in,
        destination: common.destination,
        source,
        filter: filter?,
        allow_secrets,
        links: input.args.links,
        compare_by: input.args.compare_by,
        compare_headers: common.compare_headers,
        orphans,
        part,
        headers: common.headers,
        rules: common.rules,
        dry_run,
        invalidation,
        needs,
        storage,
        concurrency: concurrency.unwrap_or_default(),
        record: common.record,
        releases: common.releases,
        grace: grace.unwrap_or_default(),
        reporting,
    })
}

/// Where the role acts; static keys do not say.
fn place(sign_in: &SignIn) -> Place {
    let role = match &sign_in.identity {
        Identity::Role(web_identity) => Some(web_identity.acting_role()),
        Identity::Keys(_) | Identity::FallbackKeys(_) => None,
    };
    let region = sign_in.region.clone();
    Place {
        partition: match role {
            Some(role) => role.partition().to_owned(),
            None => Partition::of_region(&region).to_string(),
        },
        region,
        account: role.map(|role| role.account().to_owned()),
    }
}

/// EXCLUDE and INCLUDE, and the flags of the same names.
pub(super) fn filter(input: &Input) -> Option<Filter> {
    let exclude = input.exclude().parse(Patterns::parse);
    let include = input.include().parse(Patterns::parse);
    Some(Filter::new(exclude?, include?).with_flags(input.args.patterns.clone()))
}

/// SHARD, which needs something to divide.
pub(super) fn part(input: &Input, source: Option<&Source>) -> Part {
    let step = input.bitbucket_parallel_step().text();
    let count = input.bitbucket_parallel_step_count().text();
    let shard = input.shard().parse(|value| Part::parse(value, step, count));
    let shard = shard.unwrap_or_default();
    if shard != Part::Whole && matches!(source, Some(Source::File(_))) {
        let help = "unset it, or give LOCAL_PATH a folder";
        input.shard().refuse("one file cannot be divided", help);
    }
    shard
}
