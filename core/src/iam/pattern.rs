//! How a policy's value is compared with a request's: `*`, `?`, and the policy variables.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>

/// What a policy's value matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Piece>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    /// This character.
    One(char),
    /// Any one character.
    AnyOne,
    /// Any characters, or none.
    AnyMany,
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
                    (Some(one @ ('*' | '?' | '$')), None) => pieces.push(Piece::One(one)),
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
                '*' if has_wildcards => Piece::AnyMany,
                '?' if has_wildcards => Piece::AnyOne,
                other => Piece::One(other),
            });
            rest = characters.as_str();
        }
    }

    /// Whether it matches the whole of `value`.
    pub(crate) fn matches(&self, value: &str, ignores_case: bool) -> bool {
        let fold = |character: char| {
            if ignores_case {
                character.to_lowercase().collect::<String>()
            } else {
                character.to_string()
            }
        };
        let value: Vec<char> = value.chars().collect();
        // Which lengths of `value` the pattern so far can cover: no backtracking, whatever the input.
        let mut covered = vec![true];
        covered.resize(value.len() + 1, false);
        for piece in &self.0 {
            let mut next = vec![false; value.len() + 1];
            if *piece == Piece::AnyMany {
                let mut any = false;
                for (next, covered) in next.iter_mut().zip(&covered) {
                    any |= covered;
                    *next = any;
                }
            } else {
                let lengths = next.iter_mut().skip(1).zip(&covered).zip(&value);
                for ((next, covered), character) in lengths {
                    let fits = match piece {
                        Piece::One(one) => fold(*one) == fold(*character),
                        Piece::AnyOne | Piece::AnyMany => true,
                    };
                    *next = *covered && fits;
                }
            }
            covered = next;
        }
        covered.last().copied().unwrap_or_default()
    }
}

/// `text` as a value of a policy that matches it literally, whatever characters it has.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '*' | '?' | '$' => escaped.extend(['$', '{', character, '}']),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{Pattern, UnknownVariable, escaped};

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

    proptest::proptest! {
        #[test]
        fn what_is_escaped_matches_itself_alone(text in ".*", other in ".*") {
            let pattern = Pattern::parse(&escaped(&text), true, true).unwrap();
            proptest::prop_assert!(pattern.matches(&text, false));
            proptest::prop_assert_eq!(pattern.matches(&other, false), text == other);
        }
    }
}
