//! Headers per pattern: RULES_FILE, `_headers` and PRESET, in their order.

use crate::support::World;
use test_server::{DEFAULT_BUCKET, Object};

const RULES: &str = "\
rules:
  - patterns: ['*.pdf']
    headers:
      content_disposition: attachment
      storage_class: STANDARD_IA
      sse: AES256
      tags: {kind: paper + ink}
  - patterns: [/feed]
    headers:
      content_type: application/rss+xml
      content_language: de
      expires: 2030-01-01T00:00:00Z
      metadata: {author: me}
  - patterns: [/legacy.html]
    headers: {cache_control: max-age=1, website_redirect: /new}
";

const HEADERS: &str = "\
# Netlify's format.
/*
  X-Frame-Options: DENY
  Content-Security-Policy: default-src 'self'
  X-Amz-Meta-Site: one
/legacy
  Cache-Control: max-age=2
/assets/:name.css
  Cache-Control: max-age=3
";

fn site() -> World {
    let mut world = World::with_files(&[
        (
            "index.html",
            "<script src=assets/index-DiwrgTda.js></script>",
        ),
        ("legacy.html", "old"),
        ("assets/index-DiwrgTda.js", "console.log(1)"),
        ("assets/plain.css", "p{}"),
        ("assets/other.js", "1"),
        ("paper.pdf", "%PDF"),
        ("feed", "<rss/>"),
        ("_headers", HEADERS),
    ]);
    std::fs::write(world.working_folder().join("rules.yml"), RULES).unwrap();
    world
        .set("CACHE_CONTROL", "max-age=60")
        .set("PRESET", "static-site")
        .set("RULES_FILE", "rules.yml");
    world
}

fn object(world: &World, key: &str) -> Object {
    world.server.object(DEFAULT_BUCKET, key).unwrap()
}

#[test]
fn a_site_has_the_headers_of_all_sources_in_their_order() {
    let world = site();
    world.deploy();
    let cache_controls = [
        ("index.html", "no-cache"),
        (
            "assets/index-DiwrgTda.js",
            "public, max-age=31536000, immutable",
        ),
        ("assets/other.js", "max-age=60"),
        ("assets/plain.css", "max-age=3"),
        ("legacy.html", "max-age=1"),
    ];
    for (key, expected) in cache_controls {
        let found = object(&world, key).cache_control;
        assert_eq!(found.as_deref(), Some(expected), "{key}");
    }
    let paper = object(&world, "paper.pdf");
    assert_eq!(paper.content_disposition.as_deref(), Some("attachment"));
    assert_eq!(paper.storage_class.as_deref(), Some("STANDARD_IA"));
    assert_eq!(paper.server_side_encryption.as_deref(), Some("AES256"));
    assert_eq!(
        paper.tags.get("kind").map(String::as_str),
        Some("paper + ink")
    );
    let feed = object(&world, "feed");
    assert_eq!(feed.content_type.as_deref(), Some("application/rss+xml"));
    assert_eq!(feed.content_language.as_deref(), Some("de"));
    assert_eq!(
        feed.expires.as_deref(),
        Some("Tue, 01 Jan 2030 00:00:00 GMT")
    );
    assert_eq!(feed.metadata.get("author").map(String::as_str), Some("me"));
    assert_eq!(feed.metadata.get("site").map(String::as_str), Some("one"));
    let legacy = object(&world, "legacy.html");
    assert_eq!(legacy.website_redirect.as_deref(), Some("/new"));
    assert!(!world.keys().contains(&"_headers".to_owned()));
}

#[test]
fn flags_are_laid_over_the_variables_and_under_all_other_sources() {
    let mut world = site();
    let flags = "--cache-control max-age=61 --content-language fr --content-type text/x";
    world.set("EXTRA_ARGS", flags).deploy();
    for (key, cache_control) in [
        ("index.html", "no-cache"),
        ("assets/other.js", "max-age=61"),
        ("assets/plain.css", "max-age=3"),
        ("legacy.html", "max-age=1"),
    ] {
        let found = object(&world, key).cache_control;
        assert_eq!(found.as_deref(), Some(cache_control), "{key}");
    }
    for (key, content_type, language) in [
        ("assets/other.js", "text/x", "fr"),
        ("feed", "application/rss+xml", "de"),
    ] {
        let found = object(&world, key);
        assert_eq!(found.content_type.as_deref(), Some(content_type), "{key}");
        assert_eq!(found.content_language.as_deref(), Some(language), "{key}");
    }
}

#[test]
fn a_repeat_with_rules_uploads_nothing() {
    let world = site();
    world.deploy();
    assert_eq!(world.deploy()["outcome"], "unchanged");
}

#[test]
fn what_s3_cannot_store_is_named_in_one_warning() {
    let ran = site().run_to(0);
    assert_eq!(
        ran.lines("WARNING: "),
        [
            "WARNING: _headers is applied only in part: S3 cannot store `content-security-policy`, `x-frame-options`; a CloudFront response headers policy can add other headers"
        ]
    );
}

#[test]
fn a_file_of_rules_that_others_left_in_the_bucket_is_an_orphan() {
    let mut world = site();
    world.server.put_object(DEFAULT_BUCKET, "_headers", "old");
    world.set("DELETE_FLAG", "true").deploy();
    assert!(!world.keys().contains(&"_headers".to_owned()));
}

#[test]
fn excluded_rules_are_not_read() {
    let mut world = site();
    world.set("EXCLUDE", "_headers").deploy();
    let plain = object(&world, "assets/plain.css");
    assert_eq!(plain.cache_control.as_deref(), Some("max-age=60"));
}

#[test]
fn a_rule_gives_pages_and_assets_their_phase_by_its_content_type() {
    let mut world = World::with_files(&[("a", "<p>"), ("z.js", "1")]);
    let rules = "rules:\n- patterns: [/a]\n  headers: {content_type: text/html}\n";
    std::fs::write(world.working_folder().join("rules.yml"), rules).unwrap();
    let report = world.set("RULES_FILE", "rules.yml").deploy();
    assert_eq!(report["uploaded"][0]["key"], "z.js");
    assert_eq!(report["uploaded"][1]["key"], "a");
}

#[test]
fn mistakes_in_the_rules_are_refused_with_their_lines_before_any_request() {
    let mut world = World::with_files(&[("a", "a")]);
    let rules = "\
rules:
  - patterns: ['[z-a]']
    headers:
      acl: everyone
";
    std::fs::write(world.working_folder().join("rules.yml"), rules).unwrap();
    let ran = world.set("RULES_FILE", "rules.yml").run_to(2);
    let error = ran.lines("ERROR: RULES_FILE: ");
    assert!(error[0].contains("line 2: `[z-a]`"), "{error:?}");
    assert!(
        error[0].contains("line 4: invalid value `everyone`"),
        "{error:?}"
    );
    let unknown = "rules:\n  - patterns: [a]\n    headers: {cache-control: x}\n";
    std::fs::write(world.working_folder().join("rules.yml"), unknown).unwrap();
    let ran = world.run_to(2);
    let error = ran.lines("ERROR: RULES_FILE: ");
    assert!(error[0].contains("line 3: "), "{error:?}");
    assert!(error[0].contains("cache-control"), "{error:?}");
    world.set("RULES_FILE", "missing.yml").run_to(2);
    assert!(world.server.requests().is_empty());
}

#[test]
fn one_file_has_its_rules_too() {
    let mut world = site();
    world.set("LOCAL_PATH", "site/paper.pdf").deploy();
    let paper = object(&world, "paper.pdf");
    assert_eq!(paper.content_disposition.as_deref(), Some("attachment"));
    assert!(paper.metadata.is_empty());
}
