//! Pipes, sockets and devices where files should be, and files without an end. None of them may hang
//! the step or take its memory.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{PATIENCE, Ran, World};
use test_server::{DEFAULT_BUCKET, Effect, Fault};

/// Addresses that a run may reserve, in KiB: what is read without a bound does not fit.
const MEMORY_KIB_MAX: u64 = 4 << 20;

/// Makes a pipe with a name: what opens it waits until another does.
pub(super) fn fifo(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

/// A run that is killed when it takes too long, and cannot take too much memory.
fn bounded(world: &World) -> Command {
    let command = world.command();
    let mut bounded = Command::new("sh");
    bounded
        .env_clear()
        .current_dir(world.working_folder())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .arg("-c")
        .arg("ulimit -v \"$1\" && exec timeout --signal KILL \"$2\" \"$3\"")
        .args(["sh", &MEMORY_KIB_MAX.to_string()])
        .arg(PATIENCE.as_secs().to_string())
        .arg(command.get_program());
    for (name, value) in command.get_envs() {
        bounded.env(name, value.unwrap());
    }
    bounded
}

fn run(world: &World) -> Ran {
    world.wait(bounded(world).spawn().unwrap())
}

/// A file that says it has 64 GiB, and takes no room.
fn endless(path: &Path) {
    File::create(path).unwrap().set_len(64 << 30).unwrap();
}

#[test]
fn what_a_variable_names_is_read_only_if_it_is_a_file_of_a_likely_size() {
    for (variable, value, size) in [
        ("RULES_FILE", "", "it has more than 1.0 MiB"),
        ("TRUST_POLICY_FILE", "", "it has more than 1.0 MiB"),
        ("AWS_CA_BUNDLE", "", "it has more than 16.0 MiB"),
        ("SSL_CERT_FILE", "", "it has more than 16.0 MiB"),
        ("EXTRA_ARGS", "--ca-bundle ", "it has more than 16.0 MiB"),
        (
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "",
            "it has more than 19.5 KiB",
        ),
    ] {
        let mut world = World::with_files(&[("a", "a")]);
        world.unset("BITBUCKET_STEP_OIDC_TOKEN");
        fifo(&world.working_folder().join("pipe"));
        endless(&world.working_folder().join("endless"));
        for (path, reason) in [
            ("pipe", "it is a pipe, not a file"),
            ("site", "it is a folder, not a file"),
            ("/dev/zero", "it is a device, not a file"),
            ("endless", size),
        ] {
            world.set(variable, &format!("{value}{path}"));
            let ran = run(&world);
            assert_eq!(ran.code, Some(2), "{variable}={path}: {}", ran.stderr);
            let says = format!("ERROR: {variable}: `{path}` cannot be read ({reason}); name ");
            assert!(ran.says(&says), "{variable}={path}: {}", ran.stderr);
        }
        assert!(world.server.requests().is_empty(), "{variable}");
    }
}

#[test]
fn files_of_rules_in_the_folder_are_read_only_if_they_are_files_of_a_likely_size() {
    for name in ["_headers", "_redirects"] {
        for command in ["deploy", "explain"] {
            let mut world = World::with_files(&[("a", "a")]);
            world.set("COMMAND", command);
            fifo(&world.path(name));
            let ran = run(&world);
            assert_eq!(ran.code, Some(2), "{command}: {}", ran.stderr);
            let says = format!("  `{name}` is neither a file nor a folder");
            assert!(ran.says(&says), "{command}: {}", ran.stderr);

            world.remove(name);
            endless(&world.path(name));
            let ran = run(&world);
            assert_eq!(ran.code, Some(1), "{command}: {}", ran.stderr);
            let says = format!("cannot read `site/{name}`: it has more than 4.0 MiB");
            assert!(ran.stderr.contains(&says), "{command}: {}", ran.stderr);
            assert!(world.server.requests().is_empty(), "{command}");
        }
    }
}

#[test]
fn a_report_is_not_written_to_a_pipe_that_nobody_reads() {
    let mut world = World::with_files(&[("a", "a")]);
    fifo(&world.working_folder().join("pipe"));
    world.set("REPORT_FILE", "pipe");
    let ran = run(&world);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    let says = "ERROR: REPORT_FILE: `pipe` cannot be written (it is a pipe, not a file); name ";
    assert!(ran.says(says), "{}", ran.stderr);
    assert!(world.server.requests().is_empty());

    // The open ends of a pipe, as of the step's log, do not wait.
    world.set("REPORT_FILE", "/dev/stdout");
    let ran = run(&world);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("\"schema\""), "{}", ran.stdout);

    // What the CI system names is a warning, for the deploy is done.
    world.set("REPORT_FILE", "report.json");
    world.set("BITBUCKET_PIPELINES_VARIABLES_PATH", "pipe");
    let ran = run(&world);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.says("WARNING: cannot append output variables to `pipe`: it is a pipe"),
        "{}",
        ran.stderr
    );
}

