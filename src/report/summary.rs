//! The closing lines of a run. Pure.

use crate::report::{Circumstances, Counts, Status, Tally, by_reason};
use deploy_core::base::exit::Exit;
use deploy_core::base::units::{Bytes, Count, Seconds};
use deploy_core::plan::{Plan, Shard};

/// What was done, what was not, and what it cost.
#[must_use]
pub fn lines(plan: &Plan, tally: &Tally, circumstances: &Circumstances) -> Vec<String> {
    let mut lines: Vec<String> = part(circumstances.shard).into_iter().collect();
    lines.extend(work(plan, tally, circumstances));
    lines.push(cost(circumstances));
    lines
}

/// Which part of a deploy it was, if not all of it.
fn part(of_deploy: Shard) -> Option<String> {
    match of_deploy {
        Shard::Whole => None,
        Shard::Share(share) => Some(format!(
            "share {share}; pages, invalidations and deletions are left to the last step"
        )),
        Shard::Final(shares) => Some(format!("last step of {}", Count(shares.into(), "share"))),
    }
}

/// What a run without a plan has to tell.
#[must_use]
pub fn cost(circumstances: &Circumstances) -> String {
    let requests: Vec<String> = circumstances
        .requests
        .iter()
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    let took = Seconds(circumstances.duration);
    if requests.is_empty() {
        format!("took {took}, without a request")
    } else {
        format!("took {took}; requests: {}", requests.join(", "))
    }
}

fn work(plan: &Plan, tally: &Tally, circumstances: &Circumstances) -> Vec<String> {
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
        if counts != Counts::default() && !circumstances.dry_run {
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

/// The run's last line; `began` tells whether the first step of a plan was begun.
#[must_use]
pub fn last_line(exit: Exit, dry_run: bool, began: bool, part: Shard) -> String {
    if let (Exit::Done, false, Shard::Share(share)) = (exit, dry_run, part) {
        return format!("Share {share} is in the bucket.");
    }
    let line = match exit {
        Exit::Failed if !began => "Deployment failed. Nothing was written.",
        Exit::Identity if !began => {
            "Deployment failed: AWS refused the identity. Nothing was written."
        }
        Exit::Interrupted if !began => "Deployment interrupted. Nothing was written.",
        Exit::Done if dry_run => "Dry run: nothing was written.",
        Exit::Done => "Deployment successful.",
        Exit::Failed => "Deployment failed. Running it again finishes it.",
        Exit::Refused => "Deployment refused. Nothing was written.",
        Exit::Identity => {
            "Deployment failed: AWS refused the identity. Running it again, with a valid one, finishes it."
        }
        Exit::Interrupted => "Deployment interrupted. Running it again finishes it.",
    };
    line.to_owned()
}

#[cfg(test)]
mod tests;
