//! From the environment to a checked configuration, with every mistake of the run at once.
//!
//! Past this module nobody meets a raw variable. The only IO is what a check needs: whether
//! LOCAL_PATH is there, and the certificates of AWS_CA_BUNDLE.

pub mod arguments;
pub mod command;
mod declare;
mod deletion;
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
pub use outline::Outline;
pub use rollback::Releases;
pub use rules::Rules;
pub use whoami::{Tried, WhoAmI};

use crate::console::{Note, Output, Verbosity};
use command::{Command, Request};
use environment::Variables;
use extra_args::ExtraArgs;
use problem::Problems;
use variables::VARIABLES;

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
        Command::Deploy | Command::Releases | Command::Rollback => {
            servers::exposed(&variables, &args)
        }
        Command::WhoAmI if variables.s3_bucket().is_set() => servers::exposed(&variables, &args),
        // The flag's endpoint is that of S3, which is not asked.
        Command::WhoAmI => servers::exposed(&variables, &ExtraArgs::default()),
        Command::Explain | Command::Setup => Vec::new(),
    });
    notes.extend(effects::check(&variables, &args, command));
    let outline = (command == Command::Deploy).then(|| outline::read(&variables, &args));
    let request =
        match command {
            Command::Deploy => deploy::read(&variables, &args, Job::Deploy, &mut problems)
                .map(|it| Request::Deploy(Box::new(it))),
            Command::Rollback => rollback::read(&variables, &args, &mut problems)
                .map(|it| Request::Deploy(Box::new(it))),
            Command::Releases => rollback::releases(&variables, &args, &mut problems)
                .map(|it| Request::Releases(Box::new(it))),
            Command::Explain => explain::read(&variables, &args, &mut problems)
                .map(|it| Request::Explain(Box::new(it))),
            Command::Setup => {
                setup::read(&variables, &args, &mut problems).map(|it| Request::Setup(Box::new(it)))
            }
            Command::WhoAmI => whoami::read(&variables, &args, &mut problems)
                .map(|it| Request::WhoAmI(Box::new(it))),
        };
    if let Some(Request::Deploy(config)) = &request {
        notes.extend(reporting::doubt(config));
        notes.extend(headers::doubt(&config.headers));
    }
    let place = |name: &str| VARIABLES.iter().position(|known| known.name == name);
    problems.0.sort_by_key(|problem| place(&problem.variable));
    let request = request.filter(|_| problems.0.is_empty());
    Loaded {
        output,
        notes,
        outline,
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

#[cfg(test)]
mod tests;
