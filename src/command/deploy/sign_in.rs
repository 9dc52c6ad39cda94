//! Signs a deploy in: from the configured identity to a bucket that can be spoken to.

use super::error::DeployError;
use super::known::{Actor, Failed};
use super::session_scope;
use crate::aws::{Bucket, Clients};
use crate::command::sign_in::{SignedIn, SignedInAs};
use crate::config::Config;
use crate::report::{Activity, Stage};
use crate::system::stop::Stop;

/// The bucket as it is spoken to after the sign-in, and who speaks. A requested stop ends it at once.
pub(super) async fn sign_in(
    config: &Config,
    clients: &Clients,
    stop: &Stop,
    activity: &Activity,
) -> Result<(Bucket, Actor), Failed> {
    let policies = session_scope::policies(config).map_err(DeployError::SessionPolicy)?;
    let mut stopped = stop.clone();
    activity.begin(Stage::SigningIn);
    let signed_in = tokio::select! {
        signed_in = config.sign_in.sign_in(clients, policies) => signed_in,
        () = stopped.requested() => return Err(DeployError::Interrupted.into()),
    };
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
