//! Names in the environment that were probably meant for the pipe.

use super::variables::Input;
use super::variables::{VARIABLES, names};
use crate::console::Note;
use deploy_core::base::invalid::Invalid;
use deploy_core::base::names::{Meant, Origin, is_of_the_system, meant};
use deploy_core::base::units::listed;

/// Notes each name that is near one of the pipe's. Bitbucket hands a pipe its declared variables alone,
/// so that there it is a mistake, and any other name is told to have no effect; elsewhere the whole
/// environment of the step is there, and it is told where the right variable is not set. The variable
/// that holds the token has any name.
pub(super) fn check(input: &Input) -> Vec<Note> {
    let is_pipe = input.bitbucket_pipe_storage_dir().is_set();
    let origin = if is_pipe {
        Origin::Declared
    } else {
        Origin::Environment
    };
    let known: Vec<&str> = names().collect();
    let token = input.oidc_token_variable().text();
    let mut notes = Vec::new();
    let mut idle = Vec::new();
    let others = input.others.iter();
    for name in others.filter(|name| token != Some(name)) {
        let Some(meant) = meant(name, &known, origin) else {
            idle.extend((is_pipe && !is_of_the_system(name) && !is_item(name)).then_some(name));
            continue;
        };
        let reason = "not a variable of this pipe";
        let help = match meant {
            Meant::Variable(right) => format!("did you mean `{right}`?"),
            Meant::Otherwise(help) => help.to_owned(),
        };
        if is_pipe {
            input
                .problems
                .push(name.clone(), Invalid::new(reason, help));
        } else if !matches!(meant, Meant::Variable(right) if input.is_set(right)) {
            notes.push(Note::Warning(format!("{name}: {reason}; {help}")));
        }
    }
    if !idle.is_empty() {
        let names = listed(idle.iter().map(|name| format!("`{name}`")));
        notes.push(Note::Warning(format!(
            "of no effect, as the pipe has no variables of these names: {names}"
        )));
    }
    notes
}

/// Whether `name` is the count or an item of a list that the pipe knows, or of one in place of a value,
/// which is a mistake of its own.
fn is_item(name: &str) -> bool {
    let item = |index: &str| index == "COUNT" || index.parse::<u32>().is_ok();
    let mut known = VARIABLES.iter();
    known.any(|variable| {
        let rest = name.strip_prefix(variable.name);
        rest.and_then(|rest| rest.strip_prefix('_'))
            .is_some_and(item)
    })
}
