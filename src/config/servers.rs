//! How servers are reached, and how S3 is spoken to.

use std::time::Duration;

use super::command::Command;
use super::value::Value;
use super::variables::Input;
use super::{disk, flags, values};
use crate::aws::{Network, Proxy, Storage, Times};
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

pub(super) fn network(input: &Input) -> Network {
    let args = &input.args;
    let endpoints = endpoints(input).map(|endpoint| endpoint.parse(Endpoint::parse));
    let [both, _, sts, cloudfront] = endpoints;
    let url = input.https_proxy().parse(values::proxy);
    let certificates = match &args.ca_bundle {
        Some(path) => input.extra_args().check(disk::certificates(path)),
        None => ca_bundle(input).parse(disk::certificates),
    };
    let attempts = input.aws_max_attempts().parse(values::attempts);
    Network {
        s3_endpoint: s3_endpoint(input),
        sts_endpoint: sts.or_else(|| both.clone()),
        cloudfront_endpoint: cloudfront.or(both),
        certificates,
        attempts_max: attempts.unwrap_or(values::ATTEMPTS_DEFAULT),
        connect_timeout: args.connect_timeout.unwrap_or(CONNECT_TIMEOUT),
        fips: input.aws_use_fips_endpoint().switch(),
        dual_stack: input.aws_use_dualstack_endpoint().switch(),
        stall_timeout: args.read_timeout.unwrap_or(STALL_TIMEOUT),
        proxy: proxy(url, input.no_proxy().text().unwrap_or_default()),
    }
}

fn ca_bundle(input: &Input) -> Value<'_> {
    input.aws_ca_bundle().or(input.ssl_cert_file())
}

/// The region of bucket and STS: one of AWS's, unless another server has its own.
pub(super) fn region(input: &Input) -> Option<String> {
    let parse = if is_aws(input) {
        region::of_aws
    } else {
        region::of_another_server
    };
    let Some(region) = &input.args.region else {
        let help = "name the bucket's region, for example `us-east-1`";
        return region_variable(input).required(values::expanded(parse), help);
    };
    let parsed = parse(region).map_err(|invalid| Invalid {
        reason: format!("`--region`: {}", invalid.reason),
        ..invalid
    });
    input.extra_args().check(parsed)
}

/// The variable of the region, unless a flag names it.
pub(super) fn region_variable(input: &Input) -> Value<'_> {
    input.aws_default_region().or(input.aws_region())
}

/// Whether S3 is AWS's own, as far as the endpoints can be read.
pub(super) fn is_aws(input: &Input) -> bool {
    s3_endpoint(input).is_none_or(|endpoint| endpoint.is_aws())
}

/// The endpoint of S3, if one is set. Whether the values can be used is [`network`]'s to say.
fn s3_endpoint(input: &Input) -> Option<Endpoint> {
    let [both, s3, ..] = endpoints(input).map(readable);
    input.args.endpoint.clone().or(s3).or(both)
}

/// The variables that name servers.
fn endpoints(input: &Input) -> [Value<'_>; 4] {
    [
        input.aws_endpoint_url(),
        input.aws_endpoint_url_s3(),
        input.aws_endpoint_url_sts(),
        input.aws_endpoint_url_cloudfront(),
    ]
}

fn readable(endpoint: Value<'_>) -> Option<Endpoint> {
    Endpoint::parse(endpoint.text()?).ok()
}

/// Doubts about the region, and what an endpoint takes the effect of.
pub(super) fn doubts(input: &Input) -> Vec<Note> {
    let is_aws = is_aws(input);
    let name = input.args.region.as_deref();
    let name = name.or(region_variable(input).text()).filter(|_| is_aws);
    let doubt = name.and_then(|name| region::doubt(&region::of_aws(name).ok()?));
    let is_own = input.args.endpoint.is_some() || endpoints(input).iter().any(|one| one.is_set());
    let switches = [
        input.aws_use_fips_endpoint(),
        input.aws_use_dualstack_endpoint(),
    ];
    let idle = switches
        .into_iter()
        .filter(|switch| is_own && switch.is_on())
        .map(|switch| format!("{} has no effect where an endpoint is set", switch.name));
    let owner = input.expected_bucket_owner();
    let unasked = (owner.is_set() && !is_aws).then(|| {
        format!(
            "{}: most servers that are not AWS's ignore it, and take the objects whoever owns the bucket",
            owner.name
        )
    });
    let doubts = doubt.into_iter().chain(idle).chain(unasked);
    let doubts = doubts.chain(named_twice(input));
    doubts.map(Note::Warning).collect()
}

