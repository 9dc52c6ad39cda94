//! A refusal of STS. The exact codes and messages stand where they arise.

/// What STS answers instead of credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    /// The one answer to everything that the role does not allow; it is vague on purpose.
    pub(crate) fn not_authorized() -> Self {
        Self::new(
            403,
            "AccessDenied",
            "Not authorized to perform sts:AssumeRoleWithWebIdentity",
        )
    }

    pub(crate) fn invalid_token(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidIdentityToken", message)
    }

    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationError", message)
    }
}
