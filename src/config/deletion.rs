//! DELETE_FLAG and what goes with it: which objects that the source does not have are deleted, and when.

use super::environment::Variables;
use super::extra_args::ExtraArgs;
use super::problem::Problems;
use super::values;
use deploy_core::base::invalid::Invalid;
use deploy_core::plan::{DeleteLimit, Orphans};
use deploy_core::tree::Source;

/// What DELETE_FLAG says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Deletes {
    /// Nothing is deleted.
    #[default]
    Nothing,
    /// What the source does not have.
    All,
    /// What of that a deploy has put there.
    Owned,
}

impl Deletes {
    fn parse(value: &str) -> Result<Self, Invalid> {
        if value.eq_ignore_ascii_case("owned") {
            return Ok(Self::Owned);
        }
        match values::boolean(value) {
            Ok(true) => Ok(Self::All),
            Ok(false) => Ok(Self::Nothing),
            Err(_) => Err(Invalid::choice(value, &["true", "false", "owned"])),
        }
    }

    /// What DELETE_FLAG and the flag `--delete` say together.
    pub(super) fn of(variables: &Variables, args: &ExtraArgs, problems: &mut Problems) -> Self {
        let deletes = variables.delete_flag().parse(Self::parse, problems);
        match deletes.unwrap_or_default() {
            Self::Nothing if args.delete => Self::All,
            deletes => deletes,
        }
    }
}

/// What becomes of orphans, of which one file leaves none.
pub(super) fn orphans(
    variables: &Variables,
    args: &ExtraArgs,
    source: Option<&Source>,
    problems: &mut Problems,
) -> Orphans {
    let limit = variables.max_delete().parse(DeleteLimit::parse, problems);
    let limit = limit.unwrap_or_default();
    let deletes = Deletes::of(variables, args, problems);
    if deletes != Deletes::Nothing && matches!(source, Some(Source::File(_))) {
        let name = if args.delete {
            variables.extra_args().name
        } else {
            variables.delete_flag().name
        };
        problems.push(
            name,
            Invalid::new(
                "one file leaves nothing that could be deleted",
                "unset it, or give LOCAL_PATH a folder",
            ),
        );
    }
    match deletes {
        Deletes::Nothing => Orphans::Keep,
        Deletes::All => Orphans::Delete(limit),
        Deletes::Owned => Orphans::DeleteOwned(limit),
    }
}

#[cfg(test)]
mod tests {
    use super::Deletes;

    #[test]
    fn each_word_is_read() {
        for (value, expected) in [
            ("true", Deletes::All),
            ("ON", Deletes::All),
            ("0", Deletes::Nothing),
            ("Owned", Deletes::Owned),
        ] {
            assert_eq!(Deletes::parse(value), Ok(expected), "{value}");
        }
        assert!(Deletes::parse("mine").is_err());
    }
}
