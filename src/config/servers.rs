//! How servers are reached, and how S3 is spoken to.

use crate::aws::{Network, Proxy};
use crate::aws::{Storage, Times};
use std::time::Duration;

use super::environment::Variables;
use super::problem::Problems;
use super::value::Value;
use super::{disk, flags, values};
use crate::config::extra_args::ExtraArgs;
use crate::console::Note;
use deploy_core::base::endpoint::Endpoint;
use deploy_core::base::invalid::Invalid;
use deploy_core::object::body::Checksum;
use deploy_core::object::destination::Destination;
use deploy_core::object::region;
use deploy_core::plan::compare::CompareBy;

/// Time to open a connection, unless `--cli-connect-timeout` says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Time in which something of a request has to move, unless `--cli-read-timeout` says otherwise.
/// aws-cli's default is the same; S3 answers within seconds, also when it throttles.
const STALL_TIMEOUT: Duration = Duration::from_mins(1);

pub(super) fn network(variables: &Variables, args: &ExtraArgs, problems: &mut Problems) -> Network {
    let [both, s3, sts, cloudfront] =
        endpoints(variables).map(|endpoint| endpoint.parse(Endpoint::parse, problems));
    let url = variables.https_proxy().parse(values::proxy, problems);
    let variable = variables.aws_ca_bundle().or(variables.ssl_cert_file());
    let certificates = match &args.ca_bundle {
        Some(path) => problems.check(variables.extra_args().name, disk::certificates(path)),
        None => variable.parse(disk::certificates, problems),
    };
    let attempts = variables
        .aws_max_attempts()
        .parse(values::attempts, problems);
    Network {
        s3_endpoint: args.endpoint.clone().or(s3).or_else(|| both.clone()),
        sts_endpoint: sts.or_else(|| both.clone()),
        cloudfront_endpoint: cloudfront.or(both),
        certificates,
        attempts_max: attempts.unwrap_or(values::ATTEMPTS_DEFAULT),
        connect_timeout: args.connect_timeout.unwrap_or(CONNECT_TIMEOUT),
        fips: variables.aws_use_fips_endpoint().switch(problems),
        dual_stack: variables.aws_use_dualstack_endpoint().switch(problems),
        stall_timeout: args.read_timeout.unwrap_or(STALL_TIMEOUT),
        proxy: proxy(url, variables.no_proxy().text().unwrap_or_default()),
    }
}

/// The region of bucket and STS: one of AWS's, unless another server has its own.
pub(super) fn region(
    variables: &Variables,
    args: &ExtraArgs,
    problems: &mut Problems,
) -> Option<String> {
    let parse = if is_aws(variables, args) {
        region::of_aws
    } else {
        region::of_another_server
    };
    let help = "name the bucket's region, for example `us-east-1`";
    let variable = variables.aws_default_region().or(variables.aws_region());
    match &args.region {
        Some(region) => {
            let parsed = parse(region).map_err(|invalid| Invalid {
                reason: format!("`--region`: {}", invalid.reason),
                ..invalid
            });
            problems.check(variables.extra_args().name, parsed)
        }
        None => variable.required(values::expanded(parse), help, problems),
    }
}

/// Whether S3 is AWS's own, as far as the endpoints can be read.
pub(super) fn is_aws(variables: &Variables, args: &ExtraArgs) -> bool {
    let parsed = |value: Value<'_>| value.text().and_then(|text| Endpoint::parse(text).ok());
    let endpoint = args
        .endpoint
        .clone()
        .or_else(|| parsed(variables.aws_endpoint_url_s3()))
        .or_else(|| parsed(variables.aws_endpoint_url()));
    endpoint.is_none_or(|endpoint| endpoint.is_aws())
}

/// Doubts about the region, and what an endpoint takes the effect of.
pub(super) fn doubts(variables: &Variables, args: &ExtraArgs) -> Vec<Note> {
    let variable = variables.aws_default_region().or(variables.aws_region());
    let name = args.region.as_deref().or(variable.text());
    let doubt = name.filter(|_| is_aws(variables, args)).and_then(|name| {
        region::of_aws(name)
            .ok()
            .and_then(|name| region::doubt(&name))
    });
    let is_own = args.endpoint.is_some() || endpoints(variables).iter().any(|one| one.is_set());
    let switches = [
        variables.aws_use_fips_endpoint(),
        variables.aws_use_dualstack_endpoint(),
    ];
    let idle = switches
        .into_iter()
        .filter(|switch| is_own && switch.is_on())
        .map(|switch| format!("{} has no effect where an endpoint is set", switch.name));
    let owner = variables.expected_bucket_owner();
    let is_unasked = owner.is_set() && !is_aws(variables, args);
    let unasked = is_unasked.then(|| {
        format!(
            "{}: most servers that are not AWS's ignore it, and take the objects whoever owns the bucket",
            owner.name
        )
    });
    let doubts = doubt.into_iter().chain(idle).chain(unasked);
    let doubts = doubts.chain(named_twice(variables, args));
    doubts.map(Note::Warning).collect()
}

