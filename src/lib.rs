//! Deploys a folder to S3 from a Bitbucket Pipelines step: true to content, safe in order.
//!
//! Its rooms, from the top floor down, are listed in ARCHITECTURE.md; the values and rules are in
//! the crate `deploy_core`.

pub mod aws;
pub mod command;
pub mod config;
pub mod console;
pub mod execute;
pub mod report;
pub mod source;
pub mod system;

use std::ffi::OsString;

use command::{deploy, explain, releases, setup, whoami};
use config::Request;
use config::arguments::{self, Invocation};
use config::command::Command;
use console::{Level, Line};
use deploy_core::base::exit::Exit;
use deploy_core::base::units;
use report::Trouble;

/// Runs the pipe with `variables`, the environment of its process, and its `arguments`, and says how
/// it ended. All output is on the standard streams.
pub fn run(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
    arguments: impl IntoIterator<Item = OsString>,
) -> Exit {
    match arguments::read(arguments) {
        Ok(Invocation::Run(command)) => run_command(variables, command),
        Ok(Invocation::Help) => print(&config::help::text()),
        Ok(Invocation::Version) => print(&config::help::version()),
        Err(invalid) => {
            console::init(console::Output::default());
            let message = format!("{}; {}.", invalid.reason, invalid.help);
            let line = Line::new(Level::Error, "error", message);
            console::say(line.documented(Trouble::Arguments.link()));
            console::end(Exit::Refused, "Invalid arguments. Nothing was written.");
            Exit::Refused
        }
    }
}

fn run_command(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
    command: Option<Command>,
) -> Exit {
    let loaded = config::load(variables, command);
    console::init(loaded.output);
    console::tell(&loaded.notes);
    match loaded.request {
        Ok(Request::Deploy(config)) => deploy::run(*config),
        Ok(Request::Explain(explain)) => explain::run(&explain),
        Ok(Request::Setup(config)) => setup::run(&config),
        Ok(Request::Releases(releases)) => releases::run(&releases),
        Ok(Request::WhoAmI(config)) => whoami::run(&config),
        Err(problems) => {
            for (index, problem) in (1..).zip(&problems) {
                let (variable, invalid) = (&*problem.variable, &problem.invalid);
                let line = Line::new(Level::Error, "error", problem.to_string())
                    .with("variable", variable)
                    .with("why", invalid.reason.as_str())
                    .with("help", vec![invalid.help.as_str()]);
                // One section is on all of them.
                console::say(if index == problems.len() {
                    line.documented(Trouble::Configuration.link())
                } else {
                    line
                });
            }
            let mistakes = units::Count(problems.len(), "mistake");
            let last = format!("Configuration refused: {mistakes}. Nothing was written.");
            if let Some(outline) = loaded.outline {
                let errors = problems.iter().map(ToString::to_string);
                deploy::report_refused(outline, errors.collect(), &last);
            }
            console::end(Exit::Refused, &last);
            Exit::Refused
        }
    }
}

/// Prints `text`, all that was asked for. A reader that is gone is nobody to tell.
fn print(text: &str) -> Exit {
    match console::document(text) {
        Ok(()) => Exit::Done,
        Err(_) => Exit::Failed,
    }
}
