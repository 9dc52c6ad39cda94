//! What a deploy needs to be allowed, from variables and flags: once, for the session of the deploy
//! and for the role that `setup` prints.

use super::common::Common;
use super::input::Input;
use super::record::Mode;
use super::rules::Rules;
use crate::aws::Network;
use deploy_core::base::arn::Arn;
use deploy_core::base::endpoint::Endpoint;
use deploy_core::base::partition::Partition;
use deploy_core::iam::permissions::{Encryption, Keys, Needs, ObjectAction, Place};
use deploy_core::iam::resources::KmsKey;
use deploy_core::object::destination::Destination;
use deploy_core::object::headers::{self, ObjectHeaders};
use deploy_core::object::key::RelativeKey;
use deploy_core::object::setting::Setting;
use deploy_core::plan::compare::CompareBy;
use deploy_core::plan::invalidation::PENDING;
use deploy_core::plan::settle::Scope;
use deploy_core::rules::policy::Policy;
use deploy_core::tree::Source;

/// What a deploy does, as far as it has to be allowed.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that a deploy does or does not"
)]
pub(super) struct Work<'a> {
    /// None where LOCAL_PATH is not there yet.
    pub(super) source: Option<&'a Source>,
    /// Whether objects are asked what they are stored with.
    pub(super) reads: bool,
    /// Whether AWS has the bucket.
    pub(super) is_aws: bool,
    /// Whether versions are put back.
    pub(super) rolls_back: bool,
    pub(super) dry_run: bool,
    pub(super) deletes: bool,
    pub(super) distributions: Vec<String>,
    pub(super) encryption: Encryption,
}

/// What `work` needs in `place`.
pub(super) fn of(common: &Common, work: Work<'_>, place: Place) -> Needs {
    let is_file = matches!(work.source, Some(Source::File(_)));
    Needs {
        bucket: common.destination.bucket.clone(),
        keys: keys(&common.destination, &work),
        objects: object_actions(&common.rules.policy(&common.headers), &work),
        record: common.record.mode != Mode::Off && !is_file,
        distributions: work.distributions,
        encryption: if work.is_aws {
            work.encryption
        } else {
            Encryption::None
        },
        place,
    }
}

/// Whether objects may be asked what they are stored with: where sizes alone count, no doubt is left.
pub(super) fn reads(input: &Input, common: &Common) -> bool {
    match common.compare_headers {
        None => false,
        Some(Scope::All) => true,
        Some(Scope::Doubtful) => input.args.compare_by != CompareBy::Size,
    }
}

/// `policy` is there before LOCAL_PATH is read: `_headers` in it sets neither ACLs nor tags.
fn object_actions(policy: &Policy, work: &Work<'_>) -> Vec<ObjectAction> {
    let writes = !work.dry_run;
    // Whether they were kept is asked of servers that may drop them.
    let asks = writes && work.reads && !work.is_aws;
    let all = [
        (ObjectAction::Put, writes),
        (ObjectAction::SetAcl, writes && policy.sets_acl()),
        (ObjectAction::ReadAcl, asks && policy.sets_acl()),
        (ObjectAction::SetTags, writes && policy.sets_tags()),
        (ObjectAction::ReadTags, asks && policy.sets_tags()),
        // What a copy whose answer was lost has made of an object.
        (ObjectAction::Read, work.reads || work.rolls_back && writes),
        (ObjectAction::ReadVersions, work.rolls_back),
        (
            ObjectAction::ReadVersionTags,
            work.rolls_back && writes && policy.sets_tags(),
        ),
        (ObjectAction::Delete, writes && work.deletes),
    ];
    let needed = all.iter().filter(|(_, needed)| *needed);
    needed.map(|(action, _)| *action).collect()
}

/// The keys below the prefix; or that of a single file, and of the note that an invalidation is owed.
fn keys(destination: &Destination, work: &Work<'_>) -> Keys {
    let name = match work.source {
        Some(Source::File(path)) => path.file_name(),
        Some(Source::Folder(_)) | None => None,
    };
    let name = name.and_then(|name| RelativeKey::parse(&name.to_string_lossy()).ok());
    let Some(name) = name else {
        return Keys::Below(destination.prefix().to_owned());
    };
    let (destination, name) = destination.clone().for_single_file(name);
    let mut keys = vec![destination.key(name.as_str())];
    keys.extend((!work.distributions.is_empty()).then(|| destination.key(PENDING)));
    Keys::Only(keys)
}

/// The keys of KMS that variables, flags and rules name.
pub(super) fn kms_keys(input: &Input, headers: &ObjectHeaders, rules: &Rules) -> Vec<KmsKey> {
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
        if let headers::Encryption::Kms(Some(key)) = encryption
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
pub(super) fn check_partition(input: &Input, region: &str, network: &Network) {
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
