//! Files of rules that mean harm. What the parsers make of arbitrary text is tried in `test/fuzz`.

use std::fmt::Write as _;

use crate::support::World;

#[test]
fn a_rules_file_that_expands_or_is_no_text_is_refused() {
    let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..20 {
        let before = format!("*a{}", level - 1);
        let list = [before.as_str(); 10].join(",");
        writeln!(bomb, "a{level}: &a{level} [{list}]").unwrap();
    }
    bomb.push_str("rules: *a19\n");
    let deep = format!("rules: {}{}", "[".repeat(100_000), "]".repeat(100_000));
    for text in [
        bomb.into_bytes(),
        deep.into_bytes(),
        b"\xff\xfe\x00".to_vec(),
        vec![b'a'; 2 << 20],
    ] {
        let mut world = World::with_files(&[("a", "a")]);
        std::fs::write(world.working_folder().join("rules.yml"), text).unwrap();
        let ran = world.set("RULES_FILE", "rules.yml").run_to(2);
        assert_eq!(ran.lines("ERROR: RULES_FILE: `rules.yml` ").len(), 1);
        assert!(ran.stderr.len() < 2000, "{}", ran.stderr);
        assert!(world.server.requests().is_empty());
    }
}

#[test]
fn rules_in_the_folder_cannot_add_a_header_or_a_line() {
    let headers = "/*\n  Cache-Control: a\rx-amz-acl: public-read\n  Content-Type: text/html\u{85}x\n  X-Evil\u{1b}[2J: 1\n";
    let redirects = "/old /new\u{1b}[31m\n/x /y\r\nz\n";
    let world = World::with_files(&[("a", "a"), ("_headers", headers), ("_redirects", redirects)]);
    let ran = world.run_to(0);
    assert!(!ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
    for put in world.server.requests_of("PutObject") {
        assert!(!put.headers.contains_key("x-amz-acl"), "{put:?}");
    }
}

#[test]
fn a_file_of_rules_that_is_a_link_elsewhere_is_not_read() {
    let world = World::with_files(&[("a", "a")]);
    std::os::unix::fs::symlink("/proc/self/environ", world.path("_headers")).unwrap();
    let ran = world.run_to(2);
    assert!(ran.stderr.contains("outside LOCAL_PATH"), "{}", ran.stderr);
    assert!(world.server.requests().is_empty());
}
