//! EXTRA_ARGS as a value, and the variables that its flags contradict.

use super::environment::Variables;
use super::problem::Problems;
use super::value::Given;
use crate::config::extra_args;
use crate::config::extra_args::ExtraArgs;
use deploy_core::base::invalid::Invalid;
use deploy_core::plan::Existing;
use deploy_core::plan::compare::CompareBy;

/// Reads EXTRA_ARGS; each mistake in it is a problem of its own.
pub(super) fn read(variables: &Variables, problems: &mut Problems) -> ExtraArgs {
    let list = variables.extra_args();
    let words = match list.given() {
        Given::Nothing => return ExtraArgs::default(),
        Given::Text(text) => problems.check(list.name, extra_args::words(text)),
        Given::Items(items) => problems.check(list.name, one_flag_each(items)),
    };
    let (args, mistakes) = extra_args::read(&words.unwrap_or_default());
    for mistake in mistakes {
        problems.push(list.name, mistake);
    }
    args
}

/// An item like `--exclude=a --delete` would be one pattern, and delete nothing.
fn one_flag_each(items: &[String]) -> Result<Vec<String>, Invalid> {
    match items.iter().find(|item| item.contains(" --")) {
        Some(item) => Err(Invalid::new(
            format!("`{item}` is one item of the list, but holds several flags"),
            "make each flag an item of its own, or write all of them as one string",
        )),
        None => Ok(items.to_vec()),
    }
}

/// NO_OVERWRITE or `--no-overwrite`, which a comparison by age would undo.
pub(super) fn existing(
    variables: &Variables,
    args: &ExtraArgs,
    problems: &mut Problems,
) -> Existing {
    let protects = variables.no_overwrite();
    if !protects.switch(problems) && !args.no_overwrite {
        return Existing::Replace;
    }
    if args.compare_by == CompareBy::ContentAndAge {
        problems.push(
            protects.name,
            Invalid::new(
                "`--exact-timestamps` replaces objects because of their age",
                "leave one of them out",
            ),
        );
    }
    Existing::Protect
}
