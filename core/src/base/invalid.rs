//! A value that cannot be used: the error that every parser of a setting gives.

use super::nearest;

/// A value that cannot be used: why, and what would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// What is wrong, with the exact value in backticks unless it is secret.
    pub reason: String,
    /// What to write instead.
    pub help: String,
}

impl Invalid {
    /// `reason` it cannot be used, and the `help`.
    pub fn new(reason: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            help: help.into(),
        }
    }

    /// `value` is not `what` it has to be.
    pub fn not(value: &str, what: &str, help: impl Into<String>) -> Self {
        Self::new(format!("`{value}` is not {what}"), help)
    }

    /// `value` is none of the `choices`; the nearest one is offered.
    pub fn choice(value: &str, choices: &[&str]) -> Self {
        let names: Vec<String> = choices.iter().map(|name| format!("`{name}`")).collect();
        let names = names.join(", ");
        let help = match nearest::choice(value, choices) {
            Some(near) => format!("expected one of {names}; did you mean `{near}`?"),
            None => format!("expected one of {names}"),
        };
        Self::new(format!("invalid value `{value}`"), help)
    }
}

/// What `value` stands for among `choices`, in any case.
///
/// # Errors
/// When it is none of them.
pub fn choose<T: Clone>(value: &str, choices: &[(&str, T)]) -> Result<T, Invalid> {
    let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    let mut known = choices.iter();
    let found = known.find(|(name, _)| name.eq_ignore_ascii_case(value));
    found
        .map(|(_, meaning)| meaning.clone())
        .ok_or_else(|| Invalid::choice(value, &names))
}

#[cfg(test)]
mod tests {
    use super::Invalid;

    #[test]
    fn a_choice_offers_the_nearest() {
        let told = |value| Invalid::choice(value, &["none", "gzip"]).help;
        assert_eq!(
            told("gz"),
            "expected one of `none`, `gzip`; did you mean `gzip`?"
        );
        assert_eq!(
            told("zip"),
            "expected one of `none`, `gzip`; did you mean `gzip`?"
        );
        assert_eq!(told("lzma"), "expected one of `none`, `gzip`");
    }
}
