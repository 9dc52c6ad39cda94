//! Signs a deploy in: from the configured identity to a bucket that can be spoken to.

use super::error::DeployError;
use super::known::{Actor, Failed};
use crate::aws::{Bucket, Clients};
use crate::command::sign_in::{SignIn, SignedIn, SignedInAs};
use crate::config::Config;
use deploy_core::iam::session_policy::SessionPolicy;

/// The bucket as it is spoken to after the sign-in, and who speaks.
pub(super) async fn sign_in(
    config: &Config,
    clients: &Clients,
    policies: Vec<SessionPolicy>,
) -> Result<(Bucket, Actor), Failed> {
    let signed_in = who(config).sign_in(clients, policies).await;
    let SignedIn {
        credentials,
        claims,
    } = signed_in.map_err(|failed| {
        let actor = Actor {
            assumed_role: None,
            claims: failed.claims,
        };
        Failed::of(actor, DeployError::SignIn(failed.error))
    })?;
    let options = config.bucket_options();
    Ok(match credentials {
        SignedInAs::Role(session) => {
            tracing::debug!(event = "identity", "acting as {}", session.acting_as());
            let assumed_role = session.assumed_role.clone();
            let actor = Actor {
                assumed_role,
                claims,
            };
            (Bucket::new(clients, options, session), actor)
        }
        SignedInAs::Keys(keys, _) => {
            let bucket = Bucket::with_keys(clients, options, &keys);
            (bucket, Actor::default())
        }
    })
}

/// Who deploys.
pub(super) fn who(config: &Config) -> SignIn<'_> {
    SignIn {
        identity: &config.identity,
        allowed_accounts: config.allowed_accounts.as_ref(),
        step: &config.step,
        region: &config.region,
        network: &config.network,
    }
}
