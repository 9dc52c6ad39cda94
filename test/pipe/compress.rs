//! COMPRESS: what is stored, and that a repeat compares it with what would be stored.

use crate::support::World;
use std::io::Read as _;
use std::time::{Duration, SystemTime};
use test_server::{DEFAULT_BUCKET, Object};

fn text() -> String {
    let lines = (0..2000_u32).map(|line| format!("<p>line {line} of a page</p>\n"));
    lines.collect::<Vec<_>>().concat()
}

fn site(coding: &str) -> World {
    let text = text();
    let mut world = World::with_files(&[
        ("index.html", &text),
        ("app.js", &text),
        ("data.json", &text),
        ("photo.png", &text),
        ("tiny.css", "p"),
        ("empty.txt", ""),
        ("ready.svg", "already compressed"),
    ]);
    let rules = "rules:\n- patterns: [ready.svg]\n  headers: {content_encoding: zstd}\n";
    std::fs::write(world.working_folder().join("rules.yml"), rules).unwrap();
    world.set("COMPRESS", coding).set("RULES_FILE", "rules.yml");
    world
}

fn object(world: &World, key: &str) -> Object {
    world.server.object(DEFAULT_BUCKET, key).unwrap()
}

fn decoded(coding: &str, bytes: &[u8]) -> String {
    let mut text = String::new();
    let read = match coding {
        "gzip" => flate2::read::GzDecoder::new(bytes).read_to_string(&mut text),
        _ => brotli::Decompressor::new(bytes, 4096).read_to_string(&mut text),
    };
    read.unwrap();
    text
}

#[test]
fn text_is_stored_compressed_with_its_type_and_encoding() {
    for (coding, name) in [("gzip", "gzip"), ("brotli", "br")] {
        let world = site(coding);
        world.deploy();
        for (key, content_type) in [
            ("index.html", "text/html; charset=utf-8"),
            ("app.js", "text/javascript; charset=utf-8"),
            ("data.json", "application/json"),
        ] {
            let object = object(&world, key);
            assert_eq!(object.content_encoding.as_deref(), Some(name), "{key}");
            assert_eq!(object.content_type.as_deref(), Some(content_type));
            assert!(object.size() < text().len() / 2);
            assert_eq!(decoded(coding, &object.bytes), text());
        }
        for (key, encoding) in [
            ("photo.png", None),
            ("tiny.css", None),
            ("empty.txt", None),
            ("ready.svg", Some("zstd")),
        ] {
            let object = object(&world, key);
            assert_eq!(object.content_encoding.as_deref(), encoding, "{key}");
        }
        assert_eq!(object(&world, "photo.png").bytes, text());
    }
}

#[test]
fn a_repeat_uploads_nothing_whatever_the_file_times() {
    for coding in ["gzip", "brotli"] {
        let world = site(coding).unrecorded();
        world.deploy();
        let tomorrow = SystemTime::now() + Duration::from_hours(24);
        let file = std::fs::File::options()
            .write(true)
            .open(world.path("app.js"));
        file.unwrap().set_modified(tomorrow).unwrap();
        world.server.clear_requests();
        assert_eq!(world.deploy()["outcome"], "unchanged");
        assert_eq!(world.server.count("PutObject"), 0);
    }
}

#[test]
fn sizes_are_those_that_are_stored_and_a_change_is_noticed() {
    let world = site("gzip");
    let report = world.deploy();
    let uploads = report["uploaded"].as_array().unwrap();
    for upload in uploads {
        let stored = object(&world, upload["key"].as_str().unwrap()).size();
        assert_eq!(upload["bytes"], stored, "{upload}");
    }
    world.write("app.js", text().replace("line 7 ", "line 8 "));
    let report = world.deploy();
    assert_eq!(report["planned"]["uploads"], 1);
    assert_eq!(report["uploaded"][0]["key"], "app.js");
}

#[test]
fn objects_that_were_put_uncompressed_are_replaced_once() {
    let mut world = site("gzip");
    world.unset("COMPRESS").deploy();
    world.set("COMPRESS", "gzip");
    assert_eq!(world.deploy()["planned"]["uploads"], 3);
    assert_eq!(world.deploy()["outcome"], "unchanged");
}

#[test]
fn an_object_that_came_in_parts_is_compared_by_its_compressed_bytes() {
    use md5::{Digest as _, Md5};
    let world = site("brotli");
    world.deploy();
    let mut object = object(&world, "app.js");
    let part = Md5::digest(&object.bytes);
    let whole = Md5::digest(part);
    let hex = whole.iter().map(|byte| format!("{byte:02x}"));
    object.etag = format!("{}-1", hex.collect::<Vec<_>>().concat());
    world.server.put(DEFAULT_BUCKET, "app.js", object);
    assert_eq!(world.deploy()["outcome"], "unchanged");
}

#[test]
fn two_encodings_are_refused() {
    let mut world = site("gzip");
    let ran = world.set("CONTENT_ENCODING", "gzip").run_to(2);
    assert!(ran.says("ERROR: COMPRESS: CONTENT_ENCODING or `--content-encoding` says"));
}

#[test]
fn sizes_alone_are_those_of_what_is_stored() {
    let mut world = site("gzip");
    world.deploy();
    world.set("EXTRA_ARGS", "--size-only");
    assert_eq!(world.deploy()["outcome"], "unchanged");
}

/// Another tool sniffs the type of a file that it has compressed and read to the end: `octet-stream`.
#[test]
fn the_type_of_a_compressed_file_is_that_of_its_name() {
    let mut world = World::with_files(&[("page.html", "\u{1f}gz"), ("data.unknown-type", "gz")]);
    world.set("CONTENT_ENCODING", "gzip").deploy();
    let page = world.server.object(DEFAULT_BUCKET, "page.html").unwrap();
    assert_eq!(
        page.content_type.as_deref(),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(page.content_encoding.as_deref(), Some("gzip"));
}
