//! What went wrong with a request, reduced to what a user and the program's own decisions need.

use std::error::Error;
use std::{fmt, io};

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId as _;
use aws_smithy_runtime_api::http::Response;

use super::s3::direct::Late;
use super::wire::bounds::Stalled;
use super::wire::whole::is_not_whole;
use deploy_core::base::causes::causes;

/// What kind of failure it was; decides whether going on makes sense, the exit code and the hint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The credentials could not be had, or AWS does not accept them (any more).
    Identity,
    /// AWS knows who asks, and refuses.
    Denied,
    /// The bucket, or what the request named, is not there.
    NotFound,
    /// The server could not be reached, or the connection broke.
    Unreachable,
    /// The server took longer than this program waits.
    Stalled,
    /// The server is busy, or has trouble of its own.
    Unavailable,
    /// What was answered cannot be read.
    Garbled,
    /// Anything else the server said.
    Refused,
}

/// A request that failed for good, after its retries.
#[derive(Clone, Debug)]
pub struct AwsError {
    /// The operation, as `PutObject`.
    pub operation: &'static str,
    /// What kind of failure.
    pub kind: Kind,
    /// AWS's error code, as `AccessDenied`, where an answer came.
    pub code: Option<String>,
    /// AWS's message, or what the transport said.
    pub message: String,
    /// HTTP status, where an answer came.
    pub status: Option<u16>,
    /// AWS's id of the request, for its support.
    pub request_id: Option<String>,
}

impl fmt::Display for AwsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.operation)?;
        if let Some(code) = &self.code {
            write!(formatter, ": {code}")?;
        }
        write!(formatter, ": {}", self.message)?;
        match (self.status, &self.request_id) {
            (Some(status), Some(id)) => write!(formatter, " (HTTP {status}, request {id})"),
            (Some(status), None) => write!(formatter, " (HTTP {status})"),
            (None, _) => Ok(()),
        }
    }
}

impl Error for AwsError {}

/// Codes that say something about the credentials rather than about what they may do.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
const IDENTITY_CODES: &[&str] = &[
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSecurity",
    "InvalidToken",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
    "UnrecognizedClientException",
];

/// Codes by which AWS's services ask for fewer requests, or say that they are in trouble, whatever
/// the status is.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>
const TROUBLE_CODES: &[&str] = &[
    "InternalError",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

impl AwsError {
    /// Reduces the SDK's error of `operation`.
    pub(super) fn from_sdk<E>(operation: &'static str, error: &SdkError<E, Response>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        if let Some(identity) = identity_error(error) {
            return identity;
        }
        let response = error.raw_response();
        let status = response.map(|response| response.status().as_u16());
        let metadata = error.as_service_error().map(ProvideErrorMetadata::meta);
        let code = metadata
            .and_then(|metadata| metadata.code())
            .map(str::to_owned);
        let message = metadata
            .and_then(|metadata| metadata.message())
            .map(str::to_owned);
        let kind = match (&code, status) {
            (Some(code), _) if IDENTITY_CODES.contains(&code.as_str()) => Kind::Identity,
            (Some(code), _) if TROUBLE_CODES.contains(&code.as_str()) => Kind::Unavailable,
            (None, _) if is_stalled(error) => Kind::Stalled,
            (None, _) if is_not_whole(error) => Kind::Garbled,
            (None, _) if is_broken(error) => Kind::Unreachable,
            (None, Some(200..=299)) => Kind::Garbled,
            (_, Some(401 | 403)) => Kind::Denied,
            (_, Some(404)) => Kind::NotFound,
            // The server knows no such request, now or later.
            (_, Some(501)) => Kind::Refused,
            (_, Some(429 | 500..)) => Kind::Unavailable,
            (_, Some(_)) => Kind::Refused,
            (_, None) => Kind::Unreachable,
        };
        Self {
            operation,
            kind,
            code,
            message: message.unwrap_or_else(|| transport_message(error, status)),
            status,
            request_id: metadata
                .and_then(|metadata| metadata.request_id())
                .map(str::to_owned),
        }
    }

    /// Whether it is likely that the server is out of reach as a whole.
    #[must_use]
    pub fn is_silence(&self) -> bool {
        matches!(self.kind, Kind::Unreachable | Kind::Stalled)
    }

    /// Whether other requests of this run would fail in the same way.
    #[must_use]
    pub fn concerns_all(&self) -> bool {
        self.kind == Kind::Identity || self.code.as_deref() == Some("NoSuchBucket")
    }
}

/// The failure of the credentials provider, where that is why the request was never sent.
fn identity_error(error: &(dyn Error + 'static)) -> Option<AwsError> {
    causes(error)
        .find_map(|error| error.downcast_ref::<AwsError>())
        .map(|error| AwsError {
            kind: Kind::Identity,
            ..error.clone()
        })
}

/// Whether it was given up because it took too long.
fn is_stalled<E: Error + 'static>(error: &SdkError<E, Response>) -> bool {
    matches!(error, SdkError::TimeoutError(_))
        || causes(error).any(|cause| cause.is::<Stalled>() || cause.is::<Late>())
}

/// Whether the connection ended in the middle of it.
fn is_broken(error: &(dyn Error + 'static)) -> bool {
    causes(error).any(|cause| cause.is::<io::Error>() || cause.is::<hyper::Error>())
}

/// The innermost causes, which say more than the SDK's `dispatch failure`.
fn transport_message<E: Error + 'static>(
    error: &SdkError<E, Response>,
    status: Option<u16>,
) -> String {
    if let (Some(status), SdkError::ServiceError(_)) = (status, error) {
        return format!("the server answered HTTP {status} without saying why");
    }
    let mut messages: Vec<String> = causes(error).skip(1).map(ToString::to_string).collect();
    messages.dedup();
    if messages.is_empty() {
        error.to_string()
    } else {
        messages.join(": ")
    }
}

#[cfg(test)]
mod tests {
    use super::{AwsError, Kind, Late, Response, SdkError};
    use aws_sdk_s3::operation::put_object::PutObjectError;
    use aws_smithy_runtime_api::client::result::ConnectorError;

    fn reduced(error: &SdkError<PutObjectError, Response>) -> AwsError {
        AwsError::from_sdk("PutObject", error)
    }

    #[test]
    fn an_attempt_that_takes_too_long_is_a_stalled_one_on_either_way() {
        let late = ConnectorError::timeout(Late.into());
        let direct = reduced(&SdkError::dispatch_failure(late));
        assert_eq!(direct.kind, Kind::Stalled);
        assert!(direct.message.contains("no whole answer within 15 min"));
        let orchestrated = reduced(&SdkError::timeout_error("too long"));
        assert_eq!(orchestrated.kind, Kind::Stalled);
    }
}
