//! From the environment to a checked configuration, with every mistake of the run at once.
//!
//! Past this module nobody meets a raw variable. The only IO is what a check needs: whether
//! LOCAL_PATH is there, and the certificates of AWS_CA_BUNDLE.

pub mod arguments;
pub mod command;
mod declare;
mod deploy;
mod disk;
mod effects;
mod environment;
mod explain;
pub mod extra_args;
mod flags;
mod headers;
pub mod help;
mod identity;
mod invalidation;
mod local_path;
mod names;
mod needs;
pub mod problem;
pub mod reporting;
mod rules;
mod servers;
pub mod setup;
mod token;
mod value;
pub mod values;
pub mod variables;

use std::ffi::OsString;

pub use deploy::Config;
pub use explain::Explain;
pub use rules::Rules;

use crate::aws::Network;
use crate::console::{Note, Output, Verbosity};
use command::{Command, Request};
use deploy_core::identity::{AllowedAccounts, Identity, Step};
use environment::Variables;
use extra_args::ExtraArgs;
use problem::Problems;

/// Everything that `whoami` needs to know, checked.
#[derive(Clone, Debug)]
pub struct WhoAmI {
    /// How credentials are had.
    pub identity: Identity,
    /// Accounts that they may be of; `None` for any.
    pub allowed_accounts: Option<AllowedAccounts>,
    /// The deploy that the same variables ask for, if they ask for one.
    pub deploy: Option<Box<Config>>,
    /// What is known about the step.
    pub step: Step,
    /// Region of STS.
    pub region: String,
    /// How servers are reached.
    pub network: Network,
}

/// What came of the environment.
#[derive(Debug)]
pub struct Loaded {
    /// How lines are printed; known even when the rest is refused.
    pub output: Output,
    /// What a user should know about the configuration.
    pub notes: Vec<Note>,
    /// What to do, or every mistake, in the order of the variables' table.
    pub request: Result<Request, Problems>,
}

/// Reads and checks `environment`, the process's own; the command of its `argument` wins over COMMAND.
pub fn load(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    argument: Option<Command>,
) -> Loaded {
    let mut problems = Problems::default();
    let variables = Variables::read(environment, &mut problems);
    let args = flags::read(&variables, &mut problems);
    let output = output(&variables, &args, &mut problems);
    let mut notes = args.notes.clone();
    notes.extend(names::check(&variables, &mut problems));
    notes.extend(servers::doubts(&variables, &args));
    let command = variables.command().parse(Command::parse, &mut problems);
    let command = argument.or(command).unwrap_or_default();
    notes.extend(match command {
        Command::Deploy => servers::exposed(&variables, &args),
        // The flag's endpoint is that of S3, which is not asked.
        Command::WhoAmI => servers::exposed(&variables, &ExtraArgs::default()),
        Command::Explain | Command::Setup => Vec::new(),
    });
    notes.extend(effects::check(&variables, &args, command));
    let request =
        match command {
            Command::Deploy => deploy::read(&variables, &args, &mut problems)
                .map(|it| Request::Deploy(Box::new(it))),
            Command::Explain => explain::read(&variables, &args, &mut problems)
                .map(|it| Request::Explain(Box::new(it))),
            Command::Setup => {
                setup::read(&variables, &args, &mut problems).map(|it| Request::Setup(Box::new(it)))
            }
            Command::WhoAmI => {
                whoami(&variables, &args, &mut problems).map(|it| Request::WhoAmI(Box::new(it)))
            }
        };
    problems.sort();
    let request = request.filter(|_| problems.0.is_empty());
    Loaded {
        output,
        notes,
        request: request.ok_or(problems),
    }
}

fn output(variables: &Variables, args: &ExtraArgs, problems: &mut Problems) -> Output {
    let format = variables.log_format().parse(values::log_format, problems);
    Output {
        verbosity: if variables.debug().switch(problems) {
            Verbosity::Debug
        } else {
            args.verbosity
        },
        progress: args.progress,
        colours: !variables.no_color().is_set(),
        format: format.unwrap_or_default(),
    }
}

/// What `whoami` needs: no bucket, no folder.
fn whoami(variables: &Variables, args: &ExtraArgs, problems: &mut Problems) -> Option<WhoAmI> {
    let (identity, step) = identity::read(variables, problems);
    let allowed_accounts = identity::allowed_accounts(variables, identity.as_ref(), problems);
    // Mistakes in what only a deploy has are for the deploy to tell.
    let deploy = deploy::read(variables, args, &mut Problems::default());
    let region = servers::region(variables, args, problems);
    let network = servers::network(variables, args, problems);
    Some(WhoAmI {
        identity: identity?,
        allowed_accounts,
        deploy: deploy.map(Box::new),
        step,
        region: region?,
        network,
    })
}

#[cfg(test)]
mod tests;
