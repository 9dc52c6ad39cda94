//! From the environment to a checked configuration, with every mistake of the run at once.
//!
//! Past this module nobody meets a raw variable. The only IO is what a check needs: whether
//! LOCAL_PATH is there, and the certificates of AWS_CA_BUNDLE.

pub mod arguments;
pub mod command;
mod context;
mod disk;
mod environment;
mod explain;
pub mod extra_args;
mod flags;
pub mod help;
mod identity;
mod invalidation;
pub mod problem;
mod raw;
pub mod reporting;
mod rules;
mod servers;
pub mod setup;
mod token;
pub mod values;
pub mod variables;

use std::ffi::OsString;
use std::path::PathBuf;

use crate::config::extra_args::ExtraArgs;
use crate::console::{Note, Verbosity};
use crate::source::Links;
use deploy_core::identity::{AllowedAccounts, Identity, Step};
use deploy_core::object::destination::Destination;
use deploy_core::object::headers;
use deploy_core::object::headers::ObjectHeaders;
use deploy_core::plan::compare::CompareBy;
use deploy_core::plan::invalidation::Order;
use deploy_core::plan::{DeleteLimit, Orphans, Shard};
use deploy_core::tree::{Filter, Source, patterns};
pub use explain::Explain;
pub use rules::Rules;

use crate::aws::Network;
use crate::aws::{BucketOptions, Storage};
use crate::console::Output;
use crate::execute::Concurrency;
use command::{Command, Request};
use deploy_core::base::invalid::Invalid;
use environment::Environment;
use problem::Problems;
use raw::Raw;
use reporting::Reporting;

/// Everything a run needs to know, checked.
#[derive(Clone, Debug)]
pub struct Config {
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
    /// Whether equal files are uploaded again when the object's headers differ.
    pub compare_headers: bool,
    /// What happens to objects that the source does not have.
    pub orphans: Orphans,
    /// What part of the deploy this run is.
    pub shard: Shard,
    /// Headers of every uploaded object.
    pub headers: ObjectHeaders,
    /// What else decides over headers, and over the stored bytes.
    pub rules: Rules,
    /// Print the plan and stop.
    pub dry_run: bool,
    /// What is invalidated in CloudFront, if anything is.
    pub invalidation: Option<Order>,
    /// How S3 is spoken to.
    pub storage: Storage,
    /// Requests in flight at most.
    pub concurrency: Concurrency,
    /// How servers are reached.
    pub network: Network,
    /// Where the JSON report goes.
    pub report_file: Option<PathBuf>,
    /// What a user should know about the configuration.
    pub notes: Vec<Note>,
    /// Where else results go.
    pub reporting: Reporting,
}

impl Config {
    /// The bucket of the destination.
    #[must_use]
    pub fn bucket_options(&self) -> BucketOptions<'_> {
        BucketOptions {
            name: &self.destination.bucket,
            endpoint: self.network.s3_endpoint.as_ref(),
            storage: &self.storage,
        }
    }

    /// What this run is to invalidate: for a share that is the last step's business.
    #[must_use]
    pub fn invalidates(&self) -> Option<&Order> {
        match self.shard {
            Shard::Share(_) => None,
            Shard::Whole | Shard::Final(_) => self.invalidation.as_ref(),
        }
    }
}

/// Everything that `whoami` needs to know, checked.
#[derive(Clone, Debug)]
pub struct WhoAmI {
    /// How credentials are had.
    pub identity: Identity,
    /// What is known about the step.
    pub step: Step,
    /// Region of STS.
    pub region: String,
    /// How servers are reached.
    pub network: Network,
    /// What a user should know about the configuration.
    pub notes: Vec<Note>,
}

