//! Odd names: those that go, those that are refused, and how they are printed.

use crate::support::World;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use test_server::DEFAULT_BUCKET;

const ODD: &[&str] = &[
    "a b.txt",
    "plus+plus.txt",
    "percent%20.txt",
    "hash#hash.txt",
    "question?.txt",
    "amp&lt;.txt",
    "quote'\".txt",
    "ümlaut/日本語/🎉.txt",
    "tab\there.txt",
    "line\nbreak.txt",
    "back\\slash.txt",
    ".well-known/security.txt",
    "...",
];

#[test]
fn odd_names_arrive_as_they_are_and_are_found_again() {
    let mut world = World::new();
    for name in ODD {
        world.write(name, name);
    }
    world.set("S3_BUCKET", "my-bucket/pre fix+%").deploy();
    for name in ODD {
        let key = format!("pre fix+%/{name}");
        assert_eq!(
            world.bytes(&key).as_deref(),
            Some(name.as_bytes()),
            "{key:?}"
        );
    }
    assert_eq!(world.deploy()["outcome"], "unchanged");
}

#[test]
fn odd_names_are_deleted_even_those_that_xml_cannot_carry() {
    let mut world = World::with_files(&[("kept", "kept")]);
    for name in ODD.iter().chain(&["bell\u{7}", "cr\r"]) {
        world.server.put_object(DEFAULT_BUCKET, name, "x");
    }
    let report = world.set("DELETE_FLAG", "true").deploy();
    assert_eq!(world.keys(), ["kept"]);
    assert_eq!(report["requests"]["DeleteObject"], 2);
    assert_eq!(report["requests"]["DeleteObjects"], 1);
}

/// Other tools panic on a name that is not UTF-8.
#[test]
fn names_that_cannot_be_keys_are_refused_together_before_anything_is_sent() {
    let world = World::with_files(&[("fine", "x"), ("bell\u{7}", "x")]);
    std::fs::write(world.path("").join(OsStr::from_bytes(b"bad\xff")), "x").unwrap();
    std::os::unix::fs::symlink("/etc/hostname", world.path("stray")).unwrap();
    std::os::unix::fs::symlink(".", world.path("cycle")).unwrap();
    let ran = world.run_to(2);
    let mut lines = ran.lines("ERROR: ");
    lines.extend(ran.lines("  `"));
    lines.sort_unstable();
    insta::assert_snapshot!(lines.join("\n"), @r"
      `bad�` is not UTF-8
      `bell\u{7}` has a control character that S3's XML cannot carry
      `cycle` is a link that leads back into itself
      `stray` is a link to `/etc/hostname`, outside LOCAL_PATH
    ERROR: cannot list LOCAL_PATH: 4 names below LOCAL_PATH cannot be deployed
    ");
    assert!(world.server.requests().is_empty());
}

#[test]
fn a_name_cannot_forge_a_line_or_steer_a_terminal() {
    let world = World::with_files(&[("evil\n✔ Deployment successful.\u{1b}[2J\u{202e}", "x")]);
    // The escape character cannot be a key, so it is refused; what is printed must be harmless.
    let ran = world.run_to(2);
    assert!(!ran.stderr.contains('\u{1b}') && !ran.stderr.contains('\u{202e}'));
    assert!(!ran.says("✔"));
    let world = World::with_files(&[("evil\n✔ Deployment successful.\u{202e}", "x")]);
    let ran = world.run_to(0);
    assert!(!ran.stderr.contains('\u{202e}'));
    assert!(!ran.says("✔"));
}

#[test]
fn look_alikes_are_deployed_as_they_are_with_a_warning() {
    let world = World::with_files(&[("\u{e9}", "one"), ("e\u{301}", "other")]);
    let ran = world.run_to(0);
    assert_eq!(ran.lines("WARNING: ").len(), 1);
    assert_eq!(world.keys().len(), 2);
}

#[test]
fn a_repository_and_the_storage_of_pipes_stay_home() {
    let world = World::with_files(&[
        (".git/config", "x"),
        (".bitbucket/pipelines/x", "x"),
        (".htaccess", "x"),
    ]);
    world.run_to(0);
    assert_eq!(world.keys(), [".htaccess"]);
}
