//! What went wrong with a request, reduced to what a user and the program's own decisions need.

use std::error::Error;
use std::{fmt, io};

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId as _;
use aws_sdk_s3::operation::create_session::CreateSessionError;
use aws_smithy_runtime_api::http::Response;

use super::connection::{ProxyRefusal, TlsFault, proxy_refusal, tls_fault, wants_tls};
use super::operation::Operation;
use super::told::Told;
use super::wire::bounds::IdleTimeout;
use super::wire::client::AttemptTimeout;
use super::wire::truncation::is_not_whole;
use deploy_core::base::causes::{causes, reasons};
use deploy_core::base::has_word;

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
    /// The proxy does not let the request through.
    Proxy(ProxyRefusal),
    /// The connection is not encrypted, or not with whom it was meant.
    Tls(TlsFault),
    /// The server took longer than this program waits.
    IdleTimeout,
    /// The server is busy, or has trouble of its own.
    Unavailable,
    /// What was answered cannot be read.
    Malformed,
    /// Anything else the server said.
    Refused,
}

/// Codes of refusals that may be gone with the next run, because that begins anew, or because what
/// stood in the way ends by itself. All other refusals stay until somebody mends their cause.
const PASSING_CODES: &str = "\
    BadDigest ConditionalRequestConflict IncompleteBody InvalidPart InvalidPartOrder NoSuchKey \
    NoSuchUpload OperationAborted RequestTimeout TooManyInvalidationsInProgress";

impl Kind {
    /// What a code and a status say, where an answer came.
    pub(super) fn of(code: Option<&str>, status: Option<u16>) -> Self {
        match (code, status) {
            (Some(code), _) if has_word(IDENTITY_CODES, code) => Self::Identity,
            (Some(code), _) if has_word(TROUBLE_CODES, code) => Self::Unavailable,
            (Some(code), _) if is_full(code) => Self::Refused,
            (_, Some(401 | 403)) | (Some("AccessDenied"), _) => Self::Denied,
            (_, Some(404)) => Self::NotFound,
            // The server knows no such request, or has no room, now or later.
            (_, Some(501 | 507)) => Self::Refused,
            (_, Some(429 | 500..)) => Self::Unavailable,
            (_, Some(_)) | (Some(_), None) => Self::Refused,
            (None, None) => Self::Unreachable,
        }
    }
}

/// A request that failed for good, after its retries.
#[derive(Clone, Debug)]
pub struct AwsError {
    /// The operation.
    pub operation: Operation,
    /// What kind of failure.
    pub kind: Kind,
    /// AWS's error code, for example `AccessDenied`, where an answer came.
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
        write!(formatter, "{}", self.operation)?;
        if let Some(code) = &self.code {
            write!(formatter, ": {code}")?;
        }
        if !self.message.is_empty() {
            write!(formatter, ": {}", self.message)?;
        }
        match (self.status, &self.request_id) {
            (Some(status), Some(id)) => write!(formatter, " (HTTP {status}, request {id})"),
            (Some(status), None) => write!(formatter, " (HTTP {status})"),
            (None, _) => Ok(()),
        }
    }
}

impl Error for AwsError {}

/// Codes that say something about the credentials rather than about what they may do.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>; `InvalidTokenId` is MinIO's.
const IDENTITY_CODES: &str = "\
    ExpiredToken ExpiredTokenException InvalidAccessKeyId InvalidClientTokenId InvalidSecurity \
    InvalidToken InvalidTokenId SignatureDoesNotMatch TokenRefreshRequired \
    UnrecognizedClientException";

/// Whether `code` says that there is no room: S3 has none, others have quotas and disks.
fn is_full(code: &str) -> bool {
    code.contains("Quota") || code.contains("StorageFull") || code == "InsufficientStorage"
}

/// That a signature is not the one that the server computes. After a listing, which the same keys
/// signed, it is about what this request is for: some servers, and proxies before them, change a name
/// before they compute it.
const SIGNATURE_CODE: &str = "SignatureDoesNotMatch";

