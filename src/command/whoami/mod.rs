//! `COMMAND=whoami`: signs in as a deploy would, shows whose the credentials are, and tries the bucket.

mod bucket;

use crate::aws::credentials_of;
use std::sync::Arc;
use std::time::SystemTime;

use crate::aws::sts::Session;
use crate::aws::{AwsError, CallerIdentity, Clients, Kind, ListError, caller_identity};
use crate::command::deploy::session_policies;
use crate::command::hints::{self, Asked, Help};
use crate::command::refusal;
use crate::command::sign_in::{SignInError, SignedIn, SignedInAs};
use crate::command::trouble::{fault, of_aws, of_listing, of_sign_in};
use crate::config::WhoAmI;
use crate::console::{self, Level, Line};
use crate::report::{Activity, Pulse, Stage, Trouble};
use crate::system::stop::Stop;
use deploy_core::base::causes::causes;
use deploy_core::base::exit::Exit;
use deploy_core::identity::claims::Claims;
use deploy_core::identity::explain::{claim_lines, date_time, other_claim_lines};
use deploy_core::identity::trust_policy::{Caller, Evaluation};
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
    #[error(transparent)]
    SignIn(SignInError),
    #[error("cannot ask who the credentials belong to")]
    Caller(#[source] AwsError),
    #[error("cannot list `{url}`")]
    Bucket {
        url: String,
        #[source]
        source: ListError,
    },
    #[error("interrupted by a signal")]
    Interrupted,
}

impl WhoAmIError {
    /// What a server said, where that is the reason.
    fn aws(&self) -> Option<&AwsError> {
        match self {
            Self::SignIn(error) => error.aws(),
            Self::Caller(error) => Some(error),
            Self::Bucket { source, .. } => source.aws(),
            Self::Setup(_) | Self::Signals(_) | Self::Interrupted => None,
        }
    }

    /// The section of the documents on it.
    fn trouble(&self) -> Trouble {
        match self {
            Self::SignIn(error) => of_sign_in(error),
            Self::Caller(error) => of_aws(error),
            Self::Bucket { source, .. } => of_listing(source),
            Self::Interrupted => Trouble::Interrupted,
            Self::Setup(_) | Self::Signals(_) => Trouble::Fault,
        }
    }

    /// The exit code, and the last line.
    fn ending(&self) -> (Exit, String) {
        let is_refused = self.aws().is_some_and(|it| it.kind == Kind::Identity);
        let (exit, line) = match self {
            Self::Interrupted => (Exit::Interrupted, "Interrupted."),
            Self::SignIn(SignInError::Account(_)) => {
                (Exit::Refused, "The credentials are of another account.")
            }
            Self::Setup(_) | Self::Signals(_) => (Exit::Failed, "No request was sent."),
            Self::SignIn(_) | Self::Caller(_) if is_refused => {
                (Exit::Identity, "The identity was refused.")
            }
            Self::SignIn(_) | Self::Caller(_) => (Exit::Failed, "STS could not be asked."),
            Self::Bucket { .. } if is_refused => {
                (Exit::Identity, "STS accepts the identity, but S3 does not.")
            }
            Self::Bucket { url, .. } => {
                let line = format!("The identity is accepted, but {url} cannot be listed.");
                return (Exit::Failed, line);
            }
        };
        (exit, line.to_owned())
    }
}

/// Runs the command that `config` describes.
pub fn run(config: &WhoAmI) -> Exit {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(supervise(config)),
        Err(error) => {
            console::say(fault(format!("cannot start: {error}")));
            console::end(Exit::Failed, "No request was sent.");
            Exit::Failed
        }
    }
}

async fn supervise(config: &WhoAmI) -> Exit {
    let mut claims = None;
    let asked = async {
        let mut stop = Stop::on_signals().map_err(WhoAmIError::Signals)?;
        tokio::select! {
            asked = ask(config) => asked.map_err(|failed| {
                claims = failed.claims;
                failed.error
            }),
            () = stop.requested() => Err(WhoAmIError::Interrupted),
        }
    };
    let asked = asked.await;
    let Err(error) = asked else {
        let tried = config.bucket.as_ref().map(|tried| &tried.destination);
        let last = match tried {
            Some(bucket) => format!("The identity is accepted, and {bucket} can be listed."),
            None => "The identity is accepted.".to_owned(),
        };
        console::end(Exit::Done, &last);
        return Exit::Done;
    };
    explain(config, claims.as_ref(), &error);
    let (exit, last) = error.ending();
    console::end(exit, &last);
    exit
}

/// Says what went wrong, and what helps.
fn explain(config: &WhoAmI, claims: Option<&Claims>, error: &WhoAmIError) {
    let chain: Vec<String> = causes(error).map(ToString::to_string).collect();
    let explanation = error
        .aws()
        .and_then(|aws| refusal::explanation(&config.sign_in, claims, aws));
    let tried = config.bucket.as_ref();
    let help = match (&explanation, error.aws(), tried) {
        (Some(explanation), _, _) => Help::lines(explanation.causes.clone()),
        (None, Some(aws), Some(tried)) => hints::help(
            aws,
            &Asked {
                destination: &tried.destination,
                needs: config.deploy.as_ref().map(|deploy| &deploy.needs),
                role: hints::role(&config.sign_in.identity),
                is_aws: config.sign_in.network.has_aws_s3(),
            },
        ),
        (None, Some(aws), None) => Help::lines(hints::general(aws).into_iter().collect()),
        (None, None, _) => Help::default(),
    };
    let line = Line::new(Level::Error, "error", chain.join(": "));
    let statement = help.statement.iter().map(|line| format!("  {line}"));
    let line = line.helped(help.lines).below(statement);
    console::say(line.documented(error.trouble().link()));
    if let Some(explanation) = &explanation {
        refusal::say(explanation);
    }
}

/// Why it cannot be said, and what the token says, if it was there.
struct Failed {
    error: WhoAmIError,
    claims: Option<Claims>,
}

impl From<WhoAmIError> for Failed {
    fn from(error: WhoAmIError) -> Self {
        let claims = None;
        Self { error, claims }
    }
}

async fn ask(config: &WhoAmI) -> Result<(), Failed> {
    let clients = Clients::new(&config.sign_in.region, &config.sign_in.network, CONNECTIONS)
        .map_err(WhoAmIError::Setup)?;
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
    let SignedIn {
        credentials,
        claims,
    } = signed_in.map_err(|failed| Failed {
        error: WhoAmIError::SignIn(failed.error),
        claims: failed.claims,
    })?;
    let told = say(config, &clients, &credentials, claims.as_ref()).await;
    let told = match told {
        Ok(()) => bucket::try_listing(config, &clients, credentials).await,
        Err(error) => Err(error),
    };
    told.map_err(|error| Failed { error, claims })
}

/// Says who has signed in.
async fn say(
    config: &WhoAmI,
    clients: &Clients,
    credentials: &SignedInAs,
    claims: Option<&Claims>,
) -> Result<(), WhoAmIError> {
    match (credentials, &config.sign_in.identity) {
        (SignedInAs::Role(session), Identity::Role(web_identity)) => {
            let told = say_role(config, clients, session, web_identity).await;
            told.map_err(WhoAmIError::Caller)?;
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
                Err(error) => return Err(WhoAmIError::Caller(error.about_identity())),
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
