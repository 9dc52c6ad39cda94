//! Runs that would end well and wrong: refused before anything is written, or told.

use crate::support::World;

#[test]
fn a_misspelt_variable_stops_a_pipe_before_anything_is_sent() {
    let mut world = World::with_files(&[("index.html", "x")]);
    world.set("DRYRUN", "true");
    world.set("BITBUCKET_PIPE_STORAGE_DIR", ".");
    let ran = world.run_to(2);
    assert!(
        ran.says("ERROR: DRYRUN: not a variable of this pipe; did you mean `DRY_RUN`?"),
        "{}",
        ran.stderr
    );
    assert!(world.server.requests().is_empty());
    world.unset("BITBUCKET_PIPE_STORAGE_DIR");
    let ran = world.run_to(0);
    assert!(ran.says("WARNING: DRYRUN: not a variable of this pipe; did you mean `DRY_RUN`?"));
}

#[test]
fn a_deploy_of_no_files_is_refused() {
    let world = World::new();
    let ran = world.run_to(2);
    assert!(
        ran.stderr.contains("LOCAL_PATH holds no files to deploy"),
        "{}",
        ran.stderr
    );
    let mut world = World::with_files(&[("a.map", "x")]);
    let ran = world.set("EXCLUDE", "*.map").run_to(2);
    assert!(
        ran.stderr.contains("do EXCLUDE and INCLUDE leave any?"),
        "{}",
        ran.stderr
    );
    assert!(world.keys().is_empty());
}

#[test]
fn a_repository_is_told_and_its_pipeline_stays_at_home() {
    let world = World::with_files(&[
        ("bitbucket-pipelines.yml", "x"),
        ("index.html", "x"),
        ("node_modules/a.js", "x"),
        ("package.json", "{}"),
    ]);
    let ran = world.run_to(0);
    assert!(
        ran.stderr
            .contains("EXCLUDE: '/node_modules/ /package.json'"),
        "{}",
        ran.stderr
    );
    let keys = ["index.html", "node_modules/a.js", "package.json"];
    assert_eq!(world.keys(), keys);
}

#[test]
fn patterns_that_match_nothing_on_either_side_are_told() {
    let mut world = World::with_files(&[("index.html", "x"), ("a.map", "x")]);
    world
        .server
        .put_object(test_server::DEFAULT_BUCKET, "old.txt", "x");
    let ran = world.set("EXCLUDE", "*.map *.txt dist/*").run_to(0);
    assert!(
        ran.says("WARNING: EXCLUDE: no file and no object matches `dist/*`"),
        "{}",
        ran.stderr
    );
}
