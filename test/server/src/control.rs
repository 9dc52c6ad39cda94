//! The server's own end points, for tools in other processes. They are neither recorded nor delayed.

use crate::answer::{self, Answer};
use crate::operation::query_of;
use crate::service::Shared;
use crate::store::md5_hex;
use bytes::Bytes;
use http::Method;
use http::request::Parts;
use std::fmt::Write as _;
use std::time::UNIX_EPOCH;

pub(crate) fn answer(shared: &Shared, parts: &Parts, name: &str) -> Answer {
    match (&parts.method, name) {
        (&Method::GET, "counts") => {
            answer::json(serde_json::json!(shared.history.counts()).to_string())
        }
        (&Method::GET, "measures") => answer::json(measures(shared)),
        (&Method::GET, "digest") => digest(shared, parts),
        (&Method::POST, "clear") => {
            shared.history.clear();
            answer::json("{}".to_owned())
        }
        _ => answer::raw(404, &[], Bytes::new()),
    }
}

/// What a benchmark asks after a run.
fn measures(shared: &Shared) -> String {
    let first_at = shared.history.first_at();
    let since_epoch = first_at.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let connections = shared.history.accepted();
    serde_json::json!({
        "connections": connections.total(),
        "resumed": connections.resumed,
        "counts": shared.history.counts(),
        "max_in_flight": shared.history.max_in_flight(),
        "first_request_unix_micros": since_epoch.map(|time| time.as_micros()),
    })
    .to_string()
}

/// One line for each object of `bucket`: the MD5 of its bytes, and its key. The sum is made of what
/// is stored now, whatever the client or the `ETag` said.
fn digest(shared: &Shared, parts: &Parts) -> Answer {
    let query = query_of(parts.uri.query());
    let bucket = query.get("bucket").map_or("", String::as_str);
    let mut lines = String::new();
    for (key, object) in shared.store.snapshot(bucket) {
        // Writing to a String cannot fail.
        let _ = writeln!(lines, "{} {key}", md5_hex(&object.bytes));
    }
    answer::raw(200, &[], lines.into())
}
