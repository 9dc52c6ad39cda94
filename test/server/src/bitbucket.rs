//! The Bitbucket API as the proxy of a step forwards it, as far as Code Insights reports go.

use crate::answer::{self, Answer, Service};
use crate::operation::Identified;
use bytes::Bytes;
use http::Method;
use http::request::Parts;
use serde_json::Value;

/// Path that every operation begins with.
pub(crate) const PATH_PREFIX: &str = "/2.0/repositories/";

/// Most data fields of a report.
const DATA_MAX: usize = 10;

/// Most annotations of one request.
const ANNOTATIONS_MAX: usize = 100;

/// Longest text of an annotation, in characters.
const SUMMARY_CHARACTERS_MAX: usize = 450;

pub(crate) fn identify(parts: &Parts) -> Identified {
    let place = place(parts);
    let operation = match (&parts.method, place) {
        (&Method::PUT, Some((_, Place::Report))) => "PutReport",
        (&Method::DELETE, Some((_, Place::Report))) => "DeleteReport",
        (&Method::POST, Some((_, Place::Annotations))) => "PostAnnotations",
        _ => "Unknown",
    };
    Identified {
        operation,
        bucket: None,
        key: place.map(|(id, _)| id.to_owned()),
    }
}

/// What of a report a request is about.
#[derive(Clone, Copy)]
enum Place {
    Report,
    Annotations,
}

/// The id in `{workspace}/{repository}/commit/{commit}/reports/{id}`, and what of it is meant.
fn place(parts: &Parts) -> Option<(&str, Place)> {
    let path = parts.uri.path().strip_prefix(PATH_PREFIX)?;
    let segments: Vec<&str> = path.split('/').collect();
    match segments[..] {
        [_, _, "commit", _, "reports", id] => Some((id, Place::Report)),
        [_, _, "commit", _, "reports", id, "annotations"] => Some((id, Place::Annotations)),
        _ => None,
    }
}

/// Takes a report and its annotations. A proxy is asked with a whole URL, and for plain http.
pub(crate) fn answer(parts: &Parts, body: &Bytes) -> Answer {
    let refuse = |status, message| answer::error(Service::Bitbucket, status, "", message);
    if parts.uri.scheme_str() != Some("http") || parts.uri.host() != Some("api.bitbucket.org") {
        return refuse(400, "The proxy was not asked for http://api.bitbucket.org");
    }
    let fits: fn(&Value) -> bool = match identify(parts).operation {
        "PutReport" => is_report,
        "PostAnnotations" => are_annotations,
        "DeleteReport" => return answer::raw(204, &[], Bytes::new()),
        _ => return refuse(404, "Resource not found"),
    };
    let Ok(sent) = serde_json::from_slice::<Value>(body) else {
        return refuse(400, "Invalid JSON");
    };
    if fits(&sent) {
        answer::json(sent.to_string())
    } else {
        refuse(400, "Invalid report")
    }
}

fn is_one_of(value: &Value, field: &str, choices: &[&str]) -> bool {
    let value = value.get(field).and_then(Value::as_str);
    value.is_some_and(|value| choices.contains(&value))
}

fn is_report(report: &Value) -> bool {
    let has_text = |field: &str| report.get(field).is_some_and(Value::is_string);
    let data = report.get("data").and_then(Value::as_array);
    has_text("title")
        && has_text("details")
        && is_one_of(
            report,
            "report_type",
            &["SECURITY", "COVERAGE", "TEST", "BUG"],
        )
        && is_one_of(report, "result", &["PASSED", "FAILED", "PENDING"])
        && data.is_some_and(|data| data.len() <= DATA_MAX)
}

fn are_annotations(sent: &Value) -> bool {
    let Some(annotations) = sent.as_array() else {
        return false;
    };
    let fits = |annotation: &Value| {
        let has_text = |field: &str| annotation.get(field).is_some_and(Value::is_string);
        let summary = annotation.get("summary").and_then(Value::as_str);
        has_text("external_id")
            && summary.is_some_and(|text| text.chars().count() <= SUMMARY_CHARACTERS_MAX)
            && is_one_of(
                annotation,
                "annotation_type",
                &["VULNERABILITY", "CODE_SMELL", "BUG"],
            )
            && is_one_of(
                annotation,
                "severity",
                &["HIGH", "MEDIUM", "LOW", "CRITICAL"],
            )
    };
    (1..=ANNOTATIONS_MAX).contains(&annotations.len()) && annotations.iter().all(fits)
}
