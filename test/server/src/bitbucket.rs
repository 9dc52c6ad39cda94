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

pub(crate) fn identify(parts: &Parts) -> Identified {
    let report = report_id(parts);
    Identified {
        operation: if parts.method == Method::PUT && report.is_some() {
            "PutReport"
        } else {
            "Unknown"
        },
        bucket: None,
        key: report.map(str::to_owned),
    }
}

/// The last segment of `{workspace}/{repository}/commit/{commit}/reports/{id}`.
fn report_id(parts: &Parts) -> Option<&str> {
    let path = parts.uri.path().strip_prefix(PATH_PREFIX)?;
    let segments: Vec<&str> = path.split('/').collect();
    match segments[..] {
        [_, _, "commit", _, "reports", id] => Some(id),
        _ => None,
    }
}

/// Takes a report. A proxy is asked with a whole URL, and for plain http.
pub(crate) fn answer(parts: &Parts, body: &Bytes) -> Answer {
    let refuse = |status, message| answer::error(Service::Bitbucket, status, "", message);
    if parts.uri.scheme_str() != Some("http") || parts.uri.host() != Some("api.bitbucket.org") {
        return refuse(400, "The proxy was not asked for http://api.bitbucket.org");
    }
    if report_id(parts).is_none() || parts.method != Method::PUT {
        return refuse(404, "Resource not found");
    }
    let report: Value = match serde_json::from_slice(body) {
        Ok(report) => report,
        Err(_) => return refuse(400, "Invalid JSON"),
    };
    let is_one_of = |field: &str, choices: &[&str]| {
        let value = report.get(field).and_then(Value::as_str);
        value.is_some_and(|value| choices.contains(&value))
    };
    let has_text = |field: &str| report.get(field).is_some_and(Value::is_string);
    let data = report.get("data").and_then(Value::as_array);
    let fits = has_text("title")
        && has_text("details")
        && is_one_of("report_type", &["SECURITY", "COVERAGE", "TEST", "BUG"])
        && is_one_of("result", &["PASSED", "FAILED", "PENDING"])
        && data.is_some_and(|data| data.len() <= DATA_MAX);
    if fits {
        answer::json(report.to_string())
    } else {
        refuse(400, "Invalid report")
    }
}
