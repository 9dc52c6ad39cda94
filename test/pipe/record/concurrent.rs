//! Several builds at one place: the newest wins, whichever comes first.

use super::{read, rewrite, site};
use crate::support::{PATIENCE, Ran, World};
use deploy_core::record::{self, State};
use test_server::{DEFAULT_BUCKET, Effect, Fault};

pub(super) fn build(world: &mut World, number: &str) {
    world
        .set("BITBUCKET_BUILD_NUMBER", number)
        .set("BITBUCKET_WORKSPACE", "acme")
        .set("BITBUCKET_REPO_SLUG", "site")
        .set("BITBUCKET_COMMIT", "1f0c2aa")
        .set("BITBUCKET_STEP_RUN_NUMBER", "1");
}

#[test]
fn an_older_build_is_refused_unless_its_step_is_run_again() {
    let mut world = site();
    build(&mut world, "812");
    world.deploy();
    build(&mut world, "811");
    world.write("a.css", "older");
    world.server.clear_changes();
    let ran = world.run_to(2);
    let refusal = ran.lines("ERROR: refused: build 812 (commit `1f0c2aa`) is deployed since ")[0];
    assert!(refusal.ends_with(", and this is build 811"), "{refusal}");
    assert!(
        ran.says("  hint: to deploy the older build all the same, rerun this step"),
        "{}",
        ran.stderr
    );
    assert!(world.server.changes().is_empty());
    world.set("OLDER_BUILD", "warn");
    assert!(
        world
            .run_to(0)
            .says("WARNING: build 812 (commit `1f0c2aa`) is deployed since ")
    );
    build(&mut world, "812");
    world.deploy();
    build(&mut world, "811");
    world.set("OLDER_BUILD", "allow");
    assert!(!world.run_to(0).says("WARNING"));
    build(&mut world, "812");
    world.deploy();
    build(&mut world, "811");
    world
        .unset("OLDER_BUILD")
        .set("BITBUCKET_STEP_RUN_NUMBER", "2")
        .deploy();
    assert_eq!(read(&world).head.who.build, Some(811));
    // A build of the same number is none that is older, and neither is one of before any number.
    world.set("BITBUCKET_STEP_RUN_NUMBER", "1").deploy();
    world.unset("BITBUCKET_BUILD_NUMBER").deploy();
}

#[test]
fn another_repository_is_warned_of_and_not_compared_with() {
    let mut world = site();
    build(&mut world, "812");
    world.deploy();
    build(&mut world, "3");
    world.set("BITBUCKET_REPO_SLUG", "other");
    let ran = world.run_to(0);
    assert!(
        ran.says("WARNING: another repository has deployed to `s3://my-bucket/` before"),
        "{}",
        ran.stderr
    );
}

/// Two deploys at once: `older` is held at its request for `key`, while the newer one runs whole.
fn overtaken(key: &str, operation: &str) -> (World, Ran) {
    let mut world = site();
    world.set("DELETE_FLAG", "true").set("DELETE_GRACE", "0");
    build(&mut world, "810");
    world.deploy();
    world
        .write("index.html", "older")
        .write("new.css", "older")
        .remove("a.css");
    build(&mut world, "811");
    let mut hold = Fault::new(Effect::Hold).on(operation).times(1);
    if !key.is_empty() {
        hold = hold.key(key);
    }
    world.server.inject(hold);
    let older = world.spawn();
    assert!(world.server.wait_until_held(1, PATIENCE));
    world.server.clear_faults();
    build(&mut world, "812");
    world
        .write("index.html", "newest")
        .write("new.css", "newest")
        .write("a.css", "newest");
    world.deploy();
    world.server.release();
    let ran = world.wait(older);
    (world, ran)
}

fn is_newest(world: &World) {
    for key in ["index.html", "a.css"] {
        assert_eq!(world.bytes(key).unwrap(), b"newest", "{key}");
    }
    let head = read(world).head;
    assert_eq!((head.who.build, head.state), (Some(812), State::Done));
}

#[test]
fn the_older_of_two_sees_the_newer_one_before_its_pages() {
    let (world, ran) = overtaken("new.css", "PutObject");
    let log = &ran.stderr;
    assert_eq!(ran.code, Some(1), "{log}");
    assert!(
        log.contains("ERROR: another deploy has taken over, and this one has stopped: build 812 (commit `1f0c2aa`) is deployed since "),
        "{log}"
    );
    let last = "No page has changed. The deploy that has taken over does the rest.\n";
    assert!(ran.stdout.ends_with(last), "{}", ran.stdout);
    is_newest(&world);
}

#[test]
fn the_older_of_two_sees_the_newer_one_before_its_deletions() {
    let (world, ran) = overtaken("index.html", "PutObject");
    let log = &ran.stderr;
    assert_eq!(ran.code, Some(1), "{log}");
    assert!(log.contains("another deploy has taken over"), "{log}");
    assert!(world.keys().contains(&"a.css".to_owned()));
    assert_eq!(read(&world).head.who.build, Some(812));
}

#[test]
fn the_older_of_two_that_has_not_begun_looks_again_and_is_refused() {
    let (world, ran) = overtaken(record::KEY, "PutObject");
    let log = &ran.stderr;
    assert_eq!(ran.code, Some(2), "{log}");
    assert!(
        log.contains("WARNING: another deploy to the same place has begun meanwhile"),
        "{log}"
    );
    assert!(log.contains("ERROR: refused: build 812"), "{log}");
    is_newest(&world);
}

#[test]
fn the_newer_of_two_plans_again_where_the_older_one_was_faster() {
    let mut world = site();
    build(&mut world, "810");
    world.deploy();
    build(&mut world, "812");
    world.write("a.css", "newest").write("index.html", "newest");
    world.server.inject(
        Fault::new(Effect::Hold)
            .on("PutObject")
            .key(record::KEY)
            .times(1),
    );
    let newer = world.spawn();
    assert!(world.server.wait_until_held(1, PATIENCE));
    // The newer one has compared with what was there before.
    world.server.clear_faults();
    build(&mut world, "811");
    world
        .write("a.css", "older")
        .write("index.html", "older")
        .deploy();
    world.write("a.css", "newest").write("index.html", "newest");
    world.server.release();
    let ran = world.wait(newer);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    is_newest(&world);
}

#[test]
fn a_deploy_that_was_killed_is_no_lock() {
    let mut world = site();
    build(&mut world, "811");
    world.server.inject(
        Fault::new(Effect::Hold)
            .on("PutObject")
            .key("index.html")
            .times(1),
    );
    let mut killed = world.spawn();
    assert!(world.server.wait_until_held(1, PATIENCE));
    killed.kill().unwrap();
    world.wait(killed);
    world.server.clear_faults();
    assert_eq!(read(&world).head.state, State::Deploying);
    // Run again, and by the next build.
    world.set("BITBUCKET_STEP_RUN_NUMBER", "2").deploy();
    rewrite(&world, |head| head.state = State::Deploying);
    build(&mut world, "812");
    world.deploy();
    assert_eq!(read(&world).head.state, State::Done);
    assert!(world.server.object(DEFAULT_BUCKET, "index.html").is_some());
}
