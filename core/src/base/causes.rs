//! The chain of an error's sources.

use std::error::Error;

/// `error` itself, what caused it, and so on to the innermost.
pub fn causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}
