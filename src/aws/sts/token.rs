//! Has the step's OIDC token from where it is: a variable, a file, or GitHub Actions.

use std::path::Path;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{
    HttpStatusCodeClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime_api::client::interceptors::context::Error as AnyError;
use aws_smithy_runtime_api::client::orchestrator::{
    HttpRequest, HttpResponse, OrchestratorError, SensitiveOutput,
};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;

use crate::aws::error::{AwsError, Kind};
use crate::aws::wire::client::Clients;
use crate::system::file as regular;
use deploy_core::base::causes::causes;
use deploy_core::base::secret::Secret;
use deploy_core::identity::token_source::{GitHubRequest, TOKEN_LENGTH_MAX, TokenSource};

/// What a failure is called: no operation of AWS.
pub const OPERATION: &str = "the step's OIDC token";

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

/// What GitHub said instead of a token.
#[derive(Debug, thiserror::Error)]
enum GitHubError {
    #[error("GitHub Actions answered HTTP {0}")]
    Status(u16),
    #[error("GitHub Actions answered without a token")]
    NoToken,
}

/// One GET with the job's own token, through the SDK's client: its proxy, certificates and retries.
async fn ask(clients: &Clients, request: &GitHubRequest) -> Result<Secret, AwsError> {
    let authorization = Secret::new(format!("Bearer {}", request.request_token.reveal()));
    let path = request.url.path_with_audience(&request.audience);
    let mut layer = Layer::new("SensitiveOutput");
    layer.store_put(SensitiveOutput);
    let mut builder = Operation::builder()
        .service_name("GitHubActions")
        .operation_name("RequestToken")
        .with_connection_poisoning()
        .endpoint_url(&request.url.origin())
        .no_auth()
        .timeout_config(
            TimeoutConfig::builder()
                .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                .build(),
        )
        .standard_retry(&RetryConfig::standard().with_max_attempts(ATTEMPTS_MAX))
        .retry_classifier(TransientErrorClassifier::<AnyError>::new())
        .retry_classifier(HttpStatusCodeClassifier::default())
        .runtime_plugin(StaticRuntimePlugin::new().with_config(layer.freeze()))
        .sleep_impl(aws_smithy_async::rt::sleep::TokioSleep::new());
    if let Some(client) = clients.sdk.http_client() {
        builder = builder.http_client(client);
    }
    let operation = builder
        .serializer(move |()| {
            let request = http::Request::builder()
                .uri(path.as_str())
                .header(http::header::ACCEPT, "application/json")
                .header(http::header::AUTHORIZATION, authorization.reveal())
                .body(SdkBody::empty())?;
            Ok(HttpRequest::try_from(request)?)
        })
        .deserializer(parse)
        .build();
    operation.invoke(()).await.map_err(|error| refusal(&error))
}

/// `{"value": "…"}`. <https://docs.github.com/en/actions/reference/security/oidc>
fn parse(response: &HttpResponse) -> Result<Secret, OrchestratorError<GitHubError>> {
    #[derive(serde::Deserialize)]
    struct Answer {
        value: String,
    }
    let status = response.status();
    if !status.is_success() {
        let error = GitHubError::Status(status.as_u16());
        return Err(OrchestratorError::operation(error));
    }
    let answer = response.body().bytes().map(serde_json::from_slice);
    match answer {
        Some(Ok(Answer { value })) if !value.is_empty() => Ok(Secret::new(value)),
        _ => Err(OrchestratorError::operation(GitHubError::NoToken)),
    }
}

fn refusal(error: &SdkError<GitHubError, HttpResponse>) -> AwsError {
    if let Some(said) = error.as_service_error() {
        return failure(Kind::Identity, error.raw_response(), said.to_string());
    }
    let why: Vec<String> = causes(error).skip(1).map(ToString::to_string).collect();
    let message = format!("GitHub Actions cannot be reached: {}", why.join(": "));
    failure(Kind::Unreachable, None, message)
}

fn failure(kind: Kind, response: Option<&HttpResponse>, message: String) -> AwsError {
    AwsError {
        operation: OPERATION,
        kind,
        code: None,
        message,
        status: response.map(|response| response.status().as_u16()),
        request_id: None,
    }
}
