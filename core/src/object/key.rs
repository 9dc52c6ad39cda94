//! Object keys relative to the destination's prefix, and which names can be one.

use std::fmt;

/// Longest key that S3 stores, in bytes of UTF-8, the prefix included.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>
pub const KEY_BYTES_MAX: usize = 1024;

/// A key below the prefix: at least one byte, no empty, `.` or `..` segment, no leading or trailing
/// `/`, and only characters that XML 1.0 can carry (the S3 API lists and deletes keys in XML).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelativeKey(Box<str>);

/// Why a name cannot be a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// Not UTF-8.
    #[error("is not UTF-8")]
    NotUtf8,
    /// Longer than [`KEY_BYTES_MAX`] with the prefix in front.
    #[error("is longer than the 1024 bytes of a key")]
    TooLong,
    /// An empty, `.` or `..` segment: clients and browsers resolve such paths to other keys.
    #[error("has an empty, `.` or `..` segment")]
    Segment,
    /// A control character that XML 1.0 cannot carry.
    #[error("has a control character that S3's XML cannot carry")]
    NotXml,
}

impl RelativeKey {
    /// Checks `name`.
    ///
    /// # Errors
    /// The first [`KeyFault`] found.
    pub fn parse(name: &str) -> Result<Self, KeyFault> {
        check(name).map(|()| Self(name.into()))
    }

    /// The key's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands behind the last `/`.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }
}

impl fmt::Display for RelativeKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Whether `name` keeps the invariants of a [`RelativeKey`].
///
/// # Errors
/// The first [`KeyFault`] found.
pub fn check(name: &str) -> Result<(), KeyFault> {
    if name.len() > KEY_BYTES_MAX {
        Err(KeyFault::TooLong)
    } else if name
        .split('/')
        .any(|segment| matches!(segment, "" | "." | ".."))
    {
        Err(KeyFault::Segment)
    } else if !name.chars().all(is_xml_character) {
        Err(KeyFault::NotXml)
    } else {
        Ok(())
    }
}

/// Whether XML can carry `character`: the `Char` production of <https://www.w3.org/TR/xml/#charsets>. A
/// carriage return is one, but parsers turn it into a line feed unless it is written as a reference, and
/// S3 does not do so.
pub fn is_xml_character(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\u{20}'..='\u{FFFD}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::{KeyFault, RelativeKey};

    #[test]
    fn names_that_can_be_keys() {
        let longest = "a".repeat(1024);
        for name in [
            "a",
            ".well-known/x",
            "a b+c%20#?.html",
            "é/日本/🎉",
            "...",
            "a/..b",
            "tab\there",
            &longest,
        ] {
            assert_eq!(
                RelativeKey::parse(name)
                    .map(|key| key.to_string())
                    .as_deref(),
                Ok(name)
            );
        }
    }

    #[test]
    fn names_that_cannot() {
        let too_long = "é".repeat(513);
        for (name, fault) in [
            ("", KeyFault::Segment),
            ("/a", KeyFault::Segment),
            ("a/", KeyFault::Segment),
            ("a//b", KeyFault::Segment),
            ("a/../b", KeyFault::Segment),
            ("./a", KeyFault::Segment),
            ("bell\u{7}", KeyFault::NotXml),
            ("cr\r", KeyFault::NotXml),
            ("nonchar\u{ffff}", KeyFault::NotXml),
            (&too_long, KeyFault::TooLong),
        ] {
            assert_eq!(RelativeKey::parse(name), Err(fault), "{name:?}");
        }
    }

    #[test]
    fn the_file_name_is_the_last_segment() {
        assert_eq!(
            RelativeKey::parse("a/b/c.html").unwrap().file_name(),
            "c.html"
        );
        assert_eq!(RelativeKey::parse("c.html").unwrap().file_name(), "c.html");
    }
}
