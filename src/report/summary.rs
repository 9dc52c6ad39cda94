//! The closing lines of a run. Pure.

use crate::report::{Counts, RunInfo, Status, Tally, by_reason};
use deploy_core::base::units::{Bytes, Count, Seconds};
use deploy_core::plan::{Part, Plan};

/// What was done, what was not, and what it cost.
#[must_use]
pub fn lines(plan: &Plan, tally: &Tally, info: &RunInfo) -> Vec<String> {
    let mut lines: Vec<String> = part(info.shard).into_iter().collect();
    lines.extend(work(plan, tally, info));
    lines.push(cost(info));
    lines
}

/// Which part of a deploy it was, if not all of it.
fn part(of_deploy: Part) -> Option<String> {
    match of_deploy {
        Part::Whole => None,
        Part::Share(share) => Some(format!(
            "share {share}; pages, invalidations and deletions are left to the last step"
        )),
        Part::Final(shares) => Some(format!("last step of {}", Count(shares.into(), "share"))),
    }
}

/// What a run without a plan has to tell.
#[must_use]
pub fn cost(info: &RunInfo) -> String {
    let requests: Vec<String> = info
        .requests
        .iter()
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    let took = Seconds(info.duration);
    if requests.is_empty() {
        format!("took {took}, without a request")
    } else {
        format!("took {took}; requests: {}", requests.join(", "))
    }
}

fn work(plan: &Plan, tally: &Tally, info: &RunInfo) -> Vec<String> {
    let mut lines = Vec::new();
    let reasons: Vec<String> = by_reason(plan)
        .into_iter()
        .map(|(reason, count)| format!("{count} {}", reason.word()))
        .collect();
    let reasons = if reasons.is_empty() {
        String::new()
    } else {
        format!(" ({})", reasons.join(", "))
    };
    let (uploads, deletions) = (plan.uploads().count(), plan.deletions().count());
    lines.push(format!(
        "planned: {}{reasons}, {}{}, {} unchanged, {} kept that LOCAL_PATH does not have",
        Count(uploads, "upload"),
        Count(deletions, "deletion"),
        invalidations(plan, plan.invalidations().count()),
        plan.unchanged,
        Count(plan.kept_orphans, "object"),
    ));
    let done = tally.count(plan, Status::Done);
    let failed = tally.count(plan, Status::Failed);
    let left = tally.count(plan, Status::NotAttempted);
    lines.push(format!(
        "done: {} ({}), {}{}",
        Count(done.uploads, "upload"),
        Bytes(tally.uploaded_bytes),
        Count(done.deletions, "deletion"),
        invalidations(plan, done.invalidations),
    ));
    for (word, counts) in [("failed", failed), ("not attempted", left)] {
        if counts != Counts::default() && !info.dry_run {
            lines.push(format!(
                "{word}: {}, {}{}",
                Count(counts.uploads, "upload"),
                Count(counts.deletions, "deletion"),
                invalidations(plan, counts.invalidations)
            ));
        }
    }
    let phases: Vec<String> = plan
        .steps
        .iter()
        .zip(&tally.steps)
        .filter(|(_, tally)| tally.began.is_some())
        .map(|(step, tally)| format!("{} {}", step.phase.name(), Seconds(tally.duration())))
        .collect();
    if !phases.is_empty() {
        lines.push(format!("phases: {}", phases.join(", ")));
    }
    lines
}

/// `, 1 invalidation`, where the plan has any.
fn invalidations(plan: &Plan, count: usize) -> String {
    if plan.invalidations().next().is_some() {
        format!(", {}", Count(count, "invalidation"))
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests;
