//! Answers the SDK's first attempt with what a direct one has met already.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use hyper::body::{Body, Frame};

/// A client of one operation. Its first request is not sent.
#[derive(Debug)]
pub(super) struct Replay {
    result: Arc<Mutex<Option<Result<HttpResponse, ConnectorError>>>>,
    /// Sends what follows.
    client: SharedHttpClient,
}

impl Replay {
    pub(super) fn new(
        result: Result<HttpResponse, ConnectorError>,
        client: SharedHttpClient,
    ) -> Self {
        Self {
            result: Arc::new(Mutex::new(Some(result))),
            client,
        }
    }
}

impl HttpClient for Replay {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(ReplayConnector {
            result: Arc::clone(&self.result),
            connector: self.client.http_connector(settings, components),
        })
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.client.connector_metadata()
    }
}

struct ReplayConnector {
    result: Arc<Mutex<Option<Result<HttpResponse, ConnectorError>>>>,
    connector: SharedHttpConnector,
}

impl HttpConnector for ReplayConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut result = self.result.lock().unwrap_or_else(PoisonError::into_inner);
        match result.take() {
            Some(result) => HttpConnectorFuture::ready(result),
            None => self.connector.call(request),
        }
    }
}

impl fmt::Debug for ReplayConnector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.connector.fmt(formatter)
    }
}

/// The body of an answer that broke off.
pub(super) struct Broken(Option<BoxError>);

impl Broken {
    /// A body that fails with `error`.
    pub(super) fn body(error: BoxError) -> SdkBody {
        SdkBody::from_body_1_x(Self(Some(error)))
    }
}

impl Body for Broken {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Poll::Ready(self.0.take().map(Err))
    }
}
