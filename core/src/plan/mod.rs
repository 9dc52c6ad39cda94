//! The plan: everything a deploy will do, as a value, in order. Execution makes no choices.
//!
//! A plan is a list of steps with a barrier after each: a step starts only if the one before it
//! ended without a failure. The deploy manifest and releases, when they come, are further kinds of
//! steps.

pub mod compare;
mod finish;
mod guard;
pub mod idle;
pub mod invalidation;
mod item;
mod ledger;
mod pairs;
mod part;
mod phase;
#[cfg(test)]
mod properties;
mod remote;
mod retention;
mod rewritten;
pub mod rollback;
pub mod settle;
mod share;
mod wanted;

pub use finish::{Finished, Marker, Owed, Past, Terms, finish};
pub use guard::{DeleteLimit, Existing, Refusal};
pub use item::{Item, ItemId};
pub use ledger::{Ledger, Told, ledger};
pub use part::Part;
pub use phase::Phase;
pub use remote::{Intake, Remote};
pub use retention::{Grace, Retained, Retention};
pub use rewritten::{LookAlike, Names};
pub use share::{Missing, Share};
pub use wanted::{Strangers, Wanted, recorded};

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::object::content::Content;
use crate::object::content_type::content_type;
use crate::object::etag::ETag;
use crate::object::headers::ObjectHeaders;
use crate::plan::compare::{Differences, Reason};
use crate::plan::retention::{Fate, Judge};
use crate::plan::rewritten::NewNames;
use crate::rules::policy::{Interner, Policy};
use crate::tree::{LocalTree, RemoteTree};

/// What happens to objects under the prefix that the source does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Orphans {
    /// They stay.
    Keep,
    /// They are deleted, if the plan is within the limit.
    Delete(DeleteLimit),
    /// Those among them that a deploy has put there, by the record.
    DeleteOwned(DeleteLimit),
}

impl Orphans {
    /// How many may be deleted; none where all are kept.
    pub fn limit(self) -> Option<DeleteLimit> {
        match self {
            Self::Keep => None,
            Self::Delete(limit) | Self::DeleteOwned(limit) => Some(limit),
        }
    }
}

/// One file to put into the bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct Upload {
    /// Key relative to the prefix.
    pub key: Box<str>,
    /// Size of what is stored, in bytes.
    pub size: u64,
    /// How the bytes come about.
    pub content: Content,
    /// Modification time of the file as planned, in nanoseconds since the epoch.
    pub modified_ns: i64,
    /// Why it is uploaded.
    pub reason: Reason,
    /// What it is stored with.
    pub headers: Arc<ObjectHeaders>,
}

/// One object to delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// Key relative to the prefix.
    pub key: Box<str>,
    /// Its ETag as it was listed: what has another one is not what was to be deleted.
    pub etag: ETag,
}

/// One that is deleted whatever it is by then.
impl From<&str> for Deletion {
    fn from(key: &str) -> Self {
        Self {
            key: key.into(),
            etag: ETag::Opaque,
        }
    }
}

/// What one CloudFront distribution is to forget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalidation {
    /// Id of the distribution.
    pub distribution: Box<str>,
    /// Paths as CloudFront takes them; never empty.
    pub paths: Arc<[String]>,
    /// What CloudFront knows the request again by.
    pub reference: String,
}

/// What one step does; its items may run in any order and side by side.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Put these files.
    Upload(Vec<Upload>),
    /// Delete these objects.
    Delete(Vec<Deletion>),
    /// Have these distributions forget what changed.
    Invalidate(Vec<Invalidation>),
}

impl Action {
    /// Number of items.
    pub fn len(&self) -> usize {
        match self {
            Self::Upload(uploads) => uploads.len(),
            Self::Delete(deletions) => deletions.len(),
            Self::Invalidate(invalidations) => invalidations.len(),
        }
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its uploads; none if it does something else.
    pub fn uploads(&self) -> &[Upload] {
        match self {
            Self::Upload(uploads) => uploads,
            Self::Delete(_) | Self::Invalidate(_) => &[],
        }
    }

    /// Its deletions; none if it does something else.
    pub fn deletions(&self) -> &[Deletion] {
        match self {
            Self::Delete(deletions) => deletions,
            Self::Upload(_) | Self::Invalidate(_) => &[],
        }
    }
}

/// A step, with the phase that gives it its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The phase.
    pub phase: Phase,
    /// What it does; never empty.
    pub action: Action,
}

/// All steps of a deploy, in order. No phase stands in it twice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The steps.
    pub steps: Vec<Step>,
    /// Files that are in the bucket already.
    pub unchanged: usize,
    /// Objects that stay although the source does not have them.
    pub kept_orphans: usize,
    /// Those among them that stay for a time, or because nobody owns them.
    pub retained: Retained,
    /// Those among them that only stay because the server may have renamed new files to them.
    pub look_alikes: Vec<LookAlike>,
}

