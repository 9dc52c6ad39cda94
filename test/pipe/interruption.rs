//! Signals and sudden death: what was begun is cleaned up, and running again finishes.

use crate::support::{PATIENCE, World, on_all};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::process::Child;
use test_server::{DEFAULT_BUCKET, Effect, Fault};

pub(crate) fn send(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
    kill(pid, signal).unwrap();
}

#[test]
fn a_signal_stops_cleanly_and_says_what_is_left() {
    // Each is given the grace that what is under way has.
    on_all(&[Signal::SIGTERM, Signal::SIGINT], |signal| {
        let mut world =
            World::with_files(&[("a", "a"), ("b", "b"), ("index.html", "x")]).unrecorded();
        world.set("CONCURRENCY", "1");
        world
            .server
            .inject(Fault::new(Effect::Hold).on("PutObject").times(1));
        let child = world.spawn();
        assert!(world.server.wait_until_held(1, PATIENCE));
        send(&child, *signal);
        let ran = world.wait(child);
        assert_eq!(ran.code, Some(4), "{}", ran.stderr);
        assert!(ran.says("ERROR: interrupted by a signal"), "{}", ran.stderr);
        assert_eq!(
            ran.stdout,
            "✖ Deployment interrupted after 0.00 s. 0 of 3 changes done, 1 failed, 2 not attempted. No page has changed. Running it again finishes it.\n"
        );
        world.server.release();
        world.run_to(0);
        assert_eq!(world.keys(), ["a", "b", "index.html"]);
    });
}

#[test]
fn a_signal_before_the_plan_ends_it_at_once() {
    let world = World::with_files(&[("a", "a")]);
    world
        .server
        .inject(Fault::new(Effect::Hold).on("ListObjectsV2").times(1));
    let child = world.spawn();
    assert!(world.server.wait_until_held(1, PATIENCE));
    send(&child, Signal::SIGTERM);
    assert_eq!(world.wait(child).code, Some(4));
    assert!(world.keys().is_empty());
}

#[test]
fn a_signal_ends_it_while_the_note_of_an_invalidation_is_on_its_way() {
    let mut world = World::with_files(&[("a", "a")]).unrecorded();
    world.server.put_object(DEFAULT_BUCKET, "a", "old");
    world.set("CLOUDFRONT_DISTRIBUTION_ID", "E1");
    let note = Fault::new(Effect::Hold).on("PutObject");
    world
        .server
        .inject(note.key_containing("invalidation-pending"));
    let child = world.spawn();
    assert!(world.server.wait_until_held(1, PATIENCE));
    send(&child, Signal::SIGTERM);
    assert_eq!(world.wait(child).code, Some(4));
    assert_eq!(world.bytes("a"), Some(b"old".to_vec()));
}

#[test]
fn a_signal_aborts_the_multipart_upload() {
    let mut world = World::new();
    world.write("large.bin", vec![7; 40 << 20]);
    world.set("CONCURRENCY", "2");
    world
        .server
        .inject(Fault::new(Effect::Hold).on("UploadPart").skip(1));
    let child = world.spawn();
    assert!(world.server.wait_until_held(1, PATIENCE));
    assert_eq!(world.server.open_uploads(DEFAULT_BUCKET), 1);
    send(&child, Signal::SIGTERM);
    assert_eq!(world.wait(child).code, Some(4));
    assert_eq!(world.server.open_uploads(DEFAULT_BUCKET), 0);
    assert!(world.keys().is_empty());
}

#[test]
fn a_killed_deploy_is_finished_by_running_it_again() {
    let mut world = World::new();
    for index in 0..50 {
        world.write(&format!("{index}.js"), format!("{index}"));
    }
    world.write("index.html", "x");
    world.server.put_object(DEFAULT_BUCKET, "old.js", "old");
    world.set("DELETE_FLAG", "true").set("CONCURRENCY", "4");
    world
        .server
        .inject(Fault::new(Effect::Hold).on("PutObject").skip(20));
    let mut child = world.spawn();
    assert!(world.server.wait_until_held(4, PATIENCE));
    child.kill().unwrap();
    child.wait().unwrap();
    let keys = world.keys();
    assert!(keys.contains(&"old.js".to_owned()) && !keys.contains(&"index.html".to_owned()));
    world.server.clear_faults();
    world.server.release();
    world.deploy();
    assert_eq!(world.keys().len(), 51);
    assert_eq!(world.deploy()["outcome"], "unchanged");
}
