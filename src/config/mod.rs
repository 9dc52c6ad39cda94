//! From the environment to a checked configuration, with every mistake of the run at once.
//!
//! Past this module nobody meets a raw variable. The only IO is what a check needs: whether
//! LOCAL_PATH is there, and the certificates of AWS_CA_BUNDLE.

pub mod arguments;
pub mod command;
mod common;
mod declare;
mod deletion;
mod deploy;
mod disk;
mod effects;
mod explain;
pub mod extra_args;
mod flags;
mod headers;
pub mod help;
mod identity;
mod input;
mod invalidation;
mod local_path;
mod names;
mod needs;
mod outline;
pub mod problem;
pub mod record;
pub mod reporting;
pub mod rollback;
mod rules;
mod servers;
pub mod setup;
mod token;
mod value;
pub mod values;
pub mod variables;
mod whoami;

use std::ffi::OsString;

pub use deploy::{Config, Job};
pub use explain::Explain;
pub use identity::SignIn;
pub use outline::Outline;
pub use rollback::Releases;
pub use rules::Rules;
pub use whoami::{Tried, WhoAmI};

use crate::console::{LogFormat, Note, Output, Verbosity};
use command::Command;
use problem::Problem;
use setup::SetupConfig;
use variables::{Input, VARIABLES};

/// A command with everything it needs, checked.
#[derive(Clone, Debug)]
pub enum Request {
    /// Make the bucket equal to the folder, or to a release.
    Deploy(Box<Config>),
    /// Say which headers objects would get, and why.
    Explain(Box<Explain>),
    /// Print what an administrator of AWS needs.
    Setup(Box<SetupConfig>),
    /// List the releases that can be put back.
    Releases(Box<Releases>),
    /// Show the AWS identity that the step gets.
    WhoAmI(Box<WhoAmI>),
}

/// What came of the environment.
#[derive(Debug)]
pub struct Loaded {
    /// How lines are printed; known even when the rest is refused.
    pub output: Output,
    /// What a user should know about the configuration.
    pub notes: Vec<Note>,
    /// The deploy that is asked for, as far as it can be read, if one is.
    pub outline: Option<Outline>,
    /// What to do, or every mistake, in the order of the variables' table.
    pub request: Result<Request, Vec<Problem>>,
}

/// Reads and checks `environment`, the process's own; the command of its `argument` wins over COMMAND.
pub fn load(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    argument: Option<Command>,
) -> Loaded {
    let mut input = Input::read(environment);
    input.args = flags::read(&input);
    let output = output(&input);
    let command = input.command().parse(Command::parse);
    let command = argument.or(command).unwrap_or_default();
    let mut notes = input.args.notes.clone();
    notes.extend(names::check(&input));
    notes.extend(servers::doubts(&input));
    notes.extend(servers::exposed(&input, command));
    notes.extend(effects::check(&input, command));
    let outline = (command == Command::Deploy).then(|| outline::read(&input));
    let deploy = |config| Request::Deploy(Box::new(config));
    let request = match command {
        Command::Deploy => deploy::read(&input, Job::Deploy).map(deploy),
        Command::Rollback => rollback::read(&input).map(deploy),
        Command::Releases => rollback::releases(&input).map(|it| Request::Releases(Box::new(it))),
        Command::Explain => explain::read(&input).map(|it| Request::Explain(Box::new(it))),
        Command::Setup => setup::read(&input).map(|it| Request::Setup(Box::new(it))),
        Command::WhoAmI => whoami::read(&input).map(|it| Request::WhoAmI(Box::new(it))),
    };
    if let Some(Request::Deploy(config)) = &request {
        notes.extend(reporting::doubt(config));
        notes.extend(headers::doubt(&config.headers));
    }
    let problems = input.problems.sorted(VARIABLES.iter().map(|it| it.name));
    let request = request.filter(|_| problems.is_empty());
    Loaded {
        output,
        notes,
        outline,
        request: request.ok_or(problems),
    }
}

fn output(input: &Input) -> Output {
    let format = input
        .log_format()
        .one_of(&[("pipe", LogFormat::Pipe), ("json", LogFormat::Json)]);
    Output {
        verbosity: if input.debug().switch() {
            Verbosity::Debug
        } else {
            input.args.verbosity
        },
        progress: input.args.progress,
        colours: !input.no_color().is_set(),
        format: format.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests;
