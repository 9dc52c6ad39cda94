//! DELETE_FLAG and what goes with it: which objects that the source does not have are deleted, and when.

use super::values;
use super::variables::Input;
use deploy_core::base::invalid::Invalid;
use deploy_core::plan::{DeleteLimit, Orphans};
use deploy_core::tree::Source;

/// What becomes of orphans, of which one file leaves none.
pub(super) fn of_source(input: &Input, source: Option<&Source>) -> Orphans {
    let limit = input.max_delete().parse(DeleteLimit::parse);
    let orphans = orphans(input, limit.unwrap_or_default());
    if orphans != Orphans::Keep && matches!(source, Some(Source::File(_))) {
        let reason = "one file leaves nothing that could be deleted";
        let help = "unset it, or give LOCAL_PATH a folder";
        if input.args.delete {
            input.extra_args().refuse(reason, help);
        } else {
            input.delete_flag().refuse(reason, help);
        }
    }
    orphans
}

/// Whether DELETE_FLAG or the flag `--delete` asks for deletions.
pub(super) fn is_asked(input: &Input) -> bool {
    orphans(input, DeleteLimit::default()) != Orphans::Keep
}

fn orphans(input: &Input, limit: DeleteLimit) -> Orphans {
    let orphans = input.delete_flag().parse(|value| parse(value, limit));
    match orphans.unwrap_or(Orphans::Keep) {
        Orphans::Keep if input.args.delete => Orphans::Delete(limit),
        orphans => orphans,
    }
}

fn parse(value: &str, limit: DeleteLimit) -> Result<Orphans, Invalid> {
    match values::boolean(value) {
        _ if value.eq_ignore_ascii_case("owned") => Ok(Orphans::DeleteOwned(limit)),
        Ok(true) => Ok(Orphans::Delete(limit)),
        Ok(false) => Ok(Orphans::Keep),
        Err(_) => Err(Invalid::choice(value, &["true", "false", "owned"])),
    }
}

#[cfg(test)]
mod tests {
    use super::{DeleteLimit, Orphans, parse};

    #[test]
    fn each_word_is_read() {
        let limit = DeleteLimit::Objects(5);
        for (value, expected) in [
            ("true", Orphans::Delete(limit)),
            ("ON", Orphans::Delete(limit)),
            ("0", Orphans::Keep),
            ("Owned", Orphans::DeleteOwned(limit)),
        ] {
            assert_eq!(parse(value, limit), Ok(expected), "{value}");
        }
        assert!(parse("mine", limit).is_err());
    }
}
