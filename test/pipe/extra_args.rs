//! EXTRA_ARGS end to end: what the flags of `aws s3 sync` do to a deploy. That they do the same as
//! aws-cli's is for test/differential.

use crate::support::World;
use std::fs::File;
use std::time::{Duration, SystemTime};
use test_server::DEFAULT_BUCKET;

#[test]
fn patterns_hold_on_both_sides_in_their_order() {
    let mut world = World::with_files(&[("a.html", "x"), ("a.js", "x"), ("draft/a.html", "x")]);
    for key in ["old.html", "old.js", "draft/old.html"] {
        world.server.put_object(DEFAULT_BUCKET, key, "x");
    }
    let flags = "--exclude '*' --include '*.html' --exclude 'draft/*' --delete";
    let report = world.set("EXTRA_ARGS", flags).deploy();
    assert_eq!(world.keys(), ["a.html", "draft/old.html", "old.js"]);
    assert_eq!(report["deleted"], serde_json::json!(["old.html"]));
}

#[test]
fn a_list_of_words_does_what_the_string_does() {
    let mut world = World::with_files(&[("a b.txt", "x"), ("c.txt", "x")]);
    world
        .set("EXTRA_ARGS_COUNT", "3")
        .set("EXTRA_ARGS_0", "--exclude")
        .set("EXTRA_ARGS_1", "a b*")
        .set("EXTRA_ARGS_2", "--cache-control=max-age=60, public")
        .deploy();
    assert_eq!(world.keys(), ["c.txt"]);
    let object = world.server.object(DEFAULT_BUCKET, "c.txt").unwrap();
    assert_eq!(object.cache_control.as_deref(), Some("max-age=60, public"));
}

#[test]
fn mistakes_are_told_with_those_of_the_variables_and_nothing_is_sent() {
    let mut world = World::with_files(&[("a", "a")]);
    world
        .set("ACL", "everyone")
        .set("EXTRA_ARGS", "--exlude *.map --profile work --delete");
    let ran = world.run_to(2);
    insta::assert_snapshot!(ran.stderr, @r#"
    ERROR: ACL: invalid value `everyone`; expected one of `private`, `public-read`, `public-read-write`, `authenticated-read`, `aws-exec-read`, `bucket-owner-read`, `bucket-owner-full-control`, `log-delivery-write`.
    ERROR: EXTRA_ARGS: `--exlude` is not a flag of `aws s3 sync`; the nearest one is `--exclude`.
    ERROR: EXTRA_ARGS: `--profile`: no profile of the machine is ever used; use AWS_OIDC_ROLE_ARN, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
    "#);
    assert!(world.server.requests().is_empty());
}

#[test]
fn flags_of_no_effect_are_told_in_one_line() {
    let mut world = World::with_files(&[("a", "a")]);
    let flags = "--page-size 10 --source-region us-east-1";
    let ran = world.set("EXTRA_ARGS", flags).run_to(0);
    assert_eq!(
        ran.lines("INFO: EXTRA_ARGS"),
        [
            "INFO: EXTRA_ARGS: of no effect here: `--page-size` (the pipe chooses how it lists), \
             `--source-region` (it is about copies between buckets)"
        ]
    );
}

#[test]
fn a_dry_run_by_flag_writes_nothing() {
    let mut world = World::with_files(&[("a", "a")]);
    let ran = world.set("EXTRA_ARGS", "--dryrun").run_to(0);
    assert!(
        ran.says("INFO: (dryrun) + a to s3://my-bucket/a (1 B)"),
        "{}",
        ran.stderr
    );
    assert!(world.keys().is_empty());
}

#[test]
fn quiet_runs_print_the_outcome_alone() {
    for flags in ["--quiet", "--only-show-errors"] {
        let mut world = World::with_files(&[("a", "a")]);
        let ran = world.set("EXTRA_ARGS", flags).run_to(0);
        assert_eq!(
            (ran.stderr.as_str(), world.keys().len()),
            ("", 1),
            "{flags}"
        );
        assert_eq!(ran.stdout, "✔ Deployment successful: 1 new in 0.00 s.\n");
    }
    let mut world = World::with_files(&[("a", "a")]);
    world
        .set("EXTRA_ARGS", "--quiet")
        .set("S3_BUCKET", "no-such-bucket");
    assert!(world.run_to(1).says("ERROR: "));
}

#[test]
fn links_are_followed_or_left_out() {
    for (flags, keys) in [
        ("--follow-symlinks", &["alias", "real"][..]),
        ("--no-follow-symlinks", &["real"]),
    ] {
        let mut world = World::with_files(&[("real", "x")]);
        std::os::unix::fs::symlink("real", world.path("alias")).unwrap();
        world.set("EXTRA_ARGS", flags).deploy();
        assert_eq!(world.keys(), keys, "{flags}");
    }
}

#[test]
fn where_only_sizes_count_no_file_is_read() {
    let mut world = World::with_files(&[("same", "new"), ("grown", "newer")]);
    world.server.put_object(DEFAULT_BUCKET, "same", "old");
    world.server.put_object(DEFAULT_BUCKET, "grown", "old");
    let report = world.set("EXTRA_ARGS", "--size-only").deploy();
    assert_eq!(
        report["planned"]["uploads_by_reason"],
        serde_json::json!({"size": 1})
    );
    assert_eq!(world.bytes("same").as_deref(), Some(&b"old"[..]));
}

#[test]
fn with_time_stamps_newer_files_are_uploaded_and_older_ones_are_still_compared() {
    let mut world = World::with_files(&[("newer", "same"), ("older", "else"), ("old", "same")]);
    for (name, offset) in [("newer", 3600), ("older", -3600), ("old", -3600_i64)] {
        world.server.put_object(DEFAULT_BUCKET, name, "same");
        let file = File::options().write(true).open(world.path(name)).unwrap();
        let hour = Duration::from_secs(offset.unsigned_abs());
        let now = SystemTime::now();
        let time = if offset > 0 { now + hour } else { now - hour };
        file.set_modified(time).unwrap();
    }
    let report = world.set("EXTRA_ARGS", "--exact-timestamps").deploy();
    assert_eq!(
        report["planned"]["uploads_by_reason"],
        serde_json::json!({"content": 1, "newer": 1})
    );
    assert_eq!(world.bytes("older").as_deref(), Some(&b"else"[..]));
}

#[test]
fn an_unguessed_page_is_still_uploaded_after_its_assets() {
    let mut world = World::with_files(&[("index.html", "x"), ("z.js", "x")]);
    let report = world.set("EXTRA_ARGS", "--no-guess-mime-type").deploy();
    assert_eq!(report["phases"][0]["phase"], "assets");
    assert_eq!(report["phases"][1]["phase"], "known-pages");
    let page = world.server.object(DEFAULT_BUCKET, "index.html").unwrap();
    assert_eq!(page.content_type.as_deref(), Some("binary/octet-stream"));
}
