//! Which names the deploy is about: `EXCLUDE` and `INCLUDE`, in the syntax of .gitignore, and the
//! flags of the same names in `EXTRA_ARGS`, in aws-cli's.
//!
//! The same filter is laid over both sides, so that what is excluded is neither uploaded nor
//! deleted.

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::flag_patterns::FlagPatterns;
use crate::base::invalid::Invalid;

/// Folders that are never deployed: a repository's history, and Bitbucket's own files in the clone
/// (among them the storage of other pipes).
const NEVER: &[&str] = &[".git", ".bitbucket"];

/// Decides by name alone.
#[derive(Clone, Debug)]
pub struct Filter {
    exclude: Gitignore,
    include: Gitignore,
    flags: FlagPatterns,
}

impl Filter {
    /// Everything except what is never deployed.
    #[must_use]
    pub fn everything() -> Self {
        Self {
            exclude: Gitignore::empty(),
            include: Gitignore::empty(),
            flags: FlagPatterns::default(),
        }
    }

    /// What `include` takes and `exclude` does not; an empty `include` takes everything.
    #[must_use]
    pub fn new(exclude: Gitignore, include: Gitignore) -> Self {
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
        let included = self.include.is_empty()
            || self
                .include
                .matched_path_or_any_parents(name, false)
                .is_ignore();
        included
            && folders_of(name).all(|folder| self.is_open(folder))
            && self.flags.takes(name)
            && !self.exclude.matched(name, false).is_ignore()
            && !is_never_deployed(name)
    }

    /// Whether EXCLUDE, or the flags, take `name` out of the deploy.
    #[must_use]
    pub fn excludes(&self, name: &str) -> bool {
        let excluded = self.exclude.matched_path_or_any_parents(name, false);
        excluded.is_ignore() || !self.flags.takes(name)
    }

    /// Whether anything below the folder `name` can be part of the deploy, as far as this folder
    /// itself tells; `false` lets a walk skip it.
    #[must_use]
    pub fn enters(&self, name: &str) -> bool {
        self.is_open(name) && self.flags.enters(name)
    }

    fn is_open(&self, folder: &str) -> bool {
        !is_never_deployed(folder) && !self.exclude.matched(folder, true).is_ignore()
    }
}

/// `a` and `a/b` of `a/b/c`.
fn folders_of(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('/').filter_map(|(at, _)| name.get(..at))
}

/// Whether a file or folder of this `name` is never deployed.
#[must_use]
pub fn is_never_deployed(name: &str) -> bool {
    name.rsplit('/')
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
        "use the syntax of .gitignore, as `*.map` or `/drafts/`",
    )
}

#[cfg(test)]
mod tests {
    use super::{Filter, patterns};

    fn filter(exclude: &[&str], include: &[&str]) -> Filter {
        let compile = |list: &[&str]| {
            patterns(&list.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap()
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
    fn a_bad_pattern_is_named() {
        let error = patterns(&["[z-a]".to_owned()]).unwrap_err();
        assert!(error.why.contains("`[z-a]`"), "{}", error.why);
    }
}