/// Codes by which AWS's services ask for fewer requests, or say that they are in trouble, whatever
/// the status is.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>
const TROUBLE_CODES: &str = "\
    InternalError RequestLimitExceeded ServiceUnavailable SlowDown Throttling \
    ThrottlingException TooManyRequestsException";

impl AwsError {
    /// An error that no server's answer tells.
    pub fn local(operation: Operation, kind: Kind, message: impl Into<String>) -> Self {
        Self {
            operation,
            kind,
            code: None,
            message: message.into(),
            status: None,
            request_id: None,
        }
    }

    /// What a refusal of `operation` inside an answer of success says.
    pub(super) fn told(operation: Operation, told: Told) -> Self {
        let kind = Kind::of(told.code.as_deref(), None);
        let message = told.message.unwrap_or_else(|| "no reason given".to_owned());
        Self {
            code: told.code,
            ..Self::local(operation, kind, message)
        }
    }

    /// Reduces the SDK's error of `operation`.
    pub(super) fn from_sdk<E>(operation: Operation, error: &SdkError<E, Response>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        if let Some(identity) = identity_error(error) {
            return identity;
        }
        if let Some(session) = session_error(error) {
            return Self::from_sdk(Operation::CreateSession, session);
        }
        let response = error.raw_response();
        let body = response.and_then(|response| response.body().bytes());
        let status = response.map(|response| response.status().as_u16());
        let metadata = error.as_service_error().map(ProvideErrorMetadata::meta);
        let code = metadata.and_then(|metadata| metadata.code());
        let told = match code {
            Some(code) => Told {
                code: Some(code.to_owned()),
                message: metadata
                    .and_then(|metadata| metadata.message())
                    .map(str::to_owned),
                ..Told::default()
            },
            None => Told::in_body(body),
        };
        let kind = match (told.code.as_deref(), status) {
            (None, _) if is_stalled(error) => Kind::IdleTimeout,
            (None, _) if is_not_whole(error) => Kind::Malformed,
            (None, None) if let Some(refusal) = proxy_refusal(error) => Kind::Proxy(refusal),
            (None, None) if let Some(fault) = tls_fault(error) => Kind::Tls(fault),
            (None, None) if has_no_endpoint(error) => Kind::Refused,
            (None, Some(400..)) if wants_tls(body) => Kind::Tls(TlsFault::Wanted),
            (None, _) if is_broken(error) => Kind::Unreachable,
            (None, Some(200..=299)) => Kind::Malformed,
            (code, status) => Kind::of(code, status),
        };
        let kind = match (kind, told.code.as_deref()) {
            (Kind::Identity, Some(SIGNATURE_CODE)) if operation.follows_a_listing() => {
                Kind::Refused
            }
            (kind, _) => kind,
        };
        Self {
            operation,
            kind,
            message: told.message.unwrap_or_else(|| match told.code {
                Some(_) => String::new(),
                None => transport_message(error, status),
            }),
            code: told.code,
            status,
            request_id: metadata
                .and_then(|metadata| metadata.request_id())
                .map(str::to_owned),
        }
    }

    /// The same of an operation whose refusals are all about the identity. That the server is out of
    /// reach, busy or broken is not.
    #[must_use]
    pub fn about_identity(self) -> Self {
        match self.kind {
            Kind::Denied | Kind::NotFound | Kind::Refused => Self {
                kind: Kind::Identity,
                ..self
            },
            _ => self,
        }
    }

    /// Whether it is likely that the server is out of reach as a whole.
    pub fn is_silence(&self) -> bool {
        matches!(self.kind, Kind::Unreachable | Kind::IdleTimeout)
    }

    /// Whether other requests of this run would fail in the same way.
    pub fn concerns_all(&self) -> bool {
        self.kind == Kind::Identity || !self.is_of_key()
    }

    /// Whether it is about the one object that was asked for, however often it comes.
    pub fn concerns_one(&self) -> bool {
        self.kind == Kind::Refused && self.code.as_deref() == Some(SIGNATURE_CODE)
    }

    /// Whether what is not found is the object, and not the bucket.
    pub(super) fn is_of_key(&self) -> bool {
        self.code.as_deref() != Some("NoSuchBucket")
    }

