//! Plans that are refused before anything is written.

use std::fmt;

use super::share::missing;
use super::{Missing, Orphans, Part, Plan, Share};
use crate::base::invalid::Invalid;
use crate::base::units::Count;
use crate::plan::compare::Reason;
use crate::record::{Deployed, Head};

/// What happens to an object that exists and differs from its file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// It is replaced.
    #[default]
    Replace,
    /// The deploy is refused, and S3 is asked to refuse as well.
    Protect,
}

/// How much a plan may delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeleteLimit {
    /// At most this many objects.
    Objects(usize),
    /// At most this share of the objects under the prefix, in percent.
    Percent {
        /// 0 to 100.
        percent: u8,
        /// That many may be deleted whatever their share: a small site may well be renamed whole.
        free: usize,
    },
}

impl Default for DeleteLimit {
    fn default() -> Self {
        Self::Percent {
            percent: 90,
            free: 100,
        }
    }
}

impl DeleteLimit {
    /// Reads MAX_DELETE: `50` or `25%`.
    ///
    /// # Errors
    /// When it is neither a number nor a percentage up to 100.
    pub fn parse(value: &str) -> Result<Self, Invalid> {
        let parsed = match value.strip_suffix('%') {
            Some(percent) => percent
                .parse()
                .ok()
                .filter(|percent| *percent <= 100)
                .map(|percent| Self::Percent { percent, free: 0 }),
            None => value.parse().ok().map(Self::Objects),
        };
        parsed.ok_or_else(|| {
            Invalid::new(
                format!("`{value}` is neither a number of objects nor a percentage"),
                "write it as `500` or `90%`, or `100%` for no limit",
            )
        })
    }

    /// How many of `objects` may be deleted.
    fn allowed(self, objects: usize) -> usize {
        match self {
            Self::Objects(limit) => limit,
            Self::Percent { percent, free } => {
                let share = objects as u128 * u128::from(percent) / 100;
                usize::try_from(share).unwrap_or(usize::MAX).max(free)
            }
        }
    }
}

impl fmt::Display for DeleteLimit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Objects(limit) => write!(formatter, "{limit}"),
            Self::Percent { percent, .. } => write!(formatter, "{percent}%"),
        }
    }
}

/// Why a plan is not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A newer build is deployed, or being deployed.
    #[error("{}, and this is build {here}", Deployed(there))]
    OlderBuild {
        /// Number of this build.
        here: u64,
        /// What the record says of the other.
        there: Box<Head>,
    },
    /// The source has no files.
    #[error(
        "LOCAL_PATH holds no files to deploy; was the build step's artifact passed on to this step, and do EXCLUDE and INCLUDE leave any?"
    )]
    EmptySource,
    /// The plan deletes more than it may.
    #[error(
        "the plan deletes {deletions} of {}, more than MAX_DELETE ({limit}) allows; is LOCAL_PATH the right folder and S3_BUCKET the right prefix? If so, raise MAX_DELETE",
        Count(*objects, "object")
    )]
    TooManyDeletions {
        /// How many objects would go.
        deletions: usize,
        /// How many there are.
        objects: usize,
        /// What MAX_DELETE allows.
        limit: DeleteLimit,
    },
    /// The plan replaces objects that are protected.
    #[error("{} would be replaced, and NO_OVERWRITE protects what exists", Count(objects.len(), "object"))]
    Replacing {
        /// Their keys, relative to the prefix, each with how it differs.
        objects: Vec<(Box<str>, Reason)>,
    },
    /// The steps before this one have not uploaded what they were to.
    #[error(
        "the parallel steps left out {}, or uploaded others; nothing may follow until they are there",
        Count(shares.iter().map(|(_, missing)| missing.files).sum(), "file")
    )]
    SharesMissing {
        /// Their shares, each with what it lacks.
        shares: Vec<(Share, Missing)>,
    },
}

impl Refusal {
    /// Whether it is because of what the plan would delete.
    pub fn is_of_deletions(&self) -> bool {
        matches!(
            self,
            Self::EmptySource { .. } | Self::TooManyDeletions { .. }
        )
    }
}

/// What refuses a plan beside a deploy of a `newer` build, told with the number of this one, that must not
/// be replaced.
pub(super) fn of_newer((here, there): (u64, &Head)) -> Refusal {
    let there = Box::new(there.clone());
    Refusal::OlderBuild { here, there }
}

/// What refuses to let `plan` replace an object that `existing` protects. One whose bytes cannot be told
/// counts as different: to leave it in place might be wrong, to replace it would be.
pub(super) fn of_existing(plan: &Plan, existing: Existing) -> Option<Refusal> {
    let replaced = plan.uploads().filter(|upload| upload.reason != Reason::New);
    let replaced = replaced.map(|upload| (upload.key.clone(), upload.reason));
    let objects: Vec<_> = replaced.collect();
    let is_refused = existing == Existing::Protect && !objects.is_empty();
    is_refused.then_some(Refusal::Replacing { objects })
}

