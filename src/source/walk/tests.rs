//! Walks of real folders: links, special files and names.

use super::{Fault, Links, NameFault, Walk, walk};
use deploy_core::object::key::{KeyFault, RelativeKey};
use deploy_core::tree::{Filter, Patterns, Source};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;

fn run(folder: &Path, exclude: &[&str]) -> Result<Walk, Fault> {
    let exclude: Vec<String> = exclude.iter().map(ToString::to_string).collect();
    let filter = Filter::new(Patterns::parse(&exclude).unwrap(), Patterns::default());
    let name = RelativeKey::parse("unused").unwrap();
    let source = Source::Folder(folder.to_owned());
    walk(&source, &name, &filter, Links::Follow, 0)
}

fn keys(walk: &Walk) -> Vec<&str> {
    walk.tree
        .files()
        .iter()
        .map(|file| walk.tree.key(file))
        .collect()
}

fn faults(result: Result<Walk, Fault>) -> Vec<(String, NameFault)> {
    match result {
        Err(Fault::Names(mut faults)) => {
            faults.sort_by(|left, right| left.0.cmp(&right.0));
            faults
        }
        other => panic!("no faults of names, but {other:?}"),
    }
}

#[test]
fn links_inside_the_folder_are_followed() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("real")).unwrap();
    fs::write(folder.path().join("real/a"), "a").unwrap();
    symlink("real", folder.path().join("alias")).unwrap();
    symlink("real/a", folder.path().join("b")).unwrap();
    assert_eq!(
        keys(&run(folder.path(), &[]).unwrap()),
        ["alias/a", "b", "real/a"]
    );
}

#[test]
fn links_are_left_out_where_they_are_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("site");
    fs::create_dir_all(site.join("real")).unwrap();
    fs::write(site.join("real/a"), "a").unwrap();
    for (target, link) in [
        ("real", "alias"),
        ("real/a", "b"),
        ("nowhere", "broken"),
        (".", "cycle"),
        ("/etc/hostname", "stray"),
    ] {
        symlink(target, site.join(link)).unwrap();
    }
    // LOCAL_PATH itself may be a link: it is named, not met.
    symlink("site", folder.path().join("current")).unwrap();
    for name in ["site", "current"] {
        let source = Source::Folder(folder.path().join(name));
        let key = RelativeKey::parse("unused").unwrap();
        let walked = walk(&source, &key, &Filter::everything(), Links::Skip, 0);
        assert_eq!(keys(&walked.unwrap()), ["real/a"], "{name}");
    }
}

#[test]
fn cycles_strays_broken_links_and_special_files_are_named_together() {
    let folder = tempfile::tempdir().unwrap();
    symlink(".", folder.path().join("cycle")).unwrap();
    symlink("/etc/hostname", folder.path().join("stray")).unwrap();
    symlink("nowhere", folder.path().join("broken")).unwrap();
    // The system itself gives up on the way around.
    symlink("there", folder.path().join("here")).unwrap();
    symlink("here", folder.path().join("there")).unwrap();
    let socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
    let found = faults(run(folder.path(), &[]));
    let names: Vec<_> = found.iter().map(|(name, _)| name.as_str()).collect();
    let all = ["broken", "cycle", "here", "socket", "stray", "there"];
    assert_eq!(names, all);
    assert_eq!(found[0].1, NameFault::LinkBroken);
    for circle in [1, 2, 5] {
        assert_eq!(found[circle].1, NameFault::LinkCycle);
    }
    assert_eq!(found[3].1, NameFault::Special);
    assert!(matches!(found[4].1, NameFault::LinkOutside(_)));
    drop(socket);
    let excluded = run(folder.path(), &all).unwrap();
    assert!(excluded.tree.files().is_empty());
}

#[test]
fn no_link_leads_around_what_is_never_deployed() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join(".git/hooks")).unwrap();
    fs::write(folder.path().join(".git/config"), "").unwrap();
    symlink(".git", folder.path().join("alias")).unwrap();
    symlink(".git/config", folder.path().join("config")).unwrap();
    symlink(".git/hooks", folder.path().join("hooks")).unwrap();
    let found = faults(run(folder.path(), &[]));
    let names: Vec<_> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["alias", "config", "hooks"]);
    assert!(
        found
            .iter()
            .all(|(_, fault)| matches!(fault, NameFault::LinkToHidden(_)))
    );
}

#[test]
fn files_of_rules_stay_in_the_folder_too() {
    let folder = tempfile::tempdir().unwrap();
    symlink("/etc/hostname", folder.path().join("_headers")).unwrap();
    fs::write(folder.path().join("rules"), "").unwrap();
    symlink("rules", folder.path().join("_redirects")).unwrap();
    let found = faults(run(folder.path(), &[]));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, "_headers");
    let kept = run(folder.path(), &["_headers"]).unwrap();
    assert_eq!(keys(&kept), ["rules"]);
}

#[test]
fn a_folder_below_which_nothing_can_have_a_key_is_not_entered() {
    let folder = tempfile::tempdir().unwrap();
    let long = vec!["d".repeat(250); 5].join("/");
    fs::create_dir_all(folder.path().join(&long)).unwrap();
    fs::write(folder.path().join(&long).join("file"), "").unwrap();
    let found = faults(run(folder.path(), &[]));
    assert_eq!(found.len(), 1);
    // The fifth folder: four of 250 bytes and their separators leave room, five do not.
    assert_eq!(found[0].0.len(), 5 * 250 + 4);
    assert_eq!(found[0].1, NameFault::Key(KeyFault::TooLong));
    let excluded = vec!["d".repeat(250); 5].join("/");
    assert!(run(folder.path(), &[&excluded]).is_ok());
}

#[test]
fn names_that_cannot_be_keys_are_all_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(OsStr::from_bytes(b"bad\xff")), "").unwrap();
    fs::write(folder.path().join("bell\u{7}"), "").unwrap();
    fs::write(folder.path().join("fine"), "").unwrap();
    let found = faults(run(folder.path(), &[]));
    assert_eq!(
        found,
        [
            ("bad\u{fffd}".to_owned(), NameFault::Key(KeyFault::NotUtf8)),
            ("bell\u{7}".to_owned(), NameFault::Key(KeyFault::NotXml)),
        ]
    );
}

#[test]
fn a_key_may_not_outgrow_s3_with_its_prefix() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a".repeat(200)), "").unwrap();
    let name = RelativeKey::parse("unused").unwrap();
    let source = Source::Folder(folder.path().to_owned());
    let longest = |prefix| walk(&source, &name, &Filter::everything(), Links::Follow, prefix);
    assert!(longest(824).is_ok());
    assert!(longest(825).is_err());
}

#[test]
fn look_alikes_are_kept_and_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("\u{e9}"), "").unwrap();
    fs::write(folder.path().join("e\u{301}"), "").unwrap();
    let found = run(folder.path(), &[]).unwrap();
    assert_eq!(found.tree.files().len(), 2);
    assert_eq!(found.look_alikes.len(), 1);
}

#[test]
fn repositories_and_pipe_storage_stay_home_dot_files_go() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        ".git/config",
        ".bitbucket/x",
        ".well-known/security.txt",
        ".htaccess",
    ] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    assert_eq!(
        keys(&run(folder.path(), &[]).unwrap()),
        [".htaccess", ".well-known/security.txt"]
    );
}
