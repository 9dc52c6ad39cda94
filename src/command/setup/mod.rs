//! `COMMAND=setup`: prints what an administrator of AWS needs so that a deploy may happen.

use deploy_core::base::exit::Exit;
use deploy_core::setup::notes::notes;
use deploy_core::setup::render;

use crate::command::told::fault;
use crate::config::setup::SetupConfig;
use crate::console;

/// Prints the set-up on stdout, where nothing else goes, and what to know about it on stderr.
pub fn run(config: &SetupConfig) -> Exit {
    for note in notes(&config.facts, config.format) {
        tracing::info!("{note}");
    }
    match console::document(&render(&config.facts, config.format)) {
        Ok(()) => Exit::Done,
        Err(error) => {
            console::say(fault(format!(
                "cannot write to the standard output: {error}"
            )));
            Exit::Failed
        }
    }
}

#[cfg(test)]
mod tests;
