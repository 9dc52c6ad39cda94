//! What `--help` prints, made of the tables of commands and of variables. Text only.

use super::command::COMMANDS;
use super::variables::{Need, VARIABLES, Variable};

/// Columns that a line may have.
const WIDTH: usize = 100;

/// Blanks before what stands below a name.
const INDENT: usize = 6;

/// The whole text.
pub fn text() -> String {
    let mut text = format!(
        "{}\nUsage: {} [COMMAND]\n\nCommands:\n",
        wrapped(env!("CARGO_PKG_DESCRIPTION"), 0),
        env!("CARGO_PKG_NAME")
    );
    let commands = COMMANDS.iter();
    text.extend(commands.map(|(name, _, about)| format!("  {name:<9} {about}\n")));
    text.push_str(
        "\nOptions:\n  -h, --help     Print this help\n  -V, --version  Print the version\n\
         \nEverything else is set by environment variables:\n",
    );
    text.extend(VARIABLES.iter().map(entry));
    text
}

/// The version as `--version` prints it.
pub fn version() -> String {
    format!("{} {}\n", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
}

fn entry(variable: &Variable) -> String {
    let need = match variable.need {
        Need::Required => " (required)",
        Need::FromContext | Need::Optional | Need::List => "",
    };
    let usage = match variable.default {
        "" => variable.usage.to_owned(),
        default => format!("{} Default: `{default}`.", variable.usage),
    };
    format!("  {}{need}\n{}", variable.name, wrapped(&usage, INDENT))
}

/// `text` in lines behind `indent` blanks, of at most [`WIDTH`] columns, as far as its words allow.
fn wrapped(text: &str, indent: usize) -> String {
    let mut lines = String::new();
    let mut column = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if column == 0 || column + 1 + length > WIDTH {
            lines.push_str(if column == 0 { "" } else { "\n" });
            lines.push_str(&" ".repeat(indent));
            column = indent + length;
        } else {
            lines.push(' ');
            column += 1 + length;
        }
        lines.push_str(word);
    }
    lines.push('\n');
    lines
}

#[cfg(test)]
mod tests {
    use super::{COMMANDS, VARIABLES, WIDTH, text};

    #[test]
    fn it_names_every_command_and_every_variable_in_lines_that_fit() {
        let text = text();
        for (name, ..) in COMMANDS {
            assert!(text.contains(&format!("\n  {name} ")), "{name}");
        }
        for variable in VARIABLES {
            let named = text
                .lines()
                .any(|line| line.trim_start().split(' ').next() == Some(variable.name));
            assert!(named, "{}", variable.name);
        }
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(WIDTH), "{widest:?}");
    }
}