/// Reads and checks `variables`, the process's environment; the command of its `argument` wins over
/// COMMAND.
///
/// # Errors
/// Every mistake, in the order of the variables' table. How to print them comes beside.
pub fn load(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
    argument: Option<Command>,
) -> (Output, Result<Request, Problems>) {
    let mut problems = Problems::default();
    let environment = Environment::read(variables, &mut problems);
    let raw = Raw::read(&environment).unwrap_or_else(|error| {
        let why = format!("cannot be read ({error})");
        problems.push(
            "variables",
            Invalid::new(why, "report this as a fault of the pipe"),
        );
        Raw::default()
    });
    let args = flags::read(&environment, &mut problems);
    let output = Output {
        verbosity: if boolean(&mut problems, "DEBUG", raw.debug.as_deref()) {
            Verbosity::Debug
        } else {
            args.verbosity
        },
        progress: args.progress,
        colours: raw.no_color.is_none(),
        format: problems
            .parse("LOG_FORMAT", raw.log_format.as_deref(), values::log_format)
            .unwrap_or_default(),
    };
    let variable = problems.parse("COMMAND", raw.command.as_deref(), Command::parse);
    let request = match argument.or(variable).unwrap_or_default() {
        Command::Deploy => validate(&environment, &raw, args, &mut problems)
            .map(|config| Request::Deploy(Box::new(config))),
        Command::Explain => explain::validate(&environment, &raw, args, &mut problems)
            .map(|explain| Request::Explain(Box::new(explain))),
        Command::Setup => setup::read(&environment, &raw, &mut problems)
            .map(|config| Request::Setup(Box::new(config))),
        Command::WhoAmI => whoami(&environment, &raw, &mut problems)
            .map(|config| Request::WhoAmI(Box::new(config))),
    };
    let order = |name| {
        variables::VARIABLES
            .iter()
            .position(|variable| variable.name == name)
    };
    problems.0.sort_by_key(|problem| order(problem.variable));
    match request {
        Some(request) if problems.0.is_empty() => (output, Ok(request)),
        _ => (output, Err(problems)),
    }
}

/// Checks everything before it gives up on anything: the values are taken out with `?` only after
/// all of them were parsed.
fn validate(
    environment: &Environment,
    raw: &Raw,
    args: ExtraArgs,
    problems: &mut Problems,
) -> Option<Config> {
    let identity = identity::choose(environment, raw, problems);
    let allowed_accounts = identity::allowed_accounts(environment, identity.as_ref(), problems);
    let step = identity::step(raw, problems);
    let region = region(raw, &args, problems);
    let destination = required(
        problems,
        "S3_BUCKET",
        raw.s3_bucket.as_deref(),
        Destination::parse,
        "name the bucket, as `my-bucket` or `my-bucket/docs`",
    );
    let source = local_path(raw, problems);
    let orphans = orphans(raw, &args, problems);
    let filter = filter(environment, &args, problems);
    let allow_secrets = boolean(problems, "ALLOW_SECRETS", raw.allow_secrets.as_deref());
    let dry_run = boolean(problems, "DRY_RUN", raw.dry_run.as_deref()) || args.dry_run;
    let compare_headers = raw.compare_headers.as_deref();
    let compare_headers = boolean(problems, "COMPARE_HEADERS", compare_headers);
    let invalidation = invalidation::order(environment, raw, problems);
    let reporting = reporting::read(raw, problems);
    let headers = shared_headers(raw, problems);
    let headers = flags::headers(headers, environment, raw, &args, problems);
    let rules = rules::rules(raw, &headers, problems);
    let network = servers::network(raw, &args, problems);
    let exposed = servers::exposed(raw, &args);
    let storage = servers::storage(raw, &network, &args, problems);
    let concurrency = problems.parse(
        "CONCURRENCY",
        raw.concurrency.as_deref(),
        values::concurrency,
    );
    let shard = shard(raw, source.as_ref(), problems);
    let report_file = problems.parse("REPORT_FILE", raw.report_file.as_deref(), disk::report_file);

    let source = source?;
    if matches!((&source, orphans), (Source::File(_), Orphans::Delete(_))) {
        problems.push(
            if args.delete {
                "EXTRA_ARGS"
            } else {
                "DELETE_FLAG"
            },
            Invalid::new(
                "one file leaves nothing that could be deleted",
                "unset it, or give LOCAL_PATH a folder",
            ),
        );
    }
    Some(Config {
        identity: identity?,
        allowed_accounts,
        step,
        region: region?,
        destination: destination?,
        source,
        filter: filter?,
        allow_secrets,
        links: args.links,
        compare_by: args.compare_by,
        compare_headers,
        // The deletions are the last step's.
        orphans: match shard {
            Shard::Share(_) => Orphans::Keep,
            Shard::Whole | Shard::Final(_) => orphans,
        },
        shard,
        headers,
        rules,
        dry_run,
        invalidation,
        storage,
        concurrency: concurrency.unwrap_or_default(),
        network,
        report_file,
        notes: args.notes.into_iter().chain(exposed).collect(),
        reporting,
    })
}