#[test]
fn special_files_are_refused_by_name_and_never_opened() {
    let world = World::with_files(&[("a", "a")]);
    fifo(&world.path("pipe"));
    // A name that would be looked into, were it a file.
    fifo(&world.path("id.pem"));
    let socket = std::os::unix::net::UnixListener::bind(world.path("socket")).unwrap();
    let ran = run(&world);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    let mut errors = ran.lines("  `");
    errors.sort_unstable();
    assert_eq!(
        errors,
        [
            "  `id.pem` is neither a file nor a folder",
            "  `pipe` is neither a file nor a folder",
            "  `socket` is neither a file nor a folder"
        ]
    );
    assert!(world.server.requests().is_empty());
    drop(socket);
}

/// Only root may make devices, and not in every container.
#[test]
fn devices_in_the_folder_are_refused_by_name_and_never_opened() {
    let world = World::with_files(&[("a", "a")]);
    for (name, kind, minor) in [("zero", "c", "5"), ("loop", "b", "0")] {
        let major = if kind == "c" { "1" } else { "7" };
        let path = world.path(name);
        let made = Command::new("mknod")
            .arg(&path)
            .args([kind, major, minor])
            .output()
            .unwrap();
        if !made.status.success() {
            let reason = String::from_utf8_lossy(&made.stderr);
            eprintln!("not tried, for no device can be made here: {reason}");
            return;
        }
    }
    let ran = run(&world);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    let mut errors = ran.lines("  `");
    errors.sort_unstable();
    assert_eq!(
        errors,
        [
            "  `loop` is neither a file nor a folder",
            "  `zero` is neither a file nor a folder"
        ]
    );
    assert!(world.server.requests().is_empty());
}

#[test]
fn a_pipe_that_takes_a_files_place_is_not_waited_for() {
    // Where each setting opens files: when it compares, for a checksum, and for an upload.
    for (name, value) in [
        ("COMPARE_HEADERS", "false"),
        ("COMPARE_HEADERS", "true"),
        ("COMPRESS", "gzip"),
    ] {
        let mut world = World::with_files(&[("a.js", "old"), ("b.js", "old")]);
        world.set(name, value).deploy();
        world.write("a.js", "new");
        world
            .server
            .inject(Fault::new(Effect::Hold).on("ListObjectsV2").times(1));
        let child = bounded(&world).spawn().unwrap();
        assert!(world.server.wait_until_held(1, PATIENCE));
        for file in ["a.js", "b.js"] {
            world.remove(file);
            fifo(&world.path(file));
        }
        world.server.release();
        let ran = world.wait(child);
        assert_eq!(ran.code, Some(1), "{name}={value}: {}", ran.stderr);
        let reason = "it is a pipe, not a file";
        assert!(
            ran.stderr.contains(reason),
            "{name}={value}: {}",
            ran.stderr
        );
        let object = world.bytes("b.js");
        assert!(object.is_some(), "{DEFAULT_BUCKET} is as it was");
    }
}
