//! What a deploy needs to be allowed, from variables and flags: once, for the session of the deploy
//! and for the role that `setup` prints.

use super::common::Common;
use super::record::Mode;
use super::variables::Input;
use deploy_core::iam::permissions::{Encryption, Keys, Needs, ObjectAction, Place};
use deploy_core::object::destination::Destination;
use deploy_core::object::key::RelativeKey;
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
