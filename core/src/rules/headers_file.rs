//! `_headers` in LOCAL_PATH: the format of Netlify and Cloudflare Pages.
//! <https://docs.netlify.com/manage/routing/headers/>,
//! <https://developers.cloudflare.com/pages/configuration/headers/>
//!
//! Text in, rules out, beside what S3 cannot do with it. Values are never repeated in what is left
//! out: among them are passwords (Basic-Auth).

use std::collections::{BTreeMap, BTreeSet};

use super::path_pattern::{PathPattern, paths_of};
use crate::base::text::{REPLACEMENT, is_invisible};
use crate::object::headers::expires;
use crate::object::pairs::metadata_pair;
use crate::object::setting::{Field, Setting};

/// One block of the file: the headers of the paths that match.
#[derive(Clone, Debug, PartialEq)]
pub struct PathRule {
    /// Line of the path.
    pub line: usize,
    /// Which paths it is for.
    pub pattern: PathPattern,
    /// What it says.
    pub settings: Vec<Setting>,
}

impl PathRule {
    /// Whether it is for the object `key`, at any path that a website serves it at.
    pub fn applies_to(&self, key: &str) -> bool {
        paths_of(key).iter().any(|path| self.pattern.matches(path))
    }
}

/// What a `_headers` file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeadersFile {
    /// Its rules, in order.
    pub rules: Vec<PathRule>,
    /// Names of headers that S3 cannot store with an object, in alphabetical order.
    pub not_stored: BTreeSet<String>,
    /// Lines that are no rule for S3, each with why.
    pub left_out: Vec<(usize, &'static str)>,
}

/// Name and value of one header line, with its line number.
type Line<'a> = (usize, &'a str, Option<&'a str>);

/// Reads the `text` of the file. Nothing is refused: other hosts ignore what they do not know too.
pub fn parse(text: &str) -> HeadersFile {
    let mut file = HeadersFile::default();
    // The block that is being read: `None` for one whose lines do not count.
    let mut block: Option<(usize, &str, Vec<Line>)> = None;
    let mut ignoring = false;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line.contains(REPLACEMENT) {
            // What stands below such a path is not for the path before it.
            if line.starts_with('/') {
                file.finish(block.take());
                ignoring = true;
            }
            file.left_out.push((number, "has bytes that are not UTF-8"));
        } else if line.starts_with('/') {
            file.finish(block.replace((number, line, Vec::new())));
            ignoring = false;
        } else if line.starts_with("https://") || line.starts_with("http://") {
            file.finish(block.take());
            ignoring = true;
            file.left_out.push((number, "is for one host only"));
        } else if ignoring {
        } else if let (Some((_, _, lines)), Some((name, value))) = (&mut block, header(line)) {
            lines.push((number, name, value));
        } else if line.starts_with(is_invisible) {
            file.left_out
                .push((number, "begins with an invisible character"));
        } else {
            file.left_out
                .push((number, "is neither a path nor a header below one"));
        }
    }
    file.finish(block);
    file
}

/// `Name: value`, or `! Name`, which takes the header away.
fn header(line: &str) -> Option<(&str, Option<&str>)> {
    if let Some(name) = line.strip_prefix('!') {
        return (!name.contains(':')).then(|| (name.trim(), None));
    }
    let (name, value) = line.split_once(':')?;
    Some((name.trim(), Some(value.trim())))
}

impl HeadersFile {
    fn finish(&mut self, block: Option<(usize, &str, Vec<Line>)>) {
        let Some((line, path, lines)) = block else {
            return;
        };
        let mut settings = Vec::new();
        for Named {
            number,
            name,
            values,
        } in by_name(&lines)
        {
            let value = values.map(|values| values.join(", "));
            match setting(&name, value) {
                Stored::As(setting) => settings.push(setting),
                Stored::Never => {
                    self.not_stored.insert(name);
                }
                Stored::NotThisValue => {
                    self.left_out
                        .push((number, "has a value that S3 does not store"));
                }
                Stored::Nothing => {}
            }
        }
        if !settings.is_empty() {
            let pattern = PathPattern::parse(path);
            self.rules.push(PathRule {
                line,
                pattern,
                settings,
            });
        }
    }
}

/// A header of a block with all its values, none if the block only takes it away.
struct Named<'a> {
    /// The first line that names it.
    number: usize,
    /// In lower case.
    name: String,
    values: Option<Vec<&'a str>>,
}

/// The headers that `lines` name, each once: one that is named twice has both values. What a block
/// takes away is what others set: Cloudflare, whose notation it is, takes away first and sets then,
/// in whatever order the lines are.
/// <https://developers.cloudflare.com/pages/configuration/headers/#detach-a-header>
fn by_name<'a>(lines: &[Line<'a>]) -> Vec<Named<'a>> {
    let mut headers: Vec<Named> = Vec::new();
    let mut places = BTreeMap::new();
    for (number, name, value) in lines {
        let name = name.to_ascii_lowercase();
        let place = *places.entry(name.clone()).or_insert(headers.len());
        match headers.get_mut(place) {
            Some(Named { values, .. }) => {
                if let Some(value) = value {
                    values.get_or_insert_default().push(value);
                }
            }
            None => headers.push(Named {
                number: *number,
                name,
                values: value.map(|value| vec![value]),
            }),
        }
    }
    headers
}

/// What S3 can do with a header.
enum Stored {
    As(Setting),
    NotThisValue,
    Never,
    /// It is not to be there, and never is.
    Nothing,
}

fn setting(name: &str, value: Option<String>) -> Stored {
    let field = match name {
        "cache-control" => Some(Field::CacheControl),
        "content-type" => Some(Field::ContentType),
        "content-disposition" => Some(Field::ContentDisposition),
        "content-encoding" => Some(Field::ContentEncoding),
        "content-language" => Some(Field::ContentLanguage),
        "x-amz-website-redirect-location" => Some(Field::WebsiteRedirect),
        _ => None,
    };
    let metadata = name
        .strip_prefix("x-amz-meta-")
        .filter(|name| !name.is_empty());
    let checked = match (field, metadata, value) {
        (Some(field), _, value) => value
            .map(|value| field.check(&value))
            .transpose()
            .map(|value| Setting::Text(field, value)),
        (None, Some(metadata), value) => {
            let pair = metadata_pair(metadata, value.as_deref().unwrap_or_default());
            pair.map(|(name, checked)| Setting::Metadata(name, value.map(|_| checked)))
        }
        (None, _, value) if name == "expires" => value
            .map(|value| expires(&value))
            .transpose()
            .map(Setting::Expires),
        (None, _, None) => return Stored::Nothing,
        (None, None, Some(_)) => return Stored::Never,
    };
    checked.map_or(Stored::NotThisValue, Stored::As)
}

#[cfg(test)]
mod tests {
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
    fn names_of_metadata_are_names_of_headers() {
        let text = "/a\n x-amz-meta-a b: 1\n x-amz-meta-\u{1}: 2\n x-amz-meta-\u{e4}: 3\n x-amz-meta-ok: 4\n";
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
}
