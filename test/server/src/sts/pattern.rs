//! What a value of a policy matches. Written as IAM's rules say it, by recursion over both texts: slow
//! for long patterns, and plain to see. It shares nothing with the product, whose matcher it judges.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

use std::iter::Peekable;
use std::str::Chars;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    AnyText,
    AnyOne,
    One(char),
}

/// `*` is any text, `?` any one character, `${*}`, `${?}` and `${$}` are these characters. `None` for
/// another variable: none has a value here, and then nothing matches.
fn pieces(pattern: &str) -> Option<Vec<Piece>> {
    let mut characters = pattern.chars().peekable();
    let mut pieces = Vec::new();
    while let Some(character) = characters.next() {
        pieces.push(match character {
            '*' => Piece::AnyText,
            '?' => Piece::AnyOne,
            '$' if characters.peek() == Some(&'{') => Piece::One(variable(&mut characters)?),
            other => Piece::One(other),
        });
    }
    Some(pieces)
}

fn variable(characters: &mut Peekable<Chars<'_>>) -> Option<char> {
    characters.next();
    let character = characters.next().filter(|it| "*?$".contains(*it))?;
    (characters.next() == Some('}')).then_some(character)
}

/// `StringLike`, and how actions and resources are compared.
pub(super) fn like(pattern: &str, value: &str) -> bool {
    fn covers(pieces: &[Piece], value: &[char]) -> bool {
        match (pieces, value) {
            ([], value) => value.is_empty(),
            // It ends here, or takes the next character and goes on.
            ([Piece::AnyText, later @ ..], []) => covers(later, value),
            ([Piece::AnyText, later @ ..], [_, rest @ ..]) => {
                covers(later, value) || covers(pieces, rest)
            }
            ([_, ..], []) => false,
            ([Piece::AnyOne, later @ ..], [_, rest @ ..]) => covers(later, rest),
            ([Piece::One(wanted), later @ ..], [found, rest @ ..]) => {
                wanted == found && covers(later, rest)
            }
        }
    }
    let value: Vec<char> = value.chars().collect();
    pieces(pattern).is_some_and(|pieces| covers(&pieces, &value))
}

/// `StringEquals`: no wildcards.
pub(super) fn equals(pattern: &str, value: &str) -> bool {
    let text = |piece| match piece {
        Piece::AnyText => '*',
        Piece::AnyOne => '?',
        Piece::One(character) => character,
    };
    pieces(pattern).is_some_and(|pieces| pieces.into_iter().map(text).eq(value.chars()))
}

#[cfg(test)]
mod tests {
    use super::{equals, like};

    #[test]
    fn like_table() {
        let cases = [
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
            ("a${*}", "a*", true),
            ("a${*}", "ab", false),
            ("a$b", "a$b", true),
            ("${aws:username}*", "x", false),
        ];
        for (pattern, value, expected) in cases {
            assert_eq!(like(pattern, value), expected, "{pattern} {value}");
        }
    }

    #[test]
    fn equals_table() {
        let cases = [
            ("a*", "a*", true),
            ("a*", "ab", false),
            ("a?", "ab", false),
            ("a${*}", "a*", true),
            ("${aws:username}", "${aws:username}", false),
        ];
        for (pattern, value, expected) in cases {
            assert_eq!(equals(pattern, value), expected, "{pattern} {value}");
        }
    }
}
