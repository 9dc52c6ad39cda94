//! The exchange of the step's token for a role session, and its renewal.

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_sts::Client;

use std::sync::Arc;

use super::credential_cache::CredentialCache;
use super::exchange::{Assumed, Request, assumed, config, failure};
use super::role_chain;
use super::token;
use crate::aws::Network;
use crate::aws::error::AwsError;
use crate::aws::operation::Operation;
use crate::aws::wire::client::Clients;
use deploy_core::base::secret::Secret;
use deploy_core::identity::claims::Claims;
use deploy_core::identity::expiry::Lifetime;
use deploy_core::identity::{WebIdentity, account_of_arn};

const OPERATION: Operation = Operation::AssumeRoleWithWebIdentity;

/// A role session. As a credentials provider it renews itself from what its token source then has,
/// which must still be valid; a refusal is an [`AwsError`] of kind [`Identity`](crate::aws::Kind::Identity).
#[derive(Debug)]
pub struct Session {
    client: Client,
    clients: Clients,
    web_identity: WebIdentity,
    /// Session policy of the role that acts.
    policy: Option<String>,
    /// ARN of the assumed role with the session's name, as CloudTrail shows it; `None` where the
    /// server does not tell.
    pub assumed_role: Option<String>,
    /// How long the session can go on; `None` where STS does not say.
    pub lifetime: Option<Lifetime>,
    credential_cache: CredentialCache,
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
        let clock = clients.clock();
        let began = clock.now();
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
            credential_cache: CredentialCache::new(assumed.credentials, clock),
        })
    }

    /// The session as CloudTrail shows it, or its role and name where the server does not tell.
    pub fn acting_as(&self) -> String {
        self.assumed_role.clone().unwrap_or_else(|| {
            let role = self.web_identity.acting_role();
            format!(
                "{role}, session `{}`",
                self.web_identity.session_name.as_str()
            )
        })
    }

    /// Itself, for requests of any service.
    pub fn shared(self: &Arc<Self>) -> SharedCredentialsProvider {
        let provider: Arc<dyn ProvideCredentials> = Arc::<Self>::clone(self);
        SharedCredentialsProvider::from(provider)
    }

    /// The account that it is of.
    pub fn account(&self) -> &str {
        match &self.assumed_role {
            Some(arn) => account_of_arn(arn),
            None => self.web_identity.acting_role().account(),
        }
    }

    /// Why AWS refused to renew the session, if it did. Its credentials may work for a little while
    /// yet: enough to clean up, and nothing new should be begun with them.
    pub fn refusal(&self) -> Option<&AwsError> {
        self.credential_cache.refusal()
    }

    async fn credentials(&self) -> Result<Credentials, CredentialsError> {
        let renew = async || {
            tracing::debug!("renewing the credentials");
            let token = token::obtain(&self.clients, &self.web_identity.token).await?;
            let policy = self.policy.as_deref();
            let assumed = sign_in(&self.client, &self.web_identity, &token, policy).await?;
            Ok(assumed.credentials)
        };
        let credentials = self.credential_cache.credentials(renew).await;
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
        && expiry <= client.config().time_source().unwrap_or_default().now()
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
        .map_err(|error| AwsError::from_sdk(OPERATION, &error).about_identity())?;
    assumed(OPERATION, output.credentials, output.assumed_role_user)
}
