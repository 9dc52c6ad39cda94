//! The notations of patterns that a configuration has.

use crate::plan::invalidation::{listed_path, urls};
use crate::rules::path_pattern::{PathPattern, paths_of};
use crate::tree::{Fnmatch, patterns};

/// How a pattern is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax<'a> {
    /// As lines of .gitignore: EXCLUDE, INCLUDE, RULES_FILE.
    Gitignore,
    /// As aws-cli's flags.
    Flag,
    /// As paths of `_headers`.
    Path,
    /// As paths of CloudFront, which serves the objects below one of these paths. Each has a slash at
    /// both ends.
    Url(&'a [String]),
}

/// Whether a name matches.
pub(super) type Matcher<'a> = Box<dyn Fn(&str) -> bool + 'a>;

impl<'a> Syntax<'a> {
    /// What tells whether `pattern` matches a name; none for what is no pattern, such as a comment.
    pub(super) fn matcher(self, pattern: &str) -> Option<Matcher<'a>> {
        Some(match self {
            Self::Gitignore => {
                let compiled = patterns(&[pattern.to_owned()]).ok()?;
                if compiled.is_empty() {
                    return None;
                }
                Box::new(move |name| {
                    !compiled
                        .matched_path_or_any_parents(
                            name.trim_end_matches('/'),
                            name.ends_with('/'),
                        )
                        .is_none()
                })
            }
            Self::Flag => {
                let compiled = Fnmatch::new(pattern);
                Box::new(move |name| compiled.matches(name))
            }
            Self::Path => {
                let compiled = PathPattern::parse(pattern);
                Box::new(move |key| paths_of(key).iter().any(|path| compiled.matches(path)))
            }
            Self::Url(bases) => {
                // What is behind a `?` tells versions of an object apart.
                let listed = listed_path(pattern)?;
                let path = match listed.split_once('?') {
                    Some((path, _)) => path.to_owned(),
                    None => listed,
                };
                Box::new(move |key| bases.iter().any(|base| is_served(base, key, &path)))
            }
        })
    }

    /// How an object stands to a pattern.
    pub(super) fn verb(self) -> &'static str {
        match self {
            Self::Url(_) => "is served at",
            Self::Gitignore | Self::Flag | Self::Path => "matches",
        }
    }
}

/// Whether CloudFront may serve the object `key`, below `base`, at `path`, which may end in `*`. Pages
/// are often served without `.html`, with a slash at the end or without.
fn is_served(base: &str, key: &str, path: &str) -> bool {
    let page = key.strip_suffix(".html");
    let mut keys = [Some(key), page].into_iter().flatten();
    keys.any(|key| {
        urls(base, key)
            .iter()
            .any(|url| match path.strip_suffix('*') {
                Some(start) => url.starts_with(start),
                None => url.trim_end_matches('/') == path.trim_end_matches('/'),
            })
    })
}
