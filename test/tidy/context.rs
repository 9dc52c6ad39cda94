//! Holds what the image is built from: the Dockerfile copies every crate of the workspace, and
//! `.dockerignore` lets through what is copied and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::root;

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

/// What the Dockerfile copies out of this folder.
fn copied() -> BTreeSet<String> {
    let text = read("Dockerfile");
    let copies = text.lines().filter_map(|line| line.strip_prefix("COPY "));
    copies
        .filter(|words| !words.starts_with("--from="))
        .flat_map(|words| {
            let (sources, _target) = words.rsplit_once(' ').unwrap();
            sources.split(' ').map(str::to_owned)
        })
        .collect()
}

/// What `.dockerignore` lets through.
fn let_through() -> BTreeSet<String> {
    let text = read(".dockerignore");
    let lines = text.lines().filter_map(|line| line.strip_prefix('!'));
    lines.map(str::to_owned).collect()
}

/// The folders of the workspace's crates beside the one at the top.
fn members() -> Vec<String> {
    let text = read("Cargo.toml");
    let (_, list) = text.split_once("members = [").unwrap();
    let (list, _) = list.split_once(']').unwrap();
    let names = list.split(',').map(|name| name.trim().trim_matches('"'));
    let names = names.filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

#[test]
fn the_images_build_sees_what_it_copies_and_nothing_else() {
    assert_eq!(copied(), let_through());
    for name in copied() {
        assert!(root().join(&name).exists(), "{name}");
    }
}

#[test]
fn the_images_build_has_every_crate_of_the_workspace() {
    let copied = copied();
    let members = members();
    assert!(members.len() > 1);
    for member in members {
        let is_copied = copied
            .iter()
            .any(|folder| Path::new(&member).starts_with(folder));
        assert!(is_copied, "{member}");
    }
}
