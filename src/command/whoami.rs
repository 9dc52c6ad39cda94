//! `COMMAND=whoami`: signs in as a deploy would, shows whose the credentials are, and tries the bucket.

use std::sync::Arc;
use std::time::SystemTime;

use super::error::RunError;
use super::hints::{self, Asked};
use super::sign_in::{Failed, SignedIn, SignedInAs, look_where_it_is, session_policies};
use super::told;
use super::{block_on, unless_stopped};
use crate::aws::sts::Session;
use crate::aws::{
    AwsError, Bucket, CallerIdentity, Clients, Kind, caller_identity, credentials_of,
};
use crate::config::WhoAmI;
use crate::console;
use crate::report::{Activity, Pulse, Stage};
use crate::system::stop::Stop;
use deploy_core::base::exit::Exit;
use deploy_core::identity::claims::Claims;
use deploy_core::identity::explain::{claim_lines, date_time, other_claim_lines};
use deploy_core::identity::trust_policy::{Caller, Evaluation};
use deploy_core::identity::{Identity, WebIdentity};
use deploy_core::plan::Plan;

/// Requests that are sent one after the other.
const CONNECTIONS: usize = 1;

/// What cannot be done without STS.
const ASK_WHO: &str = "ask who the credentials belong to";

/// The exit code, and the last line.
fn ending(error: &RunError) -> (Exit, String) {
    let refusals = error.refusals();
    let is_refused = refusals.iter().any(|error| error.kind == Kind::Identity);
    let (exit, line) = match error {
        RunError::Interrupted => (Exit::Interrupted, "Interrupted."),
        RunError::Account(_) => (Exit::Refused, "The credentials are of another account."),
        RunError::List { .. } if is_refused => {
            (Exit::Identity, "STS accepts the identity, but S3 does not.")
        }
        RunError::List { url, .. } => {
            let line = format!("The identity is accepted, but {url} cannot be listed.");
            return (Exit::Failed, line);
        }
        _ if is_refused => (Exit::Identity, "The identity was refused."),
        RunError::Request { .. } => (Exit::Failed, "STS could not be asked."),
        _ => (Exit::Failed, "No request was sent."),
    };
    (exit, line.to_owned())
}

/// Runs the command that `config` describes.
pub fn run(config: &WhoAmI) -> Exit {
    let asked = block_on(ask_or_stop(config)).unwrap_or_else(|error| Err(error.into()));
    let (exit, last) = match asked {
        Ok(()) => {
            let tried = config.bucket.as_ref().map(|tried| &tried.destination);
            let last = match tried {
                Some(bucket) => format!("The identity is accepted, and {bucket} can be listed."),
                None => "The identity is accepted.".to_owned(),
            };
            (Exit::Done, last)
        }
        Err(Failed { error, actor }) => {
            let asked = Asked {
                destination: config.bucket.as_ref().map(|tried| &tried.destination),
                needs: config.deploy.as_ref().map(|deploy| &deploy.needs),
                role: hints::role(&config.sign_in.identity),
                is_aws: config.sign_in.network.has_aws_s3(),
            };
            told::tell(&config.sign_in, &actor, &asked, &Plan::default(), &error);
            ending(&error)
        }
    };
    console::end(exit, &last);
    exit
}

async fn ask_or_stop(config: &WhoAmI) -> Result<(), Failed> {
    let stop = Stop::on_signals().map_err(RunError::Signals)?;
    unless_stopped(&stop, ask(config)).await
}

async fn ask(config: &WhoAmI) -> Result<(), Failed> {
    let clients = Clients::new(&config.sign_in.region, &config.sign_in.network, CONNECTIONS);
    let clients = clients.map_err(RunError::Setup)?;
    // What a deploy would send, so that what refuses it is found here.
    let policies = config.deploy.as_deref().map(session_policies);
    let policies = policies.and_then(Result::ok);
    let activity = Activity::new();
    activity.begin(Stage::SigningIn);
    let pulse = Pulse::of(activity, clients.retries.clone());
    let signed_in = config
        .sign_in
        .sign_in(&clients, policies.unwrap_or_default())
        .await;
    pulse.end().await;
    let SignedIn { credentials, actor } = signed_in?;
    let told = say(config, &clients, &credentials, actor.claims.as_ref()).await;
    let told = match told {
        Ok(()) => try_listing(config, &clients, &credentials).await,
        Err(error) => Err(error),
    };
    told.map_err(|error| Failed::of(actor, error))
}

