//! Bounds every request: a client around the client that ends those on which nothing moves, and
//! answers that grow too large. It is the last thing that a request passes, so that it has them
//! counted as well.
//!
//! The SDK takes the whole of an answer into memory before it reads it, so that a server whose
//! answer never ends would take all there is.
//!
//! The SDK's read timeout runs from the beginning of a request, so that it would cut a large body
//! on a slow line however well it is going; its own protection against stalled streams does not see
//! bodies that are in memory. Here the time begins anew with every piece that is taken.

use std::convert::Infallible;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::{
    RuntimeComponents, RuntimeComponentsBuilder,
};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use bytes::Bytes;
use futures_util::{FutureExt as _, stream};
use http_body_util::{BodyExt as _, Collected, LengthLimitError, Limited, StreamBody};
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::watch;
use tokio::time::Instant;

use super::counter::RequestCounts;

/// Bytes that a body gives away at a time. The connection keeps a dozen such pieces, which should
/// be little beside what a slow line moves within the limit.
const PIECE_BYTES: usize = 16 * 1024;

/// Most bytes of an answer. The largest are listings: 1000 keys of 1024 bytes, URL-encoded, with
/// their ETags and owners, have some 4 MiB.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Nothing was sent or received for this long.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("nothing moved for {} s", .0.as_secs_f32())]
pub(in crate::aws) struct IdleTimeout(Duration);

/// The answer grew too large.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the server's answer has more than 16 MiB")]
struct TooLarge;

/// A client whose requests end when nothing of them moves within `limit`, and whose answers are bounded;
/// or a connector of it. What leaves is counted in `requests`.
#[derive(Debug)]
pub(in crate::aws) struct Bounded<C> {
    inner: C,
    limit: Duration,
    requests: RequestCounts,
}

impl<C> Bounded<C> {
    pub(in crate::aws) fn new(inner: C, limit: Duration, requests: RequestCounts) -> Self {
        Self {
            inner,
            limit,
            requests,
        }
    }
}

impl<C: HttpClient> HttpClient for Bounded<C> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Bounded::new(inner, self.limit, self.requests.clone()))
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.inner.validate_base_client_config(components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.inner.connector_metadata()
    }
}

impl HttpConnector for Bounded<SharedHttpConnector> {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        self.requests.count(&request);
        let limit = self.limit;
        // When its time is over; each piece that moves puts it off.
        let (end, ends) = watch::channel(Instant::now() + limit);
        let bytes = request.body().bytes().unwrap_or_default();
        if bytes.len() > PIECE_BYTES {
            let body = mem::replace(request.body_mut(), SdkBody::taken());
            let left = body.collect().now_or_never().and_then(Result::ok);
            let left = left.map(Collected::to_bytes).unwrap_or_default();
            *request.body_mut() = SdkBody::from_body_1_x(Pieces { left, limit, end });
        }
        let call = self.inner.call(request);
        HttpConnectorFuture::new(async move {
            tokio::select! {
                answer = call => answer.map(|mut answer| {
                    let body = mem::replace(answer.body_mut(), SdkBody::taken());
                    *answer.body_mut() = answer_body(body, limit);
                    answer
                }),
                () = reached(ends) => Err(ConnectorError::timeout(IdleTimeout(limit).into())),
            }
        })
    }
}

/// Waits until the last of `ends`.
async fn reached(ends: watch::Receiver<Instant>) {
    loop {
        let end = *ends.borrow();
        if end <= Instant::now() {
            return;
        }
        tokio::time::sleep_until(end).await;
    }
}

/// A body in memory that is given away in pieces, each of which puts off the `end` of its request.
struct Pieces {
    left: Bytes,
    limit: Duration,
    end: watch::Sender<Instant>,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.left.len().min(PIECE_BYTES);
        let piece = self.left.split_to(length);
        // Of what is still on its way, in buffers of the connection and the system, nothing is seen
        // until the answer comes.
        let limits = if self.left.is_empty() { 2 } else { 1 };
        self.end.send_replace(Instant::now() + self.limit * limits);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}

/// `body`, which fails when nothing of it comes within any `limit`, or too much in all.
fn answer_body(body: SdkBody, limit: Duration) -> SdkBody {
    if body.content_length() == Some(0) {
        return body;
    }
    let frames = stream::try_unfold(body, move |mut body| async move {
        match tokio::time::timeout(limit, body.frame()).await {
            Ok(frame) => Ok(frame.transpose()?.map(|frame| (frame, body))),
            Err(_) => Err(BoxError::from(IdleTimeout(limit))),
        }
    });
    let limited = Limited::new(StreamBody::new(frames), ANSWER_BYTES_MAX).map_err(|error| {
        if error.is::<LengthLimitError>() {
            TooLarge.into()
        } else {
            error
        }
    });
    SdkBody::from_body_1_x(limited)
}
