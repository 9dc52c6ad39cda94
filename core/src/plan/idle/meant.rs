//! What a pattern that matches nothing probably meant: the same with the usual slips undone, if that
//! matches something.

use std::collections::BTreeSet;

use super::Sight;
use super::syntax::Syntax;
use crate::base::nearest::by_letters;

/// Characters that stand for others.
const WILDCARDS: [char; 5] = ['*', '?', '[', '{', ':'];

/// What patterns are tried on.
pub(super) struct Meant<'a> {
    examples: Vec<&'a str>,
    /// Names of the examples and of their folders, with and without the folders before them.
    words: BTreeSet<&'a str>,
    /// What LOCAL_PATH is called, from any of its folders on, each with a slash at its end.
    own_names: Vec<String>,
    prefix: &'a str,
}

/// A slip undone.
struct Edit {
    pattern: String,
    /// Why the pattern as it was matches nothing.
    reason: &'static str,
}

impl<'a> Meant<'a> {
    pub(super) fn new(sight: Sight<'a>) -> Self {
        let examples = sight.examples();
        let folders = examples.iter().flat_map(|name| {
            let ends = name.match_indices('/');
            ends.filter_map(|(end, _)| name.get(..end))
        });
        let whole = examples.iter().copied().chain(folders);
        let words = whole.flat_map(|name| [Some(name), name.rsplit('/').next()]);
        let path = sight.folder().to_string_lossy();
        let parts: Vec<&str> = path
            .split('/')
            .filter(|part| !["", ".", ".."].contains(part))
            .collect();
        let own_names = (0..parts.len()).map(|start| {
            let parts = parts.get(start..).unwrap_or_default();
            format!("{}/", parts.join("/"))
        });
        Self {
            words: words.flatten().filter(|word| !word.is_empty()).collect(),
            own_names: own_names.collect(),
            prefix: sight.prefix,
            examples,
        }
    }

    /// What `pattern` meant, as the end of a sentence that says that it matches nothing.
    pub(super) fn by(&self, pattern: &str, syntax: Syntax<'_>) -> Option<String> {
        let (not, text) = match pattern.strip_prefix('!') {
            Some(text) if syntax == Syntax::Gitignore => ("!", text),
            _ => ("", pattern),
        };
        if let Some(name) = self.in_other_capitals(text, syntax) {
            return Some(format!(": `{name}` differs from it in capitals"));
        }
        if let Some(several) = self.several(text, syntax) {
            return Some(format!(": it is several in one; did you mean {several}?"));
        }
        let first = self.edits(text, syntax);
        let second = first.iter().flat_map(|edit| {
            let edits = self.edits(&edit.pattern, syntax).into_iter();
            edits.map(|next| Edit {
                reason: edit.reason,
                ..next
            })
        });
        let second: Vec<Edit> = second.collect();
        let mut edits = first.iter().chain(&second);
        if let Some(Edit { pattern, reason }) =
            edits.find(|edit| self.is_met(&edit.pattern, syntax))
        {
            return Some(format!(": {reason}; did you mean `{not}{pattern}`?"));
        }
        let found = first.iter().find_map(|edit| {
            let name = self.in_other_capitals(&edit.pattern, syntax)?;
            Some(format!(
                ": {}, and `{name}` differs in capitals; did you mean `{not}{}`?",
                edit.reason, edit.pattern
            ))
        });
        let found = found.or_else(|| {
            let whole = first.iter().find(|edit| is_everything(&edit.pattern))?;
            Some(format!(": {}", whole.reason))
        });
        found.or_else(|| {
            self.misspelt(text)
                .map(|word| format!("; did you mean `{word}`?"))
        })
    }

    /// The patterns that `text` is, with commas or the like between them, if each matches something.
    fn several(&self, text: &str, syntax: Syntax<'_>) -> Option<String> {
        let parts = text
            .trim_matches(['(', ')', '[', ']'])
            .split([',', ';', '|']);
        let parts: Vec<&str> = parts
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .collect();
        let is_meant = parts.len() > 1 && parts.iter().all(|part| self.is_met(part, syntax));
        is_meant.then(|| {
            let parts: Vec<String> = parts.iter().map(|part| format!("`{part}`")).collect();
            parts.join(" and ")
        })
    }

