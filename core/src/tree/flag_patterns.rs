//! `--exclude` and `--include` as `aws s3 sync` has them: every name counts until a pattern says
//! otherwise, and the last pattern that matches has the word.

use super::fnmatch::Fnmatch;

/// What a pattern does with the names it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// They are no part of the deploy.
    Exclude,
    /// They are, whatever an earlier pattern said.
    Include,
}

/// The patterns in the order in which they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlagPatterns(Vec<(Side, Fnmatch)>);

impl FlagPatterns {
    /// Adds `pattern` behind the others.
    pub fn push(&mut self, side: Side, pattern: &str) {
        self.0.push((side, Fnmatch::new(pattern)));
    }

    /// Whether `name` is part of the deploy.
    #[must_use]
    pub fn takes(&self, name: &str) -> bool {
        let last = self
            .0
            .iter()
            .rev()
            .find(|(_, pattern)| pattern.matches(name));
        last.is_none_or(|(side, _)| *side == Side::Include)
    }

    /// Whether anything below the folder `name` can be part of the deploy. Only what no later
    /// pattern can take back lets a walk skip it.
    #[must_use]
    pub fn enters(&self, name: &str) -> bool {
        let below = format!("{name}/");
        let final_excludes = self
            .0
            .iter()
            .rev()
            .take_while(|(side, _)| *side == Side::Exclude);
        !final_excludes
            .into_iter()
            .any(|(_, pattern)| pattern.is_open() && pattern.matches(&below))
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
