//! One request to the Bitbucket API, through the proxy that Bitbucket has in every step.
//!
//! The proxy authenticates plain http requests for `api.bitbucket.org` as the step, so that no token
//! is needed. It is asked as every http proxy is: with the whole URL in the request line.
//! <https://support.atlassian.com/bitbucket-cloud/docs/code-insights/>

use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tokio::net::TcpStream;

use crate::report::{Commit, Insights};
use deploy_core::base::secret::mask;

/// What the proxy forwards to; without TLS, because the proxy adds that too.
const API: &str = "api.bitbucket.org";

/// Time for the whole request. Nothing depends on it, so it must not keep the step for long.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes of an error's text that are read.
const ANSWER_BYTES_MAX: usize = 4 * 1024;

/// Characters of it that are shown.
const ANSWER_CHARACTERS_MAX: usize = 200;

/// Everything in a segment of a URL's path but the unreserved characters of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Why the report is not on the commit.
#[derive(Debug, thiserror::Error)]
pub(super) enum BitbucketError {
    /// The proxy's URL or a name in the path cannot be used.
    #[error("the request cannot be made")]
    Request(#[source] http::Error),
    /// The proxy is not there.
    #[error("the proxy `{proxy}` cannot be reached")]
    Connect {
        /// The proxy's address.
        proxy: String,
        /// Why.
        source: io::Error,
    },
    /// The connection broke.
    #[error("the proxy `{proxy}` does not answer")]
    Exchange {
        /// The proxy's address.
        proxy: String,
        /// Why.
        source: hyper::Error,
    },
    /// It took too long.
    #[error("Bitbucket did not answer within {} seconds", TIMEOUT.as_secs())]
    Timeout,
    /// Bitbucket refused it.
    #[error("Bitbucket answered HTTP {status}: {text}")]
    Refused {
        /// The status.
        status: StatusCode,
        /// The beginning of what it said.
        text: String,
    },
}

/// Creates the Code Insights report `id` on `commit`, or replaces it.
///
/// # Errors
/// When the proxy cannot be reached, or Bitbucket refuses.
pub(super) async fn put_report(
    insights: &Insights,
    commit: &Commit,
    id: &str,
    report: &Value,
) -> Result<(), BitbucketError> {
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
    let request = Request::put(format!("http://{API}/{}", segments.join("/")))
        .header(header::HOST, API)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json")
        .header(
            header::USER_AGENT,
            concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")),
        )
        .body(Full::new(Bytes::from(
            mask(&report.to_string()).into_owned(),
        )))
        .map_err(BitbucketError::Request)?;
    tokio::time::timeout(TIMEOUT, send(insights.proxy.as_str(), request))
        .await
        .unwrap_or(Err(BitbucketError::Timeout))
}

async fn send(proxy: &str, request: Request<Full<Bytes>>) -> Result<(), BitbucketError> {
    let uri: Uri = proxy
        .parse()
        .map_err(|error: http::uri::InvalidUri| BitbucketError::Request(error.into()))?;
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let port = uri.port_u16().unwrap_or(80);
    let stream = TcpStream::connect((host, port)).await;
    let stream = stream.map_err(|source| BitbucketError::Connect {
        proxy: proxy.to_owned(),
        source,
    })?;
    let broken = |source| BitbucketError::Exchange {
        proxy: proxy.to_owned(),
        source,
    };
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(broken)?;
    // Ends with the sender; what goes wrong with it is told to the request.
    tokio::spawn(connection);
    let answer = sender.send_request(request).await.map_err(broken)?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX)
        .collect()
        .await;
    let body = body
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    let text = String::from_utf8_lossy(&body);
    Err(BitbucketError::Refused {
        status,
        text: text.chars().take(ANSWER_CHARACTERS_MAX).collect(),
    })
}
