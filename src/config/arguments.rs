//! The binary's arguments: none, or one command. Everything else is set by variables, so that an
//! argument without effect can never be taken for one with it. Nothing of the environment here.

use std::ffi::OsString;

use super::command::Command;
use deploy_core::base::invalid::Invalid;

/// What the arguments ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invocation {
    /// To run a command: the one named, or else that of COMMAND.
    Run(Option<Command>),
    /// To print how the binary is used.
    Help,
    /// To print its version.
    Version,
}

/// Reads the arguments, without the program's own name.
///
/// # Errors
/// On the first argument that is neither a command nor one of the options that answer by themselves.
pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Invocation, Invalid> {
    let arguments: Vec<String> = arguments
        .into_iter()
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let asked = |names: &[&str]| {
        arguments
            .iter()
            .any(|argument| names.contains(&argument.as_str()))
    };
    if asked(&["--help", "-h"]) {
        return Ok(Invocation::Help);
    }
    if asked(&["--version", "-V"]) {
        return Ok(Invocation::Version);
    }
    match arguments.as_slice() {
        [] => Ok(Invocation::Run(None)),
        [first, rest @ ..] => match (Command::named(first), rest) {
            (Some(command), []) => Ok(Invocation::Run(Some(command))),
            (Some(_), [second, ..]) => Err(unexpected(second)),
            (None, _) => Err(unexpected(first)),
        },
    }
}

fn unexpected(argument: &str) -> Invalid {
    let help = if argument.starts_with('-') {
        "options are set by variables, and flags of `aws s3 sync` go into EXTRA_ARGS: see `--help`"
            .to_owned()
    } else {
        let commands: Vec<String> = Command::names().map(|name| format!("`{name}`")).collect();
        format!("expected nothing, or one of {}", commands.join(", "))
    };
    Invalid::new(format!("unexpected argument `{argument}`"), help)
}

#[cfg(test)]
mod tests {
    use super::{Command, Invocation, read};
    use std::ffi::OsString;

    #[test]
    fn nothing_but_one_command_or_a_question_is_taken() {
        let run = |command| Ok(Invocation::Run(command));
        let unexpected = |argument: &str| Err(format!("unexpected argument `{argument}`"));
        for (arguments, expected) in [
            (&[][..], run(None)),
            (&["deploy"], run(Some(Command::Deploy))),
            (&["WhoAmI"], run(Some(Command::WhoAmI))),
            (&["--help"], Ok(Invocation::Help)),
            (&["-h"], Ok(Invocation::Help)),
            (&["deploy", "--help"], Ok(Invocation::Help)),
            (&["--version"], Ok(Invocation::Version)),
            (&["-V"], Ok(Invocation::Version)),
            (&["deploy", "--dryrun"], unexpected("--dryrun")),
            (&["--dryrun"], unexpected("--dryrun")),
            (&["--dryrun", "deploy"], unexpected("--dryrun")),
            (&["deploy", "setup"], unexpected("setup")),
            (&["deploy", ""], unexpected("")),
            (&["--"], unexpected("--")),
            (&["destroy"], unexpected("destroy")),
            (&[""], unexpected("")),
        ] {
            let told = read(arguments.iter().map(OsString::from)).map_err(|invalid| invalid.reason);
            assert_eq!(told, expected, "{arguments:?}");
        }
    }
}
