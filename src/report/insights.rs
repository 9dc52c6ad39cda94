//! The Code Insights report of a run, as Bitbucket takes it.
//! <https://developer.atlassian.com/cloud/bitbucket/rest/api-group-reports/>

use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use super::counts::{Changes, mark};
use super::ending::{Ending, Goal};
use super::json::RunInfo;
use super::tally::{Status, Tally};
use crate::report::Commit;
use deploy_core::base::exit::Exit;
use deploy_core::base::printable::Printable;
use deploy_core::base::units::{Bytes, Count};
use deploy_core::plan::{Item, Plan};

/// Longest text of a report, in characters.
const DETAILS_CHARACTERS_MAX: usize = 2_000;

/// Changes of a dry run that its text names.
const NAMES_MAX: usize = 40;

/// The report's id and content. A commit has one report per destination, which a repeated run
/// replaces: several environments may well deploy the same commit. That of a dry run is another, so
/// that a plan never takes the place of what was deployed.
pub fn insights(
    ending: &Ending,
    info: &RunInfo,
    plan: &Plan,
    tally: &Tally,
    commit: &Commit,
) -> (String, Value) {
    let destination = info.destination.as_deref().unwrap_or_default();
    let (noun, infix) = if info.dry_run {
        ("Plan for", "-plan")
    } else {
        ("Deploy to", "")
    };
    let mut report = json!({
        "title": format!("{noun} {}", Printable(destination)),
        "details": details(ending, info, plan),
        // None of the types is a deployment; this one has no further meaning to Bitbucket.
        "report_type": "TEST",
        "reporter": env!("CARGO_PKG_NAME"),
        "result": if ending.exit() == Exit::Done { "PASSED" } else { "FAILED" },
        "data": data(ending, info, plan, tally),
    });
    let link = info.site.clone().or_else(|| commit.build_url());
    if let (Some(link), Some(report)) = (link, report.as_object_mut()) {
        report.insert("link".to_owned(), link.into());
    }
    let name = env!("CARGO_PKG_NAME");
    let id = format!("{name}{infix}-{}", short_hash(destination));
    (id, report)
}

/// The numbers of the report, of which Bitbucket shows at most ten. Those that are zero say nothing.
fn data(ending: &Ending, info: &RunInfo, plan: &Plan, tally: &Tally) -> Vec<Value> {
    let number = |title: &str, value: usize| {
        (value > 0).then(|| json!({"title": title, "type": "NUMBER", "value": value}))
    };
    let text = |title: &str, value: &str| json!({"title": title, "type": "TEXT", "value": value});
    let sized =
        |title: &str, bytes: u64| (bytes > 0).then(|| text(title, &Bytes(bytes).to_string()));
    let millis = u64::try_from(info.duration.as_millis()).unwrap_or(u64::MAX);
    let mut data = vec![text("Outcome", ending.outcome())];
    if is_plan(ending, info) {
        let planned = Changes::of(plan.items());
        data.extend(number("To create", planned.new));
        data.extend(number("To replace", planned.changed));
        data.extend(sized("Bytes to upload", plan.upload_bytes()));
        data.extend(number("To delete", planned.deleted));
        data.extend(number("To invalidate", plan.invalidations().count()));
    } else {
        let done = tally.count(plan, Status::Done);
        data.extend(number("Uploaded", done.uploads));
        data.extend(sized("Uploaded bytes", tally.uploaded_bytes));
        data.extend(number("Deleted", done.deletions));
        data.extend(number("Invalidations", done.invalidations));
        data.extend(number("Failed", tally.failures.len()));
    }
    data.extend(number("Unchanged", plan.unchanged));
    data.push(json!({"title": "Duration", "type": "DURATION", "value": millis}));
    data
}

/// Whether what is told is a plan, and not what was done.
fn is_plan(ending: &Ending, info: &RunInfo) -> bool {
    info.dry_run || matches!(ending, Ending::Done(Goal::Planned))
}

/// A sentence per line: how it ended, why, and for a plan its first changes.
fn details(ending: &Ending, info: &RunInfo, plan: &Plan) -> String {
    let mut lines = vec![info.summary.clone()];
    let told = info.errors.iter().chain(&info.hints);
    lines.extend(told.map(|text| sentence(text)));
    let statements = info.statements.iter().flat_map(|text| text.lines());
    lines.extend(statements.map(str::to_owned));
    if is_plan(ending, info) {
        // `+ a.js`, `~ b.js` or `- c.js`.
        let named = |item: Item<'_>| Some(format!("{} {}", mark(item)?.sign(), item.key()));
        let mut items = plan.items().filter_map(named);
        lines.extend(items.by_ref().take(NAMES_MAX));
        if let more @ 1.. = items.count() {
            lines.push(format!("and {}", Count(more, "more change")));
        }
    }
    let text = lines.iter().map(|line| Printable(line).to_string());
    let text = text.collect::<Vec<_>>().join("\n");
    text.chars().take(DETAILS_CHARACTERS_MAX).collect()
}

/// `text` with an end.
fn sentence(text: &str) -> String {
    let end = if text.ends_with(['.', '?', '!', ':']) {
        ""
    } else {
        "."
    };
    format!("{text}{end}")
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

    fn report(ending: &Ending, info: &RunInfo) -> (String, serde_json::Value) {
        let commit = Commit {
            workspace: "acme".to_owned(),
            repository: "site".to_owned(),
            hash: "c0ffee".to_owned(),
            build_number: Some("42".to_owned()),
        };
        insights(ending, info, &Plan::default(), &Tally::default(), &commit)
    }

    fn to(destination: &str) -> RunInfo {
        RunInfo {
            destination: Some(destination.to_owned()),
            ..RunInfo::default()
        }
    }

    #[test]
    fn a_report_keeps_to_bitbuckets_limits() {
        let info = RunInfo {
            errors: vec!["x".repeat(3_000)],
            ..to("s3://b/")
        };
        let (_, report) = report(&Ending::Passing(Written::Nothing), &info);
        assert_eq!(report["result"], "FAILED");
        assert_eq!(report["details"].as_str().unwrap().chars().count(), 2_000);
        assert!(report["data"].as_array().unwrap().len() <= 10);
        assert_eq!(
            report["link"],
            "https://bitbucket.org/acme/site/pipelines/results/42"
        );
    }

    #[test]
    fn errors_and_hints_are_sentences_of_their_own() {
        let info = RunInfo {
            errors: vec!["13 uploads failed".to_owned()],
            hints: vec!["is the role right?".to_owned()],
            summary: "Deployment failed.".to_owned(),
            ..to("s3://b/")
        };
        let (_, report) = report(&Ending::Passing(Written::Nothing), &info);
        assert_eq!(
            report["details"],
            "Deployment failed.\n13 uploads failed.\nis the role right?"
        );
    }

    #[test]
    fn each_destination_has_a_report_of_its_own_and_so_has_its_plan() {
        let done = Ending::Done(Goal::Deployed);
        let dry = RunInfo {
            dry_run: true,
            ..to("s3://b/")
        };
        let ids = [
            report(&done, &to("s3://b/")).0,
            report(&done, &to("s3://c/")).0,
            report(&Ending::Done(Goal::Planned), &dry).0,
        ];
        assert!(
            ids[0] != ids[1] && ids[0] != ids[2] && ids[1] != ids[2],
            "{ids:?}"
        );
        assert_eq!(report(&Ending::Refused, &dry).0, ids[2]);
        let failed = Ending::Passing(Written::Nothing);
        assert_eq!(report(&failed, &to("s3://b/")).0, ids[0]);
    }
}