    /// Whether it matches something, but not everything.
    fn is_met(&self, pattern: &str, syntax: Syntax<'_>) -> bool {
        !is_everything(pattern)
            && syntax
                .matcher(pattern)
                .is_some_and(|matches| self.examples.iter().any(|name| matches(name)))
    }

    fn in_other_capitals(&self, pattern: &str, syntax: Syntax<'_>) -> Option<&'a str> {
        if is_everything(pattern) {
            return None;
        }
        let matches = syntax.matcher(&pattern.to_lowercase())?;
        let mut examples = self.examples.iter();
        examples.find(|name| matches(&name.to_lowercase())).copied()
    }

    fn misspelt(&self, pattern: &str) -> Option<&'a str> {
        let word = pattern.trim_matches('/');
        let is_literal = !word.contains(WILDCARDS);
        let words = self.words.iter().copied();
        by_letters(word, words).filter(|_| is_literal)
    }

    fn edits(&self, pattern: &str, syntax: Syntax<'_>) -> Vec<Edit> {
        let mut edits = Vec::new();
        let mut edit = |pattern: String, reason: &'static str| edits.push(Edit { pattern, reason });
        let is_path = matches!(syntax, Syntax::Path | Syntax::Url(_));
        let root = if is_path { "/" } else { "" };
        if let Some(rest) = pattern.strip_prefix("./") {
            edit(format!("{root}{rest}"), "names do not begin with `./`");
        }
        if pattern.contains('\\') {
            edit(pattern.replace('\\', "/"), "folders are divided by `/`");
        }
        if pattern.contains(".*") || pattern.contains("\\.") {
            let glob = pattern.trim_start_matches('^').trim_end_matches('$');
            let glob = glob.replace(".*", "*").replace("\\.", ".");
            edit(glob, "it is written as a regular expression");
        }
        let inner = pattern
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        if let Some(inner) = inner {
            edit(
                inner.to_owned(),
                "brackets stand for one of the letters in them",
            );
        }
        let rest = pattern.strip_prefix('/').unwrap_or(pattern);
        let mut own = self.own_names.iter();
        if let Some(rest) = own.find_map(|own| rest.strip_prefix(own.as_str())) {
            edit(format!("{root}{rest}"), "names begin below LOCAL_PATH");
        }
        if let Some(rest) = rest
            .strip_prefix(self.prefix)
            .filter(|_| !self.prefix.is_empty())
        {
            edit(
                format!("{root}{rest}"),
                "names begin below the prefix of S3_BUCKET",
            );
        }
        match syntax {
            Syntax::Gitignore if pattern.starts_with('/') => {
                edit(
                    rest.to_owned(),
                    "a `/` in front stands for the top of LOCAL_PATH",
                );
            }
            Syntax::Flag if pattern.starts_with('/') => {
                edit(rest.to_owned(), "names do not begin with `/`");
            }
            _ => {}
        }
        if rest.starts_with('.') && !rest.contains('/') {
            edit(format!("{root}*{rest}"), "a `*` is missing in front");
        }
        let folder = pattern.trim_end_matches('/');
        if syntax == Syntax::Gitignore {
            if folder.len() < pattern.len() {
                edit(folder.to_owned(), "a `/` at the end stands for folders");
            }
            if rest.contains('/') && !pattern.starts_with(['*', '/']) {
                edit(
                    format!("**/{pattern}"),
                    "it stands for the top of LOCAL_PATH",
                );
            }
        } else if !pattern.ends_with('*') {
            edit(
                format!("{folder}/*"),
                "what is in a folder is matched by a `*` at the end",
            );
        }
        if syntax == Syntax::Flag && !pattern.starts_with(['*', '/', '.']) {
            edit(
                format!("*/{pattern}"),
                "it stands for the top of LOCAL_PATH",
            );
        }
        if syntax == Syntax::Path && !rest.starts_with('*') {
            edit(format!("/*/{rest}"), "it stands for the top of the site");
        }
        edits
    }
}

/// Whether it would match every name, which nobody is advised to leave out.
fn is_everything(pattern: &str) -> bool {
    pattern.chars().all(|letter| ['*', '/'].contains(&letter))
}
