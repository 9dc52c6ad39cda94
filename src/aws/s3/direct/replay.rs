//! Answers the SDK's first attempt with what a direct one has met already.

use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// What a request came to.
pub(super) type Answer = Result<HttpResponse, ConnectorError>;

/// A client of one operation, or a connector of it. Its first request is not sent; `then` sends what
/// follows.
#[derive(Debug)]
pub(super) struct Replay<T> {
    first: Arc<Mutex<Option<Answer>>>,
    then: T,
}

impl<T> Replay<T> {
    pub(super) fn new(first: Answer, then: T) -> Self {
        let first = Arc::new(Mutex::new(Some(first)));
        Self { first, then }
    }
}

impl HttpClient for Replay<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Replay {
            first: Arc::clone(&self.first),
            then: self.then.http_connector(settings, components),
        })
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.then.connector_metadata()
    }
}

impl HttpConnector for Replay<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        match first.take() {
            Some(answer) => HttpConnectorFuture::ready(answer),
            None => self.then.call(request),
        }
    }
}
