//! The report of a run as JSON. Its schema is interface: docs/report.schema.json, held by a test.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::changes::{
    Change, ENTRIES_MAX, HeaderGroup, InvalidatedReport, LeftOut, Uploaded, changes, deleted,
    headers, invalidated, uploaded,
};
use super::commit::Commit;
use super::counts::Counts;
use super::ending::Ending;
use super::tally::{Failure, Status, Tally};
use deploy_core::base::units::Count;
use deploy_core::identity::explain::date_time;
use deploy_core::plan::{Part, Plan};
use deploy_core::tree::Source;

/// Raised when a field changes its meaning or goes; new fields do not raise it.
pub const SCHEMA_VERSION: u32 = 1;

/// Everything a run has to tell, whatever became of it.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    pub(super) schema: u32,
    pub(super) version: &'static str,
    pub(super) outcome: &'static str,
    pub(super) exit_code: u8,
    #[serde(flatten)]
    pub(super) info: &'a RunInfo,
    /// Absent unless the deploy is divided over several steps.
    pub(super) shard: Option<ShardReport>,
    /// Hash of the commit that was deployed.
    pub(super) commit: Option<&'a str>,
    /// Where Bitbucket shows the build.
    pub(super) build_url: Option<String>,
    /// When the run began, as RFC 3339.
    pub(super) began: Option<String>,
    pub(super) seconds: f64,
    pub(super) planned: Planned,
    pub(super) done: Done,
    pub(super) failed: &'a [Failure],
    pub(super) not_attempted: Counts,
    pub(super) phases: Vec<PhaseReport>,
    /// Every change of the plan, in its order.
    pub(super) changes: Vec<Change<'a>>,
    pub(super) uploaded: Vec<Uploaded<'a>>,
    pub(super) deleted: Vec<&'a str>,
    pub(super) invalidated: Vec<InvalidatedReport<'a>>,
    /// What the uploads are stored with.
    pub(super) headers: Vec<HeaderGroup<'a>>,
    /// How many entries each list lacks beyond its bound.
    pub(super) left_out: LeftOut,
}

#[derive(Debug, Serialize)]
pub(super) struct ShardReport {
    role: &'static str,
    /// Counted from 1.
    share: Option<u16>,
    shares: u16,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Planned {
    #[serde(flatten)]
    pub(super) counts: Counts,
    pub(super) upload_bytes: u64,
    pub(super) uploads_by_reason: BTreeMap<&'static str, usize>,
    pub(super) unchanged: usize,
    pub(super) kept_orphans: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct Done {
    #[serde(flatten)]
    pub(super) counts: Counts,
    pub(super) uploaded_bytes: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct PhaseReport {
    pub(super) phase: &'static str,
    pub(super) planned: usize,
    pub(super) done: usize,
    pub(super) failed: usize,
    /// Seconds after the run began; none if the phase did not begin.
    pub(super) began: Option<f64>,
    pub(super) seconds: f64,
}

/// A file that stopped the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// `secret`, or `name`.
    pub kind: &'static str,
    /// Its name, relative to LOCAL_PATH.
    pub path: String,
    /// What is the matter with it, as the end of a sentence that begins with the name.
    pub message: String,
}

/// What a report is made of beside plan, tally and ending: made once, when the run is over. Reports have
/// the fields as they are, but for those that are skipped.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RunInfo {
    /// The last line of the log.
    pub summary: String,
    /// Where the deploy went, as a URL; absent where S3_BUCKET cannot be read.
    pub destination: Option<String>,
    /// Where visitors find the site, if that is known.
    pub site: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// ARN of the assumed role session, once it is there.
    pub assumed_role: Option<String>,
    /// Whether nothing was to be written.
    pub dry_run: bool,
    /// What part of the deploy the run was.
    #[serde(skip)]
    pub shard: Part,
    /// LOCAL_PATH, as the repository knows it.
    #[serde(skip)]
    pub source: Option<Source>,
    /// The commit, where the step tells it.
    #[serde(skip)]
    pub commit: Option<Commit>,
    /// When the run began.
    #[serde(skip)]
    pub began: Option<SystemTime>,
    /// How long the run took.
    #[serde(skip)]
    pub duration: Duration,
    /// Requests by operation, each attempt counted.
    pub requests: BTreeMap<String, u64>,
    /// Files that stopped the run.
    pub findings: Vec<Finding>,
    /// Messages of the failure, the outermost first.
    pub errors: Vec<String>,
    /// What to look at first.
    pub hints: Vec<String>,
    /// Statements of policies that the hints speak of.
    pub statements: Vec<String>,
    /// Sections of the documents that say more.
    pub links: Vec<String>,
}

impl<'a> Report<'a> {
    /// Puts the report together. A run that ended before it had a plan has an empty one.
    pub fn new(ending: &Ending, info: &'a RunInfo, plan: &'a Plan, tally: &'a Tally) -> Self {
        let (changes, left_out) = changes(plan, tally);
        Self {
            schema: SCHEMA_VERSION,
            version: env!("CARGO_PKG_VERSION"),
            outcome: ending.outcome(),
            exit_code: ending.exit().code(),
            info,
            shard: shard(info.shard),
            commit: info.commit.as_ref().map(|commit| commit.hash.as_str()),
            build_url: info.commit.as_ref().and_then(Commit::build_url),
            began: info.began.map(date_time),
            seconds: info.duration.as_secs_f64(),
            planned: planned(plan),
            done: Done {
                counts: tally.count(plan, Status::Done),
                uploaded_bytes: tally.uploaded_bytes,
            },
            failed: tally.failures.get(..ENTRIES_MAX).unwrap_or(&tally.failures),
            not_attempted: tally.count(plan, Status::NotAttempted),
            phases: phases(plan, tally),
            uploaded: uploaded(plan, tally),
            deleted: deleted(plan, tally),
            invalidated: invalidated(plan, tally),
            headers: headers(plan),
            changes,
            left_out,
        }
    }
}

impl ShardReport {
    /// `share 1 of 4`, or `last step of 4 shares`.
    pub(super) fn words(&self) -> String {
        match self.share {
            Some(share) => format!("{} {share} of {}", self.role, self.shares),
            None => format!("last step of {}", Count(self.shares.into(), "share")),
        }
    }
}

fn shard(part: Part) -> Option<ShardReport> {
    match part {
        Part::Whole => None,
        Part::Share(share) => Some(ShardReport {
            role: "share",
            share: Some(share.number()),
            shares: share.of(),
        }),
        Part::Final(shares) => Some(ShardReport {
            role: "final",
            share: None,
            shares,
        }),
    }
}

fn planned(plan: &Plan) -> Planned {
    let mut uploads_by_reason = BTreeMap::new();
    for upload in plan.uploads() {
        *uploads_by_reason.entry(upload.reason.word()).or_default() += 1;
    }
    Planned {
        counts: Counts::of(plan.items()),
        upload_bytes: plan.upload_bytes(),
        uploads_by_reason,
        unchanged: plan.unchanged,
        kept_orphans: plan.kept_orphans,
    }
}

fn phases(plan: &Plan, tally: &Tally) -> Vec<PhaseReport> {
    let steps = plan.steps.iter().zip(&tally.steps);
    let phases = steps.map(|(step, tally)| PhaseReport {
        phase: step.phase.name(),
        planned: step.action.len(),
        done: tally.count(Status::Done),
        failed: tally.count(Status::Failed),
        began: tally.began.map(|began| began.as_secs_f64()),
        seconds: tally.duration().as_secs_f64(),
    });
    phases.collect()
}
