//! From the configured identity to a bucket that can be spoken to, in one way for every command: who the
//! step is, in the narrowest session that can be had, of an account that is allowed, and the region that the
//! bucket is in.

use std::sync::Arc;

use super::error::RunError;
use super::hints::other_region;
use crate::aws::sts::{Session, token};
use crate::aws::{
    AwsError, Bucket, BucketOptions, CallerIdentity, Clients, ListError, caller_identity,
    credentials_of,
};
use crate::config::{Config, SignIn};
use deploy_core::base::secret::Secret;
use deploy_core::iam::session_policy::{self, SessionPolicy, TooLong};
use deploy_core::identity::claims::Claims;
use deploy_core::identity::provider::Provider;
use deploy_core::identity::{Identity, SessionScope, StaticKeys, WebIdentity};

/// Who has signed in.
#[derive(Debug)]
pub(super) struct SignedIn {
    /// What requests are signed with.
    pub(super) credentials: SignedInAs,
    /// Who that is.
    pub(super) actor: Actor,
}

/// Who a run acts as.
#[derive(Debug, Default)]
pub(super) struct Actor {
    /// ARN of the role session, where there is one and the server tells it.
    pub(super) assumed_role: Option<String>,
    /// What the token says, once it is there.
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

/// Why a run ended early, and who it was by then.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) error: RunError,
    pub(super) actor: Box<Actor>,
}

impl Failed {
    /// A failure of `actor`.
    pub(super) fn of(actor: Actor, error: RunError) -> Self {
        let actor = Box::new(actor);
        Self { error, actor }
    }
}

impl From<RunError> for Failed {
    fn from(error: RunError) -> Self {
        Self::of(Actor::default(), error)
    }
}

impl SignedInAs {
    /// The bucket as it is spoken to from now on.
    pub(super) fn bucket(&self, clients: &Clients, options: BucketOptions<'_>) -> Bucket {
        match self {
            Self::Role(session) => Bucket::new(clients, options, Arc::clone(session)),
            Self::Keys(keys, _) => Bucket::with_keys(clients, options, keys),
        }
    }
}

/// What `look` finds in `bucket`; where S3 says that it is not in the region `here`, in its own.
pub(super) async fn look_where_it_is<T>(
    bucket: Bucket,
    clients: &Clients,
    options: BucketOptions<'_>,
    here: &str,
    look: impl AsyncFn(&Bucket) -> Result<T, ListError>,
) -> Result<(Bucket, T), ListError> {
    match look(&bucket).await {
        Err(ListError::OtherRegion { region, .. }) => {
            tracing::warn!("{}", other_region(&region, here));
            let bucket = bucket.moved_to(clients, options, &region);
            let found = look(&bucket).await?;
            Ok((bucket, found))
        }
        found => Ok((bucket, found?)),
    }
}

/// The bucket of `config` as it is spoken to after the sign-in, and who speaks.
pub(super) async fn sign_in(config: &Config, clients: &Clients) -> Result<(Bucket, Actor), Failed> {
    let policies = session_policies(config).map_err(RunError::SessionPolicy)?;
    let signed_in = config.sign_in.sign_in(clients, policies).await?;
    let SignedIn { credentials, actor } = signed_in;
    if let SignedInAs::Role(session) = &credentials {
        tracing::debug!(event = "identity", "acting as {}", session.acting_as());
    }
    Ok((credentials.bucket(clients, config.bucket_options()), actor))
}

/// The session policies that a deploy tries, narrowest first; none where the session is to reach as far
/// as its role, or where there is no role.
pub(super) fn session_policies(config: &Config) -> Result<Vec<SessionPolicy>, TooLong> {
    if is_scoped(config) {
        session_policy::policies(&config.needs)
    } else {
        Ok(Vec::new())
    }
}

/// Whether the session may do no more than the deploy.
pub(super) fn is_scoped(config: &Config) -> bool {
    matches!(&config.sign_in.identity, Identity::Role(role) if role.reach == SessionScope::Deploy)
}

impl SignIn {
    /// Signs in with the first of `policies`, narrowest first, that STS takes; without one if there
    /// are none.
    pub(super) async fn sign_in(
        &self,
        clients: &Clients,
        policies: Vec<SessionPolicy>,
    ) -> Result<SignedIn, Failed> {
        match &self.identity {
            Identity::Role(web_identity) => {
                tracing::debug!(
                    "Authenticating with a OpenID Connect (OIDC) Web Identity Provider."
                );
                if !web_identity.token.is_bitbucket() {
                    tracing::info!("the OIDC token is from {}", web_identity.token);
                }
                let token = token::obtain(clients, &web_identity.token).await;
                let token = token.map_err(RunError::doing("get the OIDC token"))?;
                let mut actor = Actor {
                    assumed_role: None,
                    claims: Claims::decode(&token),
                };
                let session = self.session(clients, web_identity, &token, policies);
                let session = session.await.map_err(RunError::doing("assume the role"));
                let allowed = session.and_then(|session| {
                    self.check_account(session.account())?;
                    Ok(session)
                });
                match allowed {
                    Ok(session) => {
                        actor.assumed_role.clone_from(&session.assumed_role);
                        let credentials = SignedInAs::Role(Arc::new(session));
                        Ok(SignedIn { credentials, actor })
                    }
                    Err(error) => Err(Failed::of(actor, error)),
                }
            }
            Identity::Keys(keys) | Identity::FallbackKeys(keys) => {
                if let Identity::FallbackKeys(_) = self.identity {
                    warn_of_fallback(self.step.system);
                }
                let caller = self.check_keys(clients, keys).await?;
                Ok(SignedIn {
                    credentials: SignedInAs::Keys(keys.clone(), caller),
                    actor: Actor::default(),
                })
            }
        }
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
    ) -> Result<Option<CallerIdentity>, RunError> {
        if self.allowed_accounts.is_none() {
            return Ok(None);
        }
        let caller = caller_identity(clients, &self.network, credentials_of(keys)).await;
        let caller = caller.map_err(AwsError::about_identity);
        let caller = caller.map_err(RunError::doing("tell the account of the static keys"))?;
        self.check_account(&caller.account)?;
        Ok(Some(caller))
    }

    fn check_account(&self, account: &str) -> Result<(), RunError> {
        match &self.allowed_accounts {
            Some(allowed) => allowed.check(account).map_err(RunError::Account),
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
