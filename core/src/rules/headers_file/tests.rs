//! `_headers` as both hosts write it, and what of it S3 cannot do.

use super::parse;

fn rules(text: &str) -> Vec<String> {
    parse(text)
        .rules
        .iter()
        .map(|rule| {
            let settings: Vec<_> = rule.settings.iter().map(ToString::to_string).collect();
            format!(
                "{} {} {}",
                rule.line,
                rule.pattern.as_str(),
                settings.join(" | ")
            )
        })
        .collect()
}

#[test]
fn blocks_of_both_hosts_are_read() {
    let text = "\
# a comment
/templates/index.html
  # another
  Cache-Control: max-age=60
  X-Frame-Options: DENY

/*
\tcache-control: max-age=0
\tCache-Control: no-cache
  Content-Language: en
  X-Amz-Meta-Team: web
/secure/*
  ! Cache-Control
  Expires: Tue, 01 Jan 2030 00:00:00 GMT
";
    assert_eq!(
        rules(text),
        [
            "2 /templates/index.html Cache-Control: max-age=60",
            "7 /* Cache-Control: max-age=0, no-cache | Content-Language: en | x-amz-meta-team: web",
            "12 /secure/* no Cache-Control | Expires: Tue, 01 Jan 2030 00:00:00 GMT",
        ]
    );
    let not_stored: Vec<_> = parse(text).not_stored.into_iter().collect();
    assert_eq!(not_stored, ["x-frame-options"]);
}

#[test]
fn what_s3_cannot_do_is_told_without_its_values() {
    let text = "\
Cache-Control: max-age=1
https://project.pages.dev/*
  X-Robots-Tag: noindex
/*
  Content-Security-Policy: default-src 'self'
  Basic-Auth: admin:hunter2
  ! X-Frame-Options
  Expires: soon
  Cache-Control: caf\u{e9}
  no colon
";
    let file = parse(text);
    assert!(file.rules.is_empty());
    let not_stored: Vec<_> = file.not_stored.iter().map(String::as_str).collect();
    assert_eq!(not_stored, ["basic-auth", "content-security-policy"]);
    let lines: Vec<_> = file.left_out.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [1, 2, 10, 8, 9]);
    assert!(!format!("{file:?}").contains("hunter2"));
}

#[test]
fn lines_with_damaged_text_are_told_and_nothing_of_them_counts_elsewhere() {
    let text = "/a\n Cache-Control: x\n X-Caf\u{fffd}: 1\n/caf\u{fffd}\n Cache-Control: y\n/b\n Cache-Control: z\n\u{200b}\n";
    let expected = ["1 /a Cache-Control: x", "6 /b Cache-Control: z"];
    assert_eq!(rules(text), expected);
    assert_eq!(
        parse(text).left_out,
        [
            (3, "has bytes that are not UTF-8"),
            (4, "has bytes that are not UTF-8"),
            (8, "begins with an invisible character"),
        ]
    );
}

#[test]
fn a_header_that_is_named_twice_has_both_values() {
    let text = "/a\n A: 0\n Expires: soon\n Cache-Control: x\n cache-control: y\n";
    assert_eq!(rules(text), ["1 /a Cache-Control: x, y"]);
}

#[test]
fn a_block_takes_away_what_others_set_and_keeps_its_own_values() {
    for (name, value, set, gone) in [
        ("Cache-Control", "x", "Cache-Control: x", "no Cache-Control"),
        (
            "Content-Type",
            "a/b",
            "Content-Type: a/b",
            "no Content-Type",
        ),
        (
            "Content-Disposition",
            "x",
            "Content-Disposition: x",
            "no Content-Disposition",
        ),
        (
            "Content-Encoding",
            "br",
            "Content-Encoding: br",
            "no Content-Encoding",
        ),
        (
            "Content-Language",
            "de",
            "Content-Language: de",
            "no Content-Language",
        ),
        (
            "Expires",
            "0",
            "Expires: Thu, 01 Jan 1970 00:00:00 GMT",
            "no Expires",
        ),
        ("X-Amz-Meta-A", "x", "x-amz-meta-a: x", "no x-amz-meta-a"),
        (
            "X-Amz-Website-Redirect-Location",
            "/x",
            "x-amz-website-redirect-location: /x",
            "no x-amz-website-redirect-location",
        ),
    ] {
        for text in [
            format!("/a\n ! {name}\n {name}: {value}\n"),
            format!("/a\n {name}: {value}\n ! {name}\n"),
            format!("/a\n !{name}\n {name}: {value}\n ! {name}\n"),
        ] {
            assert_eq!(rules(&text), [format!("1 /a {set}")], "{text}");
        }
        let text = format!("/a\n ! {name}\n ! {}\n", name.to_lowercase());
        assert_eq!(rules(&text), [format!("1 /a {gone}")]);
    }
    let text = "/a\n ! Cache-Control\n Cache-Control: x\n Cache-Control: y\n ! Link\n";
    assert_eq!(rules(text), ["1 /a Cache-Control: x, y"]);
    let lines: Vec<_> = parse("/a\n ! Cache-Control: x\n").left_out;
    assert_eq!(lines, [(2, "is neither a path nor a header below one")]);
}

#[test]
fn values_that_depend_on_the_path_are_told() {
    let text = "/files/*\n Content-Disposition: attachment; filename=\":splat\"\n X-Name: :splat\n/:lang/x\n Content-Language: :lang\n/a\n x-amz-meta-a: :lang\n";
    assert_eq!(rules(text), ["6 /a x-amz-meta-a: :lang"]);
    let lines: Vec<_> = parse(text).left_out.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [2, 5]);
}

#[test]
fn a_path_without_a_slash_is_told() {
    let text =
        "https://x.example/*\n X-A: 1\n*.css\n/a\n Cache-Control: x\nassets/*\n X-B: 1\n X-C 1\n";
    let file = parse(text);
    assert_eq!(
        file.left_out,
        [
            (1, "is for one host only"),
            (3, "is neither a path nor a header below one"),
            (
                6,
                "is no path, which begins with `/`: what follows is for the path before it"
            ),
            (8, "is neither a path nor a header below one"),
        ]
    );
    assert_eq!(rules(text), ["4 /a Cache-Control: x"]);
}

#[test]
fn what_is_no_header_is_told_and_not_joined() {
    let text = "/a\n Cache-Control:\n Cache-Control: no-cache\n : x\n Content Type: x\n";
    assert_eq!(rules(text), ["1 /a Cache-Control: no-cache"]);
    let lines: Vec<_> = parse(text).left_out.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [2, 4, 5]);
}

#[test]
fn names_of_metadata_are_names_of_headers() {
    let text =
        "/a\n x-amz-meta-a b: 1\n x-amz-meta-\u{1}: 2\n x-amz-meta-\u{e4}: 3\n x-amz-meta-ok: 4\n";
    assert_eq!(rules(text), ["1 /a x-amz-meta-ok: 4"]);
    let lines: Vec<_> = parse(text).left_out.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [2, 3, 4]);
}

#[test]
fn a_long_file_is_read_once() {
    // Were every line compared with every other, this would take the better part of an hour.
    let names: Vec<String> = (0..200_000).map(|number| format!("n{number}:v")).collect();
    let text = format!("/a\n{}", names.join("\n"));
    assert_eq!(parse(&text).not_stored.len(), 200_000);
    let path = format!("/{}\n Cache-Control: x\n", "a".repeat(1 << 20));
    assert_eq!(parse(&path).rules.len(), 1);
}

#[test]
fn a_rule_is_for_every_path_of_a_page() {
    for (path, key, applies) in [
        ("/guide/", "guide/index.html", true),
        ("/guide", "guide/index.html", true),
        ("/about", "about.html", true),
        ("/", "index.html", true),
        ("/guide/*", "guide/index.html", true),
        ("/guide", "guide.js", false),
    ] {
        let file = parse(&format!("{path}\n  Cache-Control: no-cache\n"));
        assert_eq!(file.rules[0].applies_to(key), applies, "{path} {key}");
    }
}
