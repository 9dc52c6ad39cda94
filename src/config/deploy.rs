//! What a deploy needs to know.

use std::path::PathBuf;

use super::environment::Variables;
use super::extra_args::ExtraArgs;
use super::needs::{self, Work};
use super::problem::Problems;
use super::record::{self, Mode, Recording};
use super::reporting::{self, Reporting};
use super::rules::{self, Rules};
use super::{deletion, headers, identity, invalidation, local_path, servers, values};
use crate::aws::{BucketOptions, Network, Storage};
use crate::execute::Concurrency;
use crate::source::Links;
use deploy_core::base::invalid::Invalid;
use deploy_core::base::partition::Partition;
use deploy_core::iam::RoleArn;
use deploy_core::iam::permissions::{Encryption, Needs, Place};
use deploy_core::identity::{AllowedAccounts, Identity, Step};
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
    /// How credentials are had.
    pub identity: Identity,
    /// Accounts that the deploy may act in; `None` for any.
    pub allowed_accounts: Option<AllowedAccounts>,
    /// What is known about the step.
    pub step: Step,
    /// Region of bucket and STS.
    pub region: String,
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
    /// How servers are reached.
    pub network: Network,
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
            endpoint: self.network.s3_endpoint.as_ref(),
            storage: &self.storage,
        }
    }

    /// Whether this run looks at the record. One file has none: nothing is left over of it.
    pub fn reads_record(&self) -> bool {
        self.record.mode != Mode::Off && matches!(self.source, Source::Folder(_))
    }

    /// What this run is to invalidate: for a share that is the last step's business.
    pub fn invalidates(&self) -> Option<&Order> {
        invalidates(self.part, self.invalidation.as_ref())
    }
}

fn invalidates(part: Part, order: Option<&Order>) -> Option<&Order> {
    order.filter(|_| part.invalidates())
}

/// Checks everything before it gives up on anything: the values are taken out with `?` only after
/// all of them were parsed.
pub(super) fn read(
    variables: &Variables,
    args: &ExtraArgs,
    job: Job,
    problems: &mut Problems,
) -> Option<Config> {
    let (identity, step) = identity::read(variables, problems);
    let allowed_accounts = identity::allowed_accounts(variables, identity.as_ref(), problems);
    let region = servers::region(variables, args, problems);
    let destination = destination(variables, Destination::parse, problems);
    check_bucket(
        variables,
        args,
        region.as_deref(),
        destination.as_ref(),
        problems,
    );
    let source = match job {
        Job::Deploy => local_path::read(variables, problems),
        // Nothing of it is read: it may well not be there.
        Job::RollBack(_) | Job::Look => Some(Source::Folder(PathBuf::new())),
    };
    let orphans = deletion::orphans(variables, args, source.as_ref(), problems);
    let filter = filter(variables, args, problems);
    let allow_secrets = variables.allow_secrets().switch(problems);
    let dry_run = variables.dry_run().switch(problems) || args.dry_run || job == Job::Look;
    let compare_headers = compare_headers(variables, problems);
    let invalidation = invalidation::order(variables, problems);
    let reporting = reporting::read(variables, problems);
    let record = record::read(variables, problems);
    let releases = variables.releases().parse(values::releases, problems);
    let grace = variables.delete_grace().parse(Grace::parse, problems);
    let headers = headers::read(variables, args, problems);
    let rules = rules::rules(variables, &headers, problems);
    let network = servers::network(variables, args, problems);
    let storage = servers::storage(variables, &network, args, problems);
    let concurrency = variables.concurrency().parse(values::concurrency, problems);
    let part = match job {
        Job::Deploy => part(variables, source.as_ref(), problems),
        Job::RollBack(_) | Job::Look => Part::Whole,
    };
    let (identity, region) = (identity?, region?);
    needs::check_partition(variables, &region, &network, problems);
    let (destination, source) = (destination?, source?);
    // The deletions are the last step's.
    let orphans = match job {
        Job::Deploy => part.orphans(orphans),
        // What the release did not have goes, as what was deployed since has come.
        Job::RollBack(_) => Orphans::DeleteOwned(orphans.limit().unwrap_or_default()),
        Job::Look => Orphans::Keep,
    };
    let order = invalidates(part, invalidation.as_ref());
    let is_aws = network.has_aws_s3();
    if is_aws {
        // Other servers have keys of other names.
        needs::kms_keys(variables, args, &headers, &rules, problems);
    }
    let work = Work {
        destination: &destination,
        source: Some(&source),
        headers: &headers,
        rules: &rules,
        reads: job == Job::Deploy && needs::reads(compare_headers, args),
        rolls_back: matches!(job, Job::RollBack(_)),
        has_record: record.mode != Mode::Off,
        dry_run,
        deletes: orphans != Orphans::Keep,
        distributions: order
            .map(|order| order.distributions.clone())
            .unwrap_or_default(),
        encryption: if is_aws {
            Encryption::Any
        } else {
            Encryption::None
        },
    };
    let needs = needs::of(work, place(&identity, &region));
    Some(Config {
        job,
        identity,
        allowed_accounts,
        step,
        region,
        destination,
        source,
        filter: filter?,
        allow_secrets,
        links: args.links,
        compare_by: args.compare_by,
        compare_headers,
        orphans,
        part,
        headers,
        rules,
        dry_run,
        invalidation,
        needs,
        storage,
        concurrency: concurrency.unwrap_or_default(),
        network,
        record,
        releases: releases.unwrap_or(values::RELEASES_DEFAULT),
        grace: grace.unwrap_or_default(),
        reporting,
    })
}

