//! What a deploy needs to be allowed, from variables and flags: once, for the session of the deploy
//! and for the role that `setup` prints.

use super::environment::Variables;
use super::extra_args::ExtraArgs;
use super::problem::Problems;
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
use deploy_core::tree::Source;

/// What a deploy does, as far as it has to be allowed.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that a deploy does or does not"
)]
pub(super) struct Work<'a> {
    pub(super) destination: &'a Destination,
    /// None where LOCAL_PATH is not there yet.
    pub(super) source: Option<&'a Source>,
    pub(super) headers: &'a ObjectHeaders,
    pub(super) rules: &'a Rules,
    /// Whether objects are asked what they are stored with.
    pub(super) reads: bool,
    /// Whether versions are put back.
    pub(super) rolls_back: bool,
    /// Whether there is a deploy record.
    pub(super) has_record: bool,
    pub(super) dry_run: bool,
    pub(super) deletes: bool,
    pub(super) distributions: Vec<String>,
    pub(super) encryption: Encryption,
}

/// What `work` needs in `place`.
pub(super) fn of(work: Work<'_>, place: Place) -> Needs {
    Needs {
        bucket: work.destination.bucket.clone(),
        keys: keys(&work),
        objects: object_actions(&work),
        record: work.has_record && !matches!(work.source, Some(Source::File(_))),
        distributions: work.distributions,
        encryption: work.encryption,
        place,
    }
}

/// Whether objects may be asked what they are stored with: where sizes alone count, no doubt is left.
pub(super) fn reads(asked: Option<Scope>, args: &ExtraArgs) -> bool {
    match asked {
        None => false,
        Some(Scope::All) => true,
        Some(Scope::Doubtful) => args.compare_by != CompareBy::Size,
    }
}

fn object_actions(work: &Work<'_>) -> Vec<ObjectAction> {
    let writes = !work.dry_run;
    // `_headers` in LOCAL_PATH sets neither ACLs nor tags.
    let policy = work.rules.policy(work.headers);
    let all = [
        (ObjectAction::Put, writes),
        (ObjectAction::SetAcl, writes && policy.sets_acl()),
        (ObjectAction::SetTags, writes && policy.sets_tags()),
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
fn keys(work: &Work<'_>) -> Keys {
    let name = match work.source {
        Some(Source::File(path)) => path.file_name(),
        Some(Source::Folder(_)) | None => None,
    };
    let name = name.and_then(|name| RelativeKey::parse(&name.to_string_lossy()).ok());
    let Some(name) = name else {
        return Keys::Below(work.destination.prefix().to_owned());
    };
    let (destination, name) = work.destination.clone().for_single_file(name);
    let mut keys = vec![destination.key(name.as_str())];
    keys.extend((!work.distributions.is_empty()).then(|| destination.key(PENDING)));
    Keys::Only(keys)
}

/// The keys of KMS that variables, flags and rules name.
pub(super) fn kms_keys(
    variables: &Variables,
    args: &ExtraArgs,
    headers: &ObjectHeaders,
    rules: &Rules,
    problems: &mut Problems,
) -> Vec<KmsKey> {
    let shared = match args.kms_key_id {
        Some(_) => variables.extra_args().name,
        None => variables.sse_kms_key_id().name,
    };
    let shared = headers.encryption.iter().map(|it| (shared, it));
    let settings = rules.rules.iter().flat_map(|rule| &rule.settings);
    let of_rules = settings.filter_map(|setting| match setting {
        Setting::Encryption(Some(encryption)) => Some((variables.rules_file().name, encryption)),
        _ => None,
    });
    let mut keys = Vec::new();
    for (name, encryption) in shared.chain(of_rules) {
        if let headers::Encryption::Kms(Some(key)) = encryption
            && let Some(key) = problems.check(name, KmsKey::parse(key))
            && !keys.contains(&key)
        {
            keys.push(key);
        }
    }
    keys
}

/// Refuses ARNs of another partition than the region's, and CloudFront where the partition has none:
/// what AWS would say to them leads astray. Servers that are not AWS's may see it in any way.
pub(super) fn check_partition(
    variables: &Variables,
    region: &str,
    network: &Network,
    problems: &mut Problems,
) {
    let partition = Partition::of_region(region);
    let mut arns: Vec<(&'static str, String)> = Vec::new();
    if network.has_aws_sts() {
        let role = variables.aws_oidc_role_arn();
        arns.extend(role.owned().map(|arn| (role.name, arn)));
        let chain = variables.aws_role_chain();
        arns.extend(chain.items().into_iter().map(|arn| (chain.name, arn)));
    }
    if network.has_aws_s3() {
        let named = [
            variables.s3_bucket(),
            variables.sse_kms_key_id(),
            variables.ecr_repository_arn(),
        ];
        for variable in named {
            arns.extend(variable.owned().map(|arn| (variable.name, arn)));
        }
    }
    for (name, arn) in arns {
        if let Some(arn) = Arn::parse(arn.strip_prefix("s3://").unwrap_or(&arn)) {
            problems.check(name, partition.check(&arn, region));
        }
    }
    let distributions = variables.cloudfront_distribution_id();
    if distributions.is_set()
        && network
            .cloudfront_endpoint
            .as_ref()
            .is_none_or(Endpoint::is_aws)
    {
        problems.check(distributions.name, partition.check_cloudfront(region));
    }
}
