//! Values that must never be printed: tokens, secret keys, session tokens.
//!
//! Nothing here formats a secret; the only way to its text is [`Secret::reveal`], so that a search
//! for that one word shows every place where a secret leaves its wrapper.

use std::fmt;

use zeroize::Zeroizing;

/// A credential or token. `Debug` is redacted, there is no `Display`, memory is wiped on drop.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps `text`.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The secret's text, for the one call that sends it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn debug_shows_nothing_of_the_secret() {
        let secret = Secret::new("hunter2".to_owned());
        assert_eq!(format!("{secret:?}"), "[redacted]");
        assert_eq!(secret.reveal(), "hunter2");
    }
}
