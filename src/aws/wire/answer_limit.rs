//! Bounds the size of answers: a client around the client that ends bodies that grow too large.
//!
//! The SDK takes the whole of an answer into memory before it reads it, so that a server whose
//! answer never ends would take all there is.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::{
    RuntimeComponents, RuntimeComponentsBuilder,
};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

/// Most bytes of an answer. The largest are listings: 1000 keys of 1024 bytes, URL-encoded, with
/// their ETags and owners, have some 4 MiB.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// In the URL of the one request whose answer the SDK hands on piece by piece: an object's bytes,
/// which are for the reader to bound.
const OBJECT: &str = "x-id=GetObject";

/// The answer grew too large.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the server's answer has more than 16 MiB")]
struct TooLarge;

/// A client whose answers are bounded.
#[derive(Debug)]
pub(in crate::aws) struct AnswerLimit<C>(pub(in crate::aws) C);

impl<C: HttpClient> HttpClient for AnswerLimit<C> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = self.0.http_connector(settings, components);
        SharedHttpConnector::new(LimitedConnector(connector))
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.validate_base_client_config(components, config)
    }

    fn validate_final_config(
        &self,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.validate_final_config(components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.0.connector_metadata()
    }
}

#[derive(Debug)]
struct LimitedConnector(SharedHttpConnector);

impl HttpConnector for LimitedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let is_object = request.uri().contains(OBJECT);
        let call = self.0.call(request);
        HttpConnectorFuture::new(async move {
            let mut answer = call.await?;
            if !is_object {
                let body = std::mem::replace(answer.body_mut(), SdkBody::taken());
                *answer.body_mut() = limited(body);
            }
            Ok(answer)
        })
    }
}

fn limited(body: SdkBody) -> SdkBody {
    let limited = Limited::new(body, ANSWER_BYTES_MAX).map_err(|error| {
        if error.is::<LengthLimitError>() {
            TooLarge.into()
        } else {
            error
        }
    });
    SdkBody::from_body_1_x(limited)
}
