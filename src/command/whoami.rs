//! `COMMAND=whoami`: has the credentials that a deploy would use, and says whose they are.

use crate::aws::credentials_of;
use std::time::SystemTime;

use crate::aws::sts::Session;
use crate::aws::sts::token;
use crate::aws::{AwsError, CallerIdentity, Clients, Kind, caller_identity};
use crate::command::hints;
use crate::command::refusal;
use crate::command::refusal::Known;
use crate::config::WhoAmI;
use crate::console;
use crate::system::stop::Stop;
use deploy_core::base::causes::causes;
use deploy_core::base::exit::Exit;
use deploy_core::identity::claims::Claims;
use deploy_core::identity::explain::{claim_lines, date_time, other_claim_lines};
use deploy_core::identity::trust_policy::Caller;
use deploy_core::identity::{Identity, WebIdentity};

/// Requests that are sent one after the other.
const CONNECTIONS: usize = 1;

/// Why it cannot be said. `Display` never repeats the source.
#[derive(Debug, thiserror::Error)]
enum WhoAmIError {
    #[error("cannot set up the connection")]
    Setup(#[source] crate::aws::SetupError),
    #[error("cannot handle signals")]
    Signals(#[source] std::io::Error),
    #[error("cannot have the token to assume the role with")]
    Token(#[source] AwsError),
    #[error("cannot assume the role")]
    Role(#[source] AwsError),
    #[error("cannot ask who the credentials belong to")]
    Caller(#[source] AwsError),
    #[error("interrupted by a signal")]
    Interrupted,
}

/// Runs the command that `config` describes.
#[must_use]
pub fn run(config: &WhoAmI) -> Exit {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(supervise(config)),
        Err(error) => {
            tracing::error!("cannot start: {error}");
            console::fail("AWS was not asked.");
            Exit::Failed
        }
    }
}

async fn supervise(config: &WhoAmI) -> Exit {
    let mut claims = None;
    let asked = async {
        let mut stop = Stop::on_signals().map_err(WhoAmIError::Signals)?;
        tokio::select! {
            asked = ask(config, &mut claims) => asked,
            () = stop.requested() => Err(WhoAmIError::Interrupted),
        }
    };
    let Err(error) = asked.await else {
        console::success("AWS accepts the identity.");
        return Exit::Done;
    };
    let chain: Vec<String> = causes(&error).map(ToString::to_string).collect();
    tracing::error!("{}", chain.join(": "));
    let aws = match &error {
        WhoAmIError::Token(error) | WhoAmIError::Role(error) | WhoAmIError::Caller(error) => error,
        WhoAmIError::Interrupted => {
            console::fail("Interrupted.");
            return Exit::Interrupted;
        }
        WhoAmIError::Setup(_) | WhoAmIError::Signals(_) => {
            console::fail("AWS was not asked.");
            return Exit::Failed;
        }
    };
    explain(config, claims.as_ref(), aws);
    if aws.kind == Kind::Identity {
        console::fail("AWS refused the identity.");
        Exit::Identity
    } else {
        console::fail("AWS could not be asked.");
        Exit::Failed
    }
}

fn explain(config: &WhoAmI, claims: Option<&Claims>, error: &AwsError) {
    let known = Known {
        identity: &config.identity,
        step: &config.step,
        region: &config.region,
        claims,
    };
    let Some(explanation) = known.explanation(error) else {
        if let Some(hint) = hints::general(error) {
            tracing::info!("hint: {hint}");
        }
        return;
    };
    for cause in &explanation.causes {
        tracing::info!("hint: {cause}");
    }
    refusal::say(&explanation);
}

/// Leaves the token's claims in `claims` as soon as they are known.
async fn ask(config: &WhoAmI, claims: &mut Option<Claims>) -> Result<(), WhoAmIError> {
    let clients =
        Clients::new(&config.region, &config.network, CONNECTIONS).map_err(WhoAmIError::Setup)?;
    match &config.identity {
        Identity::Role(web_identity) => {
            tracing::info!("Authenticating with a OpenID Connect (OIDC) Web Identity Provider.");
            let token = token::obtain(&clients, &web_identity.token).await;
            let token = token.map_err(WhoAmIError::Token)?;
            *claims = Claims::decode(&token);
            let session = Session::begin(
                &clients,
                &config.network,
                web_identity.clone(),
                &token,
                None,
            );
            let session = session.await.map_err(WhoAmIError::Role)?;
            let expires = session.lifetime.map(|lifetime| lifetime.ends);
            let caller = caller_identity(&clients, &config.network, session).await;
            let caller = caller.map_err(WhoAmIError::Caller)?;
            say_role(&caller, web_identity, expires);
            if let Some(claims) = claims {
                tracing::info!("token from: {}", web_identity.token);
                say_claims(config, web_identity, claims);
            }
        }
        Identity::Keys(keys) | Identity::FallbackKeys(keys) => {
            let credentials = credentials_of(keys);
            let caller = caller_identity(&clients, &config.network, credentials).await;
            let caller = caller.map_err(WhoAmIError::Caller)?;
            tracing::info!(event = "identity", "account: {}", caller.account);
            tracing::info!(event = "identity", "acting as: {}", caller.arn);
        }
    }
    Ok(())
}

fn say_role(caller: &CallerIdentity, web_identity: &WebIdentity, expires: Option<SystemTime>) {
    let session_name = caller.arn.rsplit('/').next().unwrap_or_default();
    tracing::info!(event = "identity", "account: {}", caller.account);
    tracing::info!(event = "identity", "role: {}", web_identity.role);
    tracing::info!(event = "identity", "acting as: {}", caller.arn);
    tracing::info!(event = "identity", "session name: {session_name}");
    if let Some(expires) = expires {
        tracing::info!(
            event = "identity",
            "session expires: {}",
            date_time(expires)
        );
    }
}

fn say_claims(config: &WhoAmI, web_identity: &WebIdentity, claims: &Claims) {
    let step = &config.step;
    let mut lines = claim_lines(claims, step.environment.as_deref(), SystemTime::now());
    lines.extend(other_claim_lines(claims));
    if let Some(policy) = &step.trust_policy {
        let evaluation = policy.evaluate(&Caller {
            claims,
            role: &web_identity.role,
            session_name: &web_identity.session_name,
        });
        lines.push("TRUST_POLICY_FILE says:".to_owned());
        lines.extend(evaluation.lines());
    }
    for line in lines {
        tracing::info!(event = "claims", "{line}");
    }
}
