//! `--exclude` and `--include` as `aws s3 sync` has them: every name counts until a pattern says
//! otherwise, and the last pattern that matches has the word.

use super::fnmatch::Fnmatch;
use super::mark::Mark;

/// What a pattern does with the names it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// They are no part of the deploy.
    Exclude,
    /// They are, whatever an earlier pattern said.
    Include,
}

impl Side {
    /// The flag that gives such patterns.
    pub fn flag(self) -> &'static str {
        match self {
            Self::Exclude => "--exclude",
            Self::Include => "--include",
        }
    }
}

/// One flag.
#[derive(Clone, Debug, PartialEq, Eq)]
struct FlagPattern {
    side: Side,
    text: String,
    compiled: Fnmatch,
    met: Mark,
}

impl FlagPattern {
    fn matches(&self, name: &str) -> bool {
        let matches = self.compiled.matches(name);
        if matches {
            self.met.set();
        }
        matches
    }
}

/// The patterns in the order in which they were given, each with whether it has matched anything yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlagPatterns(Vec<FlagPattern>);

impl FlagPatterns {
    /// Adds `pattern` behind the others.
    pub fn push(&mut self, side: Side, pattern: &str) {
        self.0.push(FlagPattern {
            side,
            text: pattern.to_owned(),
            compiled: Fnmatch::new(pattern),
            met: Mark::default(),
        });
    }

    /// Whether `name` is part of the deploy. Patterns that have matched nothing yet are tried also where
    /// a later one has had the word.
    pub fn takes(&self, name: &str) -> bool {
        let mut word = None;
        for pattern in self.0.iter().rev() {
            let is_open = word.is_none() || !pattern.met.is_set();
            if is_open && pattern.matches(name) {
                word.get_or_insert(pattern.side);
            }
        }
        word.is_none_or(|side| side == Side::Include)
    }

    /// Those that have matched nothing so far, in their order.
    pub(super) fn idle(&self) -> impl Iterator<Item = (Side, &str)> {
        let idle = self.0.iter().filter(|pattern| !pattern.met.is_set());
        idle.map(|pattern| (pattern.side, pattern.text.as_str()))
    }

    /// Whether anything below the folder `name` can be part of the deploy. Only what no later
    /// pattern can take back lets a walk skip it.
    pub fn enters(&self, name: &str) -> bool {
        let below = format!("{name}/");
        let final_excludes = self
            .0
            .iter()
            .rev()
            .take_while(|pattern| pattern.side == Side::Exclude);
        !final_excludes
            .into_iter()
            .any(|pattern| pattern.compiled.is_open() && pattern.matches(&below))
    }
}

#[cfg(test)]
mod tests {
    use super::{FlagPatterns, Side};

    /// `-` excludes, `+` includes.
    fn patterns(list: &[&str]) -> FlagPatterns {
        let mut patterns = FlagPatterns::default();
        for text in list {
            let (side, pattern) = text.split_at(1);
            let side = if side == "+" {
                Side::Include
            } else {
                Side::Exclude
            };
            patterns.push(side, pattern);
        }
        patterns
    }

    #[test]
    fn the_last_pattern_that_matches_has_the_word() {
        for (list, name, taken) in [
            (&[][..], "a", true),
            (&["-*"], "a/b", false),
            (&["-*", "+*.html"], "a/b.html", true),
            (&["-*", "+*.html"], "a/b.css", false),
            (&["+*.html", "-*"], "a/b.html", false),
            (&["+*.html"], "a.css", true),
            (&["-*.html", "+*.html", "-draft*"], "draft.html", false),
            (&["-/a"], "a", true),
        ] {
            assert_eq!(patterns(list).takes(name), taken, "{list:?} {name}");
        }
    }

    #[test]
    fn a_folder_is_skipped_only_if_no_later_pattern_can_take_back() {
        for (list, name, entered) in [
            (&[][..], "a", true),
            (&["-a/*"], "a", false),
            (&["-a*"], "a", false),
            (&["-*"], "a/b", false),
            (&["-*", "+*.html"], "a", true),
            (&["+*.html", "-a/*"], "a", false),
            (&["-a/*", "-b"], "a", false),
            (&["-a/*.js"], "a", true),
            (&["-a"], "a", true),
        ] {
            assert_eq!(patterns(list).enters(name), entered, "{list:?} {name}");
        }
    }
}
