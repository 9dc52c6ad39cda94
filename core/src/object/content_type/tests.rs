//! The table, held against those of IANA and aws-cli.

use super::table::{BY_EXTENSION, TYPES};
use super::{Nature, content_type, content_type_of, essence, is_text_type};
use crate::object::charset::{Charset, charset};

#[test]
fn text_is_compressed_and_nothing_else() {
    for (key, text) in [
        ("index.html", true),
        ("app.mjs", true),
        ("app.js.map", true),
        ("style.css", true),
        ("site.webmanifest", true),
        ("logo.svg", true),
        ("feed.rss", true),
        ("robots.txt", true),
        ("openapi.yaml", true),
        ("photo.png", false),
        ("font.woff2", false),
        ("font.ttf", false),
        ("mod.wasm", false),
        ("app.zip", false),
        ("data.json.gz", false),
        ("LICENSE", false),
    ] {
        assert_eq!(is_text_type(&content_type(key)), text, "{key}");
    }
    assert!(is_text_type("Application/LD+JSON ; charset=utf-8"));
}

#[test]
fn the_types_of_a_site() {
    for (key, expected) in [
        ("index.html", "text/html; charset=utf-8"),
        ("a/b.HTM", "text/html; charset=utf-8"),
        ("style.css", "text/css; charset=utf-8"),
        ("app.3f2a.js", "text/javascript; charset=utf-8"),
        ("app.mjs", "text/javascript; charset=utf-8"),
        ("app.js.map", "application/json"),
        ("data.json", "application/json"),
        ("site.webmanifest", "application/manifest+json"),
        ("logo.svg", "image/svg+xml; charset=utf-8"),
        ("feed.xml", "application/xml; charset=utf-8"),
        ("notes.txt", "text/plain; charset=utf-8"),
        ("mod.wasm", "application/wasm"),
        ("font.woff2", "font/woff2"),
        ("font.woff", "font/woff"),
        (".well-known/web-identity", "application/json"),
        ("docs/.well-known/matrix/client", "application/json"),
        ("x.well-known/matrix/client", "binary/octet-stream"),
        (".well-known/apple-app-site-association", "application/json"),
        ("a/apple-app-site-association", "application/json"),
        ("app.aab", "application/octet-stream"),
        ("sums.md5", "text/plain; charset=utf-8"),
        ("font.ttf", "font/ttf"),
        ("pic.webp", "image/webp"),
        ("pic.avif", "image/avif"),
        ("pic.jpeg", "image/jpeg"),
        ("pic.png", "image/png"),
        ("favicon.ico", "image/vnd.microsoft.icon"),
        ("doc.pdf", "application/pdf"),
        ("app.zip", "application/zip"),
        ("video.mp4", "video/mp4"),
        ("archive.tar.gz", "application/gzip"),
        ("LICENSE", "binary/octet-stream"),
        (".html", "binary/octet-stream"),
        ("x.unknown-type", "binary/octet-stream"),
        ("dir.html/file", "binary/octet-stream"),
    ] {
        assert_eq!(content_type(key), expected, "{key}");
    }
}

/// Extensions for which ours is neither IANA's nor aws-cli's, and why.
const OWN: &[(&str, &str)] = &[
    ("aif", "what browsers call it"),
    ("aiff", "what browsers call it"),
    ("bat", "a program of Windows"),
    ("c", "shown, not downloaded"),
    ("cpp", "shown, not downloaded"),
    ("h", "shown, not downloaded"),
    (
        "manifest",
        "ClickOnce asks for it; browsers have dropped cache manifests",
    ),
    ("mid", "of two registered names the one for any MIDI file"),
    ("mts", "TypeScript"),
    ("p12", "the name that RFC 7292 was known by"),
    ("pl", "a program"),
    ("py", "shown, not downloaded"),
    ("rb", "shown, not downloaded"),
    ("rs", "shown, not downloaded"),
    ("rss", "what feed readers ask for"),
    ("rst", "shown, not downloaded"),
    ("sh", "a program; as text, COMPRESS would break `curl | sh`"),
    ("swf", "what browsers asked for"),
    ("tex", "a name that all have known for long"),
    ("tgz", "gzip, as its longer name `.tar.gz`"),
    ("wav", "what browsers call it"),
];

#[test]
fn types_are_those_of_iana_or_of_aws_cli() {
    let registered = include_str!("registered.tsv");
    let rows = registered.lines().filter(|line| !line.starts_with('#'));
    let mut count = 0;
    let mut others = Vec::new();
    for row in rows {
        let [extension, iana, aws] = row.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{row}");
        };
        let ours = essence(&format!("x.{extension}"));
        let is_theirs = iana.split(',').chain([aws]).any(|theirs| theirs == ours);
        if !is_theirs && !OWN.iter().any(|(own, _)| *own == extension) {
            others.push(format!("{extension}: {ours}, not {iana} or {aws}"));
        }
        count += 1;
    }
    assert!(count >= 150, "{count}");
    assert!(others.is_empty(), "{}", others.join("\n"));
    let needless = OWN.iter().find(|(own, _)| !own_is_used(registered, own));
    assert_eq!(needless, None);
}

/// Whether the list has `extension`, with types that are not ours.
fn own_is_used(registered: &str, extension: &str) -> bool {
    let row = registered
        .lines()
        .find_map(|row| row.strip_prefix(extension)?.strip_prefix('\t'));
    let ours = essence(&format!("x.{extension}"));
    row.is_some_and(|row| !row.split(['\t', ',']).any(|theirs| theirs == ours))
}

#[test]
fn the_table_names_no_extension_twice_or_needlessly() {
    let words = TYPES
        .iter()
        .flat_map(|(_, extensions)| extensions.split(' '));
    assert_eq!(words.count(), BY_EXTENSION.len());
    for (extension, essence) in BY_EXTENSION.iter() {
        let guessed = mime_guess::from_ext(extension).first_raw();
        assert_ne!(guessed, Some(*essence), "mime_guess knows `{extension}`");
    }
}

#[test]
fn the_nature_of_a_file_tells_more_than_its_name() {
    let nature = |charset, is_copy| Nature {
        charset,
        is_copy,
        ..Nature::default()
    };
    let page = Nature {
        essence: Some("text/html"),
        ..Nature::default()
    };
    let big5 = charset("text/html", b"<meta charset=big5>\xA4\xA4", false);
    for (key, nature, expected) in [
        ("a.html", nature(big5, false), "text/html; charset=big5"),
        ("a.csv", nature(Charset::Unknown, false), "text/csv"),
        ("a.png", nature(Charset::Unknown, false), "image/png"),
        (
            "a.js.br",
            Nature::default(),
            "text/javascript; charset=utf-8",
        ),
        ("a.js.gz", Nature::default(), "application/gzip"),
        (
            "a.js.gz",
            nature(Charset::Utf8, true),
            "text/javascript; charset=utf-8",
        ),
        ("a.svgz", nature(Charset::Unknown, true), "image/svg+xml"),
        ("x.tar.gz", nature(Charset::Utf8, true), "application/gzip"),
        (
            "tiles/1/2.pbf",
            nature(Charset::Utf8, true),
            "application/x-protobuf",
        ),
        ("about", page, "text/html; charset=utf-8"),
        ("logo.png", page, "image/png"),
    ] {
        assert_eq!(content_type_of(key, nature), expected, "{key}");
    }
}