/// What refuses `plan` for what it deletes: `files` is how many files the source has, `objects` how many
/// objects there are under the prefix.
pub(super) fn of_deletions(
    plan: &Plan,
    orphans: Orphans,
    files: usize,
    objects: usize,
) -> Option<Refusal> {
    if files == 0 {
        return Some(Refusal::EmptySource);
    }
    let limit = orphans.limit()?;
    let deletions = plan.deletions().count();
    (deletions > limit.allowed(objects)).then_some(Refusal::TooManyDeletions {
        deletions,
        objects,
        limit,
    })
}

/// What refuses `plan`, of the last of several steps, where it does not find what the others were to
/// upload; headers are compared `by_record`, or by what objects are stored with.
pub(super) fn of_shares(plan: &Plan, part: Part, by_record: bool) -> Option<Refusal> {
    let Part::Final(of) = part else {
        return None;
    };
    let shares = missing(plan, of, by_record);
    (!shares.is_empty()).then_some(Refusal::SharesMissing { shares })
}

#[cfg(test)]
mod tests {
    use super::{DeleteLimit, Existing, Orphans, Plan, Refusal, of_deletions, of_existing};
    use crate::object::content::Content;
    use crate::plan::compare::Reason;
    use crate::plan::{Action, Deletion, Phase, Step, Upload};

    fn deleting(count: usize) -> Plan {
        let keys = (0..count)
            .map(|index| Deletion::from(&*index.to_string()))
            .collect();
        Plan {
            steps: vec![Step {
                phase: Phase::StaleAssets,
                action: Action::Delete(keys),
            }],
            ..Plan::default()
        }
    }

    #[test]
    fn a_plan_deletes_no_more_than_its_limit() {
        for (limit, deletions, objects, passes) in [
            ("0", 1, 10, false),
            ("5", 5, 10, true),
            ("5", 6, 10, false),
            ("50%", 5, 10, true),
            ("50%", 6, 10, false),
            ("0%", 1, 10, false),
            ("100%", 10, 10, true),
        ] {
            let orphans = Orphans::Delete(DeleteLimit::parse(limit).unwrap());
            assert_eq!(
                of_deletions(&deleting(deletions), orphans, 1, objects).is_none(),
                passes,
                "{limit} {deletions}/{objects}"
            );
        }
    }

    #[test]
    fn the_default_lets_a_small_site_be_renamed_whole() {
        let orphans = Orphans::Delete(DeleteLimit::default());
        assert_eq!(of_deletions(&deleting(100), orphans, 1, 100), None);
        assert!(of_deletions(&deleting(101), orphans, 1, 101).is_some());
        assert_eq!(of_deletions(&deleting(900), orphans, 1, 1000), None);
        assert!(of_deletions(&deleting(901), orphans, 1, 1000).is_some());
    }

    #[test]
    fn an_empty_source_is_refused() {
        let orphans = Orphans::Delete(DeleteLimit::parse("100%").unwrap());
        assert_eq!(
            of_deletions(&deleting(3), orphans, 0, 3),
            Some(Refusal::EmptySource)
        );
        for orphans in [orphans, Orphans::Keep] {
            assert_eq!(
                of_deletions(&Plan::default(), orphans, 0, 0),
                Some(Refusal::EmptySource)
            );
        }
    }

    #[test]
    fn limits_are_numbers_or_percentages() {
        for value in ["-1", "101%", "", "%", "ten", "5.5%", "1e3"] {
            assert!(DeleteLimit::parse(value).is_err(), "{value}");
        }
    }

    #[test]
    fn what_exists_is_replaced_unless_it_is_protected() {
        let upload = |key: &str, reason| Upload {
            key: key.into(),
            size: 1,
            content: Content::File,
            modified_ns: 0,
            reason,
            headers: std::sync::Arc::default(),
        };
        let plan = |uploads| Plan {
            steps: vec![Step {
                phase: Phase::Assets,
                action: Action::Upload(uploads),
            }],
            ..Plan::default()
        };
        let new = plan(vec![upload("new", Reason::New)]);
        assert_eq!(of_existing(&new, Existing::Protect), None);
        let mixed = plan(vec![
            upload("new", Reason::New),
            upload("old", Reason::Size),
        ]);
        assert_eq!(of_existing(&mixed, Existing::Replace), None);
        assert_eq!(
            of_existing(&mixed, Existing::Protect),
            Some(Refusal::Replacing {
                objects: vec![("old".into(), Reason::Size)]
            })
        );
    }
}
