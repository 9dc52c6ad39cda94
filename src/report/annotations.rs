//! Annotations of a Code Insights report: the files that failed, or that stopped the run. Pure.
//! <https://developer.atlassian.com/cloud/bitbucket/rest/api-group-reports/>

use serde_json::{Value, json};

use super::json::RunInfo;
use super::tally::Tally;
use deploy_core::base::printable::Printable;
use deploy_core::tree::path_of;

/// Most annotations that a report can have.
const ANNOTATIONS_MAX: usize = 1_000;

/// Longest text of one, in characters: what is longer is refused, with all that is sent beside it.
const SUMMARY_CHARACTERS_MAX: usize = 450;

/// The annotations of the report `id`, the files that stopped the run before those that failed.
pub fn annotations(id: &str, info: &RunInfo, tally: &Tally) -> Vec<Value> {
    let findings = info.findings.iter().map(|it| {
        let is_secret = it.kind == "secret";
        let kind = if is_secret { "VULNERABILITY" } else { "BUG" };
        let summary = format!("`{}` {}", it.path, it.message);
        (kind, "Not deployed".to_owned(), summary, Some(&it.path))
    });
    let failures = tally.failures.iter().map(|it| {
        let title = format!("{} failed", it.action);
        let summary = format!("`{}`: {}", it.key, it.error);
        // What else fails is no file in LOCAL_PATH.
        let name = (it.action == "upload").then_some(&it.key);
        ("BUG", title, summary, name)
    });
    let all = (1..).zip(findings.chain(failures)).take(ANNOTATIONS_MAX);
    let all = all.map(|(number, (kind, title, summary, name))| {
        let summary = Printable(&summary).to_string();
        let summary: String = summary.chars().take(SUMMARY_CHARACTERS_MAX).collect();
        let mut annotation = json!({
            "external_id": format!("{id}-{number}"),
            "annotation_type": kind,
            "title": title,
            "summary": summary,
            "severity": "HIGH",
            "result": "FAILED",
        });
        let place = info.source.as_ref().zip(name);
        if let (Some((source, name)), Some(annotation)) = (place, annotation.as_object_mut()) {
            let path = path_of(source, name);
            annotation.insert("path".to_owned(), path.to_string_lossy().into());
        }
        annotation
    });
    all.collect()
}

#[cfg(test)]
mod tests {
    use super::{RunInfo, Tally, annotations};
    use crate::report::{Failure, Finding};
    use deploy_core::tree::Source;

    #[test]
    fn annotations_keep_to_bitbuckets_limits() {
        let info = RunInfo {
            source: Some(Source::Folder("dist".into())),
            findings: vec![Finding {
                kind: "secret",
                path: ".env".to_owned(),
                message: "is an environment file".to_owned(),
            }],
            ..RunInfo::default()
        };
        let failure = |action, key: &str| Failure {
            action,
            key: key.to_owned(),
            error: "x".repeat(1_000),
            code: None,
        };
        let mut failures = vec![failure("upload", "a/b.js"), failure("delete", "old.js")];
        failures.resize(2_000, failure("upload", "c.js"));
        let tally = Tally {
            failures,
            ..Tally::default()
        };
        let found = annotations("id", &info, &tally);
        assert_eq!(found.len(), 1_000);
        let ids: std::collections::BTreeSet<_> = found
            .iter()
            .map(|one| one["external_id"].as_str())
            .collect();
        assert_eq!(ids.len(), 1_000);
        let is_short = |text: &str| text.chars().count() <= 450;
        assert!(
            found
                .iter()
                .all(|one| one["summary"].as_str().is_some_and(is_short))
        );
        let paths: Vec<_> = found
            .iter()
            .map(|one| one["path"].as_str())
            .take(4)
            .collect();
        let expected = [
            Some("dist/.env"),
            Some("dist/a/b.js"),
            None,
            Some("dist/c.js"),
        ];
        assert_eq!(paths, expected);
        assert_eq!(found[0]["annotation_type"], "VULNERABILITY");
    }
}