/// A warning if the host of S3's endpoint begins with the bucket, or its path ends with it, as consoles
/// show it: with the bucket in the path once more, objects would be stored below its name in it.
fn named_twice(variables: &Variables, args: &ExtraArgs) -> Option<String> {
    let destination = Destination::parse(variables.s3_bucket().text()?).ok()?;
    let bucket = destination.bucket;
    let of_variables = variables
        .aws_endpoint_url_s3()
        .or(variables.aws_endpoint_url());
    let url = args.endpoint.as_ref().map(Endpoint::as_str);
    let url = url.or(of_variables.text())?;
    let (_, host) = url.split_once("://")?;
    let of_path = || {
        host.trim_end_matches('/')
            .strip_suffix(&*bucket)?
            .strip_suffix('/')
    };
    let (end, rest) = match host
        .strip_prefix(&*bucket)
        .and_then(|rest| rest.strip_prefix('.'))
    {
        Some(rest) => ("host begins", rest),
        None => ("path ends", of_path()?),
    };
    Some(format!(
        "the endpoint's {end} with the bucket's name, which the pipe adds by itself; unless the server is called so, write `https://{rest}`"
    ))
}

/// The variables that name servers.
fn endpoints(variables: &Variables) -> [Value<'_>; 4] {
    [
        variables.aws_endpoint_url(),
        variables.aws_endpoint_url_s3(),
        variables.aws_endpoint_url_sts(),
        variables.aws_endpoint_url_cloudfront(),
    ]
}

/// A `*` in NO_PROXY stands for all hosts, as curl has it; the HTTP client takes it for names only.
fn proxy(url: Option<String>, no_proxy: &str) -> Option<Proxy> {
    let is_for_none = no_proxy.split(',').any(|host| host.trim() == "*");
    url.filter(|_| !is_for_none).map(|url| Proxy {
        url,
        no_proxy: no_proxy.to_owned(),
    })
}

/// A warning for each variable whose server is spoken to without TLS over a network. Whether the
/// values can be used is [`network`]'s to say.
pub(super) fn exposed(variables: &Variables, args: &ExtraArgs) -> Vec<Note> {
    let flag = (variables.extra_args().name, args.endpoint.clone());
    let of_variables = endpoints(variables).map(|endpoint| {
        let parsed = endpoint.text().map(Endpoint::parse);
        (endpoint.name, parsed.and_then(Result::ok))
    });
    let endpoints = [flag].into_iter().chain(of_variables);
    let exposed = endpoints
        .filter_map(|(name, endpoint)| Some((name, endpoint?)))
        .filter(|(_, endpoint)| endpoint.is_exposed());
    exposed
        .map(|(name, endpoint)| {
            let url = endpoint.as_str();
            Note::Warning(format!(
                "{name}: `{url}` is not encrypted: tokens and files can be read, and answers changed, on the way; use https"
            ))
        })
        .collect()
}

pub(super) fn storage(
    variables: &Variables,
    network: &Network,
    args: &ExtraArgs,
    problems: &mut Problems,
) -> Storage {
    let is_aws = network.has_aws_s3();
    let checksum = variables.checksum().parse(values::checksum, problems);
    let checksum = checksum.flatten();
    // The flag asks for what CHECKSUM=required does as well, and more.
    let checksum = match checksum {
        Some(Checksum::Crc64Nvme { .. }) => checksum,
        _ if args.crc64_nvme => Some(Checksum::Crc64Nvme { confirmed: false }),
        _ => checksum,
    };
    let existing = flags::existing(variables, args, problems);
    let path_style = variables
        .s3_force_path_style()
        .parse(values::boolean_or_auto, problems);
    Storage {
        expected_owner: variables
            .expected_bucket_owner()
            .parse(values::account, problems),
        checksum: checksum.unwrap_or(if is_aws {
            Checksum::Crc64Nvme { confirmed: false }
        } else {
            Checksum::ContentMd5
        }),
        path_style: path_style.flatten().unwrap_or(!is_aws),
        existing,
        times: match args.compare_by {
            CompareBy::ContentAndAge => Times::Read,
            CompareBy::Content | CompareBy::Size => Times::Ignored,
        },
    }
}
