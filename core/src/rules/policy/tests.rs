//! The order of the sources, and what each of them says.

use super::{Interner, Policy};
use crate::object::charset::Charset;
use crate::object::content::{Coding, Compressed, Content};
use crate::object::content_type::Nature;
use crate::object::headers::ObjectHeaders;
use crate::rules::fingerprint::Fingerprints;
use crate::rules::preset::Preset;
use crate::rules::{headers_file, rules_file};
use std::sync::Arc;

fn policy() -> Policy {
    let paths = "/*\n  Cache-Control: from-headers\n  Content-Language: en\n";
    let rules = "rules:\n- patterns: ['*.js']\n  headers: {cache_control: from-rules, content_type: text/x}\n";
    Policy {
        shared: ObjectHeaders {
            cache_control: Some("from-variables".to_owned()),
            acl: Some("private".to_owned()),
            ..ObjectHeaders::default()
        },
        preset: Some(Preset::StaticSite),
        fingerprints: Fingerprints::default(),
        paths: headers_file::parse(paths).rules,
        rules: rules_file::parse(rules).unwrap(),
    }
}

fn cache_control(policy: &Policy, key: &str) -> Option<String> {
    policy
        .resolve(key, &Content::File, Nature::default())
        .cache_control
}

#[test]
fn later_sources_win_header_by_header() {
    let mut policy = policy();
    let headers = policy.resolve("app.3f2a9c1b.js", &Content::File, Nature::default());
    assert_eq!(headers.cache_control.as_deref(), Some("from-rules"));
    assert_eq!(headers.content_type.as_deref(), Some("text/x"));
    assert_eq!(headers.content_language.as_deref(), Some("en"));
    assert_eq!(headers.acl.as_deref(), Some("private"));
    policy.rules.clear();
    let found = cache_control(&policy, "app.3f2a9c1b.js");
    assert_eq!(found.as_deref(), Some("from-headers"));
    policy.paths.clear();
    let found = cache_control(&policy, "app.3f2a9c1b.js");
    assert_eq!(
        found.as_deref(),
        Some("public, max-age=31536000, immutable")
    );
    assert_eq!(
        cache_control(&policy, "a/b.html").as_deref(),
        Some("no-cache")
    );
    assert_eq!(
        cache_control(&policy, "app.js").as_deref(),
        Some("from-variables")
    );
    policy.preset = None;
    let found = cache_control(&policy, "app.3f2a9c1b.js");
    assert_eq!(found.as_deref(), Some("from-variables"));
}

#[test]
fn how_the_bytes_come_about_has_the_last_word() {
    let policy = policy();
    let compressed = Content::Compressed(Compressed {
        coding: Coding::Brotli,
        file_size: 10,
        md5: [0; 16],
    });
    let headers = policy.resolve("a.js", &compressed, Nature::default());
    assert_eq!(headers.content_encoding.as_deref(), Some("br"));
    assert_eq!(headers.content_type.as_deref(), Some("text/x"));
    let redirect = Content::Redirect(Arc::from("/there"));
    let headers = policy.resolve("old.js", &redirect, Nature::default());
    assert_eq!(headers.website_redirect.as_deref(), Some("/there"));
    assert_eq!(
        headers.content_type.as_deref(),
        Some("text/html; charset=utf-8")
    );
}

#[test]
fn what_needs_a_permission_of_its_own_is_told() {
    let ruled = |rules: &str| Policy {
        rules: rules_file::parse(rules).unwrap(),
        ..Policy::default()
    };
    for (policy, acl, tags) in [
        (Policy::default(), false, false),
        (self::policy(), true, false),
        (
            ruled("rules:\n- {patterns: [a], headers: {acl: private}}\n"),
            true,
            false,
        ),
        (
            ruled("rules:\n- {patterns: [a], headers: {acl: null, tags: {a: b}}}\n"),
            false,
            true,
        ),
    ] {
        assert_eq!((policy.sets_acl(), policy.sets_tags()), (acl, tags));
    }
}

#[test]
fn equal_headers_are_kept_once() {
    let mut interner = Interner::default();
    let policy = policy();
    let first = interner.intern(policy.resolve("a.js", &Content::File, Nature::default()));
    let second = interner.intern(policy.resolve("b.js", &Content::File, Nature::default()));
    let other = interner.intern(policy.resolve("a.css", &Content::File, Nature::default()));
    assert!(Arc::ptr_eq(&first, &second) && !Arc::ptr_eq(&first, &other));
}

#[test]
fn the_preset_answers_for_every_file() {
    let rules =
        "rules:\n- {patterns: [/about], headers: {content_type: text/html; charset=utf-8}}\n";
    let policy = Policy {
        preset: Some(Preset::StaticSite),
        rules: rules_file::parse(rules).unwrap(),
        ..Policy::default()
    };
    let short = "public, max-age=300, must-revalidate";
    for (key, expected) in [
        ("index.html", "no-cache"),
        // A page by a rule.
        ("about", "no-cache"),
        ("sw.js", "no-cache"),
        ("app.js", "no-cache"),
        ("app.3f2a9c1b.js", "public, max-age=31536000, immutable"),
        ("robots.txt", short),
        ("site.webmanifest", short),
        ("feed.xml", short),
        ("logo.png", short),
        ("LICENSE", short),
    ] {
        assert_eq!(
            cache_control(&policy, key).as_deref(),
            Some(expected),
            "{key}"
        );
    }
}

#[test]
fn a_compressed_copy_is_served_as_its_original() {
    let policy = |rules: &str| Policy {
        rules: rules_file::parse(rules).unwrap(),
        ..Policy::default()
    };
    let copy = Nature {
        charset: Charset::Utf8,
        is_copy: true,
        ..Nature::default()
    };
    let script = Some("text/javascript; charset=utf-8");
    let null = "rules:\n- {patterns: ['*.js.*'], headers: {content_encoding: null}}\n";
    let archive = "rules:\n- {patterns: ['*.gz'], headers: {content_type: application/gzip}}\n";
    for (rules, key, nature, content_type, coding) in [
        (
            "rules: []",
            "a.js.br",
            Nature::default(),
            script,
            Some("br"),
        ),
        ("rules: []", "a.js.gz", copy, script, Some("gzip")),
        (
            "rules: []",
            "a.js.gz",
            Nature::default(),
            Some("application/gzip"),
            None,
        ),
        (
            "rules: []",
            "a.svgz",
            copy,
            Some("image/svg+xml; charset=utf-8"),
            Some("gzip"),
        ),
        (null, "a.js.gz", copy, Some("application/gzip"), None),
        (
            null,
            "a.js.br",
            Nature::default(),
            Some("binary/octet-stream"),
            None,
        ),
        (archive, "a.js.gz", copy, Some("application/gzip"), None),
    ] {
        let headers = policy(rules).resolve(key, &Content::File, nature);
        assert_eq!(
            headers.content_type.as_deref(),
            content_type,
            "{rules} {key}"
        );
        assert_eq!(headers.content_encoding.as_deref(), coding, "{rules} {key}");
    }
    let shared = ObjectHeaders {
        content_encoding: Some("gzip".to_owned()),
        ..ObjectHeaders::default()
    };
    let headers = Policy::shared(shared).resolve("a.js.br", &Content::File, Nature::default());
    assert_eq!(headers.content_encoding.as_deref(), Some("gzip"));
}
