//! Holds docs/troubleshooting.md to what ends runs: every error of every run of the suite leads to a section
//! that quotes it, and every section is one that a run can lead to.

use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;

use aws_oidc_s3_deploy::report::Trouble;

use super::pages::{anchor, blocks};

/// In front of the link below an error.
const DOCS: &str = "  docs: ";

/// In the page, whatever differs from run to run.
const ANYTHING: &str = "…";

/// Words of the connection's libraries.
const OF_LIBRARIES: [&str; 6] = [
    "io error",
    "dns error",
    "TLS handshake failed",
    "tunnel error",
    "error reading a body from connection",
    "other",
];

/// The sections of the page: anchor and quoted lines.
static SECTIONS: LazyLock<BTreeMap<String, Vec<String>>> = LazyLock::new(|| {
    let page = fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/docs/troubleshooting.md"
    ));
    let page = page.unwrap();
    let sections = page.split("\n## ").skip(1).map(|section| {
        let heading = section.lines().next().unwrap_or_default();
        let quoted = blocks(section).into_iter();
        let quoted = quoted.filter(|(language, _)| *language == "text");
        let lines =
            quoted.flat_map(|(_, text)| text.lines().map(str::to_owned).collect::<Vec<_>>());
        (anchor(heading), lines.collect())
    });
    sections.collect()
});

/// Whether `quoted` stands for `line`.
fn stands_for(quoted: &str, line: &str) -> bool {
    let mut pieces = quoted.split(ANYTHING);
    let Some(mut rest) = line.strip_prefix(pieces.next().unwrap_or_default()) else {
        return false;
    };
    let pieces: Vec<&str> = pieces.collect();
    for (index, piece) in pieces.iter().enumerate() {
        let is_last = index + 1 == pieces.len();
        let found = if is_last {
            rest.rfind(piece)
        } else {
            rest.find(piece)
        };
        let Some(found) = found else {
            return false;
        };
        rest = rest.get(found + piece.len()..).unwrap_or_default();
    }
    rest.is_empty()
}

/// The lines of a run without the links of its errors, each of which was held to its section.
pub(crate) fn without_links(stderr: &str, stdout: &str) -> String {
    let mut error: Vec<&str> = Vec::new();
    let mut kept = String::new();
    for line in stderr.split_inclusive('\n') {
        if let Some(said) = line.strip_prefix("ERROR: ") {
            error.push(said.trim_end());
        }
        match line.strip_prefix(DOCS) {
            Some(link) => check(link.trim_end(), &std::mem::take(&mut error)),
            None => kept.push_str(line),
        }
    }
    // That of a deploy of which nothing but the report failed ends well.
    let has_ended = stdout.lines().any(|line| line.starts_with(['✔', '✖']));
    assert!(!has_ended || error.is_empty(), "no link: {error:?}");
    kept
}

/// All `errors` above a link are quoted by its section.
fn check(link: &str, errors: &[&str]) {
    assert!(!errors.is_empty(), "{link} stands below no error");
    let trouble = Trouble::ALL.iter().find(|trouble| trouble.link() == link);
    let section = trouble.and_then(|trouble| SECTIONS.get(trouble.anchor()));
    let quoted = section.unwrap_or_else(|| panic!("{link} leads nowhere"));
    for error in errors {
        let is_quoted = quoted.iter().any(|quoted| stands_for(quoted, error));
        assert!(is_quoted, "{link} does not quote `{error}`");
    }
}

#[test]
fn every_section_is_one_that_the_log_links() {
    let kinds: Vec<&str> = Trouble::ALL
        .iter()
        .map(|trouble| trouble.anchor())
        .collect();
    let mut sections: Vec<&str> = SECTIONS.keys().map(String::as_str).collect();
    let mut expected = kinds.clone();
    expected.sort_unstable();
    sections.sort_unstable();
    assert_eq!(sections, expected);
    for (anchor, quoted) in &*SECTIONS {
        assert!(!quoted.is_empty(), "{anchor} quotes no line");
    }
}

/// What a section quotes is somewhere in the code, so that a reworded message takes its quotation along.
#[test]
fn every_quoted_line_is_one_that_the_code_can_say() {
    let mut code = String::new();
    let mut folders: Vec<_> = ["src", "core/src"]
        .map(|folder| format!("{}/{folder}", env!("CARGO_MANIFEST_DIR")).into())
        .into();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir::<std::path::PathBuf>(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                code.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    let mut looked_for = 0;
    for quoted in SECTIONS.values().flatten() {
        // Errors are chains: each link of one is a message of its own.
        let pieces = quoted.split(ANYTHING).flat_map(|piece| piece.split(": "));
        for piece in pieces {
            let piece = piece.trim_matches([' ', ':', '`', '(', ')', ',']);
            let piece = piece.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ');
            // What could not be done stands there without that word.
            let piece = piece.strip_prefix("cannot ").unwrap_or(piece);
            if piece.len() >= 4 && !OF_LIBRARIES.contains(&piece) {
                looked_for += 1;
                assert!(
                    code.contains(piece),
                    "`{piece}` of `{quoted}` is nowhere in the code"
                );
            }
        }
    }
    assert!(looked_for > 40, "{looked_for}");
}

#[test]
fn quotations_stand_for_lines() {
    for (quoted, line, expected) in [
        ("a", "a", true),
        ("a", "ab", false),
        ("a …", "a b", true),
        ("… b", "a b", true),
        ("… b", "a b c", false),
        ("a … c …", "a b c d", true),
        ("…x…", "abc", false),
    ] {
        assert_eq!(stands_for(quoted, line), expected, "{quoted} {line}");
    }
}
