//! What can be wrong with the configuration, and how a user mends it.

use deploy_core::base::invalid::Invalid;
use std::borrow::Cow;
use std::cell::Cell;
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

/// That there is no value, because what is wrong with it was noted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noted;

/// The mistakes of one run, noted as they are found: every value of the input can reach them.
#[derive(Default)]
pub(super) struct Problems(Cell<Vec<Problem>>);

impl Problems {
    /// Notes that `variable` is `invalid`.
    pub(super) fn push(&self, variable: impl Into<Cow<'static, str>>, invalid: Invalid) {
        let variable = variable.into();
        let mut all = self.0.take();
        all.push(Problem { variable, invalid });
        self.0.set(all);
    }

    /// The value of `parsed`, or none after its mistake was noted under `variable`.
    pub(super) fn check<T>(&self, variable: &'static str, parsed: Result<T, Invalid>) -> Option<T> {
        parsed.map_err(|invalid| self.push(variable, invalid)).ok()
    }

    /// What `read` gives; the mistakes that it notes are told elsewhere.
    pub(super) fn apart<T>(&self, read: impl FnOnce() -> T) -> T {
        let all = self.0.take();
        let value = read();
        self.0.set(all);
        value
    }

    /// All of them, in the order of `names`.
    pub(super) fn sorted(self, names: impl Iterator<Item = &'static str>) -> Vec<Problem> {
        let mut all = self.0.into_inner();
        let names: Vec<_> = names.collect();
        let place = |name: &str| names.iter().position(|known| *known == name);
        all.sort_by_key(|problem| place(&problem.variable));
        all
    }
}
