//! What the pipe is asked to do.

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
    /// List the releases that can be put back.
    Releases,
    /// Put a release back.
    Rollback,
    /// Show the AWS identity that the step gets.
    WhoAmI,
}

/// Every command by its name, with what it does.
pub(super) const COMMANDS: &[(&str, Command, &str)] = &[
    (
        "deploy",
        Command::Deploy,
        "Make the bucket equal to the folder (the default)",
    ),
    (
        "explain",
        Command::Explain,
        "Print the headers that each object would get, and why",
    ),
    (
        "releases",
        Command::Releases,
        "List the releases that a rollback can put back",
    ),
    (
        "rollback",
        Command::Rollback,
        "Put a release back, in a bucket that keeps versions",
    ),
    (
        "setup",
        Command::Setup,
        "Print what an administrator of AWS needs to create",
    ),
    (
        "whoami",
        Command::WhoAmI,
        "Print the AWS identity of the step",
    ),
];

impl Command {
    /// The names of all commands.
    pub fn names() -> impl Iterator<Item = &'static str> {
        COMMANDS.iter().map(|(name, ..)| *name)
    }

    /// The command of this name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        let mut commands = COMMANDS.iter();
        let found = commands.find(|(known, ..)| known.eq_ignore_ascii_case(name));
        found.map(|(_, command, _)| *command)
    }

    /// Reads COMMAND.
    ///
    /// # Errors
    /// When it is none of the commands.
    pub fn parse(value: &str) -> Result<Self, Invalid> {
        let choices: Vec<&str> = Self::names().collect();
        Self::named(value).ok_or_else(|| Invalid::choice(value, &choices))
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
