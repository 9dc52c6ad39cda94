//! Values that must never be printed: tokens, secret keys, session tokens.
//!
//! Nothing here formats a secret; the only way to its text is [`Secret::reveal`], so that a search
//! for that one word shows every place where a secret leaves its wrapper.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use zeroize::Zeroizing;

/// Characters at the beginning of a secret by which it is known again. What is shorter is not looked
/// for: it would be found in innocent text.
const KNOWN_BY: usize = 16;

/// What stands in a text in place of a secret.
const MASK: &str = "***";

/// The secrets of this process. Servers are told some of them, and may repeat them in what they say.
static KNOWN: Mutex<Vec<Zeroizing<String>>> = Mutex::new(Vec::new());

/// A credential or token. `Debug` is redacted, there is no `Display`, memory is wiped on drop. From
/// then on [`mask`] knows it.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps `text`.
    pub fn new(text: String) -> Self {
        remember(&text);
        Self(Zeroizing::new(text))
    }

    /// The secret's text, for the one call that sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// Has [`mask`] know `secret`, and the parts of it that stand between dots, as those of a JWT.
pub fn remember(secret: &str) {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    for part in [secret].into_iter().chain(secret.split('.')) {
        if part.chars().count() >= KNOWN_BY && !known.iter().any(|one| **one == *part) {
            known.push(Zeroizing::new(part.to_owned()));
        }
    }
}

/// `text` without the secrets of this process, whole or cut off, for whoever may read it.
pub fn mask(text: &str) -> Cow<'_, str> {
    let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut text = Cow::Borrowed(text);
    for secret in known.iter() {
        if let Some(masked) = without(&text, secret) {
            text = Cow::Owned(masked);
        }
    }
    text
}

/// `text` without `secret`, if it is in it.
fn without(text: &str, secret: &str) -> Option<String> {
    let (end, _) = secret
        .char_indices()
        .nth(KNOWN_BY)
        .unwrap_or((secret.len(), ' '));
    let start = secret.get(..end)?;
    if !text.contains(start) {
        return None;
    }
    let mut pieces = text.split(start);
    let mut masked = pieces.next()?.to_owned();
    for piece in pieces {
        let rest = secret.get(end..)?;
        let same = piece.chars().zip(rest.chars());
        let repeated: usize = same
            .take_while(|(left, right)| left == right)
            .map(|(character, _)| character.len_utf8())
            .sum();
        masked.push_str(MASK);
        masked.push_str(piece.get(repeated..)?);
    }
    Some(masked)
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::{Secret, mask, remember};

    #[test]
    fn debug_shows_nothing_of_the_secret() {
        let secret = Secret::new("hunter2".to_owned());
        assert_eq!(format!("{secret:?}"), "[redacted]");
        assert_eq!(secret.reveal(), "hunter2");
    }

    #[test]
    fn what_a_server_repeats_of_a_secret_is_masked() {
        drop(Secret::new(
            "header0123456789abc.payload0123456789abc.sig".to_owned(),
        ));
        remember("Sesame/0123456789+abcdef==");
        for (text, masked) in [
            ("nothing here", "nothing here"),
            (
                "the token header0123456789abc.payload0123456789abc.sig is bad",
                "the token *** is bad",
            ),
            ("payload0123456789abc", "***"),
            ("cut: Sesame/0123456789+a", "cut: ***"),
            (
                "twice Sesame/0123456789+abcdef==Sesame/0123456789+abcdef==.",
                "twice ******.",
            ),
            (
                "too short to tell: Sesame/01",
                "too short to tell: Sesame/01",
            ),
        ] {
            assert_eq!(mask(text), masked);
        }
        let short = Secret::new("short".to_owned());
        assert_eq!(mask(short.reveal()), "short");
    }
}
