//! How a policy's value is compared with a request's: `*`, `?`, and the policy variables; and how a
//! text is written that stands for itself.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>

use crate::base::wildcard::{Piece, matches};

/// What a policy's value matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Piece<Class>>);

/// What stands for one character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Any.
    Any,
    /// This one.
    Literal(char),
}

/// A policy variable whose value is not known here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnknownVariable(pub(crate) String);

impl Pattern {
    /// Reads `text`. `${*}`, `${?}` and `${$}` are the characters themselves where the policy's
    /// version `has_variables`; `*` and `?` are wild where `has_wildcards`.
    pub(crate) fn parse(
        text: &str,
        has_wildcards: bool,
        has_variables: bool,
    ) -> Result<Self, UnknownVariable> {
        let mut pieces = Vec::new();
        let mut rest = text;
        loop {
            if has_variables
                && let Some((name, tail)) = rest
                    .strip_prefix("${")
                    .and_then(|inner| inner.split_once('}'))
            {
                let mut characters = name.chars();
                match (characters.next(), characters.next()) {
                    (Some(one @ ('*' | '?' | '$')), None) => {
                        pieces.push(Piece::One(Class::Literal(one)));
                    }
                    _ => return Err(UnknownVariable(format!("${{{name}}}"))),
                }
                rest = tail;
                continue;
            }
            let mut characters = rest.chars();
            let Some(character) = characters.next() else {
                return Ok(Self(pieces));
            };
            pieces.push(match character {
                '*' if has_wildcards => Piece::Many,
                '?' if has_wildcards => Piece::One(Class::Any),
                other => Piece::One(Class::Literal(other)),
            });
            rest = characters.as_str();
        }
    }

    /// Whether it matches the whole of `value`.
    pub(crate) fn matches(&self, value: &str, ignores_case: bool) -> bool {
        matches(&self.0, value, |class, character| match class {
            Class::Any => true,
            Class::Literal(literal) if ignores_case => {
                literal.to_lowercase().eq(character.to_lowercase())
            }
            Class::Literal(literal) => *literal == character,
        })
    }
}

/// `text` as a value of a policy that matches it literally, whatever characters it has. Valid in
/// policies of version 2012-10-17.
pub(crate) fn literal(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '*' | '?' | '$' => escaped.extend(['$', '{', character, '}']),
            other => escaped.push(other),
        }
    }
    escaped
}

/// `text` as a pattern of printable ASCII, which is all that policies for permissions hold: each run
/// of other characters becomes a `*`.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
pub(crate) fn ascii(text: &str) -> String {
    let mut pattern = String::new();
    for character in literal(text).chars() {
        match character {
            ' '..='~' => pattern.push(character),
            _ if pattern.ends_with('*') => {}
            _ => pattern.push('*'),
        }
    }
    pattern
}

/// Whether [`ascii`] of `text` matches it alone.
pub(crate) fn is_printable_ascii(text: &str) -> bool {
    text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::{Pattern, UnknownVariable, ascii, is_printable_ascii, literal};

    #[test]
    fn patterns_match_as_iam_does() {
        for (pattern, value, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abbd", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*b*", "abc", true),
            ("**", "x", true),
            ("a.c", "abc", false),
            ("{r}:*", "{r}:{e}:{s}", true),
            ("{r}*:{e}:*", "{r}:{e}:{s}", true),
            ("${*}", "*", true),
            ("${*}", "x", false),
            ("a${?}b", "a?b", true),
            ("${$}{x}", "${x}", true),
            ("${", "${", true),
            ("ü?", "üñ", true),
        ] {
            let parsed = Pattern::parse(pattern, true, true).unwrap();
            assert_eq!(parsed.matches(value, false), expected, "{pattern} {value}");
        }
        let unknown = Pattern::parse("a${aws:username}", true, true);
        assert_eq!(unknown, Err(UnknownVariable("${aws:username}".to_owned())));
        assert!(
            Pattern::parse("${x}", true, false)
                .unwrap()
                .matches("${x}", false)
        );
        let literal = Pattern::parse("A*", false, true).unwrap();
        assert!(literal.matches("a*", true) && !literal.matches("a*", false));
    }

    #[test]
    fn a_long_pattern_of_stars_ends() {
        let pattern = Pattern::parse(&"*a".repeat(200), true, true).unwrap();
        assert!(!pattern.matches(&"a".repeat(199), false));
        assert!(pattern.matches(&"a".repeat(2000), false));
    }

    #[test]
    fn policies_of_permissions_are_of_ascii() {
        for (text, pattern, is_exact) in [
            ("docs/v1", "docs/v1", true),
            ("a*b?c${aws:x}", "a${*}b${?}c${$}{aws:x}", true),
            ("ümlaut/", "*mlaut/", false),
            ("a日本*/", "a*${*}/", false),
            ("tab\t\u{7f}/", "tab*/", false),
        ] {
            assert_eq!(ascii(text), pattern);
            assert_eq!(is_printable_ascii(text), is_exact);
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_literal_matches_itself_alone(text in ".*", other in ".*") {
            let pattern = Pattern::parse(&literal(&text), true, true).unwrap();
            proptest::prop_assert!(pattern.matches(&text, false));
            proptest::prop_assert_eq!(pattern.matches(&other, false), text == other);
            let wider = Pattern::parse(&ascii(&text), true, true).unwrap();
            proptest::prop_assert!(wider.matches(&text, false));
        }
    }
}
