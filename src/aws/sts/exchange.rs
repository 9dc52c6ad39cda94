//! What the two ways to a role session share: the client, the request, the answer, the refusal.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sdk_sts::error::ProvideErrorMetadata as _;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;
use aws_sdk_sts::types::AssumedRoleUser;
use aws_smithy_runtime_api::client::retries::classifiers::RetryAction;
use deploy_core::base::secret;
use deploy_core::iam::RoleArn;

use crate::aws::error::{AwsError, Kind};
use crate::aws::operation::Operation;
use crate::aws::wire::Network;
use crate::aws::wire::client::{Clients, configured};
use crate::aws::wire::retries::RetryOn;

/// What STS is spoken to with; without credentials.
pub(super) fn config(clients: &Clients, network: &Network) -> aws_sdk_sts::config::Builder {
    configured!(aws_sdk_sts, clients, network.sts_endpoint.as_ref())
        .retry_classifier(FLAKY_PROVIDER)
}

/// One role to assume.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) role: &'a RoleArn,
    pub(super) policy: Option<String>,
    pub(super) duration_secs: Option<i32>,
}

/// A role that was assumed.
pub(super) struct Assumed {
    pub(super) credentials: Credentials,
    /// ARN of the role with the session's name, where the server tells one: AWS does, some others
    /// leave it out or empty.
    pub(super) arn: Option<String>,
}

/// The credentials of an answer of `operation`.
pub(super) fn assumed(
    operation: Operation,
    credentials: Option<aws_sdk_sts::types::Credentials>,
    user: Option<AssumedRoleUser>,
) -> Result<Assumed, AwsError> {
    let credentials = credentials.ok_or_else(|| {
        let message = "STS answered without credentials";
        failure(operation, "InvalidAnswer", message)
    })?;
    secret::remember(&credentials.secret_access_key);
    secret::remember(&credentials.session_token);
    let expiry = SystemTime::try_from(credentials.expiration).ok();
    let token = Some(credentials.session_token);
    let credentials = Credentials::new(
        credentials.access_key_id,
        credentials.secret_access_key,
        token,
        expiry,
        "sts",
    );
    Ok(Assumed {
        credentials,
        arn: user.map(|user| user.arn).filter(|arn| !arn.is_empty()),
    })
}

pub(super) fn failure(operation: Operation, code: &str, message: &str) -> AwsError {
    AwsError {
        code: Some(code.to_owned()),
        ..AwsError::local(operation, Kind::Identity, message)
    }
}

/// STS answers 400 when it could not fetch the provider's keys in time, which the next attempt
/// usually can (<https://github.com/aws/aws-cli/issues/7194>). Nothing else that is the caller's
/// fault is retried, least of all AccessDenied.
const FLAKY_PROVIDER: RetryOn<AssumeRoleWithWebIdentityError> = RetryOn {
    is_meant: |error| {
        let is_unfetched =
            |message: &str| message.starts_with("Couldn't retrieve verification key");
        error.is_idp_communication_error_exception() || error.message().is_some_and(is_unfetched)
    },
    action: RetryAction::transient_error,
};
