//! `_redirects`: what S3 can express becomes objects, and they are deployed like files.

use crate::support::World;
use test_server::{DEFAULT_BUCKET, Object};

const REDIRECTS: &str = "\
# Netlify's format.
/old        /new            301
/moved/     https://example.com/there
/index.html /never
/forced.txt /there          301!
/api/*      https://api.example.com/:splat 200
/temporary  /now            302
";

fn site() -> World {
    World::with_files(&[
        ("index.html", "<p>"),
        ("new", "new"),
        ("forced.txt", "file"),
        ("_redirects", REDIRECTS),
    ])
}

fn object(world: &World, key: &str) -> Object {
    world.server.object(DEFAULT_BUCKET, key).unwrap()
}

#[test]
fn exact_redirects_become_redirect_objects() {
    let mut world = site();
    let ran = world.set("CONCURRENCY", "1").run_to(0);
    assert_eq!(
        world.keys(),
        [
            "forced.txt",
            "index.html",
            "moved/index.html",
            "new",
            "old",
            "temporary"
        ]
    );
    for (key, location) in [
        ("old", Some("/new")),
        ("moved/index.html", Some("https://example.com/there")),
        ("forced.txt", Some("/there")),
        ("temporary", Some("/now")),
        ("index.html", None),
        ("new", None),
    ] {
        assert_eq!(
            object(&world, key).website_redirect.as_deref(),
            location,
            "{key}"
        );
    }
    let old = object(&world, "old");
    assert_eq!(
        old.content_type.as_deref(),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(
        ran.lines("WARNING: "),
        [
            "WARNING: _redirects is applied only in part: S3 cannot express line 6 (has a splat); S3 answers 301 where other statuses are asked for, line 7",
            "WARNING: _redirects: files win over redirects from the same path, unless those say `301!`: `index.html`",
            "WARNING: _redirects: forced redirects replace the files `forced.txt`",
        ]
    );
    assert!(ran.says("INFO: + old  redirect to /new"));
}

/// The lines that site generators write for hosts with short URLs.
#[test]
fn a_page_is_never_replaced_by_a_redirect_to_itself() {
    let lines = "/index.html / 301!\n/about.html /about 301!\n/docs/index.html /docs/ 301!\n/tags/alt/ /tags/\u{6280}\u{672f}/\n/blog.html https://www.example.com/blog 301!\n";
    let mut world = World::with_files(&[
        ("index.html", "<p>"),
        ("about.html", "<p>"),
        ("blog.html", "<p>"),
        ("docs/index.html", "<p>"),
        ("_redirects", lines),
    ]);
    world.set("SITE_URL", "https://www.example.com/");
    let ran = world.run_to(0);
    for key in ["index.html", "about.html", "blog.html", "docs/index.html"] {
        assert_eq!(world.bytes(key).as_deref(), Some(&b"<p>"[..]), "{key}");
        assert_eq!(object(&world, key).website_redirect, None, "{key}");
    }
    let moved = object(&world, "tags/alt/index.html").website_redirect;
    assert_eq!(moved.as_deref(), Some("/tags/%E6%8A%80%E6%9C%AF/"));
    assert_eq!(
        ran.lines("WARNING: "),
        [
            "WARNING: _redirects is applied only in part: left out, as no visitor would arrive: line 1 (leads to itself), line 2 (leads to itself), line 3 (leads to itself), line 5 (leads to itself)",
        ]
    );
}

#[test]
fn a_repeat_uploads_no_redirect_and_a_changed_location_is_noticed() {
    let mut world = site();
    world.set("DELETE_FLAG", "true").deploy();
    assert_eq!(world.deploy()["outcome"], "unchanged");
    world.write("_redirects", REDIRECTS.replace("/new ", "/nee "));
    let report = world.deploy();
    assert_eq!(report["planned"]["uploads"], 1);
    assert_eq!(report["uploaded"][0]["key"], "old");
    assert_eq!(report["uploaded"][0]["reason"], "content");
    assert_eq!(
        object(&world, "old").website_redirect.as_deref(),
        Some("/nee")
    );
}

#[test]
fn a_redirect_that_is_gone_is_deleted_and_one_that_is_there_is_no_orphan() {
    let mut world = site();
    world.set("DELETE_FLAG", "true").deploy();
    let fewer: String = REDIRECTS
        .split_inclusive('\n')
        .filter(|line| !line.starts_with("/old"))
        .collect();
    world.write("_redirects", fewer).deploy();
    assert_eq!(
        world.keys(),
        [
            "forced.txt",
            "index.html",
            "moved/index.html",
            "new",
            "temporary"
        ]
    );
}

#[test]
fn redirects_are_sent_with_the_pages() {
    let report = site().deploy();
    let phases: Vec<_> = report["phases"].as_array().unwrap().iter().collect();
    assert_eq!(phases[0]["phase"], "assets");
    let keys: Vec<_> = report["uploaded"]
        .as_array()
        .unwrap()
        .iter()
        .map(|upload| upload["key"].clone())
        .collect();
    assert_eq!(keys[0], "new");
    assert!(keys[1..].contains(&"old".into()));
}

#[test]
fn redirects_alone_do_not_make_an_empty_folder_delete_everything() {
    let mut world = World::with_files(&[("_redirects", "/a /b\n")]);
    world.server.put_object(DEFAULT_BUCKET, "page.html", "page");
    world.set("DELETE_FLAG", "true").run_to(2);
    assert_eq!(world.keys(), ["page.html"]);
}

#[test]
fn excluded_redirects_are_neither_made_nor_deleted() {
    let mut world = site();
    world.server.put_object(DEFAULT_BUCKET, "old", "kept");
    world
        .set("EXCLUDE", "/old")
        .set("DELETE_FLAG", "true")
        .deploy();
    assert_eq!(world.bytes("old").as_deref(), Some(&b"kept"[..]));
}
