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

use command::{deploy, explain, setup, whoami};
use config::command::Request;
use deploy_core::base::{exit, units};

/// Runs the pipe with `variables`, the environment of its process, and its first `argument`, and says
/// how it ended. All output is on the standard streams.
pub fn run(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
    argument: Option<OsString>,
) -> exit::Exit {
    let argument = argument.map(|argument| argument.to_string_lossy().into_owned());
    let (output, request) = config::load(variables, argument.as_deref());
    console::init(output);
    match request {
        Ok(Request::Deploy(config)) => deploy::run(*config),
        Ok(Request::Explain(explain)) => explain::run(&explain),
        Ok(Request::Setup(config)) => setup::run(&config),
        Ok(Request::WhoAmI(config)) => whoami::run(&config),
        Err(problems) => {
            for problem in &problems.0 {
                tracing::error!("{problem}");
            }
            let mistakes = units::Count(problems.0.len(), "mistake");
            console::fail(&format!(
                "Configuration refused: {mistakes}. Nothing was written."
            ));
            exit::Exit::Refused
        }
    }
}
