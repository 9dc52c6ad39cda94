//! What a deploy and the set-up for it are told by the same variables.

use super::input::Input;
use super::record::{self, Recording};
use super::rules::{self, Rules};
use super::{headers, needs, servers, values};
use crate::aws::Network;
use deploy_core::base::invalid::Invalid;
use deploy_core::iam::resources::KmsKey;
use deploy_core::object::destination::Destination;
use deploy_core::object::headers::ObjectHeaders;
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
        needs::kms_keys(input, &headers, &rules)
    } else {
        Vec::new()
    };
    let compare_headers = compare_headers(input);
    let record = record::read(input);
    let releases = input.releases().parse(values::releases);
    let dry_run = input.dry_run().switch() || input.args.dry_run;
    if let Some(region) = region {
        needs::check_partition(input, region, network);
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
