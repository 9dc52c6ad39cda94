//! What a deploy and the set-up for it are told by the same variables.

use super::record::{self, Recording};
use super::rules::{self, Rules};
use super::variables::Input;
use super::{headers, servers, values};
use crate::aws::Network;
use deploy_core::base::arn::Arn;
use deploy_core::base::endpoint::Endpoint;
use deploy_core::base::invalid::Invalid;
use deploy_core::base::partition::Partition;
use deploy_core::iam::resources::KmsKey;
use deploy_core::object::destination::Destination;
use deploy_core::object::headers::{Encryption, ObjectHeaders};
use deploy_core::object::setting::Setting;
use deploy_core::plan::settle::Scope;

/// All of it, checked.
pub(super) struct Common {
    pub(super) destination: Destination,
    pub(super) headers: ObjectHeaders,
    pub(super) rules: Rules,
    /// The keys of KMS that are named; other servers have keys of other names.
    pub(super) kms_keys: Vec<KmsKey>,
    pub(super) compare_headers: Option<Scope>,
    pub(super) record: Recording,
    pub(super) releases: u64,
    pub(super) dry_run: bool,
}

/// Notes every mistake before it gives up on any. `parse` takes S3_BUCKET, which is in `region`.
pub(super) fn read(
    input: &Input,
    parse: fn(&str) -> Result<Destination, Invalid>,
    region: Option<&str>,
    network: &Network,
) -> Option<Common> {
    let destination = destination(input, parse, region);
    let headers = headers::read(input);
    let rules = rules::read(input, &headers);
    let kms_keys = if network.has_aws_s3() {
        kms_keys(input, &headers, &rules)
    } else {
        Vec::new()
    };
    let compare_headers = compare_headers(input);
    let record = record::read(input);
    let releases = input.releases().parse(values::releases);
    let dry_run = input.dry_run().switch() || input.args.dry_run;
    if let Some(region) = region {
        check_partition(input, region, network);
    }
    Some(Common {
        destination: destination?,
        headers,
        rules,
        kms_keys,
        compare_headers,
        record,
        releases: releases.unwrap_or(values::RELEASES_DEFAULT),
        dry_run,
    })
}

/// S3_BUCKET, as `parse` takes it, which is no name that no bucket of AWS in `region` has.
pub(super) fn destination(
    input: &Input,
    parse: fn(&str) -> Result<Destination, Invalid>,
    region: Option<&str>,
) -> Option<Destination> {
    let help = "name the bucket, for example `my-bucket` or `my-bucket/docs`";
    let value = input.s3_bucket();
    let destination = value.required(values::expanded(parse), help)?;
    if let Some(region) = region.filter(|_| servers::is_aws(input)) {
        value.check(destination.check_on_aws(region));
    }
    Some(destination)
}

/// COMPARE_HEADERS.
fn compare_headers(input: &Input) -> Option<Scope> {
    let value = input.compare_headers().parse(values::boolean_or_auto);
    match value.flatten() {
        None => Some(Scope::Doubtful),
        Some(all) => all.then_some(Scope::All),
    }
}

/// The keys of KMS that variables, flags and rules name.
fn kms_keys(input: &Input, headers: &ObjectHeaders, rules: &Rules) -> Vec<KmsKey> {
    let shared = match input.args.kms_key_id {
        Some(_) => input.extra_args().name,
        None => input.sse_kms_key_id().name,
    };
    let shared = headers.encryption.iter().map(|it| (shared, it));
    let settings = rules.rules.iter().flat_map(|rule| &rule.settings);
    let of_rules = settings.filter_map(|setting| match setting {
        Setting::Encryption(Some(encryption)) => Some((input.rules_file().name, encryption)),
        _ => None,
    });
    let mut keys = Vec::new();
    for (name, encryption) in shared.chain(of_rules) {
        if let Encryption::Kms(Some(key)) = encryption
            && let Some(key) = input.problems.check(name, KmsKey::parse(key))
            && !keys.contains(&key)
        {
            keys.push(key);
        }
    }
    keys
}

/// Refuses ARNs of another partition than the region's, and CloudFront where the partition has none:
/// what AWS would say to them leads astray. Servers that are not AWS's may see it in any way.
fn check_partition(input: &Input, region: &str, network: &Network) {
    let partition = Partition::of_region(region);
    let check = |name, arn: &str| {
        if let Some(arn) = Arn::parse(arn.strip_prefix("s3://").unwrap_or(arn)) {
            input.problems.check(name, partition.check(&arn, region));
        }
    };
    let of_sts = [input.aws_oidc_role_arn()];
    let of_s3 = [
        input.s3_bucket(),
        input.sse_kms_key_id(),
        input.ecr_repository_arn(),
    ];
    let of_sts = of_sts.iter().filter(|_| network.has_aws_sts());
    let of_s3 = of_s3.iter().filter(|_| network.has_aws_s3());
    for variable in of_sts.chain(of_s3) {
        check(variable.name, variable.text().unwrap_or_default());
    }
    if network.has_aws_sts() {
        let chain = input.aws_role_chain();
        chain.items().iter().for_each(|arn| check(chain.name, arn));
    }
    let distributions = input.cloudfront_distribution_id();
    let cloudfront = network.cloudfront_endpoint.as_ref();
    if distributions.is_set() && cloudfront.is_none_or(Endpoint::is_aws) {
        distributions.check(partition.check_cloudfront(region));
    }
}
