//! Which names the deploy is about: `EXCLUDE` and `INCLUDE`, in the syntax of .gitignore, and the
//! flags of the same names in `EXTRA_ARGS`, in aws-cli's.
//!
//! The same filter is laid over both sides, so that what is excluded is neither uploaded nor
//! deleted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder, Glob};

use super::flag_patterns::FlagPatterns;
use crate::base::invalid::Invalid;
use crate::base::units::listed;

/// Folders that are never deployed: a repository's history, and Bitbucket's own files in the clone
/// (among them the storage of other pipes).
const NEVER: &[&str] = &[".git", ".bitbucket"];

/// The file beside them in a clone, which is about the repository and never about its site.
const PIPELINES: &str = "bitbucket-pipelines.yml";

/// Decides by name alone.
#[derive(Clone, Debug)]
pub struct Filter {
    exclude: Patterns,
    include: Patterns,
    flags: FlagPatterns,
}

/// The patterns of one variable, each with whether it has matched anything yet.
#[derive(Clone, Debug)]
pub struct Patterns {
    set: Gitignore,
    met: Arc<[(String, AtomicBool)]>,
}

impl Default for Patterns {
    fn default() -> Self {
        Self {
            set: Gitignore::empty(),
            met: Arc::new([]),
        }
    }
}

impl Patterns {
    /// Compiles `patterns`.
    ///
    /// # Errors
    /// Names the first pattern that is not valid.
    pub fn parse(patterns: &[String]) -> Result<Self, Invalid> {
        let set = self::patterns(patterns)?;
        let met = patterns
            .iter()
            .map(|pattern| (pattern.clone(), AtomicBool::new(false)));
        Ok(Self {
            set,
            met: met.collect(),
        })
    }

    /// Whether the last pattern that matches `matched` is no exception; notes that it was met.
    fn is_hit(&self, matched: &Match<&Glob>) -> bool {
        if let Some(glob) = matched.inner() {
            let mut met = self.met.iter();
            if let Some((_, met)) = met.find(|(pattern, _)| pattern == glob.original()) {
                met.store(true, Ordering::Relaxed);
            }
        }
        matched.is_ignore()
    }

    /// Those that have matched nothing so far, in their order.
    fn idle(&self) -> Vec<&str> {
        let idle = self
            .met
            .iter()
            .filter(|(_, met)| !met.load(Ordering::Relaxed));
        idle.map(|(pattern, _)| pattern.as_str()).collect()
    }
}

impl Filter {
    /// Everything except what is never deployed.
    #[must_use]
    pub fn everything() -> Self {
        Self {
            exclude: Patterns::default(),
            include: Patterns::default(),
            flags: FlagPatterns::default(),
        }
    }

    /// What `include` takes and `exclude` does not; an empty `include` takes everything.
    #[must_use]
    pub fn new(exclude: Patterns, include: Patterns) -> Self {
        Self {
            exclude,
            include,
            flags: FlagPatterns::default(),
        }
    }

    /// The same filter with `flags` on top: a name has to pass both.
    #[must_use]
    pub fn with_flags(self, flags: FlagPatterns) -> Self {
        Self { flags, ..self }
    }

    /// Whether `name` (relative, `/` between segments) is part of the deploy. As in .gitignore,
    /// nothing below an excluded folder can be taken back: both sides agree on it, although only
    /// the local one has folders.
    #[must_use]
    pub fn takes(&self, name: &str) -> bool {
        let is_excluded = || self.exclude.is_hit(&self.exclude.set.matched(name, false));
        let is_included = || {
            let included = &self.include.set;
            let matched = included.matched_path_or_any_parents(name, false);
            included.is_empty() || self.include.is_hit(&matched)
        };
        !is_never_deployed(name)
            && folders_of(name).all(|folder| self.is_open(folder))
            && self.flags.takes(name)
            && !is_excluded()
            && is_included()
    }

    /// Whether EXCLUDE, or the flags, take `name` out of the deploy.
    #[must_use]
    pub fn excludes(&self, name: &str) -> bool {
        let excluded = self.exclude.set.matched_path_or_any_parents(name, false);
        self.exclude.is_hit(&excluded) || !self.flags.takes(name)
    }

