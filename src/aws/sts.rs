//! The exchange of the step's token for a role session, and its renewal.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use aws_sdk_sts::Client;
use aws_sdk_sts::error::ProvideErrorMetadata as _;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;
use aws_sdk_sts::types::AssumedRoleUser;
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};

use super::client::{Clients, retry_partition};
use super::error::{AwsError, Kind};
use super::lease::Lease;
use super::role_chain;
use super::token;
use super::whole::{RetryGarbled, WholeAnswers};
use crate::config::Network;
use crate::config::values::Endpoint;
use crate::identity::claims::Claims;
use crate::identity::expiry::Lifetime;
use crate::identity::{RoleArn, WebIdentity};
use crate::secret::{self, Secret};

/// The operation, as errors name it.
pub const OPERATION: &str = "AssumeRoleWithWebIdentity";

/// A role session. As a credentials provider it renews itself from what its token source then has,
/// which must still be valid; a refusal is an [`AwsError`] of kind [`Kind::Identity`].
#[derive(Debug)]
pub struct Session {
    client: Client,
    clients: Clients,
    web_identity: WebIdentity,
    /// Session policy of the role that acts.
    policy: Option<String>,
    /// ARN of the assumed role with the session's name, as CloudTrail shows it.
    pub assumed_role: String,
    /// How long the session can go on; `None` where STS does not say.
    pub lifetime: Option<Lifetime>,
    lease: Lease,
}

impl Session {
    /// Exchanges `token`, which came from the source in `web_identity`, and goes on to the roles of
    /// the chain. `policy` narrows the session that comes of it.
    ///
    /// # Errors
    /// STS's refusal, or that the token has expired already.
    pub async fn begin(
        clients: &Clients,
        network: &Network,
        web_identity: WebIdentity,
        token: &Secret,
        policy: Option<String>,
    ) -> Result<Self, AwsError> {
        let client = Client::from_conf(config(clients, network).build());
        let began = SystemTime::now();
        let assumed = sign_in(&client, &web_identity, token, policy.as_deref()).await?;
        let token_ends = web_identity
            .token
            .is_fixed()
            .then(|| Claims::decode(token).and_then(|claims| claims.expires_at()))
            .flatten();
        Ok(Self {
            client,
            clients: clients.clone(),
            web_identity,
            policy,
            assumed_role: assumed.arn,
            lifetime: assumed.credentials.expiry().map(|ends| Lifetime {
                began,
                ends,
                token_ends,
            }),
            lease: Lease::new(assumed.credentials),
        })
    }

    /// Why AWS refused to renew the session, if it did. Its credentials may work for a little while
    /// yet: enough to clean up, and nothing new should be begun with them.
    #[must_use]
    pub fn refusal(&self) -> Option<&AwsError> {
        self.lease.refusal()
    }

    async fn credentials(&self) -> Result<Credentials, CredentialsError> {
        let renew = async || {
            tracing::debug!("renewing the credentials");
            let token = token::obtain(&self.clients, &self.web_identity.token).await?;
            let policy = self.policy.as_deref();
            let assumed = sign_in(&self.client, &self.web_identity, &token, policy).await?;
            Ok(assumed.credentials)
        };
        let credentials = self.lease.credentials(renew).await;
        credentials.map_err(CredentialsError::provider_error)
    }
}

