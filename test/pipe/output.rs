//! How lines look: colours, JSON, bounds.

use crate::support::World;
use serde_json::Value;

#[test]
fn lines_are_coloured_as_the_official_pipes_unless_no_color_is_set() {
    let mut world = World::with_files(&[("a", "a")]);
    let ran = world.unset("NO_COLOR").run_to(0);
    assert!(
        ran.stderr
            .starts_with("\u{1b}[34mINFO: site has 1 file, 1 B\u{1b}[0m\n"),
        "{:?}",
        ran.stderr
    );
    assert_eq!(ran.stdout, "\u{1b}[32m✔ Deployment successful.\u{1b}[0m\n");
    let ran = world.set("ACL", "wrong").run_to(2);
    assert!(
        ran.stderr
            .starts_with("\u{1b}[31mERROR: ACL: invalid value `wrong`"),
        "{:?}",
        ran.stderr
    );
    assert!(ran.stdout.starts_with("\u{1b}[31m✖ "), "{:?}", ran.stdout);
}

#[test]
fn json_is_one_object_per_line() {
    let mut world = World::with_files(&[("a\u{202e}", "a")]);
    let ran = world.set("LOG_FORMAT", "json").run_to(0);
    let lines: Vec<Value> = ran
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let upload = lines.iter().find(|line| line["event"] == "upload").unwrap();
    assert_eq!(upload["level"], "info");
    assert_eq!(upload["key"], "a\u{202e}");
    assert_eq!(upload["bytes"], 1);
    assert_eq!(upload["reason"], "new");
    let last: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        last,
        serde_json::json!({"level": "success", "message": "Deployment successful."})
    );
}

#[test]
fn a_terminal_gets_a_bar_and_a_log_does_not() {
    use std::fs::File;
    use std::io::Read as _;
    let world = World::with_files(&[("a", "a"), ("b", "b")]);
    let bar = "\u{2588}";
    assert!(!world.run_to(0).stderr.contains(bar));
    world.write("c", "c");
    let terminal = nix::pty::openpty(None, None).unwrap();
    let mut child = world
        .command()
        .env("TERM", "xterm")
        .stderr(terminal.slave)
        .spawn()
        .unwrap();
    assert!(child.wait().unwrap().success());
    // Reading a terminal whose other side is closed ends with an error, after all that was written.
    let mut shown = Vec::new();
    drop(File::from(terminal.master).read_to_end(&mut shown));
    let shown = String::from_utf8_lossy(&shown).into_owned();
    assert!(shown.contains(bar) && shown.contains("1/1"), "{shown}");
    assert!(
        shown.contains("INFO: upload: site/c to s3://my-bucket/c"),
        "{shown}"
    );
}

#[test]
fn many_items_do_not_drown_the_log() {
    let world = World::new();
    for index in 0..1_000 {
        world.write(&format!("{index}"), "x");
    }
    let ran = world.run_to(0);
    assert_eq!(ran.lines("INFO: upload: ").len(), 200);
    assert!(ran.says("INFO: … 800 more not shown"));
    assert_eq!(world.keys().len(), 1_000);
}

#[test]
fn many_failures_end_the_step_and_do_not_drown_the_log() {
    let mut world = World::new();
    for index in 0..500 {
        world.write(&format!("{index}"), "x");
    }
    world
        .server
        .inject(test_server::Fault::error(500, "InternalError", "Trouble").on("PutObject"));
    let ran = world
        .set("AWS_MAX_ATTEMPTS", "1")
        .set("CONCURRENCY", "1")
        .run_to(1);
    assert_eq!(ran.lines("ERROR: upload failed: ").len(), 10);
    assert!(
        ran.says("ERROR: 100 uploads failed for the same reason: PutObject: InternalError: Trouble (HTTP 500"),
        "{}",
        ran.stderr
    );
    assert_eq!(world.server.count("PutObject"), 100);
    assert_eq!(
        ran.stdout,
        "✖ Deployment failed. Running it again finishes it.\n"
    );
}

#[test]
fn what_is_refused_to_one_for_good_is_not_asked_for_all() {
    let mut world = World::new();
    for index in 0..300 {
        world.write(&format!("{index}"), "x");
    }
    world.write("index.html", "x");
    world
        .server
        .inject(test_server::Fault::error(403, "AccessDenied", "Access Denied").on("PutObject"));
    let ran = world.set("CONCURRENCY", "4").run_to(1);
    assert_eq!(ran.lines("ERROR: upload failed: ").len(), 1);
    let puts = world.server.count("PutObject");
    assert!((1..=4).contains(&puts), "{puts}");
    assert_eq!(
        ran.stdout,
        "✖ Deployment failed. Nothing was written. Fix the permissions, then run it again.\n"
    );
    assert!(world.keys().is_empty());
}
