//! The patterns of one variable, in the syntax of .gitignore, each with whether it has matched
//! anything yet.

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::mark::Mark;
use crate::base::invalid::Invalid;

/// The patterns of one variable.
#[derive(Clone, Debug)]
pub struct Patterns {
    /// All of them together, of which the last that matches has the word.
    set: Gitignore,
    each: Vec<Each>,
}

/// One of the patterns.
#[derive(Clone, Debug)]
struct Each {
    text: String,
    alone: Gitignore,
    met: Mark,
}

/// What is matched against the patterns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// The name of a file.
    File,
    /// The name of a folder.
    Folder,
    /// The name of a file, with the folders that it is in.
    FileOrItsFolders,
}

impl Extent {
    fn matched<'a>(self, set: &'a Gitignore, name: &str) -> Match<&'a ignore::gitignore::Glob> {
        match self {
            Self::File => set.matched(name, false),
            Self::Folder => set.matched(name, true),
            Self::FileOrItsFolders => set.matched_path_or_any_parents(name, false),
        }
    }
}

impl Default for Patterns {
    fn default() -> Self {
        Self {
            set: Gitignore::empty(),
            each: Vec::new(),
        }
    }
}

impl Patterns {
    /// Compiles `patterns`.
    ///
    /// # Errors
    /// Names the first pattern that is not valid.
    pub fn parse(patterns: &[String]) -> Result<Self, Invalid> {
        let each = patterns.iter().map(|text| {
            Ok(Each {
                text: text.clone(),
                alone: self::patterns(std::slice::from_ref(text))?,
                met: Mark::default(),
            })
        });
        Ok(Self {
            each: each.collect::<Result<_, Invalid>>()?,
            set: self::patterns(patterns)?,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// Whether the last pattern that matches `name` is no exception. Every pattern that matches is
    /// marked, and not only the last one.
    pub(super) fn is_hit(&self, name: &str, extent: Extent) -> bool {
        let matched = extent.matched(&self.set, name);
        if !matched.is_none() {
            let idle = self.each.iter().filter(|each| !each.met.is_set());
            for each in idle.filter(|each| !extent.matched(&each.alone, name).is_none()) {
                each.met.set();
            }
        }
        matched.is_ignore()
    }

    /// Those that have matched nothing so far, in their order.
    pub(super) fn idle(&self) -> impl Iterator<Item = &str> {
        let idle = self.each.iter().filter(|each| !each.met.is_set());
        idle.map(|each| each.text.as_str())
    }
}

/// Compiles `patterns`.
///
/// # Errors
/// Names the first pattern that is not valid.
pub fn patterns(patterns: &[String]) -> Result<Gitignore, Invalid> {
    let mut builder = GitignoreBuilder::new("");
    for pattern in patterns {
        let taken = builder.add_line(None, pattern).map(drop);
        if let Err(error) = taken {
            return Err(unusable(pattern, &error));
        }
    }
    builder
        .build()
        .map_err(|error| unusable(&patterns.join(" "), &error))
}

fn unusable(pattern: &str, error: &ignore::Error) -> Invalid {
    Invalid::new(
        format!("`{pattern}` is not a pattern ({error})"),
        "use the syntax of .gitignore, for example `*.map` or `/drafts/`",
    )
}

#[cfg(test)]
mod tests {
    use super::Patterns;

    #[test]
    fn a_bad_pattern_is_named() {
        let error = Patterns::parse(&["[z-a]".to_owned()]).unwrap_err();
        assert!(error.reason.contains("`[z-a]`"), "{}", error.reason);
    }
}