    /// Whether the server has no room left.
    #[must_use]
    pub fn is_of_room(&self) -> bool {
        self.status == Some(507) || self.code.as_deref().is_some_and(is_full)
    }

    /// Whether the same request will fail in the same way until somebody mends the cause.
    pub fn is_permanent(&self) -> bool {
        match self.kind {
            Kind::Denied | Kind::NotFound | Kind::Refused | Kind::Proxy(_) | Kind::Tls(_) => {
                let code = self.code.as_deref();
                !code.is_some_and(|code| has_word(PASSING_CODES, code))
            }
            // What answers in the server's place will do so again.
            Kind::Malformed => true,
            Kind::Identity | Kind::Unreachable | Kind::IdleTimeout | Kind::Unavailable => false,
        }
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

/// The refusal of the session that a directory bucket is asked with, where that is why the request was
/// never sent.
fn session_error<'a>(
    error: &'a (dyn Error + 'static),
) -> Option<&'a SdkError<CreateSessionError, Response>> {
    causes(error).skip(1).find_map(|cause| cause.downcast_ref())
}

/// Whether the SDK knows no server for what was asked. It does not export the type of the error, but its
/// name; the test in `test/pipe/other_servers.rs` holds it.
fn has_no_endpoint(error: &(dyn Error + 'static)) -> bool {
    causes(error).any(|cause| format!("{cause:?}").starts_with("ResolveEndpointError"))
}

/// Whether it was given up because it took too long.
fn is_stalled<E: Error + 'static>(error: &SdkError<E, Response>) -> bool {
    matches!(error, SdkError::TimeoutError(_))
        || causes(error).any(|cause| cause.is::<IdleTimeout>() || cause.is::<AttemptTimeout>())
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
    let reasons = reasons(error);
    if reasons.is_empty() {
        error.to_string()
    } else {
        reasons
    }
}

#[cfg(test)]
mod tests {
    use super::{AttemptTimeout, AwsError, Kind, Operation, Response, SdkError};
    use aws_sdk_s3::operation::put_object::PutObjectError;
    use aws_smithy_runtime_api::client::result::ConnectorError;

    fn reduced(error: &SdkError<PutObjectError, Response>) -> AwsError {
        AwsError::from_sdk(Operation::PutObject, error)
    }

    #[test]
    fn an_attempt_that_takes_too_long_is_a_stalled_one_on_either_way() {
        let late = ConnectorError::timeout(AttemptTimeout.into());
        let direct = reduced(&SdkError::dispatch_failure(late));
        assert_eq!(direct.kind, Kind::IdleTimeout);
        assert!(direct.message.contains("no whole answer within 15 min"));
        let orchestrated = reduced(&SdkError::timeout_error("too long"));
        assert_eq!(orchestrated.kind, Kind::IdleTimeout);
    }

    #[test]
    fn only_what_may_be_gone_with_the_next_run_passes() {
        let error = |code: &str, status| AwsError {
            code: Some(code.to_owned()),
            ..AwsError::local(Operation::PutObject, Kind::of(Some(code), Some(status)), "")
        };
        for (code, status) in [
            ("AccessDenied", 403),
            ("AccessControlListNotSupported", 400),
            ("KMS.DisabledException", 400),
            ("InvalidBucketName", 400),
            ("NoSuchBucket", 404),
            ("NoSuchDistribution", 404),
            ("MethodNotAllowed", 405),
            ("PermanentRedirect", 301),
            ("PreconditionFailed", 412),
            ("NotImplemented", 501),
            ("QuotaExceeded", 403),
            ("XMinioStorageFull", 507),
        ] {
            assert!(error(code, status).is_permanent(), "{code}");
        }
        for (code, status) in [
            ("SlowDown", 503),
            ("InternalError", 500),
            ("RequestTimeout", 400),
            ("NoSuchUpload", 404),
            ("TooManyInvalidationsInProgress", 400),
        ] {
            assert!(!error(code, status).is_permanent(), "{code}");
        }
    }
}
