//! Has the step's OIDC token from where it is: a variable, a file, or GitHub Actions.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;

use crate::aws::error::{AwsError, Kind};
use crate::aws::operation::Operation;
use crate::aws::wire::client::Clients;
use crate::aws::wire::plain::{self, PlainError, PlainRequest};
use crate::system::file as regular;
use deploy_core::base::secret::Secret;
use deploy_core::identity::token_source::{GitHubRequest, TOKEN_LENGTH_MAX, TokenSource};

/// Longest that GitHub's answer may take.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);

/// GitHub's service is known to need a second asking
/// (<https://github.com/actions/toolkit/blob/main/packages/core/src/oidc-utils.ts> has ten).
const ATTEMPTS_MAX: u32 = 3;

/// Reads or asks for the token. A source that gives a new one each time does so here.
///
/// # Errors
/// When the file cannot be read, or GitHub does not answer with a token.
pub async fn obtain(clients: &Clients, source: &TokenSource) -> Result<Secret, AwsError> {
    match source {
        TokenSource::Variable { token, .. } => Ok(token.clone()),
        TokenSource::File(path) => read(path).map_err(|error| {
            let message = format!("`{}` cannot be read ({error})", path.display());
            failure(Kind::Identity, None, message)
        }),
        TokenSource::GitHub(request) => ask(clients, request).await,
    }
}

/// The file's text without blanks around it. It is small and read a few times in a run, so that
/// blocking does no harm.
fn read(path: &Path) -> std::io::Result<Secret> {
    let text = regular::read_text(path, TOKEN_LENGTH_MAX as u64)?;
    let token = Secret::new(text.trim().to_owned());
    drop(Secret::new(text));
    Ok(token)
}

/// One GET with the job's own token, through the SDK's client: its proxy, certificates and retries.
async fn ask(clients: &Clients, request: &GitHubRequest) -> Result<Secret, AwsError> {
    let Some(client) = clients.sdk.http_client() else {
        let message = "there is no HTTP client".to_owned();
        return Err(failure(Kind::Unreachable, None, message));
    };
    let authorization = Secret::new(format!("Bearer {}", request.request_token.reveal()));
    let path = request.url.path_with_audience(&request.audience);
    let plain = PlainRequest {
        origin: request.url.origin(),
        request: Box::new(move || {
            http::Request::builder()
                .uri(path.as_str())
                .header(http::header::ACCEPT, "application/json")
                .header(http::header::AUTHORIZATION, authorization.reveal())
                .body(Bytes::new())
        }),
        timeout: ATTEMPT_TIMEOUT,
        attempts_max: ATTEMPTS_MAX,
    };
    match plain::send(client, plain).await {
        Ok(answer) => parse(&answer).ok_or_else(|| {
            let message = "GitHub Actions answered without a token".to_owned();
            failure(Kind::Identity, Some(200), message)
        }),
        Err(PlainError::Status { status, .. }) => {
            let message = format!("GitHub Actions answered HTTP {status}");
            Err(failure(Kind::Identity, Some(status), message))
        }
        Err(PlainError::Transport(reason)) => {
            let message = format!("GitHub Actions cannot be reached: {reason}");
            Err(failure(Kind::Unreachable, None, message))
        }
    }
}

/// `{"value": "…"}`. <https://docs.github.com/en/actions/reference/security/oidc>
fn parse(answer: &[u8]) -> Option<Secret> {
    #[derive(serde::Deserialize)]
    struct Answer {
        value: String,
    }
    let answer: Answer = serde_json::from_slice(answer).ok()?;
    (!answer.value.is_empty()).then(|| Secret::new(answer.value))
}

fn failure(kind: Kind, status: Option<u16>, message: String) -> AwsError {
    AwsError {
        status,
        ..AwsError::local(Operation::OidcToken, kind, message)
    }
}
