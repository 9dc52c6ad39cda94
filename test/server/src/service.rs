//! One request's way through the server: name it, record it, let a fault act, answer it.

use crate::answer::{self, Answer, Cut, Service};
use crate::cloudfront::CloudFront;
use crate::delay::Delay;
use crate::fault::{Effect, Fault, Faults, KeyErrors};
use crate::github;
use crate::history::{History, RecordedRequest, Ticket};
use crate::load::Load;
use crate::operation::{self, CONTROL_PREFIX};
use crate::s3::RawBody;
use crate::store::Store;
use crate::sts::Sts;
use crate::{bitbucket, cloudfront, control};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use s3s::Body;
use s3s::service::S3Service;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::watch;

/// Everything that the connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) store: Arc<Store>,
    pub(crate) sts: Arc<Sts>,
    pub(crate) cloudfront: CloudFront,
    pub(crate) history: Arc<History>,
    pub(crate) faults: Faults,
    pub(crate) load: Load,
    pub(crate) s3: S3Service,
    /// Added to every request.
    pub(crate) delay: Option<Delay>,
    /// Counts the calls of `release`.
    pub(crate) releases: watch::Sender<u64>,
}

pub(crate) async fn handle(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Answer, Cut> {
    let (parts, mut body) = request.into_parts();
    if let Some(name) = parts.uri.path().strip_prefix(CONTROL_PREFIX) {
        return Ok(control::answer(&shared, &parts, name));
    }
    let service = service_of(&parts);
    // The operation of an STS request stands in its body; such a body is small.
    let form = match service {
        Service::Sts => Some(read(&mut body).await?),
        Service::S3 | Service::CloudFront | Service::Bitbucket | Service::GitHub => None,
    };
    let keeps_headers = shared.history.keeps_requests();
    let recorded = record(service, &parts, form.as_ref(), keeps_headers);
    let (operation, key) = (recorded.operation.clone(), recorded.key.clone());
    let ticket = shared.history.record(recorded);
    let fault = shared.faults.choose(&operation, key.as_deref());
    let fault = fault.or_else(|| match service {
        Service::S3 => shared.load.meet(Instant::now()).map(Fault::new),
        _ => None,
    });

    match fault.as_ref().map(|fault| &fault.effect) {
        Some(Effect::CutBeforeBody) => return Err(Cut),
        Some(Effect::CutDuringBody) => {
            let _first_piece = body.frame().await;
            return Err(Cut);
        }
        _ => {}
    }
    let bytes = match form {
        Some(bytes) => bytes,
        None => read(&mut body).await?,
    };
    let kept = if parts.method == Method::POST || service == Service::Bitbucket {
        bytes.clone()
    } else {
        Bytes::new()
    };
    ticket.body_was_read(bytes.len(), kept);
    wait(&shared, &ticket, fault.as_ref()).await;

    let mut answer = respond(&shared, service, parts, bytes, fault.as_ref()).await?;
    add_request_id(answer.headers_mut());
    ticket.answered(answer.status().as_u16(), answer::error_code(&answer));
    match fault.map(|fault| fault.effect) {
        Some(Effect::CutBeforeResponse) => Err(Cut),
        Some(Effect::CutResponse) => Ok(answer::truncated(answer).await),
        Some(Effect::HalfAnswer) => Ok(answer::half(answer).await),
        Some(Effect::AnswerUntil(end)) => Ok(answer::until(answer, &end).await),
        Some(Effect::WrongETag) => Ok(answer::with_wrong_etags(answer).await),
        _ => Ok(answer),
    }
}

/// STS has one path and only forms; S3 has no POST on the root. The others' paths begin with the
/// version of their API, which no bucket of a test is named after.
fn service_of(parts: &Parts) -> Service {
    if parts.uri.path().starts_with(cloudfront::PATH_PREFIX) {
        return Service::CloudFront;
    }
    if parts.uri.path().starts_with(bitbucket::PATH_PREFIX) {
        return Service::Bitbucket;
    }
    if parts.uri.path() == github::PATH {
        return Service::GitHub;
    }
    let is_sts =
        parts.method == Method::POST && parts.uri.path() == "/" && parts.uri.query().is_none();
    if is_sts { Service::Sts } else { Service::S3 }
}

fn record(
    service: Service,
    parts: &Parts,
    form: Option<&Bytes>,
    keeps_headers: bool,
) -> RecordedRequest {
    let mut request = RecordedRequest {
        sequence: 0,
        operation: String::new(),
        method: parts.method.to_string(),
        bucket: None,
        key: None,
        query: BTreeMap::new(),
        headers: if keeps_headers {
            headers_of(&parts.headers)
        } else {
            BTreeMap::new()
        },
        body_size: 0,
        body: Bytes::new(),
        status: None,
        error_code: None,
    };
    if let Some(form) = form {
        request.query = form_urlencoded::parse(form).into_owned().collect();
        request.operation = request
            .query
            .get("Action")
            .cloned()
            .unwrap_or_else(|| "Unknown".to_owned());
    } else {
        request.query = operation::query_of(parts.uri.query());
        let identified = match service {
            Service::CloudFront => cloudfront::identify(parts),
            Service::Bitbucket => bitbucket::identify(parts),
            Service::GitHub => github::identify(),
            Service::S3 | Service::Sts => operation::identify(parts, &request.query),
        };
        identified.operation.clone_into(&mut request.operation);
        request.bucket = identified.bucket;
        request.key = identified.key;
    }
    request
}

fn headers_of(headers: &HeaderMap) -> BTreeMap<String, String> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect()
}

