//! How lines look: colours, JSON, bounds.

use std::io::{BufRead as _, BufReader};

use crate::support::World;
use serde_json::Value;
use test_server::{Effect, Fault};

/// What a run shows on a terminal, and how it ended.
fn on_a_terminal(world: &World) -> (Option<i32>, String) {
    use std::fs::File;
    use std::io::Read as _;
    let terminal = nix::pty::openpty(None, None).unwrap();
    let mut command = world.command();
    command
        .env("TERM", "xterm")
        .stdout(terminal.slave.try_clone().unwrap())
        .stderr(terminal.slave);
    let mut child = command.spawn().unwrap();
    // It holds the terminal's other side.
    drop(command);
    let code = child.wait().unwrap().code();
    // Reading a terminal whose other side is closed ends with an error, after all that was written.
    let mut shown = Vec::new();
    drop(File::from(terminal.master).read_to_end(&mut shown));
    let shown = String::from_utf8_lossy(&shown).replace("\r\n", "\n");
    (code, shown)
}

#[test]
fn marks_and_level_words_are_coloured_on_a_terminal_and_nothing_else() {
    let mut world = World::with_files(&[("a", "a")]);
    world.set("EXTRA_ARGS", "--no-progress").unset("NO_COLOR");
    let (code, shown) = on_a_terminal(&world);
    assert_eq!(code, Some(0), "{shown}");
    let end = "\u{1b}[0m";
    for line in [
        format!("\u{1b}[38;5;63mINFO{end}: plan for s3://my-bucket/ from site: + 1 new "),
        format!("\u{1b}[38;5;63mINFO{end}: \u{1b}[38;5;28m+{end} a  1 B\n"),
        format!("\u{1b}[38;5;28m✔{end} Deployment successful: 1 new in "),
    ] {
        assert!(shown.contains(&line), "{line:?}: {shown:?}");
    }
    world.write("a", "ab");
    world.set("DRY_RUN", "true");
    let (code, shown) = on_a_terminal(&world);
    assert_eq!(code, Some(0), "{shown}");
    let line =
        format!("INFO{end}: (dryrun) \u{1b}[38;5;130m~{end} a to s3://my-bucket/a (size, 2 B)\n");
    assert!(shown.contains(&line), "{line:?}: {shown:?}");
    world.set("ACL", "wrong");
    let (code, shown) = on_a_terminal(&world);
    assert_eq!(code, Some(2), "{shown}");
    for line in [
        format!("\u{1b}[38;5;131mERROR{end}: ACL: invalid value `wrong`"),
        format!("\u{1b}[38;5;131m✖{end} Configuration refused"),
    ] {
        assert!(shown.contains(&line), "{line:?}: {shown:?}");
    }
}

#[test]
fn a_log_and_a_terminal_with_no_color_are_plain() {
    let mut world = World::with_files(&[("a", "a")]);
    let ran = world.unset("NO_COLOR").run_to(0);
    assert!(!ran.stderr.contains('\u{1b}') && !ran.stdout.contains('\u{1b}'));
    world.write("b", "b");
    world
        .set("EXTRA_ARGS", "--no-progress")
        .set("NO_COLOR", "1");
    let (code, shown) = on_a_terminal(&world);
    assert_eq!(code, Some(0), "{shown}");
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
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
        (&last["level"], &last["event"], &last["outcome"]),
        (&"success".into(), &"end".into(), &"deployed".into())
    );
    assert_eq!(last["exit_code"], 0);
    assert_eq!(last["new"], 1);
}

#[test]
fn a_terminal_gets_a_bar_and_a_log_does_not() {
    let world = World::with_files(&[("a", "a"), ("b", "b")]);
    let bar = "\u{2588}";
    assert!(!world.run_to(0).stderr.contains(bar));
    world.write("c", "c");
    let (code, shown) = on_a_terminal(&world);
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains(bar) && shown.contains("1/1"), "{shown}");
    // A bar that wraps is drawn over several lines, by going up.
    assert!(!shown.contains("\u{1b}[1A"), "{shown:?}");
    assert!(shown.contains("INFO: + c  1 B"), "{shown}");
}

#[test]
fn a_run_that_waits_for_a_server_says_so() {
    let world = World::with_files(&[("a", "a"), ("index.html", "x")]).unrecorded();
    let hold = Fault::new(Effect::Hold).on("PutObject");
    world.server.inject(hold.times(1));
    let mut child = world.spawn();
    let mut lines = BufReader::new(child.stderr.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let progress = lines.find(|line| line.starts_with("INFO: uploading: "));
    assert_eq!(
        progress.as_deref(),
        Some("INFO: uploading: 0 of 1 file, 0 B of 1 B")
    );
    world.server.release();
    let last = lines.last();
    assert_eq!(last.as_deref(), Some("INFO: + index.html  1 B"));
    assert!(child.wait().unwrap().success());
}

#[test]
fn many_items_do_not_drown_the_log() {
    let world = World::new();
    for index in 0..1_000 {
        world.write(&format!("{index}"), "x");
    }
    let ran = world.run_to(0);
    assert_eq!(ran.lines("INFO: + ").len(), 200);
    assert!(ran.says("INFO: … 800 more uploads without a line of their own: "));
    assert!(ran.lines("INFO: + ").is_sorted(), "{}", ran.stderr);
    assert_eq!(world.keys().len(), 1_000);
}

#[test]
fn many_failures_end_the_step_and_do_not_drown_the_log() {
    let mut world = World::new().unrecorded();
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
    assert_eq!(ran.lines("ERROR: ").len(), 1);
    assert!(
        ran.says("ERROR: 100 uploads failed: PutObject: InternalError: Trouble (HTTP 500"),
        "{}",
        ran.stderr
    );
    assert!(ran.says("  first: 0, 1, 10 and 97 more"), "{}", ran.stderr);
    assert_eq!(world.server.count("PutObject"), 100);
    assert_eq!(
        ran.stdout,
        "✖ Deployment failed after 0.00 s. 0 of 500 changes done, 100 failed, 400 not attempted. No page has changed. Running it again finishes it.\n"
    );
}

#[test]
fn what_is_refused_to_one_for_good_is_not_asked_for_all() {
    let mut world = World::new().unrecorded();
    for index in 0..300 {
        world.write(&format!("{index}"), "x");
    }
    world.write("index.html", "x");
    world
        .server
        .inject(test_server::Fault::error(403, "AccessDenied", "Access Denied").on("PutObject"));
    let ran = world.set("CONCURRENCY", "4").run_to(1);
    assert_eq!(ran.lines("ERROR: ").len(), 1);
    let puts = world.server.count("PutObject");
    assert!((1..=4).contains(&puts), "{puts}");
    assert_eq!(
        ran.stdout,
        "✖ Deployment failed after 0.00 s. Nothing was written. Fix the permissions, then run it again.\n"
    );
    assert!(world.keys().is_empty());
}
