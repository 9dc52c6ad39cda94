//! The closing lines of a run. Pure.

use crate::report::{RunInfo, Tally};
use deploy_core::base::units::Seconds;
use deploy_core::plan::Plan;

/// Where the time went, and what it cost: for whoever looks into a run.
pub fn lines(plan: &Plan, tally: &Tally, info: &RunInfo) -> Vec<String> {
    let phases: Vec<String> = plan
        .steps
        .iter()
        .zip(&tally.steps)
        .filter(|(_, tally)| tally.began.is_some())
        .map(|(step, tally)| format!("{} {}", step.phase.name(), Seconds(tally.duration())))
        .collect();
    let mut lines = Vec::new();
    if !phases.is_empty() {
        lines.push(format!("phases: {}", phases.join(", ")));
    }
    lines.push(cost(info));
    lines
}

/// What a run without a plan has to tell.
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

#[cfg(test)]
mod tests;