impl Plan {
    /// Every upload, in order.
    pub fn uploads(&self) -> impl Iterator<Item = &Upload> {
        self.steps.iter().flat_map(|step| step.action.uploads())
    }

    /// Every key to delete, in order.
    pub fn deletions(&self) -> impl Iterator<Item = &str> {
        let deletions = self.steps.iter().flat_map(|step| step.action.deletions());
        deletions.map(|deletion| &*deletion.key)
    }

    /// What is to be deleted and is in the way of `key` where a server keeps objects as files: a file in the
    /// place of a folder, or the reverse.
    pub fn in_the_way(&self, key: &str) -> Option<&str> {
        let is_below = |inner: &str, outer: &str| {
            let rest = inner.strip_prefix(outer);
            rest.is_some_and(|rest| rest.starts_with('/'))
        };
        let mut deletions = self.deletions();
        deletions.find(|gone| is_below(key, gone) || is_below(gone, key))
    }

    /// Every invalidation, in order.
    pub fn invalidations(&self) -> impl Iterator<Item = &Invalidation> {
        self.steps.iter().flat_map(|step| match &step.action {
            Action::Invalidate(invalidations) => invalidations.as_slice(),
            Action::Upload(_) | Action::Delete(_) => &[],
        })
    }

    /// Bytes of all uploads together.
    pub fn upload_bytes(&self) -> u64 {
        self.uploads().map(|upload| upload.size).sum()
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

/// Orders `differences` into steps.
pub fn plan(
    differences: &Differences,
    local: &LocalTree,
    remote: &RemoteTree,
    orphans: Orphans,
    names: Names,
    policy: &Policy,
    retention: Retention<'_>,
) -> Plan {
    let mut uploads: BTreeMap<Phase, Vec<Upload>> = BTreeMap::new();
    let mut interner = Interner::default();
    for change in &differences.changes {
        let key = local.key(&change.file);
        let content = local.content(&change.file);
        let headers = interner.intern(policy.resolve(key, content, change.nature));
        let content_type = headers.content_type.as_deref().unwrap_or_default();
        let phase = Phase::of_upload(key, content_type, change.reason);
        uploads.entry(phase).or_default().push(Upload {
            key: key.into(),
            size: change.file.size,
            content: content.clone(),
            modified_ns: change.file.modified_ns,
            reason: change.reason,
            headers,
        });
    }
    let mut deletions: BTreeMap<Phase, Vec<Deletion>> = BTreeMap::new();
    let mut look_alikes = Vec::new();
    let mut retained = Retained::default();
    if orphans != Orphans::Keep {
        let judge = Judge::new(retention, orphans, remote);
        let changes = differences.changes.iter();
        let new = changes.filter(|change| change.reason == Reason::New);
        let new = NewNames::new(names, new.map(|change| local.key(&change.file)));
        for orphan in &differences.orphans {
            let key = remote.key(orphan.object());
            if let Some(look_alike) = new.look_alike(key) {
                look_alikes.push(look_alike);
                continue;
            }
            let fate = judge.fate(key, orphan.object());
            if fate != Fate::Goes {
                retained.note(fate);
                continue;
            }
            let phase = Phase::of_deletion(&content_type(key));
            deletions.entry(phase).or_default().push(Deletion {
                key: key.into(),
                etag: orphan.object().etag,
            });
        }
    }
    let deleted: usize = deletions.values().map(Vec::len).sum();
    for list in uploads.values_mut() {
        list.sort_by(|left, right| left.key.cmp(&right.key));
    }
    Plan {
        steps: steps(uploads, deletions),
        unchanged: differences.unchanged,
        kept_orphans: differences.orphans.len() - deleted,
        retained,
        look_alikes,
    }
}

/// The steps of these, in the order of their phases: the one order in which anything is carried out.
fn steps(
    uploads: BTreeMap<Phase, Vec<Upload>>,
    deletions: BTreeMap<Phase, Vec<Deletion>>,
) -> Vec<Step> {
    let uploads = uploads.into_iter();
    let uploads = uploads.map(|(phase, list)| (phase, Action::Upload(list)));
    let deletions = deletions.into_iter();
    let deletions = deletions.map(|(phase, list)| (phase, Action::Delete(list)));
    let steps = uploads.chain(deletions);
    let mut steps: Vec<Step> = steps
        .map(|(phase, action)| Step { phase, action })
        .collect();
    steps.sort_by_key(|step| step.phase);
    steps
}
