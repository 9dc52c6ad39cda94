//! EXTRA_ARGS as a value, and the variables that its flags contradict.

use super::extra_args::{self, ExtraArgs};
use super::value::Given;
use super::variables::Input;
use deploy_core::base::invalid::Invalid;
use deploy_core::plan::Existing;
use deploy_core::plan::compare::CompareBy;

/// Reads EXTRA_ARGS; each mistake in it is a problem of its own.
pub(super) fn read(input: &Input) -> ExtraArgs {
    let list = input.extra_args();
    let words = match list.given() {
        Given::Nothing => return ExtraArgs::default(),
        Given::Text(text) => list.check(extra_args::words(text)),
        Given::Items(items) => list.check(one_flag_each(items)),
    };
    let (args, mistakes) = extra_args::read(&words.unwrap_or_default());
    for mistake in mistakes {
        list.refuse(mistake.reason, mistake.help);
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
pub(super) fn existing(input: &Input) -> Existing {
    let protects = input.no_overwrite();
    if !protects.switch() && !input.args.no_overwrite {
        return Existing::Replace;
    }
    if input.args.compare_by == CompareBy::ContentAndAge {
        let reason = "`--exact-timestamps` replaces objects because of their age";
        protects.refuse(reason, "leave one of them out");
    }
    Existing::Protect
}