/// A client that goes away while sending is cut off too: there is nobody to answer.
async fn read(body: &mut Incoming) -> Result<Bytes, Cut> {
    body.collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .map_err(|_gone| Cut)
}

async fn wait(shared: &Shared, ticket: &Ticket, fault: Option<&Fault>) {
    if let Some(delay) = &shared.delay {
        delay.wait().await;
    }
    match fault.map(|fault| &fault.effect) {
        Some(Effect::Delay(delay)) => tokio::time::sleep(*delay).await,
        Some(Effect::Hold) => {
            let mut releases = shared.releases.subscribe();
            let _held = ticket.hold();
            // An error means that the server stops; the request then ends with it.
            let _released = releases.changed().await;
        }
        _ => {}
    }
}

async fn respond(
    shared: &Shared,
    service: Service,
    parts: Parts,
    bytes: Bytes,
    fault: Option<&Fault>,
) -> Result<Answer, Cut> {
    match fault.map(|fault| &fault.effect) {
        Some(Effect::Error {
            status,
            code,
            message,
        }) => {
            return Ok(answer::error(service, *status, code, message));
        }
        Some(Effect::Respond {
            status,
            headers,
            body,
        }) => {
            return Ok(answer::raw(*status, headers, body.clone()));
        }
        _ => {}
    }
    match service {
        Service::Sts => Ok(shared.sts.answer(&parts.headers, &bytes)),
        Service::CloudFront => Ok(shared.cloudfront.answer(&shared.sts, &parts, &bytes)),
        Service::Bitbucket => Ok(bitbucket::answer(&parts, &bytes)),
        Service::GitHub => {
            let query = operation::query_of(parts.uri.query());
            Ok(github::answer(&parts, &query))
        }
        Service::S3 => {
            let mut request = Request::from_parts(parts, Body::from(bytes.clone()));
            request.extensions_mut().insert(RawBody(bytes));
            if let Some(Fault {
                key,
                effect: Effect::KeyErrors { code, message },
                ..
            }) = fault
            {
                let (pattern, code, message) = (key.clone(), code.clone(), message.clone());
                request.extensions_mut().insert(KeyErrors {
                    pattern,
                    code,
                    message,
                });
            }
            shared.s3.call(request).await.map_err(|_broken| Cut)
        }
    }
}

fn add_request_id(headers: &mut HeaderMap) {
    let id = HeaderValue::from_str(&crate::random::hex(8));
    if let Ok(id) = id {
        headers.insert("x-amz-request-id", id.clone());
        headers.insert("x-amzn-requestid", id);
    }
}