/// Where the role acts; static keys do not say.
fn place(identity: &Identity, region: &str) -> Place {
    let role = match identity {
        Identity::Role(web_identity) => Some(web_identity.acting_role()),
        Identity::Keys(_) | Identity::FallbackKeys(_) => None,
    };
    let partition = role.map(RoleArn::partition);
    Place {
        partition: partition
            .map_or_else(|| Partition::of_region(region).to_string(), str::to_owned),
        region: region.to_owned(),
        account: role.map(|role| role.account().to_owned()),
    }
}

/// S3_BUCKET, as `parse` takes it.
pub(super) fn destination(
    variables: &Variables,
    parse: fn(&str) -> Result<Destination, Invalid>,
    problems: &mut Problems,
) -> Option<Destination> {
    let help = "name the bucket, for example `my-bucket` or `my-bucket/docs`";
    variables
        .s3_bucket()
        .required(values::expanded(parse), help, problems)
}

/// Refuses names that no bucket of AWS has.
pub(super) fn check_bucket(
    variables: &Variables,
    args: &ExtraArgs,
    region: Option<&str>,
    destination: Option<&Destination>,
    problems: &mut Problems,
) {
    if let (Some(region), Some(destination)) = (region, destination)
        && servers::is_aws(variables, args)
    {
        let checked = destination.check_on_aws(region);
        problems.check(variables.s3_bucket().name, checked);
    }
}

/// EXCLUDE and INCLUDE, and the flags of the same names.
pub(super) fn filter(
    variables: &Variables,
    args: &ExtraArgs,
    problems: &mut Problems,
) -> Option<Filter> {
    let exclude = variables.exclude().parse(Patterns::parse, problems);
    let include = variables.include().parse(Patterns::parse, problems);
    Some(Filter::new(exclude?, include?).with_flags(args.patterns.clone()))
}

/// COMPARE_HEADERS.
pub(super) fn compare_headers(variables: &Variables, problems: &mut Problems) -> Option<Scope> {
    let value = variables.compare_headers();
    match value.parse(values::boolean_or_auto, problems).flatten() {
        None => Some(Scope::Doubtful),
        Some(all) => all.then_some(Scope::All),
    }
}

/// SHARD, which needs something to divide.
pub(super) fn part(
    variables: &Variables,
    source: Option<&Source>,
    problems: &mut Problems,
) -> Part {
    let step = variables.bitbucket_parallel_step().text();
    let count = variables.bitbucket_parallel_step_count().text();
    let parse = |value: &str| Part::parse(value, step, count);
    let shard = variables.shard().parse(parse, problems).unwrap_or_default();
    if shard != Part::Whole && matches!(source, Some(Source::File(_))) {
        let help = "unset it, or give LOCAL_PATH a folder";
        problems.push(
            variables.shard().name,
            Invalid::new("one file cannot be divided", help),
        );
    }
    shard
}
