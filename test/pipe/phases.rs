//! At no moment does a page in the bucket name a file that is not there.

use crate::replay::first_hole;
use crate::support::World;
use test_server::{DEFAULT_BUCKET, Fault};

/// A site of `release`: pages that name their own assets and each other, nothing shared.
fn release(world: &World, release: &str, pages: usize) {
    for page in 0..pages {
        let next = (page + 1) % pages;
        let text = format!("src=assets/{page}.{release}.js href={release}/{next}.html");
        world.write(&format!("{release}/{page}.html"), &text);
        world.write(&format!("assets/{page}.{release}.js"), release);
    }
    world.write(
        "index.html",
        format!("src=assets/0.{release}.js href={release}/0.html"),
    );
}

#[test]
fn a_redeploy_with_everything_renamed_never_shows_a_broken_page() {
    let mut world = World::new();
    world.set("DELETE_FLAG", "true");
    release(&world, "one", 40);
    world.deploy();
    std::fs::remove_dir_all(world.path("one")).unwrap();
    std::fs::remove_dir_all(world.path("assets")).unwrap();
    release(&world, "two", 40);
    let report = world.deploy();
    assert_eq!(report["done"]["deletions"], 80);
    assert_eq!(first_hole(&world.server.changes()), None);
    assert_eq!(world.keys().len(), 81);
}

#[test]
fn phases_follow_each_other() {
    let mut world = World::with_files(&[
        ("index.html", "1"),
        ("sw.js", "1"),
        ("old.html", "1"),
        ("old.js", "1"),
    ]);
    world.set("DELETE_FLAG", "true").deploy();
    world
        .remove("old.html")
        .remove("old.js")
        .write("index.html", "2")
        .write("new.html", "2")
        .write("sw.js", "2")
        .write("a.js", "2");
    let report = world.deploy();
    let phases: Vec<_> = report["phases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|phase| phase["phase"].as_str().unwrap())
        .collect();
    assert_eq!(
        phases,
        [
            "assets",
            "new-pages",
            "known-pages",
            "entry-points",
            "stale-pages",
            "stale-assets"
        ]
    );
}

/// Other tools delete although an upload failed.
#[test]
fn a_failed_upload_lets_no_later_phase_begin() {
    let mut world = World::with_files(&[
        ("a.js", "a"),
        ("b.js", "b"),
        ("c.js", "c"),
        ("index.html", "page"),
    ]);
    world.server.put_object(DEFAULT_BUCKET, "old.js", "old");
    world.server.inject(
        Fault::error(403, "AccessDenied", "Access Denied")
            .on("PutObject")
            .key("b.js"),
    );
    world.set("DELETE_FLAG", "true");
    let report = world.report(1);
    assert_eq!(world.keys(), ["a.js", "c.js", "old.js"]);
    assert_eq!(world.server.count("DeleteObjects"), 0);
    assert_eq!(report["outcome"], "failed");
    assert_eq!(report["done"]["uploads"], 2);
    assert_eq!(report["failed"][0]["key"], "b.js");
    assert_eq!(
        report["not_attempted"],
        serde_json::json!({"uploads": 1, "deletions": 1, "invalidations": 0})
    );
    world.server.clear_faults();
    world.deploy();
    assert_eq!(world.keys(), ["a.js", "b.js", "c.js", "index.html"]);
}