/// A warning if the host of S3's endpoint begins with the bucket, or its path ends with it, as consoles
/// show it: with the bucket in the path once more, objects would be stored below its name in it.
fn named_twice(input: &Input) -> Option<String> {
    let bucket = Destination::parse(input.s3_bucket().text()?).ok()?.bucket;
    let endpoint = s3_endpoint(input)?;
    let (_, host) = endpoint.as_str().split_once("://")?;
    let after = host.strip_prefix(&*bucket);
    let (end, rest) = if let Some(rest) = after.and_then(|rest| rest.strip_prefix('.')) {
        ("host begins", rest)
    } else {
        let before = host.trim_end_matches('/').strip_suffix(&*bucket)?;
        ("path ends", before.strip_suffix('/')?)
    };
    Some(format!(
        "the endpoint's {end} with the bucket's name, which the pipe adds by itself; unless the server is called so, write `https://{rest}`"
    ))
}

/// A `*` in NO_PROXY stands for all hosts, as curl has it; the HTTP client takes it for names only.
fn proxy(url: Option<String>, no_proxy: &str) -> Option<Proxy> {
    let is_for_none = no_proxy.split(',').any(|host| host.trim() == "*");
    url.filter(|_| !is_for_none).map(|url| Proxy {
        url,
        no_proxy: no_proxy.to_owned(),
    })
}

/// A warning for each variable whose server `command` speaks to without TLS over a network.
pub(super) fn exposed(input: &Input, command: Command) -> Vec<Note> {
    let asks_s3 = match command {
        Command::Deploy | Command::Releases | Command::Rollback => true,
        Command::WhoAmI => input.s3_bucket().is_set(),
        Command::Explain | Command::Setup => return Vec::new(),
    };
    // The flag's endpoint is that of S3.
    let flag = input.args.endpoint.clone().filter(|_| asks_s3);
    let of_variables = endpoints(input).map(|endpoint| (endpoint.name, readable(endpoint)));
    let endpoints = [(input.extra_args().name, flag)]
        .into_iter()
        .chain(of_variables);
    let endpoints = endpoints.filter_map(|(name, endpoint)| Some((name, endpoint?)));
    let exposed = endpoints.filter(|(_, endpoint)| endpoint.is_exposed());
    exposed
        .map(|(name, endpoint)| {
            let url = endpoint.as_str();
            Note::Warning(format!(
                "{name}: `{url}` is not encrypted: tokens and files can be read, and answers changed, on the way; use https"
            ))
        })
        .collect()
}

pub(super) fn storage(input: &Input) -> Storage {
    let is_aws = is_aws(input);
    let checksum = input.checksum().one_of(&[
        ("auto", None),
        ("required", Some(Checksum::Crc64Nvme { confirmed: true })),
        ("off", Some(Checksum::Off)),
    ]);
    // The flag asks for what CHECKSUM=required does as well, and more.
    let checksum = match checksum.flatten() {
        Some(checksum @ Checksum::Crc64Nvme { .. }) => checksum,
        _ if input.args.crc64_nvme => Checksum::Crc64Nvme { confirmed: false },
        Some(checksum) => checksum,
        None if is_aws => Checksum::Crc64Nvme { confirmed: false },
        None => Checksum::ContentMd5,
    };
    let path_style = input.s3_force_path_style().parse(values::boolean_or_auto);
    Storage {
        expected_owner: input.expected_bucket_owner().parse(values::account),
        checksum,
        path_style: path_style.flatten().unwrap_or(!is_aws),
        existing: flags::existing(input),
        times: match input.args.compare_by {
            CompareBy::ContentAndAge => Times::Read,
            CompareBy::Content | CompareBy::Size => Times::Ignored,
        },
    }
}
