//! The short way of the requests that a deploy has by the thousand: sent once, without the SDK's
//! orchestration, which costs more than all the rest of a small PUT.
//!
//! Only what plainly succeeds ends here. Whatever else a first attempt meets is handed to the SDK as
//! the answer to a first attempt of its own ([`replay`]), so that retries, pauses and errors are
//! the SDK's alone, and the same on both ways. What a request looks like is the SDK's too: its own
//! serializers write it, and where it goes is learnt from the first request that the SDK sends
//! ([`route`]).

mod replay;
mod route;

use std::time::SystemTime;

use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connection::CaptureSmithyConnection;
use aws_smithy_runtime_api::client::http::{HttpConnector as _, SharedHttpClient};
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_runtime_api::client::interceptors::context::Input;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin;
use aws_smithy_runtime_api::client::ser_de::{SerializeRequest as _, SharedRequestSerializer};
use aws_smithy_runtime_api::http::Headers;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::error::operation::BuildError;
use bytes::Bytes;
use futures_util::{future::ready, stream};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;

use crate::aws::Operation;
use crate::aws::wire::client::{ATTEMPT_TIMEOUT, AttemptTimeout};
use crate::aws::wire::counter::OperationName;
use replay::{Answer, Replay};
use route::ResolvedEndpoint;

pub(in crate::aws) use route::EndpointCapture;

/// What of a body is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::aws) enum Payload {
    /// Its SHA-256.
    Signed,
    /// Nothing; the checksum among the headers is, as they all are.
    Unsigned,
}

/// Sends first attempts.
#[derive(Clone, Debug)]
pub(in crate::aws) struct Direct {
    pub(super) route: EndpointCapture,
    pub(super) credentials: SharedCredentialsProvider,
    pub(super) client: Option<SharedHttpClient>,
}

/// What came of a first attempt.
#[derive(Debug)]
pub(in crate::aws) struct Attempt<'a> {
    direct: &'a Direct,
    /// None if it was not sent.
    result: Option<Answer>,
}

impl Direct {
    /// Sends `input` of the `operation` that the SDK describes so once, if there is one and the way is
    /// known by now.
    pub(in crate::aws) async fn attempt(
        &self,
        operation: Operation,
        described: &dyn RuntimePlugin,
        input: Result<Input, BuildError>,
        payload: Payload,
    ) -> Attempt<'_> {
        let unsent = Attempt {
            direct: self,
            result: None,
        };
        let (Some(way), Ok(input)) = (self.route.way(), input) else {
            return unsent;
        };
        // What fails here fails for the SDK as well, which then says why.
        let Ok(mut request) = self.request(way, described, input, payload).await else {
            return unsent;
        };
        let connection = CaptureSmithyConnection::new();
        request.add_extension(connection.clone());
        request.add_extension(OperationName(operation.to_string()));
        let result = match tokio::time::timeout(ATTEMPT_TIMEOUT, send(way, request)).await {
            Ok(result) => result,
            Err(_) => Err(ConnectorError::timeout(AttemptTimeout.into())),
        };
        let answer = result.as_ref().ok();
        if answer.is_some_and(|answer| answer.status().is_server_error())
            && let Some(connection) = connection.get()
        {
            // As the SDK does: what follows is not to meet the same troubled server.
            connection.poison();
        }
        Attempt {
            result: Some(result),
            ..unsent
        }
    }

    /// The signed request.
    async fn request(
        &self,
        way: &ResolvedEndpoint,
        described: &dyn RuntimePlugin,
        input: Input,
        payload: Payload,
    ) -> Result<HttpRequest, BoxError> {
        let settings = described.config().ok_or("no settings")?;
        let serializer = settings.load::<SharedRequestSerializer>();
        let serializer = serializer.ok_or("no serializer")?;
        let mut request = serializer.serialize_input(input, &mut ConfigBag::base())?;
        request.uri_mut().set_endpoint(&way.endpoint)?;
        for (name, value) in &way.headers {
            request.headers_mut().insert(*name, value.clone());
        }
        let credentials = self.credentials.provide_credentials().await?;
        let identity: Identity = credentials.into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&way.region)
            .name(&way.service)
            .time(SystemTime::now())
            .settings(signing_settings())
            .build()?
            .into();
        let body = match payload {
            Payload::Unsigned => SignableBody::UnsignedPayload,
            Payload::Signed => SignableBody::Bytes(request.body().bytes().ok_or("no body")?),
        };
        let signable = SignableRequest::new(
            request.method(),
            request.uri(),
            request.headers().iter(),
            body,
        )?;
        let (headers, _) = sign(signable, &params)?.into_parts().0.into_parts();
        for header in headers {
            let mut value = http::HeaderValue::from_str(header.value())?;
            value.set_sensitive(header.sensitive());
            request.headers_mut().insert(header.name(), value);
        }
        Ok(request)
    }
}

impl Attempt<'_> {
    /// The headers of an answer that says success, and nothing beside.
    pub(in crate::aws) fn success(&self) -> Option<&Headers> {
        let answer = self.result.as_ref()?.as_ref().ok()?;
        let is_plain = answer.status().as_u16() == 200 && answer.body().bytes() == Some(&[]);
        is_plain.then_some(answer.headers())
    }

    /// What has the SDK take this attempt for its own first one.
    pub(in crate::aws) fn replay(self) -> aws_sdk_s3::config::Builder {
        let config = aws_sdk_s3::config::Builder::new();
        let (Some(result), Some(client)) = (self.result, self.direct.client.clone()) else {
            return config;
        };
        config.http_client(Replay::new(result, client))
    }
}

/// As S3 wants them. <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>
fn signing_settings() -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings
}

/// The answer with all of its body, or with one that breaks as it broke.
async fn send(way: &ResolvedEndpoint, request: HttpRequest) -> Answer {
    let mut answer = way.connector.call(request).await?;
    let body = std::mem::replace(answer.body_mut(), SdkBody::taken());
    *answer.body_mut() = match body.collect().await {
        Ok(body) => SdkBody::from(body.to_bytes()),
        Err(error) => {
            let broken = stream::once(ready(Err::<Frame<Bytes>, _>(error)));
            SdkBody::from_body_1_x(StreamBody::new(broken))
        }
    };
    Ok(answer)
}
