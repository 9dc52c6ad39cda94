//! Which names the deploy is about: `EXCLUDE` and `INCLUDE`, in the syntax of .gitignore, and the
//! flags of the same names in `EXTRA_ARGS`, in aws-cli's.
//!
//! The same filter is laid over both sides, so that what is excluded is neither uploaded nor
//! deleted.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::flag_patterns::FlagPatterns;
use super::patterns::{Extent, Patterns};

/// Folders that are never deployed: a repository's history, and Bitbucket's own files in the clone
/// (among them the storage of other pipes).
const NEVER: &[&str] = &[".git", ".bitbucket", ".aws-oidc-s3-deploy"];

/// The file beside them in a clone, which is about the repository and never about its site.
const PIPELINES: &str = "bitbucket-pipelines.yml";

/// Names that are no part of the deploy and are kept to tell what a pattern without any meant.
const LEFT_OUT_MAX: usize = 1_000;

/// Decides by name alone. Clones share what their patterns have met.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    exclude: Patterns,
    include: Patterns,
    flags: FlagPatterns,
    left_out: Arc<Mutex<BTreeSet<String>>>,
}

/// A pattern that has matched nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdlePattern<'a> {
    /// Of EXCLUDE.
    Exclude(&'a str),
    /// Of INCLUDE.
    Include(&'a str),
    /// Of the flag of this name.
    Flag(&'static str, &'a str),
}

impl Filter {
    /// Everything except what is never deployed.
    pub fn everything() -> Self {
        Self::default()
    }

    /// What `include` takes and `exclude` does not; an empty `include` takes everything.
    pub fn new(exclude: Patterns, include: Patterns) -> Self {
        Self {
            exclude,
            include,
            ..Self::default()
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
    pub fn takes(&self, name: &str) -> bool {
        let is_never = is_never_deployed(name);
        let is_taken = !is_never
            && folders_of(name).all(|folder| self.is_open(folder))
            && self.flags.takes(name)
            && !self.exclude.is_hit(name, Extent::File)
            && (self.include.is_empty() || self.include.is_hit(name, Extent::FileOrItsFolders));
        if !is_taken && !is_never {
            self.leave_out(|| name.to_owned());
        }
        is_taken
    }

    /// Whether EXCLUDE, or the flags, take `name` out of the deploy.
    pub fn excludes(&self, name: &str) -> bool {
        self.exclude.is_hit(name, Extent::FileOrItsFolders) || !self.flags.takes(name)
    }

    /// Whether anything below the folder `name` can be part of the deploy, as far as this folder
    /// itself tells; `false` lets a walk skip it.
    pub fn enters(&self, name: &str) -> bool {
        let is_entered = self.is_open(name) && self.flags.enters(name);
        if !is_entered && !is_never_deployed(name) {
            self.leave_out(|| format!("{name}/"));
        }
        is_entered
    }

    fn is_open(&self, folder: &str) -> bool {
        !is_never_deployed(folder) && !self.exclude.is_hit(folder, Extent::Folder)
    }

    fn leave_out(&self, name: impl FnOnce() -> String) {
        let left_out = self.left_out.lock();
        let mut left_out = left_out.unwrap_or_else(PoisonError::into_inner);
        if left_out.len() < LEFT_OUT_MAX {
            left_out.insert(name());
        }
    }

    /// The first names that were asked for and are no part of the deploy; those of folders that were not
    /// entered end in `/`.
    pub fn left_out(&self) -> Vec<String> {
        let left_out = self.left_out.lock();
        let left_out = left_out.unwrap_or_else(PoisonError::into_inner);
        left_out.iter().cloned().collect()
    }

    /// The patterns that matched no name of those that were asked for, in their order.
    pub fn idle(&self) -> impl Iterator<Item = IdlePattern<'_>> {
        let exclude = self.exclude.idle().map(IdlePattern::Exclude);
        let include = self.include.idle().map(IdlePattern::Include);
        let flags = self.flags.idle();
        let flags = flags.map(|(side, text)| IdlePattern::Flag(side.flag(), text));
        exclude.chain(include).chain(flags)
    }
}

/// `a` and `a/b` of `a/b/c`.
fn folders_of(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('/').filter_map(|(at, _)| name.get(..at))
}

/// Whether a file or folder of this `name` is never deployed.
pub fn is_never_deployed(name: &str) -> bool {
    name == PIPELINES
        || name
            .rsplit('/')
            .next()
            .is_some_and(|last| NEVER.contains(&last))
}

#[cfg(test)]
mod tests {
    use super::{Filter, IdlePattern, Patterns};
    use crate::tree::Side;

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
    fn patterns_that_match_nothing_are_known() {
        let mut filter = filter(
            &["*.map", "drafts/", "dist/*", "!keep.map", "app.*"],
            &["*.html", "index.*", "*.htm"],
        );
        for (side, pattern) in [
            (Side::Exclude, "*"),
            (Side::Include, "*.html"),
            (Side::Exclude, "drafts"),
            (Side::Include, "*"),
        ] {
            filter.flags.push(side, pattern);
        }
        for name in ["a/app.map", "index.html", "keep.map", "old/drafts/x"] {
            let _ = filter.takes(name);
        }
        let idle: Vec<_> = filter.idle().collect();
        let expected = [
            IdlePattern::Exclude("dist/*"),
            IdlePattern::Include("*.htm"),
            IdlePattern::Flag("--exclude", "drafts"),
        ];
        assert_eq!(idle, expected);
        assert_eq!(filter.left_out(), ["a/app.map", "keep.map", "old/drafts/x"]);
        assert_eq!(Filter::everything().idle().count(), 0);
    }
}
