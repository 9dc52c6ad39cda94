//! How servers are reached, and how S3 is spoken to.

use crate::aws::{Network, Proxy};
use crate::aws::{Storage, Times};
use deploy_core::plan::compare::CompareBy;
use std::time::Duration;

use super::problem::Problems;
use super::raw::Raw;
use super::{disk, flags, values};
use crate::config::extra_args::ExtraArgs;
use crate::console::Note;
use deploy_core::base::endpoint::Endpoint;
use deploy_core::object::body::Checksum;

/// Time to open a connection, unless `--cli-connect-timeout` says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Time in which something of a request has to move, unless `--cli-read-timeout` says otherwise.
/// aws-cli's default is the same; S3 answers within seconds, also when it throttles.
const STALL_TIMEOUT: Duration = Duration::from_mins(1);

pub(super) fn network(raw: &Raw, args: &ExtraArgs, problems: &mut Problems) -> Network {
    let mut endpoint =
        |variable, value: Option<&str>| problems.parse(variable, value, Endpoint::parse);
    let both = endpoint("AWS_ENDPOINT_URL", raw.aws_endpoint_url.as_deref());
    let s3 = endpoint("AWS_ENDPOINT_URL_S3", raw.aws_endpoint_url_s3.as_deref());
    let sts = endpoint("AWS_ENDPOINT_URL_STS", raw.aws_endpoint_url_sts.as_deref());
    let cloudfront = endpoint(
        "AWS_ENDPOINT_URL_CLOUDFRONT",
        raw.aws_endpoint_url_cloudfront.as_deref(),
    );
    let url = problems.parse("HTTPS_PROXY", raw.https_proxy.as_deref(), values::proxy);
    let bundle = [
        ("EXTRA_ARGS", &args.ca_bundle),
        ("AWS_CA_BUNDLE", &raw.aws_ca_bundle),
        ("SSL_CERT_FILE", &raw.ssl_cert_file),
    ];
    let bundle = bundle
        .into_iter()
        .find_map(|(name, path)| Some((name, path.as_deref()?)));
    let certificates =
        bundle.and_then(|(name, path)| problems.check(name, disk::certificates(path)));
    Network {
        s3_endpoint: args.endpoint.clone().or(s3).or_else(|| both.clone()),
        sts_endpoint: sts.or_else(|| both.clone()),
        cloudfront_endpoint: cloudfront.or(both),
        certificates,
        attempts_max: problems
            .parse(
                "AWS_MAX_ATTEMPTS",
                raw.aws_max_attempts.as_deref(),
                values::attempts,
            )
            .unwrap_or(values::ATTEMPTS_DEFAULT),
        connect_timeout: args.connect_timeout.unwrap_or(CONNECT_TIMEOUT),
        stall_timeout: args.read_timeout.unwrap_or(STALL_TIMEOUT),
        proxy: proxy(url, raw.no_proxy.as_deref().unwrap_or_default()),
    }
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
pub(super) fn exposed(raw: &Raw, args: &ExtraArgs) -> Vec<Note> {
    let of_variable = |value: &Option<String>| Endpoint::parse(value.as_deref()?).ok();
    let endpoints = [
        ("EXTRA_ARGS", args.endpoint.clone()),
        ("AWS_ENDPOINT_URL", of_variable(&raw.aws_endpoint_url)),
        ("AWS_ENDPOINT_URL_S3", of_variable(&raw.aws_endpoint_url_s3)),
        (
            "AWS_ENDPOINT_URL_STS",
            of_variable(&raw.aws_endpoint_url_sts),
        ),
        (
            "AWS_ENDPOINT_URL_CLOUDFRONT",
            of_variable(&raw.aws_endpoint_url_cloudfront),
        ),
    ];
    let exposed = endpoints
        .into_iter()
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
    raw: &Raw,
    network: &Network,
    args: &ExtraArgs,
    problems: &mut Problems,
) -> Storage {
    let is_aws = network.s3_endpoint.as_ref().is_none_or(Endpoint::is_aws);
    let checksum = problems
        .parse("CHECKSUM", raw.checksum.as_deref(), values::checksum)
        .flatten();
    // The flag asks for what CHECKSUM=required does as well, and more.
    let checksum = match checksum {
        Some(Checksum::Crc64Nvme { .. }) => checksum,
        _ if args.crc64_nvme => Some(Checksum::Crc64Nvme { confirmed: false }),
        _ => checksum,
    };
    let existing = flags::existing(raw, args, problems);
    let path_style = problems
        .parse(
            "S3_FORCE_PATH_STYLE",
            raw.s3_force_path_style.as_deref(),
            values::boolean_or_auto,
        )
        .flatten();
    Storage {
        expected_owner: problems.parse(
            "EXPECTED_BUCKET_OWNER",
            raw.expected_bucket_owner.as_deref(),
            values::account,
        ),
        checksum: checksum.unwrap_or(if is_aws {
            Checksum::Crc64Nvme { confirmed: false }
        } else {
            Checksum::ContentMd5
        }),
        path_style: path_style.unwrap_or(!is_aws),
        existing,
        times: match args.compare_by {
            CompareBy::ContentAndAge => Times::Read,
            CompareBy::Content | CompareBy::Size => Times::Ignored,
        },
    }
}
