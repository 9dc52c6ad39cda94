//! Changes as a tree of folders. Pure.

use std::collections::BTreeMap;

use super::markup::{Markup, put};
use crate::console::Mark;
use crate::report::Changes;
use crate::report::changes::Change;
use deploy_core::base::units::Bytes;

/// Changes that the page names; beyond them browsers take long, and the JSON report has more.
pub(super) const NAMES_MAX: usize = 10_000;

/// Changes of a tree that is open from the beginning.
const OPEN_MAX: usize = 500;

/// Folders below each other; what is deeper stands with its path in the last of them.
const DEPTH_MAX: usize = 40;

#[derive(Debug, Default)]
struct Folder<'a> {
    folders: BTreeMap<&'a str, Folder<'a>>,
    files: Vec<(&'a str, Mark, &'a Change<'a>)>,
    counts: Changes,
}

impl<'a> Folder<'a> {
    fn add(&mut self, name: &'a str, mark: Mark, change: &'a Change<'a>, depth: usize) {
        self.counts.add(mark);
        match name.split_once('/') {
            Some((folder, name)) if depth < DEPTH_MAX => {
                let folder = self.folders.entry(folder).or_default();
                folder.add(name, mark, change, depth + 1);
            }
            _ => self.files.push((name, mark, change)),
        }
    }
}

/// Writes `changes`, of which `is_plan` says that they were only planned.
pub(super) fn write(page: &mut Markup, changes: &[Change<'_>], is_plan: bool) {
    let files = changes
        .iter()
        .filter_map(|change| Some((change.mark?, change)));
    let files: Vec<(Mark, &Change<'_>)> = files.collect();
    let mut root = Folder::default();
    for (mark, change) in files.iter().take(NAMES_MAX) {
        root.add(change.key, *mark, change, 0);
    }
    let open = if files.len() <= OPEN_MAX { " open" } else { "" };
    list(page, &root, open, is_plan);
}

fn list(page: &mut Markup, folder: &Folder<'_>, open: &str, is_plan: bool) {
    page.put("<ul class=\"tree\">\n");
    for (name, inner) in &folder.folders {
        put! { page, "<li><details{}><summary><bdi>{}/", open, name }
        let inner = open_chain(page, inner);
        put! { page, "</bdi> <small>{}</small></summary>\n", inner.counts }
        list(page, inner, open, is_plan);
        page.put("</details></li>\n");
    }
    for (name, mark, change) in &folder.files {
        let sign = match mark {
            Mark::Deleted => '−',
            Mark::New | Mark::Changed => mark.sign(),
        };
        let word = mark.word();
        page.put("<li class=\"file\">");
        put! { page, "<span class=\"mark {}\" aria-hidden=\"true\">{}</span>", word, sign }
        // The word stands for the sign where colours and signs are not seen.
        put! { page, "<span class=\"hidden\">{}: </span><span><bdi>{}</bdi>", word, name }
        note(page, *mark, change);
        page.put(match change.status {
            "failed" => " <span class=\"tag bad\">failed</span>",
            "not-attempted" if !is_plan => " <span class=\"tag\">not attempted</span>",
            _ => "",
        });
        page.put("</span></li>\n");
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
        put! { page, "{}/", name }
        inner = next;
    }
    inner
}

/// Size, and why an object is replaced.
fn note(page: &mut Markup, mark: Mark, change: &Change<'_>) {
    let reason = change.reason.filter(|_| mark == Mark::Changed);
    let size = change.bytes.map(|bytes| Bytes(bytes).to_string());
    let notes: Vec<&str> = size.as_deref().into_iter().chain(reason).collect();
    if !notes.is_empty() {
        put! { page, " <small>{}</small>", notes.join(", ") }
    }
}
