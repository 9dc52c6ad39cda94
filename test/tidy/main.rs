//! Holds the layout of the code: which room may import which, and what the core may not touch.
//!
//! The order of the rooms stands once, in ARCHITECTURE.md, and is read from there.

#![expect(
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "helpers of tests, outside of their functions"
)]

mod context;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// What marks the list of rooms in ARCHITECTURE.md.
const FENCE: &str = "```rooms\n";

/// Most lines of a file: one that is longer holds two ideas.
const LINES_MAX: usize = 400;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The rooms from the top floor down, each as its crate's folder and its name there.
fn rooms() -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let (_, list) = text.split_once(FENCE).unwrap();
    let (list, _) = list.split_once("```").unwrap();
    let rooms = list.lines().map(|line| {
        let path = line.split_whitespace().next().unwrap();
        let (folder, room) = path.rsplit_once('/').unwrap();
        (folder.to_owned(), room.to_owned())
    });
    rooms.collect()
}

/// A source file with the room that it stands in; none for a crate's own root.
struct Source {
    path: PathBuf,
    folder: &'static str,
    room: Option<String>,
    text: String,
}

fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    for folder in ["src", "core/src"] {
        collect(&root().join(folder), folder, &mut sources);
    }
    assert!(sources.len() > 100, "{} files", sources.len());
    sources
}

fn collect(directory: &Path, folder: &'static str, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, folder, sources);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let inside = path.strip_prefix(root().join(folder)).unwrap();
            let room = inside.parent().and_then(|parent| parent.iter().next());
            sources.push(Source {
                folder,
                room: room.map(|name| name.to_str().unwrap().to_owned()),
                text: fs::read_to_string(&path).unwrap(),
                path: path.strip_prefix(root()).unwrap().to_owned(),
            });
        }
    }
}

impl Source {
    /// The lines that are code and no test, with their numbers. Tests stand at a file's end.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let is_test = self.path.iter().any(|part| {
            part.to_str()
                .is_some_and(|part| part.trim_end_matches(".rs") == "tests")
        });
        let lines = (1..).zip(self.text.lines());
        lines
            .take_while(move |(_, line)| !is_test && !line.starts_with("mod tests {"))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// The rooms that the code names, with the line: `crate::room` and `deploy_core::room`.
    fn imports(&self) -> Vec<(usize, (&'static str, String))> {
        let mut found = Vec::new();
        for (number, line) in self.code() {
            for (start, folder) in [("crate::", self.folder), ("deploy_core::", "core/src")] {
                for (at, _) in line.match_indices(start) {
                    let is_whole = !line[..at].ends_with(|c: char| c == '_' || c.is_alphanumeric());
                    let rest = &line[at + start.len()..];
                    let end = rest.find(|c: char| c != '_' && !c.is_alphanumeric());
                    let room = &rest[..end.unwrap_or(rest.len())];
                    if is_whole && !room.is_empty() {
                        found.push((number, (folder, room.to_owned())));
                    }
                }
            }
        }
        found
    }
}

#[test]
fn imports_go_down() {
    let rooms = rooms();
    let floor = |folder: &str, room: &str| {
        rooms
            .iter()
            .position(|(f, r)| f == folder && r == room)
            .unwrap_or_else(|| panic!("{folder}/{room} is not in the list of ARCHITECTURE.md"))
    };
    let (mut wrong, mut imports) = (String::new(), 0);
    for source in sources() {
        let Some(room) = &source.room else { continue };
        let own = floor(source.folder, room);
        for (line, (folder, imported)) in source.imports() {
            imports += 1;
            if floor(folder, &imported) < own {
                writeln!(
                    wrong,
                    "{}:{line}: {}/{room} imports {folder}/{imported}, which stands above it",
                    source.path.display(),
                    source.folder,
                )
                .unwrap();
            }
        }
    }
    assert!(imports > 300, "{imports}");
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn every_room_of_the_list_is_there() {
    for (folder, room) in rooms() {
        assert!(root().join(&folder).join(&room).is_dir(), "{folder}/{room}");
    }
}

/// Lines of code that name one of `words`, in the files that `holds` is true of.
fn naming(words: &[&str], holds: impl Fn(&Source) -> bool) -> String {
    let mut found = String::new();
    for source in sources().iter().filter(|source| holds(source)) {
        for (number, line) in source.code() {
            for word in words.iter().filter(|word| line.contains(**word)) {
                writeln!(found, "{}:{number}: `{word}`", source.path.display()).unwrap();
            }
        }
    }
    found
}

/// The manifest of the core keeps the SDK, tokio, hyper and tracing away; the standard library is
/// there for everybody.
#[test]
fn the_core_touches_no_disk_network_environment_or_clock() {
    let words = [
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "std::thread",
        "SystemTime::now",
        "Instant",
        "println!",
        "async ",
    ];
    let found = naming(&words, |source| source.folder == "core/src");
    assert!(found.is_empty(), "\n{found}");
    let manifest = fs::read_to_string(root().join("core/Cargo.toml")).unwrap();
    let (_, dependencies) = manifest.split_once("[dependencies]").unwrap();
    for name in [
        "aws-", "tokio", "hyper", "tracing", "futures", "rustls", "libc",
    ] {
        let found = dependencies.lines().find(|line| line.starts_with(name));
        assert_eq!(found, None);
    }
}

#[test]
fn the_sdk_ends_at_its_room() {
    let words = [
        "aws_sdk_",
        "aws_smithy_",
        "aws_config::",
        "aws_sigv4::",
        "aws_credential_types",
    ];
    let found = naming(&words, |source| source.room.as_deref() != Some("aws"));
    assert!(found.is_empty(), "\n{found}");
}

#[test]
fn a_file_holds_one_idea_and_says_which() {
    let mut wrong = String::new();
    for source in sources() {
        let lines = source.text.lines().count();
        if !source.text.starts_with("//! ") {
            writeln!(
                wrong,
                "{} does not say what it is for",
                source.path.display()
            )
            .unwrap();
        }
        if lines > LINES_MAX {
            writeln!(wrong, "{} has {lines} lines", source.path.display()).unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
