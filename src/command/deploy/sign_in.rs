//! From the configured identity to a bucket that can be spoken to: the narrowest session that can be
//! had, of an account that is allowed.

use super::error::DeployError;
use crate::aws::credentials_of;
use crate::aws::sts::Session;
use crate::aws::sts::token;
use crate::aws::{AwsError, Bucket, Clients, caller_identity};
use crate::config::Config;
use crate::report::Circumstances;
use deploy_core::base::secret::Secret;
use deploy_core::iam::session_policy;
use deploy_core::iam::session_policy::SessionPolicy;
use deploy_core::identity::claims::Claims;
use deploy_core::identity::{Identity, Reach, StaticKeys, WebIdentity, account_of_arn};

/// Signs in for the deploy that is configured.
pub(super) async fn sign_in(
    config: &Config,
    clients: &Clients,
    circumstances: &mut Circumstances,
) -> Result<Bucket, DeployError> {
    match &config.identity {
        Identity::Role(web_identity) => {
            tracing::info!("Authenticating with a OpenID Connect (OIDC) Web Identity Provider.");
            let policies = policies(config, web_identity)?;
            if !web_identity.token.is_bitbucket() {
                tracing::info!("the OIDC token is from {}", web_identity.token);
            }
            let token = token::obtain(clients, &web_identity.token).await;
            let token = token.map_err(DeployError::Token)?;
            circumstances.claims = Claims::decode(&token);
            let session = session(config, clients, web_identity, &token, policies).await?;
            tracing::info!(event = "identity", "acting as {}", session.assumed_role);
            check_account(config, account_of_arn(&session.assumed_role))?;
            circumstances.assumed_role = Some(session.assumed_role.clone());
            Ok(Bucket::new(clients, config.bucket_options(), session))
        }
        Identity::Keys(keys) | Identity::FallbackKeys(keys) => {
            check_keys(config, clients, keys).await?;
            Ok(Bucket::with_keys(clients, config.bucket_options(), keys))
        }
    }
}

/// The session policies to try, narrowest first.
fn policies(
    config: &Config,
    web_identity: &WebIdentity,
) -> Result<Vec<SessionPolicy>, DeployError> {
    match web_identity.reach {
        Reach::Role => Ok(Vec::new()),
        Reach::Deploy => {
            session_policy::policies(&config.needs).map_err(DeployError::SessionPolicy)
        }
    }
}

/// The session with the first of `policies` that STS takes, without one if there are none. It is
/// never begun without a policy because the policies were refused.
async fn session(
    config: &Config,
    clients: &Clients,
    web_identity: &WebIdentity,
    token: &Secret,
    policies: Vec<SessionPolicy>,
) -> Result<Session, DeployError> {
    let begin = async |policy| {
        let network = &config.network;
        Session::begin(clients, network, web_identity.clone(), token, policy).await
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
                return answer.map_err(DeployError::Identity);
            }
        }
    }
    begin(None).await.map_err(DeployError::Identity)
}

/// STS packs a policy into its token, together with the session's tags; how large it then is cannot
/// be told from here.
fn is_too_large(error: &AwsError) -> bool {
    error.code.as_deref() == Some("PackedPolicyTooLarge")
}

async fn check_keys(
    config: &Config,
    clients: &Clients,
    keys: &StaticKeys,
) -> Result<(), DeployError> {
    if config.allowed_accounts.is_none() {
        return Ok(());
    }
    let caller = caller_identity(clients, &config.network, credentials_of(keys)).await;
    check_account(config, &caller.map_err(DeployError::Keys)?.account)
}

fn check_account(config: &Config, account: &str) -> Result<(), DeployError> {
    match &config.allowed_accounts {
        Some(allowed) => allowed.check(account).map_err(DeployError::Account),
        None => Ok(()),
    }
}