/// One listing of one key, which is how a deploy begins.
async fn try_listing(
    config: &WhoAmI,
    clients: &Clients,
    credentials: &SignedInAs,
) -> Result<(), RunError> {
    let Some(tried) = &config.bucket else {
        return Ok(());
    };
    let options = config.bucket_options(tried);
    let bucket = credentials.bucket(clients, options);
    let look = async |bucket: &Bucket| bucket.try_listing(&tried.prefix).await;
    let listed = look_where_it_is(bucket, clients, options, &config.sign_in.region, look).await;
    let url = &tried.destination;
    listed.map_err(|source| RunError::List {
        url: url.to_string(),
        source,
    })?;
    tracing::info!(
        event = "bucket",
        "bucket: {url} can be listed; whether it can be written to was not tried"
    );
    Ok(())
}

/// Says who has signed in.
async fn say(
    config: &WhoAmI,
    clients: &Clients,
    credentials: &SignedInAs,
    claims: Option<&Claims>,
) -> Result<(), RunError> {
    match (credentials, &config.sign_in.identity) {
        (SignedInAs::Role(session), Identity::Role(web_identity)) => {
            let told = say_role(config, clients, session, web_identity).await;
            told.map_err(RunError::doing(ASK_WHO))?;
            if let Some(claims) = claims {
                tracing::info!("token from: {}", web_identity.token);
                say_claims(config, web_identity, claims);
            }
        }
        (SignedInAs::Role(_), _) => {}
        (SignedInAs::Keys(_, Some(caller)), _) => say_caller(caller),
        (SignedInAs::Keys(keys, None), _) => {
            match caller_identity(clients, &config.sign_in.network, credentials_of(keys)).await {
                Ok(caller) => say_caller(&caller),
                Err(error) if tells_no_more(&error) && !config.sign_in.network.has_aws_sts() => {
                    tracing::info!("the server does not tell whose the keys are: {error}");
                }
                // Everyone may ask this of AWS, so that a refusal is about the credentials.
                Err(error) => {
                    return Err(RunError::doing(ASK_WHO)(error.about_identity()));
                }
            }
        }
    }
    Ok(())
}

/// Whether `error` says that a server does not know the question, or answers it to nobody like this.
fn tells_no_more(error: &AwsError) -> bool {
    matches!(error.kind, Kind::Denied | Kind::NotFound | Kind::Refused)
}

fn say_caller(caller: &CallerIdentity) {
    tracing::info!(event = "identity", "account: {}", caller.account);
    tracing::info!(event = "identity", "acting as: {}", caller.arn);
}

/// Asks who the session is, and says it. Servers other than AWS's may not know the question, or not
/// answer it: the role was assumed all the same.
async fn say_role(
    config: &WhoAmI,
    clients: &Clients,
    session: &Arc<Session>,
    web_identity: &WebIdentity,
) -> Result<(), AwsError> {
    let expires = session.lifetime.map(|lifetime| lifetime.ends);
    let acting = session.acting_as();
    match caller_identity(clients, &config.sign_in.network, session.shared()).await {
        Ok(caller) => {
            tracing::info!(event = "identity", "account: {}", caller.account);
            tracing::info!(event = "identity", "role: {}", web_identity.role);
            tracing::info!(event = "identity", "acting as: {}", caller.arn);
        }
        Err(error) if tells_no_more(&error) => {
            tracing::info!(event = "identity", "role: {}", web_identity.role);
            tracing::info!(event = "identity", "acting as: {acting}");
            tracing::info!("the server tells no more: {error}");
        }
        Err(error) => return Err(error),
    }
    let session_name = web_identity.session_name.as_str();
    tracing::info!(event = "identity", "session name: {session_name}");
    if let Some(expires) = expires {
        tracing::info!(
            event = "identity",
            "session expires: {}",
            date_time(expires)
        );
    }
    Ok(())
}

fn say_claims(config: &WhoAmI, web_identity: &WebIdentity, claims: &Claims) {
    let step = &config.sign_in.step;
    let mut lines = claim_lines(claims, step.environment.as_deref(), SystemTime::now());
    lines.extend(other_claim_lines(claims));
    let evaluation = step.trust_policy.as_ref().map(|policy| {
        policy.evaluate(&Caller {
            claims,
            role: &web_identity.role,
            session_name: &web_identity.session_name,
        })
    });
    // AWS has accepted the token: a file that says otherwise says it of another policy.
    let is_another = evaluation.as_ref().is_some_and(Evaluation::refuses);
    if let Some(evaluation) = evaluation {
        lines.push("TRUST_POLICY_FILE says:".to_owned());
        lines.extend(if is_another {
            evaluation.statement_lines()
        } else {
            evaluation.lines()
        });
    }
    for line in lines {
        tracing::info!(event = "claims", "{line}");
    }
    if is_another {
        let role = &web_identity.role;
        tracing::warn!(
            "TRUST_POLICY_FILE does not accept this token, but STS does: the file is not the trust policy that `{role}` has now"
        );
    }
}
