//! What the bytes of a file say of it: character sets, and compressed copies.

use crate::support::World;
use test_server::DEFAULT_BUCKET;

const GZIP: &[u8] = b"\x1F\x8B\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0";

/// Each file with the Content-Type and the Content-Encoding that it has to have.
type File = (
    &'static str,
    &'static [u8],
    &'static str,
    Option<&'static str>,
);

const FILES: &[File] = &[
    (
        "index.html",
        "<p>café".as_bytes(),
        "text/html; charset=utf-8",
        None,
    ),
    (
        "old.html",
        b"<meta charset=iso-8859-1><p>caf\xE9",
        "text/html; charset=iso-8859-1",
        None,
    ),
    ("names.csv", b"caf\xE9;1\n", "text/csv", None),
    (
        "about",
        b"<!doctype html><p>cafe",
        "text/html; charset=utf-8",
        None,
    ),
    ("LICENSE", b"MIT License", "binary/octet-stream", None),
    (
        "types.d.ts",
        b"export {};",
        "text/plain; charset=utf-8",
        None,
    ),
    ("live.ts", b"G@\0\x10\0", "video/mp2t", None),
    ("tiles/0.pbf", GZIP, "application/x-protobuf", Some("gzip")),
    (
        "logo.svgz",
        GZIP,
        "image/svg+xml; charset=utf-8",
        Some("gzip"),
    ),
    ("app.js", b"1", "text/javascript; charset=utf-8", None),
    (
        "app.js.br",
        b"\x0B\0\x80\x31\x03",
        "text/javascript; charset=utf-8",
        Some("br"),
    ),
    (
        "app.js.gz",
        GZIP,
        "text/javascript; charset=utf-8",
        Some("gzip"),
    ),
    ("posts.json.gz", GZIP, "application/gzip", None),
    ("release.tar.gz", GZIP, "application/gzip", None),
];

fn site() -> World {
    let mut world = World::with_files(&[]);
    for (name, bytes, ..) in FILES {
        world.write(name, *bytes);
    }
    world.set("COMPARE_HEADERS", "true");
    world
}

#[test]
fn files_are_served_as_what_their_bytes_are() {
    for compress in ["none", "gzip"] {
        let mut world = site();
        world.set("COMPRESS", compress);
        let ran = world.run_to(0);
        for (name, _, content_type, encoding) in FILES {
            let object = world.server.object(DEFAULT_BUCKET, name).unwrap();
            assert_eq!(
                object.content_type.as_deref(),
                Some(*content_type),
                "{name}"
            );
            assert_eq!(object.content_encoding.as_deref(), *encoding, "{name}");
        }
        let warned = ran
            .stderr
            .lines()
            .filter(|line| line.contains("not in UTF-8"));
        let warned: Vec<_> = warned.collect();
        assert_eq!(warned.len(), 1, "{}", ran.stderr);
        assert!(warned[0].contains("`names.csv`"), "{}", warned[0]);
        // What was sent is what would be sent again.
        assert_eq!(world.deploy()["outcome"], "unchanged");
    }
}

#[test]
fn a_rule_that_names_the_type_leaves_nothing_to_tell() {
    let mut world = World::with_files(&[]);
    world.write("names.csv", *b"caf\xE9;1\n");
    let rules = "rules:\n- {patterns: ['*.csv'], headers: {content_type: text/csv; charset=windows-1252}}\n";
    std::fs::write(world.working_folder().join("rules.yml"), rules).unwrap();
    let ran = world.set("RULES_FILE", "rules.yml").run_to(0);
    assert!(!ran.stderr.contains("UTF-8"), "{}", ran.stderr);
    let object = world.server.object(DEFAULT_BUCKET, "names.csv").unwrap();
    let sent = object.content_type.as_deref();
    assert_eq!(sent, Some("text/csv; charset=windows-1252"));
}