    /// Whether anything below the folder `name` can be part of the deploy, as far as this folder
    /// itself tells; `false` lets a walk skip it.
    #[must_use]
    pub fn enters(&self, name: &str) -> bool {
        self.is_open(name) && self.flags.enters(name)
    }

    fn is_open(&self, folder: &str) -> bool {
        !is_never_deployed(folder) && !self.exclude.is_hit(&self.exclude.set.matched(folder, true))
    }

    /// A warning for each variable with patterns that matched no name of those that were asked for. To
    /// be called when both sides have been looked at.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let lists = [("EXCLUDE", &self.exclude), ("INCLUDE", &self.include)];
        let idle = lists.map(|(name, patterns)| (name, patterns.idle()));
        let idle = idle.into_iter().filter(|(_, idle)| !idle.is_empty());
        idle.map(|(name, idle)| {
            let idle = listed(idle.into_iter().map(|pattern| format!("`{pattern}`")));
            format!("{name}: no file and no object matches {idle}")
        })
        .collect()
    }
}

/// `a` and `a/b` of `a/b/c`.
fn folders_of(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('/').filter_map(|(at, _)| name.get(..at))
}

/// Whether a file or folder of this `name` is never deployed.
#[must_use]
pub fn is_never_deployed(name: &str) -> bool {
    name == PIPELINES
        || name
            .rsplit('/')
            .next()
            .is_some_and(|last| NEVER.contains(&last))
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
    use super::{Filter, Patterns};

    fn filter(exclude: &[&str], include: &[&str]) -> Filter {
        let compile = |list: &[&str]| {
            Patterns::parse(&list.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap()
        };
        Filter::new(compile(exclude), compile(include))
    }

    #[test]
    fn names_are_taken_as_gitignore_reads_them() {
        for (exclude, include, name, taken) in [
            (&[][..], &[][..], "index.html", true),
            (&[], &[], ".well-known/x", true),
            (&[], &[], ".git/config", false),
            (&[], &[], "sub/.git/config", false),
            (&[], &[], ".gitignore", true),
            (&[], &[], ".bitbucket/pipelines/x", false),
            (&["*.map"], &[], "js/app.js.map", false),
            (&["*.map"], &[], "js/app.js", true),
            (&["/drafts/"], &[], "drafts/a/b.html", false),
            (&["/drafts/"], &[], "sub/drafts/b.html", true),
            (&["*.map", "!keep.map"], &[], "keep.map", true),
            (&["drafts/", "!drafts/keep"], &[], "drafts/keep", false),
            (&["drafts/*", "!drafts/keep"], &[], "drafts/keep", true),
            (&[], &["*.html"], "a/b.html", true),
            (&[], &["*.html"], "a/b.css", false),
            (&["b.html"], &["*.html"], "a/b.html", false),
            (&[], &["docs/"], "docs/a/b", true),
        ] {
            assert_eq!(
                filter(exclude, include).takes(name),
                taken,
                "{name} -{exclude:?} +{include:?}"
            );
        }
    }

    #[test]
    fn a_folder_is_skipped_only_if_nothing_in_it_can_be_taken() {
        assert!(!filter(&["drafts/"], &[]).enters("a/drafts"));
        assert!(!filter(&[], &[]).enters("a/.git"));
        assert!(filter(&["*.map"], &["*.html"]).enters("a"));
    }

    #[test]
    fn what_is_excluded_by_either_syntax_is_told() {
        let filter = filter(&["a"], &["b"]);
        assert!(filter.excludes("a") && !filter.excludes("c"));
    }

    #[test]
    fn patterns_that_match_nothing_are_told() {
        let filter = filter(
            &["*.map", "drafts/", "dist/*", "!keep.map"],
            &["*.html", "*.htm"],
        );
        for name in ["a/app.map", "index.html", "keep.map", "old/drafts/x"] {
            let _ = filter.takes(name);
        }
        assert_eq!(
            filter.warnings(),
            [
                "EXCLUDE: no file and no object matches `dist/*`",
                "INCLUDE: no file and no object matches `*.htm`",
            ]
        );
        assert_eq!(Filter::everything().warnings(), Vec::<String>::new());
    }

    #[test]
    fn a_bad_pattern_is_named() {
        let error = Patterns::parse(&["[z-a]".to_owned()]).unwrap_err();
        assert!(error.why.contains("`[z-a]`"), "{}", error.why);
    }
}
