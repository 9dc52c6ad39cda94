//! The chain of an error's sources.

use std::error::Error;

/// `error` itself, what caused it, and so on to the innermost.
pub fn causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// What the causes of `error` say, without its own words; nothing twice in a row.
pub fn reasons(error: &(dyn Error + 'static)) -> String {
    let mut reasons: Vec<String> = causes(error).skip(1).map(ToString::to_string).collect();
    reasons.dedup();
    reasons.join(": ")
}
