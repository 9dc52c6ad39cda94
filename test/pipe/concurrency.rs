//! CONCURRENCY=auto: where it begins, and what becomes of it when the server asks for less.

use test_server::{Effect, Fault};

use crate::support::{PATIENCE, World};

/// Requests in flight at the start.
const START: usize = 32;

/// Requests in flight at most.
const MOST: usize = 64;

fn many_files() -> World {
    let world = World::new();
    for index in 0..200 {
        world.write(&format!("{index:03}"), "x");
    }
    world
}

#[test]
fn a_server_that_asks_for_less_gets_half_as_much() {
    let world = many_files().unrecorded();
    let slow = Fault::error(503, "SlowDown", "Please reduce your request rate.");
    world.server.inject(slow.on("PutObject").times(1));
    world
        .server
        .inject(Fault::new(Effect::Hold).on("PutObject"));
    let child = world.spawn();
    // One of the first is refused, and tried again; the others are held.
    assert!(world.server.wait_until_held(START, PATIENCE));
    assert_eq!(world.server.count("PutObject"), START + 1);
    world.server.release();
    // The half of them is not replaced.
    let arrived = START + 1 + START / 2;
    assert!(world.server.wait_for("PutObject", arrived, PATIENCE));
    assert_eq!(world.server.count("PutObject"), arrived);
    world.server.clear_faults();
    world.server.release();
    assert_eq!(world.wait(child).code, Some(0));
    assert_eq!(world.keys().len(), 200);
}

#[test]
fn a_server_that_keeps_up_gets_64_at_a_time_and_never_more() {
    let world = many_files().unrecorded();
    world
        .server
        .inject(Fault::new(Effect::Hold).on("PutObject"));
    let child = world.spawn();
    assert!(world.server.wait_until_held(START, PATIENCE));
    world.server.release();
    // Once so many are answered as were in flight, twice as many are.
    assert!(world.server.wait_for("PutObject", START + MOST, PATIENCE));
    assert!(world.server.wait_until_held(MOST, PATIENCE));
    world.server.release();
    assert!(
        world
            .server
            .wait_for("PutObject", START + 2 * MOST, PATIENCE)
    );
    world.server.clear_faults();
    world.server.release();
    assert_eq!(world.wait(child).code, Some(0));
    assert_eq!(world.server.max_in_flight(), MOST);
    assert_eq!(world.keys().len(), 200);
}
