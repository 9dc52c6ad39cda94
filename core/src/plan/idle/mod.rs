//! Patterns of the configuration that match nothing on either side of a deploy, told with what was
//! probably meant. Pure; which patterns there are is the caller's to say.

mod meant;
mod syntax;
#[cfg(test)]
mod tests;

use std::path::Path;

use crate::base::units::{Count, listed};
use crate::tree::{LocalTree, RemoteTree};
use meant::Meant;
pub use syntax::Syntax;

/// Patterns that have a line of their own; the others share one.
const LINES_MAX: usize = 10;

/// Names that are tried to find what a pattern meant: any more would take longer than it is worth.
const EXAMPLES_MAX: usize = 3_000;

/// A pattern, and where it stands.
#[derive(Clone, Debug)]
pub struct Suspect<'a> {
    /// The variable, flag or file, and the line of it where there are any.
    pub origin: String,
    /// The pattern as it was written.
    pub pattern: &'a str,
    /// How it is read.
    pub syntax: Syntax<'a>,
}

/// What patterns can be about.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'a> {
    /// What LOCAL_PATH holds.
    pub local: &'a LocalTree,
    /// What the bucket holds, if it was looked at.
    pub remote: Option<&'a RemoteTree>,
    /// Some names of either side that the filter leaves out.
    pub left_out: &'a [String],
    /// Prefix of the destination: empty, or with a slash at its end.
    pub prefix: &'a str,
}

impl<'a> Sight<'a> {
    fn names(&self) -> impl Iterator<Item = &'a str> {
        let local = self.local;
        let files = local.files().iter().map(|file| local.key(file));
        let objects = self
            .remote
            .into_iter()
            .flat_map(|remote| remote.objects().iter().map(|it| remote.key(it)));
        let left_out = self.left_out.iter().map(String::as_str);
        left_out.chain(files).chain(objects)
    }

    /// Names from everywhere among them, at most [`EXAMPLES_MAX`].
    fn examples(&self) -> Vec<&'a str> {
        let total = self.names().count();
        let step = total.div_ceil(EXAMPLES_MAX).max(1);
        self.names().step_by(step).collect()
    }

    /// What no name of it is.
    fn nothing(&self) -> &'static str {
        match self.remote {
            Some(_) => "no file and no object",
            None => "no file",
        }
    }

    fn folder(&self) -> &'a Path {
        self.local.source().path()
    }
}

/// A line for each of `suspects` that nothing of `sight` matches, up to a bound.
pub fn warnings(suspects: Vec<Suspect<'_>>, sight: Sight<'_>) -> Vec<String> {
    let idle: Vec<Suspect> = suspects
        .into_iter()
        .filter(|suspect| is_idle(suspect, sight))
        .collect();
    if idle.is_empty() {
        return Vec::new();
    }
    let meant = Meant::new(sight);
    let (told, rest) = idle.split_at(idle.len().min(LINES_MAX));
    let mut lines: Vec<String> = told.iter().map(|it| line(it, sight, &meant)).collect();
    if !rest.is_empty() {
        let more = Count(rest.len(), "other pattern");
        let named = rest
            .iter()
            .map(|it| format!("{} `{}`", it.origin, it.pattern));
        lines.push(format!(
            "{} matches {more}: {}",
            sight.nothing(),
            listed(named)
        ));
    }
    lines
}

fn line(suspect: &Suspect<'_>, sight: Sight<'_>, meant: &Meant<'_>) -> String {
    let Suspect {
        origin,
        pattern,
        syntax,
    } = suspect;
    let line = format!(
        "{origin}: {} {} `{pattern}`",
        sight.nothing(),
        syntax.verb()
    );
    match meant.by(pattern, *syntax) {
        Some(meant) => format!("{line}{meant}"),
        None => line,
    }
}

/// Whether no name matches. Of what is below a folder that was not entered only the folder is known.
fn is_idle(suspect: &Suspect<'_>, sight: Sight<'_>) -> bool {
    let Some(matches) = suspect.syntax.matcher(suspect.pattern) else {
        return false;
    };
    let inside = suspect.pattern.trim_start_matches(['!', '/']);
    let mut folders = sight.left_out.iter().filter(|name| name.ends_with('/'));
    !folders.any(|folder| inside.starts_with(folder.as_str())) && !sight.names().any(matches)
}
