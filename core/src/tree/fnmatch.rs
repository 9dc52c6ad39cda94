//! Patterns as `aws s3 sync` reads them: Python's `fnmatch`, where `*` matches `/` too.
//!
//! The glob crates of the field stop `*` at a slash, know `**` and take a backslash for an escape,
//! so this is a matcher of its own. <https://docs.python.org/3/library/fnmatch.html>

use crate::base::wildcard::{Piece, matches};

/// A compiled pattern. Every text is one: what looks like a broken set stands for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fnmatch {
    pieces: Vec<Piece<Class>>,
}

/// What stands for one character.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Class {
    /// `?`: any.
    Any,
    /// This one.
    Literal(char),
    /// `[…]`: one within any of the ranges, or with `!` within none.
    Set {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Class {
    fn holds(&self, character: char) -> bool {
        match self {
            Self::Any => true,
            Self::Literal(literal) => *literal == character,
            Self::Set { negated, ranges } => {
                let within = ranges
                    .iter()
                    .any(|(first, last)| (*first..=*last).contains(&character));
                within != *negated
            }
        }
    }
}

impl Fnmatch {
    /// Compiles `pattern`.
    pub fn new(pattern: &str) -> Self {
        let characters: Vec<char> = pattern.chars().collect();
        let mut rest = characters.as_slice();
        let mut pieces = Vec::new();
        while let Some((first, after)) = rest.split_first() {
            rest = after;
            pieces.push(match first {
                '*' => Piece::Many,
                '?' => Piece::One(Class::Any),
                '[' => match set(after) {
                    Some((class, behind)) => {
                        rest = behind;
                        Piece::One(class)
                    }
                    None => Piece::One(Class::Literal('[')),
                },
                literal => Piece::One(Class::Literal(*literal)),
            });
        }
        Self { pieces }
    }

    /// Whether the whole of `name` matches.
    pub fn matches(&self, name: &str) -> bool {
        matches(&self.pieces, name, |class, character| {
            class.holds(character)
        })
    }

    /// Whether the pattern ends in `*`: if it matches a name, it matches every longer one too.
    pub fn is_open(&self) -> bool {
        self.pieces.last() == Some(&Piece::Many)
    }
}

/// The set behind a `[`, and what follows its `]`; `None` if it has no end.
fn set(after: &[char]) -> Option<(Class, &[char])> {
    let (negated, inside) = match after.split_first() {
        Some(('!', inside)) => (true, inside),
        _ => (false, after),
    };
    // A `]` at the beginning belongs to the set.
    let end = 1 + inside
        .get(1..)?
        .iter()
        .position(|character| *character == ']')?;
    let (mut members, behind) = (inside.get(..end)?, inside.get(end + 1..)?);
    let mut ranges = Vec::new();
    loop {
        match members {
            // A range that runs backwards holds nothing.
            [first, '-', last, rest @ ..] => {
                ranges.push((*first, *last));
                members = rest;
            }
            [member, rest @ ..] => {
                ranges.push((*member, *member));
                members = rest;
            }
            [] => return Some((Class::Set { negated, ranges }, behind)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Fnmatch;

    /// The expectations are the answers of CPython 3.11's `fnmatch.fnmatchcase`.
    const TABLE: &[(&str, &str, bool)] = &[
        ("*", "a/b.js", true),
        ("*", "", true),
        ("", "", true),
        ("", "a", false),
        ("*.map", "js/app.js.map", true),
        ("*.map", "app.js.map.gz", false),
        ("js/*", "js/a/b.js", true),
        ("js/*", "js", false),
        ("js/*.js", "js/a/b.js", true),
        ("js", "js/a", false),
        ("a?c", "abc", true),
        ("a?c", "a/c", true),
        ("a?c", "ac", false),
        ("?", "é", true),
        ("**/x", "a/b/x", true),
        ("**/x", "x", false),
        ("[abc].js", "b.js", true),
        ("[abc].js", "d.js", false),
        ("[a-c]x", "bx", true),
        ("[a-c]x", "dx", false),
        ("[!a-c]x", "dx", true),
        ("[!a-c]x", "bx", false),
        ("[!x]", "/", true),
        ("[^a]", "^", true),
        ("[^a]", "b", false),
        ("[]]", "]", true),
        ("[!]]", "a", true),
        ("[!]]", "]", false),
        ("[]-a]", "^", true),
        ("[", "[", true),
        ("[ab", "[ab", true),
        ("a[", "a[", true),
        ("[]", "[]", true),
        ("[!]", "[!]", true),
        ("[!]", "a", false),
        ("[a-]", "-", true),
        ("[-a]", "-", true),
        ("[a-c-e]", "-", true),
        ("[a-c-e]", "e", true),
        ("[a-c-e]", "d", false),
        ("[z-a]", "m", false),
        ("[z-a]", "z", false),
        ("[!z-a]", "m", true),
        ("[--z]", "p", true),
        ("[a\\]", "\\", true),
        ("a\\*", "a*", false),
        ("a\\*", "a\\b", true),
        ("A.JS", "a.js", false),
        ("*.JS", "a.js", false),
        ("*a*b*c", "xaxbxc", true),
        ("*a*b*c", "xaxbx", false),
        ("a*a", "a", false),
        ("a*a", "aa", true),
        ("*\nb", "a\nb", true),
        ("{a,b}", "a", false),
        ("./a", "a", false),
        ("/a", "a", false),
        ("**", "x", true),
        ("日?", "日本", true),
        ("[日-本]", "木", true),
        ("~(x)$.+", "~(x)$.+", true),
        ("a.c", "abc", false),
    ];

    #[test]
    fn patterns_match_as_python_matches_them() {
        for (pattern, name, expected) in TABLE {
            let found = Fnmatch::new(pattern).matches(name);
            assert_eq!(found, *expected, "{pattern:?} on {name:?}");
        }
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let pattern = Fnmatch::new(&"*a".repeat(40));
        assert!(!pattern.matches(&format!("{}b", "a".repeat(1000))));
    }
}