impl ProvideCredentials for Session {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

/// What STS is spoken to with; without credentials.
pub(super) fn config(clients: &Clients, network: &Network) -> aws_sdk_sts::config::Builder {
    let mut builder = aws_sdk_sts::config::Builder::from(&clients.sdk)
        .interceptor(clients.requests.clone())
        .interceptor(WholeAnswers)
        .retry_classifier(RetryGarbled)
        .retry_partition(retry_partition())
        .retry_classifier(RetryFlakyProvider);
    builder.set_endpoint_url(
        network
            .sts_endpoint
            .as_ref()
            .map(Endpoint::as_str)
            .map(str::to_owned),
    );
    builder
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
    /// ARN of the role with the session's name.
    pub(super) arn: String,
}

/// The token's role, and from there every role of the chain.
async fn sign_in(
    client: &Client,
    web_identity: &WebIdentity,
    token: &Secret,
    policy: Option<&str>,
) -> Result<Assumed, AwsError> {
    let mut acting: Option<Assumed> = None;
    for request in role_chain::requests(web_identity, policy) {
        acting = Some(match acting {
            None => exchange(client, web_identity, token, &request).await?,
            Some(Assumed { credentials, .. }) => {
                role_chain::assume(client, web_identity, credentials, &request).await?
            }
        });
    }
    acting.ok_or_else(|| failure(OPERATION, "InvalidAnswer", "there is no role to assume"))
}

/// One AssumeRoleWithWebIdentity, unsigned: the token is the proof.
async fn exchange(
    client: &Client,
    web_identity: &WebIdentity,
    token: &Secret,
    request: &Request<'_>,
) -> Result<Assumed, AwsError> {
    if let Some(expiry) = Claims::decode(token).and_then(|claims| claims.expires_at())
        && expiry <= SystemTime::now()
    {
        return Err(failure(
            OPERATION,
            "ExpiredTokenException",
            "the step's OIDC token has expired",
        ));
    }
    let output = client
        .assume_role_with_web_identity()
        .role_arn(request.role.as_str())
        .role_session_name(web_identity.session_name.as_str())
        .web_identity_token(token.reveal())
        .set_policy(request.policy.clone())
        .set_duration_seconds(request.duration_secs)
        .send()
        .await
        .map_err(|error| refusal(AwsError::from_sdk(OPERATION, &error)))?;
    assumed(output.credentials, output.assumed_role_user, OPERATION).ok_or_else(|| {
        failure(
            OPERATION,
            "InvalidAnswer",
            "STS answered without credentials",
        )
    })
}

/// The credentials of an answer, whichever operation it came from.
pub(super) fn assumed(
    credentials: Option<aws_sdk_sts::types::Credentials>,
    user: Option<AssumedRoleUser>,
    provider: &'static str,
) -> Option<Assumed> {
    let credentials = credentials?;
    secret::remember(&credentials.secret_access_key);
    secret::remember(&credentials.session_token);
    let expiry = SystemTime::try_from(credentials.expiration).ok();
    let token = Some(credentials.session_token);
    let credentials = Credentials::new(
        credentials.access_key_id,
        credentials.secret_access_key,
        token,
        expiry,
        provider,
    );
    Some(Assumed {
        credentials,
        arn: user?.arn,
    })
}

/// Whatever STS refuses is about the identity. That it is out of reach, busy or broken is not.
pub(super) fn refusal(error: AwsError) -> AwsError {
    match error.kind {
        Kind::Denied | Kind::NotFound | Kind::Refused => AwsError {
            kind: Kind::Identity,
            ..error
        },
        _ => error,
    }
}

pub(super) fn failure(operation: &'static str, code: &str, message: &str) -> AwsError {
    AwsError {
        operation,
        kind: Kind::Identity,
        code: Some(code.to_owned()),
        message: message.to_owned(),
        status: None,
        request_id: None,
    }
}

/// STS answers 400 when it could not fetch the provider's keys in time, which the next attempt
/// usually can (<https://github.com/aws/aws-cli/issues/7194>). Nothing else that is the caller's
/// fault is retried, least of all AccessDenied.
#[derive(Debug)]
struct RetryFlakyProvider;

impl ClassifyRetry for RetryFlakyProvider {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let error = context
            .output_or_error()
            .and_then(Result::err)
            .and_then(|error| error.as_operation_error())
            .and_then(|error| error.downcast_ref::<AssumeRoleWithWebIdentityError>());
        let flaky = error.is_some_and(|error| {
            error.is_idp_communication_error_exception()
                || error.message().is_some_and(|message| {
                    message.starts_with("Couldn't retrieve verification key")
                })
        });
        if flaky {
            RetryAction::transient_error()
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "RetryFlakyProvider"
    }
}
