//! Single requests to servers that are not AWS's, such as GitHub's token service and Bitbucket's API:
//! through the SDK's client, with its connections and retries, and without a signature.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_smithy_http_client::pool::{self, ConnectionPool};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{
    HttpStatusCodeClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::interceptors::context::Error as AnyError;
use aws_smithy_runtime_api::client::orchestrator::{
    HttpRequest, HttpResponse, OrchestratorError, SensitiveOutput,
};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_runtime_api::shared::IntoShared as _;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use bytes::Bytes;
use deploy_core::base::causes::reasons;

use super::bounds::Bounded;
use super::counter::RequestCounts;

/// A request, and how long it may take.
pub struct PlainRequest {
    /// Scheme and host.
    pub origin: String,
    /// What is asked for, with a URI of path and query alone. Made anew for each attempt.
    pub request: Box<dyn Fn() -> http::Result<http::Request<Bytes>> + Send + Sync>,
    /// Longest that an attempt may take.
    pub timeout: Duration,
    /// Attempts at most.
    pub attempts_max: u32,
}

/// Why there is no answer of success.
#[derive(Debug, thiserror::Error)]
pub enum PlainError {
    /// The server answered something else.
    #[error("answered HTTP {status}: {text}")]
    Status {
        /// HTTP status.
        status: u16,
        /// The beginning of what it said.
        text: String,
    },
    /// There was no answer.
    #[error("{0}")]
    Transport(String),
}

/// Characters of an answer that an error repeats.
const TEXT_CHARACTERS_MAX: usize = 200;

/// A client for plain http requests, all of which go to `proxy`.
///
/// # Errors
/// When its URL cannot be used.
pub fn client_of_proxy(proxy: &str, timeout: Duration) -> Result<SharedHttpClient, BoxError> {
    let pool = ConnectionPool::builder()
        .proxy_config(ProxyConfig::http(proxy)?)
        .build_http()?;
    let client = pool::Client::new(&pool)?;
    Ok(Bounded::new(client, timeout, RequestCounts::default()).into_shared())
}

/// Sends `request` by `client` and returns the body of the answer.
///
/// # Errors
/// The last attempt's.
pub async fn send(client: SharedHttpClient, request: PlainRequest) -> Result<Bytes, PlainError> {
    // Bodies are tokens and reports: the SDK's logs are to leave them out.
    let mut layer = Layer::new("SensitiveOutput");
    layer.store_put(SensitiveOutput);
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(request.timeout);
    let build = request.request;
    let operation = Operation::builder()
        .service_name("Plain")
        .operation_name("Send")
        .with_connection_poisoning()
        .endpoint_url(&request.origin)
        .no_auth()
        .timeout_config(timeouts.build())
        .standard_retry(&RetryConfig::standard().with_max_attempts(request.attempts_max))
        .retry_classifier(TransientErrorClassifier::<AnyError>::new())
        .retry_classifier(HttpStatusCodeClassifier::default())
        .runtime_plugin(StaticRuntimePlugin::new().with_config(layer.freeze()))
        .sleep_impl(aws_smithy_async::rt::sleep::TokioSleep::new())
        .http_client(client)
        .serializer(move |()| Ok(HttpRequest::try_from(build()?.map(SdkBody::from))?))
        .deserializer(body)
        .build();
    operation.invoke(()).await.map_err(|error| match error {
        SdkError::ServiceError(answer) => answer.into_err(),
        error => PlainError::Transport(reasons(&error)),
    })
}

fn body(response: &HttpResponse) -> Result<Bytes, OrchestratorError<PlainError>> {
    let body = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        return Ok(Bytes::copy_from_slice(body));
    }
    let text = String::from_utf8_lossy(body);
    Err(OrchestratorError::operation(PlainError::Status {
        status: response.status().as_u16(),
        text: text.chars().take(TEXT_CHARACTERS_MAX).collect(),
    }))
}
