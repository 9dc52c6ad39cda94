//! Deploys a folder to S3 from a Bitbucket Pipelines step: true to content, safe in order.
//!
//! The modules are the stages of a run, in this order; ARCHITECTURE.md is the map.
//! `config` → `tree` (local) → `aws` (identity, listing) → `compare` → `plan` → `execute` →
//! `report`. `deploy` joins them, `explain` and `setup` are commands beside it, `console` alone prints.

pub mod aws;
pub mod bitbucket;
pub mod body;
pub mod causes;
pub mod compare;
pub mod config;
pub mod console;
pub mod content;
pub mod deploy;
pub mod destination;
pub mod etag;
pub mod execute;
pub mod exit;
pub mod explain;
pub mod extra_args;
pub mod hash;
pub mod headers;
pub mod hints;
pub mod identity;
pub mod invalidation;
pub mod key;
pub mod leaks;
pub mod parts;
pub mod plan;
pub mod printable;
pub mod refusal;
pub mod regular;
pub mod report;
pub mod reporter;
pub mod secret;
pub mod setup;
pub mod site;
pub mod stop;
pub mod text;
pub mod tree;
pub mod units;
pub mod whoami;

use std::ffi::OsString;

use config::command::Request;

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