/// What `whoami` needs: no bucket, no folder.
fn whoami(environment: &Environment, raw: &Raw, problems: &mut Problems) -> Option<WhoAmI> {
    let identity = identity::choose(environment, raw, problems);
    let step = identity::step(raw, problems);
    let args = ExtraArgs::default();
    let region = region(raw, &args, problems);
    let network = servers::network(raw, &args, problems);
    Some(WhoAmI {
        identity: identity?,
        step,
        region: region?,
        network,
        notes: servers::exposed(raw, &args),
    })
}

fn region(raw: &Raw, args: &ExtraArgs, problems: &mut Problems) -> Option<String> {
    let region = args
        .region
        .as_deref()
        .or(raw.aws_default_region.as_deref())
        .or(raw.aws_region.as_deref());
    required(
        problems,
        "AWS_DEFAULT_REGION",
        region,
        values::region,
        "name the bucket's region, as `us-east-1`",
    )
}

/// EXCLUDE and INCLUDE, and the flags of the same names.
fn filter(environment: &Environment, args: &ExtraArgs, problems: &mut Problems) -> Option<Filter> {
    let exclude = problems.check("EXCLUDE", patterns(&environment.list("EXCLUDE")));
    let include = problems.check("INCLUDE", patterns(&environment.list("INCLUDE")));
    Some(Filter::new(exclude?, include?).with_flags(args.patterns.clone()))
}

fn local_path(raw: &Raw, problems: &mut Problems) -> Option<Source> {
    required(
        problems,
        "LOCAL_PATH",
        raw.local_path.as_deref(),
        disk::source,
        "name the folder to deploy, as `dist`",
    )
}

fn required<T>(
    problems: &mut Problems,
    variable: &'static str,
    value: Option<&str>,
    parse: impl FnOnce(&str) -> Result<T, Invalid>,
    cure: &str,
) -> Option<T> {
    let value = value.ok_or_else(|| Invalid::new("required, but not set", cure));
    problems.check(variable, value.and_then(parse))
}

fn boolean(problems: &mut Problems, variable: &'static str, value: Option<&str>) -> bool {
    problems
        .parse(variable, value, values::boolean)
        .unwrap_or_default()
}

fn orphans(raw: &Raw, args: &ExtraArgs, problems: &mut Problems) -> Orphans {
    let limit = problems.parse("MAX_DELETE", raw.max_delete.as_deref(), DeleteLimit::parse);
    if boolean(problems, "DELETE_FLAG", raw.delete_flag.as_deref()) || args.delete {
        Orphans::Delete(limit.unwrap_or_default())
    } else {
        Orphans::Keep
    }
}

/// SHARD, which needs something to divide.
fn shard(raw: &Raw, source: Option<&Source>, problems: &mut Problems) -> Shard {
    let step = raw.bitbucket_parallel_step.as_deref();
    let count = raw.bitbucket_parallel_step_count.as_deref();
    let parse = |value: &str| Shard::parse(value, step, count);
    let shard = problems.parse("SHARD", raw.shard.as_deref(), parse);
    let shard = shard.unwrap_or_default();
    if shard != Shard::Whole && matches!(source, Some(Source::File(_))) {
        let cure = "unset it, or give LOCAL_PATH a folder";
        problems.push("SHARD", Invalid::new("one file cannot be divided", cure));
    }
    shard
}

fn shared_headers(raw: &Raw, problems: &mut Problems) -> ObjectHeaders {
    ObjectHeaders {
        cache_control: problems.parse(
            "CACHE_CONTROL",
            raw.cache_control.as_deref(),
            headers::header_value,
        ),
        content_encoding: problems.parse(
            "CONTENT_ENCODING",
            raw.content_encoding.as_deref(),
            headers::header_value,
        ),
        expires: problems.parse("EXPIRES", raw.expires.as_deref(), headers::expires),
        acl: problems.parse("ACL", raw.acl.as_deref(), |value| {
            values::choice(value, headers::ACLS)
        }),
        storage_class: problems.parse("STORAGE_CLASS", raw.storage_class.as_deref(), |value| {
            values::choice(value, headers::STORAGE_CLASSES)
        }),
        ..ObjectHeaders::default()
    }
}

#[cfg(test)]
mod tests;
