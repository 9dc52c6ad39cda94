//! How servers are reached, and how S3 is spoken to.

use super::problem::Problems;
use super::raw::Raw;
use super::values::{Checksum, Concurrency, Endpoint};
use super::{disk, flags, values};
use crate::extra_args::ExtraArgs;

/// How S3 is spoken to.
#[derive(Clone, Debug)]
pub struct Storage {
    /// Account that must own the bucket.
    pub expected_owner: Option<String>,
    /// How uploads are proven.
    pub checksum: Checksum,
    /// Requests in flight at most.
    pub concurrency: Concurrency,
    /// Bucket in the path instead of the host name.
    pub path_style: bool,
    /// What happens to objects that exist already.
    pub existing: Existing,
}

/// What happens to an object that exists and differs from its file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// It is replaced.
    #[default]
    Replace,
    /// The deploy is refused, and S3 is asked to refuse as well.
    Protect,
}

/// How servers are reached.
#[derive(Clone, Debug)]
pub struct Network {
    /// S3-compatible server instead of AWS.
    pub s3_endpoint: Option<Endpoint>,
    /// STS-compatible server instead of AWS.
    pub sts_endpoint: Option<Endpoint>,
    /// CloudFront-compatible server instead of AWS.
    pub cloudfront_endpoint: Option<Endpoint>,
    /// IAM-compatible server instead of AWS.
    pub iam_endpoint: Option<Endpoint>,
    /// PEM certificates to trust instead of the machine's.
    pub certificates: Option<Vec<Vec<u8>>>,
    /// Proxy for https.
    pub proxy: Option<Proxy>,
    /// Attempts per request.
    pub attempts_max: u32,
}

/// A proxy. The URL may hold a password, so it has no `Display`.
#[derive(Clone)]
pub struct Proxy {
    /// URL of the proxy.
    pub url: String,
    /// Hosts reached without it, separated by commas.
    pub no_proxy: String,
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Proxy")
            .field("no_proxy", &self.no_proxy)
            .finish_non_exhaustive()
    }
}

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
        cloudfront_endpoint: cloudfront.or_else(|| both.clone()),
        iam_endpoint: both,
        certificates,
        attempts_max: problems
            .parse(
                "AWS_MAX_ATTEMPTS",
                raw.aws_max_attempts.as_deref(),
                values::attempts,
            )
            .unwrap_or(values::ATTEMPTS_DEFAULT),
        proxy: url.map(|url| Proxy {
            url,
            no_proxy: raw.no_proxy.clone().unwrap_or_default(),
        }),
    }
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
        concurrency: problems
            .parse(
                "CONCURRENCY",
                raw.concurrency.as_deref(),
                values::concurrency,
            )
            .unwrap_or_default(),
        path_style: path_style.unwrap_or(!is_aws),
        existing,
    }
}
