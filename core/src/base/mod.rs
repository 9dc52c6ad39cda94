//! What every other room may use: words, units, secrets. Knows nothing of S3.

pub mod arn;
pub mod causes;
pub mod endpoint;
pub mod exit;
pub mod invalid;
pub mod items;
pub mod names;
pub mod nearest;
pub mod partition;
pub mod printable;
pub mod secret;
pub mod text;
pub mod unexpanded;
pub mod units;
pub(crate) mod wildcard;
pub mod words;

/// The name of the pipe, as sessions, policies and the log show it.
pub const PIPE_NAME: &str = "aws-oidc-s3-deploy";

/// Whether `word` is one of `words`, which blanks set apart: how tables of many words are written.
pub fn has_word(words: &str, word: &str) -> bool {
    words.split_ascii_whitespace().any(|one| one == word)
}

/// Whether `text` is not empty, and of nothing but letters and digits of ASCII and `others`.
pub fn is_made_of(text: &str, others: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || others.as_bytes().contains(&byte);
    !text.is_empty() && text.bytes().all(is_part)
}
