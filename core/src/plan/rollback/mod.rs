//! Rollback: a plan that puts a release back, of the versions that the bucket has kept. Pure.
//!
//! It is a plan as any other, in the same phases: versions are copied over what is in their place, and
//! what the release did not have is deleted, which in a bucket with versions is a marker. Everything
//! that could stop it on the way is found before it is begun.

mod choice;
mod survey;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use choice::{Release, Wanted, choose};
pub use survey::{Difference, Listed, Restore, Survey, Version};

use super::{Deletion, Phase, Plan, Upload, steps};
use crate::base::units::{Bytes, GIB};
use crate::object::content::{Content, Kept};
use crate::object::content_type::content_type;
use crate::object::etag::ETag;
use crate::object::headers::{Encryption, ObjectHeaders, expires};
use crate::object::stored::Stored;
use crate::plan::compare::Reason;
use crate::record::Record;
use survey::set_of;

/// Largest object that one request copies.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>
pub const COPY_BYTES_MAX: u64 = 5 * GIB;

/// Why a version cannot be put back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// It is not there any more.
    #[error("its version is gone")]
    Gone,
    /// It is archived, with this storage class or in this tier.
    #[error("its version is archived ({0}), and has to be restored first")]
    Archived(String),
    /// It is larger than what one request copies, and more requests do not copy all that it has.
    #[error(
        "its version has {}, and tags or headers that S3 copies in one request only, which is of {} at most",
        Bytes(*.0),
        Bytes(COPY_BYTES_MAX)
    )]
    TooLarge(u64),
}

/// The plan of `difference`, whose versions are `stored` so, in the order of its restores; or all that
/// is in its way.
///
/// # Errors
/// The keys that cannot be put back, and why.
pub fn plan(
    difference: Difference,
    stored: Vec<Option<Stored>>,
    release: &Record,
) -> Result<Plan, Vec<(Box<str>, Obstacle)>> {
    let Difference {
        restores,
        deletions,
        unchanged,
        kept,
        gone,
        ..
    } = difference;
    let mut obstacles: Vec<_> = gone.into_iter().map(|key| (key, Obstacle::Gone)).collect();
    let mut uploads: BTreeMap<Phase, Vec<Upload>> = BTreeMap::new();
    let stored = stored.into_iter().chain(std::iter::repeat_with(|| None));
    for (restore, stored) in restores.into_iter().zip(stored) {
        match restored(restore, stored, release) {
            Ok((phase, upload)) => uploads.entry(phase).or_default().push(upload),
            Err(obstacle) => obstacles.push(obstacle),
        }
    }
    if !obstacles.is_empty() {
        obstacles.sort_by(|(one, _), (other, _)| one.cmp(other));
        return Err(obstacles);
    }
    let mut deleted: BTreeMap<Phase, Vec<Deletion>> = BTreeMap::new();
    for key in deletions {
        let phase = Phase::of_deletion(&content_type(&key));
        let deletion = Deletion::from(&*key);
        deleted.entry(phase).or_default().push(deletion);
    }
    Ok(Plan {
        steps: steps(uploads, deleted),
        unchanged,
        kept_orphans: kept,
        ..Plan::default()
    })
}

/// The copy of one version, and its phase.
fn restored(
    restore: Restore,
    stored: Option<Stored>,
    release: &Record,
) -> Result<(Phase, Upload), (Box<str>, Obstacle)> {
    let Restore {
        key,
        id,
        size,
        etag,
        replaces,
    } = restore;
    let Some(stored) = stored else {
        return Err((key, Obstacle::Gone));
    };
    if let Some(archive) = archive(&stored) {
        return Err((key, Obstacle::Archived(archive)));
    }
    let may_be_in_parts = is_all_in_headers(&stored);
    if size > COPY_BYTES_MAX && !may_be_in_parts {
        return Err((key, Obstacle::TooLarge(size)));
    }
    let was_in_parts = matches!(etag, ETag::Multipart(..)) || size > COPY_BYTES_MAX;
    let reason = match replaces {
        None => Reason::New,
        Some(_) => Reason::Release,
    };
    let acl = set_of(release, &key).and_then(|set| set.acl.clone());
    let headers = headers(stored, acl);
    let content_type = headers.content_type.as_deref().unwrap_or_default();
    let phase = Phase::of_upload(&key, content_type, reason);
    let upload = Upload {
        key,
        size,
        content: Content::Version(Kept {
            id,
            in_parts: was_in_parts && may_be_in_parts,
            replaces,
        }),
        modified_ns: 0,
        reason,
        headers: Arc::new(headers),
    };
    Ok((phase, upload))
}

/// What has to be waited for hours before the version can be read; none if it can be now.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/archived-objects.html>
fn archive(stored: &Stored) -> Option<String> {
    if stored.is_restored {
        return None;
    }
    let class = stored.headers.storage_class.as_deref();
    let class = class.filter(|class| matches!(*class, "GLACIER" | "DEEP_ARCHIVE"));
    class.map(str::to_owned).or_else(|| stored.archive.clone())
}

/// Whether everything that it is stored with can be sent again: tags are not told, but only how many there
/// are, and neither is metadata that is no header. One request copies them all the same.
fn is_all_in_headers(stored: &Stored) -> bool {
    let is_expiry_a_time = stored
        .expires
        .as_deref()
        .is_none_or(|it| expires(it).is_ok());
    stored.tags == 0 && !stored.more_metadata && is_expiry_a_time
}

/// All that can be sent: a copy in one request takes redirect, storage class, ACL and encryption of it, and
/// one in parts everything.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>
fn headers(stored: Stored, acl: Option<String>) -> ObjectHeaders {
    let encryption = match stored.encryption.as_deref() {
        Some("AES256") => Some(Encryption::S3),
        Some("aws:kms") => Some(Encryption::Kms(stored.kms_key)),
        // The bucket's own, as of a new object.
        _ => None,
    };
    ObjectHeaders {
        expires: stored.expires.and_then(|it| expires(&it).ok()),
        acl,
        encryption,
        ..stored.headers
    }
}

#[cfg(test)]
mod tests;
