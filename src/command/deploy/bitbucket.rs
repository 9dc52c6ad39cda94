//! A report on Bitbucket's API: the step's proxy adds the authentication, so that no token is
//! needed. It is asked as every http proxy is: with the whole URL in the request line.
//! <https://support.atlassian.com/bitbucket-cloud/docs/code-insights/>

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::aws::wire::plain::{self, PlainError, PlainRequest};
use crate::report::Commit;
use deploy_core::base::endpoint::Endpoint;
use deploy_core::base::secret::mask;

/// What the proxy forwards to; without TLS, because the proxy adds that too.
const API: &str = "http://api.bitbucket.org";

/// Annotations that one request may have.
const ANNOTATIONS_MAX: usize = 100;

/// Time for a request. Nothing depends on it, so it must not keep the step for long.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Everything in a segment of a URL's path but the unreserved characters of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Creates the Code Insights report `id` with its `annotations` on `commit`. An earlier one goes first,
/// and with it its annotations, which would stay otherwise.
///
/// # Errors
/// When the proxy cannot be reached, or Bitbucket refuses.
pub(super) async fn put_report(
    proxy: &Endpoint,
    commit: &Commit,
    id: &str,
    report: &Value,
    annotations: &[Value],
) -> Result<(), PlainError> {
    let path = path(commit, id);
    match send(proxy, Method::DELETE, &path, None).await {
        // There is none, or it may not be deleted: the report itself is what counts.
        Ok(()) | Err(PlainError::Status { .. }) => {}
        Err(error) => return Err(error),
    }
    send(proxy, Method::PUT, &path, Some(report)).await?;
    let path = format!("{path}/annotations");
    for annotations in annotations.chunks(ANNOTATIONS_MAX) {
        let body = Value::from(annotations);
        send(proxy, Method::POST, &path, Some(&body)).await?;
    }
    Ok(())
}

async fn send(
    proxy: &Endpoint,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> Result<(), PlainError> {
    let client = plain::client_of_proxy(proxy.as_str(), TIMEOUT);
    let client = client.map_err(|error| PlainError::Transport(error.to_string()))?;
    let request = PlainRequest {
        origin: API.to_owned(),
        request: build(method, path, body),
        timeout: TIMEOUT,
        attempts_max: 1,
    };
    plain::send(client, request).await.map(drop)
}

fn path(commit: &Commit, id: &str) -> String {
    let segments = [
        "2.0",
        "repositories",
        &commit.workspace,
        &commit.repository,
        "commit",
        &commit.hash,
        "reports",
        id,
    ];
    let segments = segments.map(|segment| utf8_percent_encode(segment, SEGMENT).to_string());
    format!("/{}", segments.join("/"))
}

type Build = Box<dyn Fn() -> http::Result<Request<Bytes>> + Send + Sync>;

fn build(method: Method, path: &str, body: Option<&Value>) -> Build {
    let path = path.to_owned();
    let body = body.map(|body| mask(&body.to_string()).into_owned());
    let body = Bytes::from(body.unwrap_or_default());
    Box::new(move || {
        Request::builder()
            .method(method.clone())
            .uri(path.as_str())
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .header(
                header::USER_AGENT,
                concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")),
            )
            .body(body.clone())
    })
}
