//! Two builds at once, in every order that their requests allow: one is held at each of its requests
//! in turn while the other runs whole, and then goes on, or has been killed.
//!
//! Whatever becomes of it, no page in the bucket ever names what is not there, and the newer build's
//! step, run again, makes the bucket equal to its folder.

use super::concurrent::build;
use super::read;
use crate::replay::first_hole;
use crate::support::{PATIENCE, Ran, World, on_all};
use deploy_core::record::State;
use test_server::{Effect, Fault};

/// The folder of a build, and its number.
type Build = (&'static str, &'static str);

const FIRST: Build = ("first", "810");
const OLDER: Build = ("older", "811");
const NEWER: Build = ("newer", "812");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    GoesOn,
    IsKilled,
}

/// The first build is deployed; each has scripts of its own, and the same pages. One request at a time,
/// so that nothing of a deploy goes on while it is held.
fn deployed() -> World {
    let mut world = World::new();
    for (folder, digest) in [
        (FIRST.0, "3f2a9c1b"),
        (OLDER.0, "9b1d03ae"),
        (NEWER.0, "c07e55d1"),
    ] {
        let [app, about] = ["app", "about"].map(|name| format!("assets/{name}.{digest}.js"));
        let file = |name: &str| format!("{folder}/{name}");
        world
            .write(&file(&app), digest)
            .write(&file(&about), digest)
            .write(&file("about.html"), format!("src={about} {digest}"))
            .write(
                &file("index.html"),
                format!("src={app} href=about.html {digest}"),
            );
    }
    world.set("DELETE_FLAG", "true").set("CONCURRENCY", "1");
    turn_to(&mut world, FIRST).deploy();
    world
}

fn turn_to(world: &mut World, (folder, number): Build) -> &World {
    build(world, number);
    world.set("LOCAL_PATH", &format!("site/{folder}"))
}

/// How many requests a deploy of `build` over the first one sends.
fn requests(build: Build) -> usize {
    let mut world = deployed();
    world.server.clear_requests();
    turn_to(&mut world, build).deploy();
    world.server.counts().values().sum()
}

/// Holds `held` at its request `index` while `whole` runs, and returns how both ended.
fn interleave(world: &mut World, held: Build, whole: Build, index: usize, end: End) -> (Ran, Ran) {
    let request = Fault::new(Effect::Hold).skip(index).times(1);
    world.server.inject(request);
    let mut child = turn_to(world, held).spawn();
    assert!(world.server.wait_until_held(1, PATIENCE));
    world.server.clear_faults();
    let ran = turn_to(world, whole).run();
    if end == End::IsKilled {
        child.kill().unwrap();
    }
    world.server.release();
    let child = world.wait(child);
    assert!(world.server.wait_until_alone(PATIENCE));
    (child, ran)
}

/// All promises at the end, and after the newer build's step has run again.
fn check(world: &mut World, context: &str) {
    assert_eq!(first_hole(&world.server.changes()), None, "{context}");
    turn_to(world, NEWER);
    world.set("BITBUCKET_STEP_RUN_NUMBER", "2").run_to(0);
    assert_eq!(first_hole(&world.server.changes()), None, "{context}");
    for page in ["about.html", "index.html"] {
        let file = std::fs::read(world.path("newer").join(page)).unwrap();
        assert_eq!(world.bytes(page), Some(file), "{context}: {page}");
    }
    let head = read(world).head;
    let last = (head.who.build, head.state);
    assert_eq!(last, (Some(812), State::Done), "{context}");
}

fn every_order(held: Build, whole: Build, judge: impl Fn(End, &Ran, &Ran, &str) + Sync) {
    let orders: Vec<(usize, End)> = (0..requests(held))
        .flat_map(|index| [End::GoesOn, End::IsKilled].map(|end| (index, end)))
        .collect();
    on_all(&orders, |&(index, end)| {
        let mut world = deployed();
        let (child, ran) = interleave(&mut world, held, whole, index, end);
        let context = format!("request {index}, {end:?}\n{}\n{}", child.stderr, ran.stderr);
        judge(end, &child, &ran, &context);
        check(&mut world, &context);
    });
}

#[test]
fn a_newer_build_deploys_whatever_an_older_one_is_at() {
    every_order(OLDER, NEWER, |end, older, newer, context| {
        assert_eq!(newer.code, Some(0), "{context}");
        // One that had nothing left to do but to say so ends well, and says who is there now.
        let knows = matches!(older.code, Some(1 | 2)) || older.says("WARNING: build 812 ");
        assert!(end == End::IsKilled || knows, "{context}");
    });
}

#[test]
fn an_older_build_never_undoes_what_a_newer_one_is_at() {
    every_order(NEWER, OLDER, |end, newer, older, context| {
        assert!(matches!(older.code, Some(0 | 2)), "{context}");
        assert!(end == End::IsKilled || newer.code == Some(0), "{context}");
    });
}
