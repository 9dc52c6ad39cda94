//! Answers that are made without the S3 machinery: errors in the XML of either service, raw bytes,
//! and answers that break off.

use bytes::Bytes;
use futures::StreamExt as _;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use s3s::Body;
use std::fmt::{self, Display};
use std::io;
use std::time::Duration;

pub(crate) type Answer = Response<Body>;

/// Ends a connection without an answer: hyper closes the socket when a service fails.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut;

impl Display for Cut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("connection cut on purpose")
    }
}

impl std::error::Error for Cut {}

/// Which service an error speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    S3,
    Sts,
    CloudFront,
    Bitbucket,
    GitHub,
}

pub(crate) fn xml(status: u16, body: String) -> Answer {
    raw(
        status,
        &[("content-type".to_owned(), "text/xml".to_owned())],
        body.into(),
    )
}

pub(crate) fn json(body: String) -> Answer {
    raw(
        200,
        &[("content-type".to_owned(), "application/json".to_owned())],
        body.into(),
    )
}

pub(crate) fn error(service: Service, status: u16, code: &str, message: &str) -> Answer {
    let (code, message) = (escape(code), escape(message));
    let id = crate::random::hex(8);
    let body = match service {
        Service::S3 => format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
             <Message>{message}</Message><RequestId>{id}</RequestId></Error>"
        ),
        Service::Bitbucket => {
            let body = serde_json::json!({"type": "error", "error": {"message": message}});
            let kind = ("content-type".to_owned(), "application/json".to_owned());
            return raw(status, &[kind], body.to_string().into());
        }
        Service::Sts | Service::CloudFront => {
            let namespace = if service == Service::Sts {
                "https://sts.amazonaws.com/doc/2011-06-15/"
            } else {
                crate::cloudfront::NAMESPACE
            };
            let fault = if status < 500 { "Sender" } else { "Receiver" };
            format!(
                "<ErrorResponse xmlns=\"{namespace}\">\n  <Error>\n    \
                 <Type>{fault}</Type>\n    <Code>{code}</Code>\n    <Message>{message}</Message>\n  \
                 </Error>\n  <RequestId>{id}</RequestId>\n</ErrorResponse>\n"
            )
        }
        Service::GitHub => format!("{{\"message\":\"{message}\"}}"),
    };
    xml(status, body)
}

pub(crate) fn raw(status: u16, headers: &[(String, String)], body: Bytes) -> Answer {
    let mut answer = Response::new(Body::from(body));
    *answer.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        let name = header::HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            answer.headers_mut().append(name, value);
        }
    }
    answer
}

/// The same answer, whose body breaks off half-way: more is announced than is sent.
pub(crate) async fn truncated(answer: Answer) -> Answer {
    let (mut parts, body) = answer.into_parts();
    let bytes = BodyExt::collect(body)
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    let announced = bytes.len().max(1);
    parts.headers.remove(header::TRANSFER_ENCODING);
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(announced));
    let half = bytes.slice(..bytes.len() / 2);
    let first = futures::stream::iter([Ok(Frame::data(half))]);
    let broken = futures::stream::once(async {
        // Gives hyper the time to send the head and the first half before the socket closes.
        tokio::time::sleep(Duration::from_millis(20)).await;
        Err(io::Error::other(Cut))
    });
    Response::from_parts(
        parts,
        Body::http_body_unsync(StreamBody::new(first.chain(broken))),
    )
}

/// The same answer with half of its body, and nothing that tells.
pub(crate) async fn half(answer: Answer) -> Answer {
    let (parts, bytes) = taken_apart(answer).await;
    Response::from_parts(parts, Body::from(bytes.slice(..bytes.len() / 2)))
}

/// The same answer up to the first `end`, that included, and nothing that tells.
pub(crate) async fn until(answer: Answer, end: &str) -> Answer {
    let (parts, bytes) = taken_apart(answer).await;
    let place = bytes
        .windows(end.len())
        .position(|window| window == end.as_bytes());
    let length = place.map_or(bytes.len(), |place| place + end.len());
    Response::from_parts(parts, Body::from(bytes.slice(..length)))
}

/// The same answer with `ETag`s that no object has.
pub(crate) async fn with_wrong_etags(answer: Answer) -> Answer {
    const WRONG: &str = "00000000000000000000000000000000";
    let (mut parts, bytes) = taken_apart(answer).await;
    if let Some(etag) = parts.headers.get_mut(header::ETAG) {
        *etag = HeaderValue::from_static("\"00000000000000000000000000000000\"");
    }
    let text = String::from_utf8_lossy(&bytes);
    let mut pieces = text.split("<ETag>");
    let mut wrong = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let rest = piece.split_once("</ETag>").map_or("", |(_, rest)| rest);
        wrong.extend(["<ETag>&quot;", WRONG, "&quot;</ETag>", rest]);
    }
    Response::from_parts(parts, Body::from(Bytes::from(wrong)))
}

async fn taken_apart(answer: Answer) -> (http::response::Parts, Bytes) {
    let (mut parts, body) = answer.into_parts();
    let bytes = BodyExt::collect(body)
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    parts.headers.remove(header::TRANSFER_ENCODING);
    parts.headers.remove(header::CONTENT_LENGTH);
    (parts, bytes)
}

/// The `Code` in an error answer.
pub(crate) fn error_code(answer: &Answer) -> Option<String> {
    if answer.status().as_u16() < 400 {
        return None;
    }
    let bytes = answer.body().bytes()?;
    let text = std::str::from_utf8(&bytes).ok()?;
    let (_, rest) = text.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    Some(code.to_owned())
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
