//! The report of a run as JSON. Its schema is interface: docs/report.schema.json, held by a test.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::ending::Ending;
use super::tally::{Status, Tally};
use crate::execute::Waited;
use deploy_core::plan::compare::Reason;
use deploy_core::plan::{Action, Part, Plan};

/// Raised when a field changes its meaning or goes; new fields do not raise it.
pub const SCHEMA_VERSION: u32 = 1;

/// Everything a run has to tell, whatever became of it.
#[derive(Debug, Serialize)]
pub struct Report {
    schema: u32,
    version: &'static str,
    outcome: &'static str,
    exit_code: u8,
    dry_run: bool,
    /// Absent unless the deploy is divided over several steps.
    shard: Option<ShardReport>,
    /// `s3://bucket/prefix/`; absent while the configuration is not known.
    destination: Option<String>,
    region: Option<String>,
    /// ARN of the assumed role session.
    assumed_role: Option<String>,
    seconds: f64,
    /// Requests by operation, each attempt counted.
    requests: BTreeMap<String, u64>,
    planned: Planned,
    done: Done,
    failed: Vec<Failed>,
    not_attempted: NotAttempted,
    phases: Vec<PhaseReport>,
    uploaded: Vec<Uploaded>,
    deleted: Vec<String>,
    invalidated: Vec<InvalidatedReport>,
    /// Messages of the run's failure, the outermost first.
    errors: Vec<String>,
    /// What to look at first.
    hints: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ShardReport {
    role: &'static str,
    /// Counted from 1.
    share: Option<u16>,
    shares: u16,
}

#[derive(Debug, Default, Serialize)]
struct Planned {
    uploads: usize,
    upload_bytes: u64,
    uploads_by_reason: BTreeMap<&'static str, usize>,
    deletions: usize,
    invalidations: usize,
    unchanged: usize,
    kept_orphans: usize,
}

#[derive(Debug, Serialize)]
struct Done {
    uploads: usize,
    uploaded_bytes: u64,
    deletions: usize,
    invalidations: usize,
}

#[derive(Debug, Serialize)]
struct Failed {
    action: &'static str,
    key: String,
    error: String,
}

#[derive(Debug, Serialize)]
struct NotAttempted {
    uploads: usize,
    deletions: usize,
    invalidations: usize,
}

#[derive(Debug, Serialize)]
struct PhaseReport {
    phase: &'static str,
    planned: usize,
    done: usize,
    failed: usize,
    seconds: f64,
}

#[derive(Debug, Serialize)]
struct Uploaded {
    key: String,
    bytes: u64,
    reason: &'static str,
}

#[derive(Debug, Serialize)]
struct InvalidatedReport {
    distribution: String,
    id: String,
    completed: bool,
    paths: Vec<String>,
}

/// What a report is made of beside plan, tally and ending: made once, when the run is over.
#[derive(Clone, Debug, Default)]
pub struct RunInfo {
    /// Where the deploy went, as a URL.
    pub destination: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The assumed role session, once it is there.
    pub assumed_role: Option<String>,
    /// Whether nothing was to be written.
    pub dry_run: bool,
    /// What part of the deploy the run was.
    pub shard: Part,
    /// How long the run took.
    pub duration: Duration,
    /// Requests by operation.
    pub requests: BTreeMap<String, u64>,
    /// Messages of the failure.
    pub errors: Vec<String>,
    /// What to look at first.
    pub hints: Vec<String>,
}

impl Report {
    /// Puts the report together. A run that ended before it had a plan has an empty one.
    #[must_use]
    pub fn new(ending: &Ending, info: RunInfo, plan: &Plan, tally: &Tally) -> Self {
        let done = tally.count(plan, Status::Done);
        let left = tally.count(plan, Status::NotAttempted);
        Self {
            schema: SCHEMA_VERSION,
            version: env!("CARGO_PKG_VERSION"),
            outcome: ending.outcome(),
            exit_code: ending.exit().code(),
            dry_run: info.dry_run,
            shard: shard(info.shard),
            destination: info.destination,
            region: info.region,
            assumed_role: info.assumed_role,
            seconds: info.duration.as_secs_f64(),
            requests: info.requests,
            planned: planned(plan),
            done: Done {
                uploads: done.uploads,
                uploaded_bytes: tally.uploaded_bytes,
                deletions: done.deletions,
                invalidations: done.invalidations,
            },
            failed: failed(tally),
            not_attempted: NotAttempted {
                uploads: left.uploads,
                deletions: left.deletions,
                invalidations: left.invalidations,
            },
            phases: phases(plan, tally),
            uploaded: uploaded(plan, tally),
            deleted: deleted(plan, tally),
            invalidated: invalidated(plan, tally),
            errors: info.errors,
            hints: info.hints,
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
#[must_use]
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

fn failed(tally: &Tally) -> Vec<Failed> {
    let failures = tally.failures.iter().map(|failure| Failed {
        action: failure.action,
        key: failure.key.clone(),
        error: failure.error.clone(),
    });
    failures.collect()
}

fn phases(plan: &Plan, tally: &Tally) -> Vec<PhaseReport> {
    let steps = plan.steps.iter().zip(&tally.steps);
    let phases = steps.map(|(step, tally)| PhaseReport {
        phase: step.phase.name(),
        planned: step.action.len(),
        done: tally.count(Status::Done),
        failed: tally.count(Status::Failed),
        seconds: tally.duration().as_secs_f64(),
    });
    phases.collect()
}

fn uploaded(plan: &Plan, tally: &Tally) -> Vec<Uploaded> {
    let mut uploaded = Vec::new();
    for (step, tally) in plan.steps.iter().zip(&tally.steps) {
        if let Action::Upload(uploads) = &step.action {
            let done = uploads
                .iter()
                .zip(&tally.items)
                .filter(|(_, status)| **status == Status::Done);
            uploaded.extend(done.map(|(upload, _)| Uploaded {
                key: upload.key.to_string(),
                bytes: upload.size,
                reason: upload.reason.word(),
            }));
        }
    }
    uploaded
}

fn deleted(plan: &Plan, tally: &Tally) -> Vec<String> {
    let mut deleted = Vec::new();
    for (step, tally) in plan.steps.iter().zip(&tally.steps) {
        if let Action::Delete(keys) = &step.action {
            let done = keys
                .iter()
                .zip(&tally.items)
                .filter(|(_, status)| **status == Status::Done);
            deleted.extend(done.map(|(key, _)| key.to_string()));
        }
    }
    deleted
}

fn invalidated(plan: &Plan, tally: &Tally) -> Vec<InvalidatedReport> {
    let taken = plan
        .invalidations()
        .enumerate()
        .filter_map(|(item, planned)| {
            let invalidated = tally.invalidated.get(&item)?;
            Some(InvalidatedReport {
                distribution: planned.distribution.to_string(),
                id: invalidated.id.clone(),
                completed: matches!(invalidated.waited, Waited::Completed),
                paths: planned.paths.to_vec(),
            })
        });
    taken.collect()
}
