//! RULES_FILE: what is read, and what is refused with which line.

use super::parse;

fn lines(text: &str) -> Vec<String> {
    let rules = parse(text).unwrap();
    rules
        .iter()
        .flat_map(|rule| {
            rule.settings
                .iter()
                .map(|setting| format!("{}: {setting}", rule.line))
        })
        .collect()
}

fn mistakes(text: &str) -> Vec<(u64, String)> {
    let found = parse(text).unwrap_err();
    found
        .into_iter()
        .map(|mistake| (mistake.line, mistake.reason))
        .collect()
}

#[test]
fn every_header_can_be_set() {
    let text = "\
# Everything.
rules:
  - patterns: ['*.html', '/docs/']
    headers:
      cache_control: no-cache
      content_type: text/html
      content_disposition: inline
      content_encoding: gzip
      content_language: de
      expires: 2030-01-01T00:00:00Z
      storage_class: STANDARD_IA
      acl: private
      website_redirect: /there
      sse_kms_key_id: alias/site
      metadata:
        Author: me
        build: 12
      tags: {team: web, stage: 'test @ more'}
  - patterns:
      - '*.zip'
    headers: {sse: AES256, cache_control: null, metadata: {Build: null}, tags: {team: ~}}
";
    assert_eq!(
        lines(text),
        [
            "3: Content-Type: text/html",
            "3: Cache-Control: no-cache",
            "3: Content-Disposition: inline",
            "3: Content-Encoding: gzip",
            "3: Content-Language: de",
            "3: x-amz-website-redirect-location: /there",
            "3: x-amz-acl: private",
            "3: x-amz-storage-class: STANDARD_IA",
            "3: Expires: Tue, 01 Jan 2030 00:00:00 GMT",
            "3: x-amz-server-side-encryption: aws:kms with the key alias/site",
            "3: x-amz-meta-author: me",
            "3: x-amz-meta-build: 12",
            "3: tag stage=test @ more",
            "3: tag team=web",
            "19: no Cache-Control",
            "19: x-amz-server-side-encryption: AES256",
            "19: no x-amz-meta-build",
            "19: no tag team",
        ]
    );
}

#[test]
fn patterns_are_those_of_gitignore() {
    let text = "rules:\n- patterns: ['*.js', '!sw.js', '/docs/']\n  headers: {acl: private}\n";
    let rules = parse(text).unwrap();
    let matching = |key| rules[0].matching(key);
    assert_eq!(matching("a/b.js"), Some("*.js"));
    assert_eq!(matching("sw.js"), None);
    assert_eq!(matching("docs/a/b.css"), Some("/docs/"));
    assert_eq!(matching("x/docs/b.css"), None);
}

#[test]
fn unknown_keys_are_refused_with_their_line() {
    for (text, line, word) in [
        (
            "rules:\n- patterns: [a]\n  headers:\n    cache-control: x\n",
            4,
            "cache-control",
        ),
        (
            "rules:\n- pattern: [a]\n  headers: {acl: private}\n",
            2,
            "pattern",
        ),
        ("rules: []\nmore: 1\n", 2, "more"),
    ] {
        let found = mistakes(text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, line, "{found:?}");
        assert!(found[0].1.contains(word), "{found:?}");
    }
}

#[test]
fn values_and_globs_are_refused_together_with_their_lines() {
    let text = "\
rules:
  - patterns:
      - '[z-a]'
      - '# comment'
    headers:
      acl: everyone
      expires: soon
      website_redirect: there
      tags: {'': x}
  - patterns: []
    headers: {sse: AES256, sse_kms_key_id: k}
";
    let lines: Vec<u64> = mistakes(text).iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [3, 4, 8, 6, 7, 9, 10, 11]);
}

#[test]
fn what_is_no_yaml_or_no_rules_is_refused() {
    for text in [
        "",
        "rules",
        "rules:\n  - patterns: [a\n",
        "rules:\n- headers: {acl: private}\n",
        "rules:\n- patterns: [a]\n  headers: {}\n",
        "rules:\n- patterns: [a]\n  headers: {cache_control: [x]}\n",
    ] {
        assert!(parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn what_is_no_yaml_of_rules_is_told_by_what_was_found_and_what_belongs_there() {
    let file = "a RULES_FILE begins with `rules:`, and has its rules in a list below";
    for (text, line, reason) in [
        ("", 1, format!("it holds nothing; {file}")),
        ("# only\n", 2, format!("it holds nothing; {file}")),
        ("---\n", 1, "missing field `rules`".to_owned()),
        (
            "# ours\n- patterns: ['*']\n  headers: {acl: private}\n",
            2,
            format!("it has `- patterns: ['*']`; {file}"),
        ),
        (
            "rules:\n  - patterns: ['*']\n\u{a0}   headers: {acl: private}\n",
            3,
            "its indent has U+00A0, which is no blank to YAML; use blanks".to_owned(),
        ),
        (
            "rules:\n  - '*.js'\n",
            2,
            "it has `'*.js'`; a name with a colon belongs there, such as `headers:`".to_owned(),
        ),
        (
            "rules:\n  - patterns: '*.js'\n    headers: {acl: private}\n",
            2,
            "it has `'*.js'`; a list belongs there, such as `['*.html', '*.css']`".to_owned(),
        ),
        (
            "rules:\n  - patterns: ['*']\n    headers:\n      acl: {a: b}\n",
            4,
            "it has `{a: b}`; a text belongs there".to_owned(),
        ),
    ] {
        assert_eq!(mistakes(text), [(line, reason)], "{text:?}");
    }
}
