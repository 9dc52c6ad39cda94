//! What can be wrong with the configuration, and how a user mends it.

use deploy_core::base::invalid::Invalid;
use std::borrow::Cow;
use std::fmt;

/// One mistake, with the variable that holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The variable's name.
    pub variable: Cow<'static, str>,
    /// What is wrong with it.
    pub invalid: Invalid,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Invalid { reason, help } = &self.invalid;
        let end = if help.ends_with('?') { "" } else { "." };
        write!(formatter, "{}: {reason}; {help}{end}", self.variable)
    }
}

/// Every mistake of one run, in the order of the variables' table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// Notes that `variable` is `invalid`.
    pub fn push(&mut self, variable: impl Into<Cow<'static, str>>, invalid: Invalid) {
        let variable = variable.into();
        self.0.push(Problem { variable, invalid });
    }

    /// The value of `parsed`, or none after its mistake was noted under `variable`.
    pub fn check<T>(&mut self, variable: &'static str, parsed: Result<T, Invalid>) -> Option<T> {
        parsed.map_err(|invalid| self.push(variable, invalid)).ok()
    }
}
