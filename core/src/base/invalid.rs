//! A value that cannot be used: the error that every parser of a setting gives.

/// A value that cannot be used: why, and what would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// What is wrong, with the exact value in backticks unless it is secret.
    pub why: String,
    /// What to write instead.
    pub cure: String,
}

impl Invalid {
    /// `why` it cannot be used, and the `cure`.
    pub fn new(why: impl Into<String>, cure: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            cure: cure.into(),
        }
    }

    /// `value` is none of the `choices`.
    #[must_use]
    pub fn choice(value: &str, choices: &[&str]) -> Self {
        let choices: Vec<String> = choices.iter().map(|name| format!("`{name}`")).collect();
        Self::new(
            format!("`{value}` is not one of the values it can have"),
            format!("use {}", choices.join(", ")),
        )
    }
}
