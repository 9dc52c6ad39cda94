//! What the pipe is asked to do, and the configuration of each.

use super::setup::SetupConfig;
use super::{Config, Explain, WhoAmI};
use deploy_core::base::invalid::Invalid;

/// The pipe's commands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Command {
    /// Make the bucket equal to the folder.
    #[default]
    Deploy,
    /// Say which headers objects would get, and why.
    Explain,
    /// Print what an administrator of AWS needs.
    Setup,
    /// Say who AWS takes the step for.
    WhoAmI,
}

/// A command with everything it needs, checked.
#[derive(Clone, Debug)]
pub enum Request {
    /// Make the bucket equal to the folder.
    Deploy(Box<Config>),
    /// Say which headers objects would get, and why.
    Explain(Box<Explain>),
    /// Print what an administrator of AWS needs.
    Setup(Box<SetupConfig>),
    /// Say who AWS takes the step for.
    WhoAmI(Box<WhoAmI>),
}

/// Every command by its name.
const COMMANDS: &[(&str, Command)] = &[
    ("deploy", Command::Deploy),
    ("explain", Command::Explain),
    ("setup", Command::Setup),
    ("whoami", Command::WhoAmI),
];

impl Command {
    /// Reads COMMAND.
    ///
    /// # Errors
    /// When it is none of the commands.
    pub fn parse(value: &str) -> Result<Self, Invalid> {
        let found = COMMANDS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(value));
        found.map(|(_, command)| *command).ok_or_else(|| {
            let names: Vec<&str> = COMMANDS.iter().map(|(name, _)| *name).collect();
            Invalid::choice(value, &names)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Command;

    #[test]
    fn commands_are_known_by_name_in_any_case() {
        assert_eq!(Command::parse("Deploy"), Ok(Command::Deploy));
        assert_eq!(Command::parse("WhoAmI"), Ok(Command::WhoAmI));
        assert!(Command::parse("destroy").is_err());
    }
}
