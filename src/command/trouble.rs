//! Which section of docs/troubleshooting.md a server's answer, or what is wrong with LOCAL_PATH, belongs to. Pure.

use crate::aws::{AwsError, Kind, ListError, Operation};
use crate::command::sign_in::SignInError;
use crate::console::{Level, Line};
use crate::report::Trouble;
use crate::source::{Fault, SourceError};

/// The section on `error`.
pub(super) fn of_aws(error: &AwsError) -> Trouble {
    match (error.code.as_deref().unwrap_or_default(), error.kind) {
        ("RequestTimeTooSkewed", _) => Trouble::Clock,
        ("NoSuchBucket" | "InvalidBucketName", _) => Trouble::NoBucket,
        (
            "PermanentRedirect"
            | "AuthorizationHeaderMalformed"
            | "IllegalLocationConstraintException",
            _,
        ) => Trouble::Region,
        ("AccessControlListNotSupported", _) => Trouble::Acl,
        ("NoSuchDistribution", _) => Trouble::Distribution,
        ("PackedPolicyTooLarge" | "MalformedPolicyDocument", _) => Trouble::SessionPolicy,
        (
            "PreconditionFailed"
            | "ConditionalRequestConflict"
            | "NoSuchUpload"
            | "InvalidPart"
            | "InvalidPartOrder",
            _,
        ) => Trouble::Overtaken,
        (code, _) if code.starts_with("KMS.") => Trouble::Kms,
        (_, Kind::Identity) if error.operation == Operation::OidcToken => Trouble::NoToken,
        (_, Kind::Identity) => Trouble::Identity,
        (_, Kind::Denied) if error.message.contains("perform: kms:") => Trouble::Kms,
        (_, Kind::Denied) => Trouble::Denied,
        (_, Kind::NotFound | Kind::Refused) => Trouble::Refused,
        (_, Kind::Unreachable) => Trouble::Unreachable,
        (_, Kind::Proxy(_)) => Trouble::Proxy,
        (_, Kind::Tls(_)) => Trouble::Tls,
        (_, Kind::IdleTimeout) => Trouble::Stalled,
        (_, Kind::Unavailable) => Trouble::Unavailable,
        (_, Kind::Malformed) => Trouble::Malformed,
    }
}

/// The section on why nobody has signed in.
pub(super) fn of_sign_in(error: &SignInError) -> Trouble {
    match error {
        SignInError::Token(error) | SignInError::Role(error) | SignInError::Keys(error) => {
            of_aws(error)
        }
        SignInError::Account(_) => Trouble::Account,
    }
}

/// The section on a listing that cannot be had.
pub(super) fn of_listing(error: &ListError) -> Trouble {
    match error {
        ListError::Aws(error) => of_aws(error),
        ListError::OtherRegion { .. } => Trouble::Region,
        ListError::Answer(_) => Trouble::Malformed,
    }
}

/// The section on what is wrong with LOCAL_PATH.
pub(super) fn of_source(error: &SourceError) -> Trouble {
    match error.fault {
        Fault::Names(_) => Trouble::Names,
        Fault::NotText { .. } => Trouble::Rules,
        Fault::Interrupted => Trouble::Interrupted,
        Fault::Read { .. } | Fault::TooMany => Trouble::Unreadable,
    }
}

/// The line of an error that is a fault of the pipe or of its machine.
pub(super) fn fault(message: String) -> Line {
    Line::new(Level::Error, "error", message).documented(Trouble::Fault.link())
}
