//! The report of a run as JSON. Its schema is interface: docs/report.schema.json, held by a test.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::changes::{
    Change, ENTRIES_MAX, HeaderGroup, InvalidatedReport, LeftOut, Uploaded, changes, deleted,
    headers, invalidated, uploaded,
};
use super::commit::Commit;
use super::ending::Ending;
use super::tally::{Counts, Failure, Status, Tally};
use deploy_core::base::units::Count;
use deploy_core::identity::explain::date_time;
use deploy_core::plan::compare::Reason;
use deploy_core::plan::{Part, Plan};
use deploy_core::tree::Source;

/// Raised when a field changes its meaning or goes; new fields do not raise it.
pub const SCHEMA_VERSION: u32 = 1;

/// Files that stopped the run that are named.
const FINDINGS_MAX: usize = 10_000;

/// Everything a run has to tell, whatever became of it.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    pub(super) schema: u32,
    pub(super) version: &'static str,
    pub(super) outcome: &'static str,
    pub(super) exit_code: u8,
    /// The last line of the log.
    pub(super) summary: &'a str,
    pub(super) dry_run: bool,
    /// Absent unless the deploy is divided over several steps.
    pub(super) shard: Option<ShardReport>,
    /// `s3://bucket/prefix/`; absent where S3_BUCKET cannot be read.
    pub(super) destination: Option<&'a str>,
    /// Where visitors find the site.
    pub(super) site: Option<&'a str>,
    pub(super) region: Option<&'a str>,
    /// ARN of the assumed role session.
    pub(super) assumed_role: Option<&'a str>,
    /// Hash of the commit that was deployed.
    pub(super) commit: Option<&'a str>,
    /// Where Bitbucket shows the build.
    pub(super) build_url: Option<String>,
    /// When the run began, as RFC 3339.
    pub(super) began: Option<String>,
    pub(super) seconds: f64,
    /// Requests by operation, each attempt counted.
    pub(super) requests: &'a BTreeMap<String, u64>,
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
    /// Files that stopped the run.
    pub(super) findings: &'a [Finding],
    /// Messages of the run's failure, the outermost first.
    pub(super) errors: &'a [String],
    /// What to look at first.
    pub(super) hints: &'a [String],
    /// Statements of policies that the hints speak of.
    pub(super) statements: &'a [String],
    /// Sections of the documents that say more.
    pub(super) links: &'a [String],
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
    pub(super) uploads: usize,
    pub(super) upload_bytes: u64,
    pub(super) uploads_by_reason: BTreeMap<&'static str, usize>,
    pub(super) deletions: usize,
    pub(super) invalidations: usize,
    pub(super) unchanged: usize,
    pub(super) kept_orphans: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct Done {
    pub(super) uploads: usize,
    pub(super) uploaded_bytes: u64,
    pub(super) deletions: usize,
    pub(super) invalidations: usize,
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

/// What a report is made of beside plan, tally and ending: made once, when the run is over.
#[derive(Clone, Debug, Default)]
pub struct RunInfo {
    /// The last line of the log.
    pub summary: String,
    /// Where the deploy went, as a URL.
    pub destination: Option<String>,
    /// Where visitors find the site, if that is known.
    pub site: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The assumed role session, once it is there.
    pub assumed_role: Option<String>,
    /// Whether nothing was to be written.
    pub dry_run: bool,
    /// What part of the deploy the run was.
    pub shard: Part,
    /// LOCAL_PATH, as the repository knows it.
    pub source: Option<Source>,
    /// The commit, where the step tells it.
    pub commit: Option<Commit>,
    /// When the run began.
    pub began: Option<SystemTime>,
    /// How long the run took.
    pub duration: Duration,
    /// Requests by operation.
    pub requests: BTreeMap<String, u64>,
    /// Files that stopped the run.
    pub findings: Vec<Finding>,
    /// Messages of the failure.
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
        let done = tally.count(plan, Status::Done);
        let (changes, left_out) = changes(plan, tally);
        Self {
            schema: SCHEMA_VERSION,
            version: env!("CARGO_PKG_VERSION"),
            outcome: ending.outcome(),
            exit_code: ending.exit().code(),
            summary: &info.summary,
            dry_run: info.dry_run,
            shard: shard(info.shard),
            destination: info.destination.as_deref(),
            site: info.site.as_deref(),
            region: info.region.as_deref(),
            assumed_role: info.assumed_role.as_deref(),
            commit: info.commit.as_ref().map(|commit| commit.hash.as_str()),
            build_url: info.commit.as_ref().and_then(Commit::build_url),
            began: info.began.map(date_time),
            seconds: info.duration.as_secs_f64(),
            requests: &info.requests,
            planned: planned(plan),
            done: Done {
                uploads: done.uploads,
                uploaded_bytes: tally.uploaded_bytes,
                deletions: done.deletions,
                invalidations: done.invalidations,
            },
            failed: tally.failures.get(..ENTRIES_MAX).unwrap_or(&tally.failures),
            not_attempted: tally.count(plan, Status::NotAttempted),
            phases: phases(plan, tally),
            uploaded: uploaded(plan, tally),
            deleted: deleted(plan, tally),
            invalidated: invalidated(plan, tally),
            headers: headers(plan),
            findings: info.findings.get(..FINDINGS_MAX).unwrap_or(&info.findings),
            errors: &info.errors,
            hints: &info.hints,
            statements: &info.statements,
            links: &info.links,
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

/// How many uploads of `plan` there are for each reason; reasons without any are left out.
pub fn by_reason(plan: &Plan) -> Vec<(Reason, usize)> {
    let count = |reason| {
        plan.uploads()
            .filter(|upload| upload.reason == reason)
            .count()
    };
    let counts = Reason::ALL.map(|reason| (reason, count(reason)));
    counts.into_iter().filter(|(_, count)| *count > 0).collect()
}

fn planned(plan: &Plan) -> Planned {
    Planned {
        uploads: plan.uploads().count(),
        upload_bytes: plan.upload_bytes(),
        uploads_by_reason: by_reason(plan)
            .into_iter()
            .map(|(reason, count)| (reason.word(), count))
            .collect(),
        deletions: plan.deletions().count(),
        invalidations: plan.invalidations().count(),
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
