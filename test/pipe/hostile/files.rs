//! Files that change, vanish or cannot be read while they are deployed.

use std::fs::{self, OpenOptions, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use super::special::fifo;
use crate::support::{PATIENCE, Ran, World};
use test_server::{DEFAULT_BUCKET, Effect, Fault};

#[test]
fn what_becomes_of_a_file_before_its_upload_is_noticed() {
    let mut world = World::with_files(&[
        ("a.js", "a"),
        ("b-shrinks.js", "planned"),
        ("c-is-emptied.js", "planned"),
        ("d-becomes-a-folder.js", "planned"),
        ("e-becomes-a-link.js", "planned"),
        ("f-becomes-a-pipe.js", "planned"),
        ("g-stays.js", "planned"),
    ]);
    world.set("CONCURRENCY", "1");
    world.server.inject(
        Fault::new(Effect::Hold)
            .on("PutObject")
            .key("a.js")
            .times(1),
    );
    let child = world.spawn();
    assert!(world.server.wait_until_held(1, PATIENCE));
    world
        .write("b-shrinks.js", "plan")
        .write("c-is-emptied.js", "");
    for name in [
        "d-becomes-a-folder.js",
        "e-becomes-a-link.js",
        "f-becomes-a-pipe.js",
    ] {
        world.remove(name);
    }
    fs::create_dir(world.path("d-becomes-a-folder.js")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", world.path("e-becomes-a-link.js")).unwrap();
    fifo(&world.path("f-becomes-a-pipe.js"));
    world.server.release();
    let ran = world.wait(child);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let failed = world.last_report()["failed"].as_array().unwrap().len();
    assert_eq!(failed, 5, "{}", ran.stderr);
    assert_eq!(world.keys(), ["a.js", "g-stays.js"]);
}

#[test]
fn a_large_file_that_changes_in_the_middle_leaves_no_object() {
    for change in ["shrinks", "grows", "is rewritten"] {
        let mut world = World::new();
        world.write("large.bin", vec![7; 40 << 20]);
        world.set("CONCURRENCY", "1");
        world
            .server
            .inject(Fault::new(Effect::Hold).on("UploadPart").times(1));
        let child = world.spawn();
        assert!(world.server.wait_until_held(1, PATIENCE));
        let path = world.path("large.bin");
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        match change {
            "shrinks" => file.set_len(20 << 20).unwrap(),
            "grows" => file.set_len(50 << 20).unwrap(),
            _ => fs::write(&path, vec![8; 40 << 20]).unwrap(),
        }
        world.server.release();
        let ran = world.wait(child);
        assert_eq!(ran.code, Some(1), "{change}: {}", ran.stderr);
        assert!(
            ran.says("ERROR: 1 upload failed: the file changed"),
            "{change}: {}",
            ran.stderr
        );
        assert!(world.keys().is_empty(), "{change}");
        assert_eq!(world.server.open_uploads(DEFAULT_BUCKET), 0, "{change}");
        world.deploy();
        assert_eq!(world.bytes("large.bin"), fs::read(&path).ok(), "{change}");
    }
}

#[test]
fn a_large_file_that_vanishes_in_the_middle_arrives_whole_or_not_at_all() {
    let mut world = World::new();
    world.write("large.bin", vec![7; 40 << 20]);
    world.set("CONCURRENCY", "1");
    world
        .server
        .inject(Fault::new(Effect::Hold).on("UploadPart").times(1));
    let child = world.spawn();
    assert!(world.server.wait_until_held(1, PATIENCE));
    world.remove("large.bin");
    world.server.release();
    let ran = world.wait(child);
    let bytes = world.bytes("large.bin");
    match ran.code {
        Some(0) => assert_eq!(bytes, Some(vec![7; 40 << 20])),
        code => assert_eq!((code, bytes), (Some(1), None), "{}", ran.stderr),
    }
    assert_eq!(world.server.open_uploads(DEFAULT_BUCKET), 0);
}

/// Runs as a user who may not read everything, which root may.
fn run_as_nobody(world: &mut World) -> Ran {
    world.unset("REPORT_FILE");
    let mut command = world.command();
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        const NOBODY: u32 = 65_534;
        for folder in [world.working_folder(), &world.path("")] {
            fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
        }
        // The folder that cargo builds in may be closed to others.
        let binary = world.working_folder().join("pipe-binary");
        // A process of its own writes the copy: a test on another thread that starts a program right now
        // would hand on a file that this one has open for writing, and such a file cannot be run.
        let copied = Command::new("cp")
            .arg(command.get_program())
            .arg(&binary)
            .status();
        assert!(copied.unwrap().success());
        let mut other = Command::new(&binary);
        other.env_clear().current_dir(world.working_folder());
        for (name, value) in command.get_envs() {
            other.env(name, value.unwrap());
        }
        other.uid(NOBODY).gid(NOBODY);
        other
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        command = other;
    }
    world.wait(command.spawn().unwrap())
}

#[test]
fn files_and_folders_that_cannot_be_read_are_named() {
    let closed = || Permissions::from_mode(0o000);
    let mut world = World::with_files(&[("a", "a"), ("closed", "x"), ("index.html", "x")]);
    fs::set_permissions(world.path("closed"), closed()).unwrap();
    let ran = run_as_nobody(&mut world);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(
        ran.says("ERROR: 1 upload failed: the file cannot be read") && ran.says("  these: closed"),
        "{}",
        ran.stderr
    );
    assert_eq!(world.keys(), ["a"]);

    let mut world = World::with_files(&[("a", "a"), ("closed.pem", "x")]);
    fs::set_permissions(world.path("closed.pem"), closed()).unwrap();
    let ran = run_as_nobody(&mut world);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let error =
        "ERROR: cannot tell whether LOCAL_PATH holds secrets: cannot read `site/closed.pem`";
    assert!(ran.says(error), "{}", ran.stderr);
    assert!(world.server.requests().is_empty());

    let mut world = World::with_files(&[("a", "a"), ("closed/b", "x")]);
    fs::set_permissions(world.path("closed"), closed()).unwrap();
    let ran = run_as_nobody(&mut world);
    fs::set_permissions(world.path("closed"), Permissions::from_mode(0o755)).unwrap();
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let error = "ERROR: cannot list LOCAL_PATH: cannot read `site/closed`";
    assert!(ran.says(error), "{}", ran.stderr);
    assert!(world.server.requests().is_empty());
}
