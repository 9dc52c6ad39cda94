//! The Code Insights report of a run, as Bitbucket takes it.
//! <https://developer.atlassian.com/cloud/bitbucket/rest/api-group-reports/>

use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use super::ending::{Ending, Goal};
use super::json::RunInfo;
use super::tally::{Status, Tally};
use crate::report::Commit;
use deploy_core::base::exit::Exit;
use deploy_core::base::printable::Printable;
use deploy_core::base::units::{Bytes, Count};
use deploy_core::plan::Plan;

/// Longest text of a report, in characters.
const DETAILS_CHARACTERS_MAX: usize = 2_000;

/// The report's id and content. A commit has one report per destination, which a repeated run
/// replaces: several environments may well deploy the same commit.
#[must_use]
pub fn insights(
    ending: &Ending,
    info: &RunInfo,
    plan: &Plan,
    tally: &Tally,
    commit: &Commit,
) -> (String, Value) {
    let done = tally.count(plan, Status::Done);
    let destination = info.destination.as_deref().unwrap_or_default();
    let number =
        |title: &str, value: usize| json!({"title": title, "type": "NUMBER", "value": value});
    let text = |title: &str, value: &str| json!({"title": title, "type": "TEXT", "value": value});
    let millis = u64::try_from(info.duration.as_millis()).unwrap_or(u64::MAX);
    // Bitbucket shows at most ten of these.
    let data = [
        text("Outcome", ending.outcome()),
        number("Uploaded", done.uploads),
        text("Uploaded bytes", &Bytes(tally.uploaded_bytes).to_string()),
        number("Deleted", done.deletions),
        number("Unchanged", plan.unchanged),
        number("Failed", tally.failures.len()),
        number("Invalidations", done.invalidations),
        json!({"title": "Duration", "type": "DURATION", "value": millis}),
    ];
    let mut report = json!({
        "title": format!("Deploy to {}", Printable(destination)),
        "details": details(ending, info, plan, tally),
        // None of the types is a deployment; this one has no further meaning to Bitbucket.
        "report_type": "TEST",
        "reporter": env!("CARGO_PKG_NAME"),
        "result": if ending.exit() == Exit::Done { "PASSED" } else { "FAILED" },
        "data": data,
    });
    if let (Some(link), Some(report)) = (pipeline_url(commit), report.as_object_mut()) {
        report.insert("link".to_owned(), Value::from(link));
    }
    let id = format!("{}-{}", env!("CARGO_PKG_NAME"), short_hash(destination));
    (id, report)
}

fn details(ending: &Ending, info: &RunInfo, plan: &Plan, tally: &Tally) -> String {
    let done = tally.count(plan, Status::Done);
    let summary = if *ending == Ending::Done(Goal::Planned) {
        format!(
            "A dry run planned {} and {}.",
            Count(plan.uploads().count(), "upload"),
            Count(plan.deletions().count(), "deletion")
        )
    } else {
        format!(
            "{} ({}), {}, {} unchanged.",
            Count(done.uploads, "upload"),
            Bytes(tally.uploaded_bytes),
            Count(done.deletions, "deletion"),
            plan.unchanged
        )
    };
    let told = [&info.errors, &info.hints];
    let told = told.into_iter().flatten().map(String::as_str);
    let lines: Vec<&str> = std::iter::once(summary.as_str()).chain(told).collect();
    let text = Printable(&lines.join(" ")).to_string();
    text.chars().take(DETAILS_CHARACTERS_MAX).collect()
}

/// Where Bitbucket shows the build.
fn pipeline_url(commit: &Commit) -> Option<String> {
    let Commit {
        workspace,
        repository,
        build_number,
        ..
    } = commit;
    let number = build_number.as_ref()?;
    Some(format!(
        "https://bitbucket.org/{workspace}/{repository}/pipelines/results/{number}"
    ))
}

/// Enough to tell a commit's few destinations apart.
fn short_hash(text: &str) -> String {
    let digest: [u8; 16] = Md5::digest(text).into();
    format!("{:08x}", u128::from_be_bytes(digest) >> 96)
}

#[cfg(test)]
mod tests {
    use super::{Commit, Ending, Goal, Plan, RunInfo, Tally, insights};
    use crate::report::Written;

    fn report(ending: &Ending, destination: &str) -> (String, serde_json::Value) {
        let info = RunInfo {
            destination: Some(destination.to_owned()),
            errors: vec!["x".repeat(3_000)],
            ..RunInfo::default()
        };
        let commit = Commit {
            workspace: "acme".to_owned(),
            repository: "site".to_owned(),
            hash: "c0ffee".to_owned(),
            build_number: Some("42".to_owned()),
        };
        insights(ending, &info, &Plan::default(), &Tally::default(), &commit)
    }

    #[test]
    fn a_report_keeps_to_bitbuckets_limits() {
        let (_, report) = report(&Ending::Passing(Written::Nothing), "s3://b/");
        assert_eq!(report["result"], "FAILED");
        assert_eq!(report["details"].as_str().unwrap().chars().count(), 2_000);
        assert!(report["data"].as_array().unwrap().len() <= 10);
        assert_eq!(
            report["link"],
            "https://bitbucket.org/acme/site/pipelines/results/42"
        );
    }

    #[test]
    fn each_destination_has_a_report_of_its_own() {
        assert_ne!(
            report(&Ending::Done(Goal::Deployed), "s3://b/").0,
            report(&Ending::Done(Goal::Deployed), "s3://c/").0
        );
        assert_eq!(
            report(&Ending::Done(Goal::Deployed), "s3://b/").0,
            report(&Ending::Passing(Written::Nothing), "s3://b/").0
        );
    }
}
