//! Folders and names that mean harm: too deep, too long, special, or not what was meant.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::special::fifo;
use crate::support::World;
use test_server::DEFAULT_BUCKET;

/// A tree that no path can name the end of. Removed by a tool that can, before the temporary folder
/// is: the standard library's way needs a stack frame and a file descriptor per level.
struct Deep(PathBuf);

impl Deep {
    const LEVELS: usize = 10_000;

    fn below(folder: &Path) -> Self {
        let root = folder.join("deep");
        fs::create_dir(&root).unwrap();
        let made = Command::new("sh")
            .arg("-c")
            .arg("for i in 1 2 3 4 5 6 7 8 9 10; do mkdir -p \"$1\" && cd -P \"$1\" || exit 1; done; : > file")
            .args(["sh", &"d/".repeat(Self::LEVELS / 10)])
            .current_dir(&root)
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        Self(root)
    }
}

impl Drop for Deep {
    fn drop(&mut self) {
        drop(Command::new("rm").arg("-rf").arg(&self.0).status());
    }
}

#[test]
fn a_tree_of_ten_thousand_levels_is_refused_without_being_walked() {
    let mut world = World::with_files(&[("a", "a")]);
    let _deep = Deep::below(&world.path(""));
    let ran = world.run_to(2);
    let names = ran.lines("  `");
    assert_eq!(names.len(), 1, "{}", ran.stderr);
    assert!(names[0].starts_with("  `deep/d/d/"));
    assert!(names[0].ends_with("/d` is longer than the 1024 bytes of a key"));
    assert!(names[0].len() < 1200, "the name is not printed endlessly");
    assert!(world.server.requests().is_empty());
    world.set("EXCLUDE", "/deep/").deploy();
    assert_eq!(world.keys(), ["a"]);
    world.set("LOCAL_PATH", "site/deep/d/d").run_to(2);
}

#[test]
fn names_as_long_as_systems_have_them_are_deployed_and_longer_ones_deleted() {
    let mut world = World::new();
    let longest = "n".repeat(255);
    let wide = "ü".repeat(127);
    world.write(&longest, "x").write(&wide, "x");
    // No file can have such a name, but an object can.
    let remote = "r".repeat(300);
    world.server.put_object(DEFAULT_BUCKET, &remote, "x");
    world.set("DELETE_FLAG", "true").deploy();
    assert_eq!(world.keys(), [longest, wide]);
}

#[test]
fn a_local_path_of_300_characters_is_a_mistake_of_the_variable() {
    let mut world = World::with_files(&[("a", "a")]);
    let ran = world.set("LOCAL_PATH", &"x".repeat(300)).run_to(2);
    assert!(ran.says("ERROR: LOCAL_PATH: `xxx"), "{}", ran.stderr);
    assert!(ran.stderr.contains("File name too long"), "{}", ran.stderr);
}

#[test]
fn names_cannot_give_commands_to_the_system_that_reads_the_log() {
    let files = [
        "::error::broken",
        "::set-output name=x::y",
        "##[add-mask]x",
        "a\n::stop-commands::x",
        "b\r\u{2028}::error::x",
        "\u{202e}::warning::x",
    ];
    let names: Vec<(&str, &str)> = files.iter().map(|name| (*name, "x")).collect();
    let mut world = World::with_files(&names);
    // A carriage return cannot be a key: one run is refused, the next leaves that file out.
    for (exclude, dry_run, format, command) in [
        ("", "false", "pipe", "deploy"),
        ("b*", "true", "pipe", "deploy"),
        ("b*", "false", "pipe", "deploy"),
        ("b*", "false", "json", "deploy"),
        ("b*", "false", "pipe", "explain"),
    ] {
        world
            .set("EXCLUDE", exclude)
            .set("DRY_RUN", dry_run)
            .set("LOG_FORMAT", format)
            .set("COMMAND", command);
        let ran = world.run();
        let is_refused = exclude.is_empty();
        assert_eq!(ran.code, Some(if is_refused { 2 } else { 0 }), "{ran:?}");
        for line in ran.stderr.lines().chain(ran.stdout.lines()) {
            let starts = ["INFO: ", "WARNING: ", "ERROR: ", "  ", "✔ ", "✖ ", "{"];
            // An answer has lines of its own: counted groups, and what is indented below them.
            let is_answer = command == "explain"
                && line.starts_with([' ', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
            let is_log = starts.iter().any(|start| line.starts_with(start));
            assert!(is_answer || is_log, "{line}");
            assert!(!line.contains(['\u{202e}', '\u{2028}', '\r']), "{line}");
        }
    }
}

#[test]
fn a_local_path_that_is_no_folder_of_files_is_refused() {
    let mut world = World::with_files(&[("a", "a"), (".git/config", "x"), (".git/hooks/x", "x")]);
    fifo(&world.working_folder().join("pipe"));
    symlink("/", world.working_folder().join("root")).unwrap();
    for (path, reason) in [
        ("/", "is the whole file system"),
        ("root", "is the whole file system"),
        ("/usr/..", "is the whole file system"),
        ("site/.git", "is inside a repository's `.git`"),
        ("site/.git/hooks", "is inside a repository's `.git`"),
        ("pipe", "is neither a folder nor a file"),
        ("/dev/zero", "is neither a folder nor a file"),
    ] {
        let ran = world.set("LOCAL_PATH", path).run_to(2);
        let says = format!("ERROR: LOCAL_PATH: `{path}` {reason}");
        assert!(ran.says(&says), "{}", ran.stderr);
    }
    assert!(world.server.requests().is_empty());
}

#[test]
fn a_local_path_above_is_deployed_by_the_names_below_it() {
    let mut world = World::with_files(&[("a", "a"), ("sub/b", "b"), (".git/config", "x")]);
    world.unset("REPORT_FILE");
    for path in ["..", "../../site", "./.."] {
        world.set("LOCAL_PATH", path);
        let mut command = world.command();
        command.current_dir(world.path("sub"));
        let ran = world.wait(command.spawn().unwrap());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert_eq!(world.keys(), ["a", "sub/b"], "{path}");
    }
}
