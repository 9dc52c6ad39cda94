//! Changes as a tree of folders. Pure.

use std::collections::BTreeMap;

use super::markup::Markup;
use crate::report::changes::Change;
use deploy_core::base::units::{Bytes, Count};

/// Changes that the page names; beyond them browsers take long, and the JSON report has more.
pub(super) const NAMES_MAX: usize = 10_000;

/// Changes of a tree that is open from the beginning.
const OPEN_MAX: usize = 500;

/// Folders below each other; what is deeper stands with its path in the last of them.
const DEPTH_MAX: usize = 40;

/// What becomes of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    New,
    Changed,
    Deleted,
}

impl Kind {
    fn of(change: &Change<'_>) -> Option<Self> {
        match (change.action, change.reason) {
            ("upload", Some("new")) => Some(Self::New),
            ("upload", _) => Some(Self::Changed),
            ("delete", _) => Some(Self::Deleted),
            _ => None,
        }
    }

    /// Its mark, with the word that stands for it where colours and signs are not seen.
    fn mark(self) -> &'static str {
        match self {
            Self::New => {
                "<span class=\"mark new\" aria-hidden=\"true\">+</span><span class=\"hidden\">new: </span>"
            }
            Self::Changed => {
                "<span class=\"mark changed\" aria-hidden=\"true\">~</span><span class=\"hidden\">changed: </span>"
            }
            Self::Deleted => {
                "<span class=\"mark deleted\" aria-hidden=\"true\">&minus;</span><span class=\"hidden\">deleted: </span>"
            }
        }
    }
}

#[derive(Debug, Default)]
struct Folder<'a> {
    folders: BTreeMap<&'a str, Folder<'a>>,
    files: Vec<(&'a str, Kind, &'a Change<'a>)>,
    counts: [usize; 3],
}

impl<'a> Folder<'a> {
    fn add(&mut self, name: &'a str, kind: Kind, change: &'a Change<'a>, depth: usize) {
        if let Some(count) = self.counts.get_mut(kind as usize) {
            *count += 1;
        }
        match name.split_once('/') {
            Some((folder, name)) if depth < DEPTH_MAX => {
                let folder = self.folders.entry(folder).or_default();
                folder.add(name, kind, change, depth + 1);
            }
            _ => self.files.push((name, kind, change)),
        }
    }
}

/// Writes `changes`, of which `is_plan` says that they were only planned.
pub(super) fn write(page: &mut Markup, changes: &[Change<'_>], is_plan: bool) {
    let mut root = Folder::default();
    let files = changes
        .iter()
        .filter_map(|change| Some((Kind::of(change)?, change)));
    let files: Vec<(Kind, &Change<'_>)> = files.collect();
    for (kind, change) in files.iter().take(NAMES_MAX) {
        root.add(change.key, *kind, change, 0);
    }
    let is_open = files.len() <= OPEN_MAX;
    list(page, &root, is_open, is_plan);
}

fn list(page: &mut Markup, folder: &Folder<'_>, is_open: bool, is_plan: bool) {
    page.put("<ul class=\"tree\">\n");
    for (name, inner) in &folder.folders {
        page.put(if is_open {
            "<li><details open><summary><bdi>"
        } else {
            "<li><details><summary><bdi>"
        });
        page.text(format_args!("{name}/"));
        let inner = open_chain(page, inner);
        page.put("</bdi>");
        counts(page, inner.counts);
        page.put("</summary>\n");
        list(page, inner, is_open, is_plan);
        page.put("</details></li>\n");
    }
    for (name, kind, change) in &folder.files {
        page.put("<li class=\"file\">").put(kind.mark());
        page.element("<span><bdi>", name, "</bdi>");
        note(page, *kind, change);
        let status = match change.status {
            "failed" => " <span class=\"tag bad\">failed</span>",
            "not-attempted" if !is_plan => " <span class=\"tag\">not attempted</span>",
            _ => "",
        };
        page.put(status).put("</span></li>\n");
    }
    page.put("</ul>\n");
}

/// Names the folders that hold nothing but the next one in the same line, and gives the last of them.
fn open_chain<'a, 'b>(page: &mut Markup, folder: &'b Folder<'a>) -> &'b Folder<'a> {
    let mut inner = folder;
    while inner.files.is_empty()
        && inner.folders.len() == 1
        && let Some((name, next)) = inner.folders.first_key_value()
    {
        page.text(format_args!("{name}/"));
        inner = next;
    }
    inner
}

/// Size, and why an object is replaced.
fn note(page: &mut Markup, kind: Kind, change: &Change<'_>) {
    let reason = change.reason.filter(|_| kind == Kind::Changed);
    let size = change.bytes.map(|bytes| Bytes(bytes).to_string());
    let notes: Vec<&str> = size.as_deref().into_iter().chain(reason).collect();
    if !notes.is_empty() {
        page.element(" <small>", notes.join(", "), "</small>");
    }
}

fn counts(page: &mut Markup, [new, changed, deleted]: [usize; 3]) {
    let words = [(new, "new"), (changed, "changed"), (deleted, "deleted")];
    let words = words.iter().filter(|(count, _)| *count > 0);
    let words: Vec<String> = words
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    page.element(" <small>", words.join(", "), "</small>");
}

/// How many changes the page has no name for, as a sentence.
pub(super) fn unnamed(all: usize) -> Option<String> {
    let more = all.checked_sub(NAMES_MAX).filter(|more| *more > 0)?;
    Some(format!(
        "And {} without a name here.",
        Count(more, "more change")
    ))
}
