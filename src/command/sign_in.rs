//! From the configured identity to credentials, in one way for every command: who the step is, in
//! the narrowest session that can be had, of an account that is allowed.

use std::sync::Arc;

use crate::aws::sts::{Session, token};
use crate::aws::{AwsError, CallerIdentity, Clients, caller_identity, credentials_of};
use crate::config::SignIn;
use deploy_core::base::secret::Secret;
use deploy_core::iam::session_policy::SessionPolicy;
use deploy_core::identity::claims::Claims;
use deploy_core::identity::provider::Provider;
use deploy_core::identity::{Identity, OtherAccount, StaticKeys, WebIdentity};

/// Who has signed in.
#[derive(Debug)]
pub(super) struct SignedIn {
    /// What requests are signed with.
    pub(super) credentials: SignedInAs,
    /// What the token says.
    pub(super) claims: Option<Claims>,
}

/// What requests are signed with.
#[derive(Debug)]
pub(super) enum SignedInAs {
    /// A session of the role.
    Role(Arc<Session>),
    /// Static keys, and whose they are if that was asked.
    Keys(StaticKeys, Option<CallerIdentity>),
}

/// Why nobody has signed in. `Display` never repeats the source.
#[derive(Debug, thiserror::Error)]
pub(super) enum SignInError {
    #[error("cannot get the OIDC token")]
    Token(#[source] AwsError),
    #[error("cannot assume the role")]
    Role(#[source] AwsError),
    #[error("cannot tell the account of the static keys")]
    Keys(#[source] AwsError),
    #[error("AWS_ALLOWED_ACCOUNT_IDS: the credentials are of {0}")]
    Account(OtherAccount),
}

impl SignInError {
    /// What a server said, where that is the reason.
    pub(super) fn aws(&self) -> Option<&AwsError> {
        match self {
            Self::Token(error) | Self::Role(error) | Self::Keys(error) => Some(error),
            Self::Account(_) => None,
        }
    }
}

/// That nobody has signed in, and what the token says, if it was there.
#[derive(Debug)]
pub(super) struct SignInFailed {
    pub(super) error: SignInError,
    pub(super) claims: Option<Claims>,
}

impl From<SignInError> for SignInFailed {
    fn from(error: SignInError) -> Self {
        let claims = None;
        Self { error, claims }
    }
}

impl SignIn {
    /// Signs in with the first of `policies`, narrowest first, that STS takes; without one if there
    /// are none.
    pub(super) async fn sign_in(
        &self,
        clients: &Clients,
        policies: Vec<SessionPolicy>,
    ) -> Result<SignedIn, SignInFailed> {
        match &self.identity {
            Identity::Role(web_identity) => {
                tracing::debug!(
                    "Authenticating with a OpenID Connect (OIDC) Web Identity Provider."
                );
                if !web_identity.token.is_bitbucket() {
                    tracing::info!("the OIDC token is from {}", web_identity.token);
                }
                let token = token::obtain(clients, &web_identity.token).await;
                let token = token.map_err(SignInError::Token)?;
                let claims = Claims::decode(&token);
                match self.role(clients, web_identity, &token, policies).await {
                    Ok(session) => Ok(SignedIn {
                        credentials: SignedInAs::Role(Arc::new(session)),
                        claims,
                    }),
                    Err(error) => Err(SignInFailed { error, claims }),
                }
            }
            Identity::Keys(keys) | Identity::FallbackKeys(keys) => {
                if let Identity::FallbackKeys(_) = self.identity {
                    warn_of_fallback(self.step.system);
                }
                let caller = self.check_keys(clients, keys).await?;
                Ok(SignedIn {
                    credentials: SignedInAs::Keys(keys.clone(), caller),
                    claims: None,
                })
            }
        }
    }

    async fn role(
        &self,
        clients: &Clients,
        web_identity: &WebIdentity,
        token: &Secret,
        policies: Vec<SessionPolicy>,
    ) -> Result<Session, SignInError> {
        let session = self.session(clients, web_identity, token, policies).await;
        let session = session.map_err(SignInError::Role)?;
        self.check_account(session.account())?;
        Ok(session)
    }

    /// It is never begun without a policy because the policies were refused.
    async fn session(
        &self,
        clients: &Clients,
        web_identity: &WebIdentity,
        token: &Secret,
        policies: Vec<SessionPolicy>,
    ) -> Result<Session, AwsError> {
        let begin = async |policy| {
            Session::begin(clients, &self.network, web_identity.clone(), token, policy).await
        };
        let mut policies = policies.into_iter().peekable();
        while let Some(SessionPolicy { json, excess }) = policies.next() {
            tracing::debug!("session policy: {json}");
            match begin(Some(json)).await {
                Err(error) if is_too_large(&error) && policies.peek().is_some() => {}
                answer => {
                    if let (Ok(_), Some(excess)) = (&answer, excess) {
                        tracing::warn!("the session reaches {excess}");
                    }
                    return answer;
                }
            }
        }
        begin(None).await
    }

    /// Whose `keys` are, where only some accounts are allowed.
    async fn check_keys(
        &self,
        clients: &Clients,
        keys: &StaticKeys,
    ) -> Result<Option<CallerIdentity>, SignInError> {
        if self.allowed_accounts.is_none() {
            return Ok(None);
        }
        let caller = caller_identity(clients, &self.network, credentials_of(keys)).await;
        let caller = caller.map_err(|error| SignInError::Keys(error.about_identity()))?;
        self.check_account(&caller.account)?;
        Ok(Some(caller))
    }

    fn check_account(&self, account: &str) -> Result<(), SignInError> {
        match &self.allowed_accounts {
            Some(allowed) => allowed.check(account).map_err(SignInError::Account),
            None => Ok(()),
        }
    }
}

/// Says why a role that is set was not assumed.
fn warn_of_fallback(system: Provider) {
    if system == Provider::Bitbucket {
        // The words of the official pipes, which users know and search for.
        tracing::warn!(
            "Parameter `oidc: true` in the step configuration is required for OIDC authentication"
        );
    } else {
        let vendor = system.vendor();
        tracing::warn!("{}; {}", vendor.missing_token, vendor.question);
    }
    tracing::info!(
        "Using default authentication with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
    );
}

/// STS packs a policy into its token, together with the session's tags; how large it then is cannot
/// be told from here.
fn is_too_large(error: &AwsError) -> bool {
    error.code.as_deref() == Some("PackedPolicyTooLarge")
}
