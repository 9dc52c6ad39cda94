//! `_redirects` in LOCAL_PATH: the format of Netlify and Cloudflare Pages.
//! <https://docs.netlify.com/manage/routing/redirects/overview/>,
//! <https://developers.cloudflare.com/pages/configuration/redirects/>
//!
//! S3 knows one kind of redirect for an object: from exactly its key to one location, with status
//! 301. Text in, those out, beside what cannot be had of S3.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html>

use std::collections::BTreeSet;

use percent_encoding::percent_decode_str;

use crate::base::text::{REPLACEMENT, is_invisible};
use crate::object::headers::{REDIRECT_BYTES_MAX, redirect_target};
use crate::object::key;

/// One redirect that S3 can make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// Line of the file.
    pub line: usize,
    /// Key of the object, relative to the prefix.
    pub key: String,
    /// Where it leads: a path or an http(s) URL.
    pub location: String,
    /// Whether it replaces a file of that name (`301!`).
    pub forced: bool,
    /// Whether the file asks for another status than 301, which S3 always answers.
    pub other_status: bool,
}

/// What a `_redirects` file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RedirectsFile {
    /// What S3 can make, in order, each key once.
    pub redirects: Vec<Redirect>,
    /// Lines that S3 cannot express, each with why.
    pub left_out: Vec<(usize, &'static str)>,
}

/// The statuses that send a visitor elsewhere.
const REDIRECT_STATUSES: &[&str] = &["301", "302", "303", "307", "308"];

/// Why a line is left out that answers its path all the same: on its host, no later line does.
const REWRITE: &str = "is a rewrite or proxy (200)";
const MISSING: &str = "is a page for missing paths, which an error document of S3 or a custom error response of CloudFront can be";

/// Reads the `text` of the file. Nothing is refused: what S3 cannot express is left out and told.
pub fn parse(text: &str) -> RedirectsFile {
    let mut file = RedirectsFile::default();
    let mut keys = BTreeSet::new();
    for (number, line) in (1..).zip(text.lines()) {
        let words: Vec<&str> = line
            .split_whitespace()
            .take_while(|word| !word.starts_with('#'))
            .collect();
        if words.is_empty() {
            continue;
        }
        let is_damaged = words.iter().any(|word| word.contains(REPLACEMENT));
        let read = if is_damaged {
            Err("has bytes that are not UTF-8")
        } else {
            redirect(number, &words)
        };
        match read {
            Ok(redirect) if keys.contains(&redirect.key) => {
                file.left_out
                    .push((number, "comes after another line for the same path"));
            }
            Ok(redirect) => {
                keys.insert(redirect.key.clone());
                file.redirects.push(redirect);
            }
            Err(reason) => {
                if matches!(reason, REWRITE | MISSING) {
                    keys.extend(words.first().and_then(|source| source_key(source).ok()));
                }
                file.left_out.push((number, reason));
            }
        }
    }
    file
}

fn redirect(line: usize, words: &[&str]) -> Result<Redirect, &'static str> {
    let (source, rest) = words.split_first().ok_or("is empty")?;
    if is_url(source) {
        return Err("is for one host only");
    }
    if source.starts_with(is_invisible) {
        return Err("begins with an invisible character");
    }
    if !source.starts_with('/') {
        return Err("does not begin with a path");
    }
    let at = rest
        .iter()
        .position(|word| word.starts_with('/') || is_url(word))
        .ok_or("names no path or URL to go to")?;
    let (parameters, rest) = rest.split_at(at);
    let (target, rest) = rest.split_first().ok_or("names no path or URL to go to")?;
    let (status, conditions) = match rest.split_first() {
        Some((word, conditions)) if word.starts_with(|first: char| first.is_ascii_digit()) => {
            (*word, conditions)
        }
        _ => ("301", rest),
    };
    let (status, forced) = match status.strip_suffix('!') {
        Some(status) => (status, true),
        None => (status, false),
    };
    if parameters
        .iter()
        .chain(conditions)
        .any(|word| !word.contains('='))
    {
        return Err("has more words than a redirect; blanks in paths are written `%20`");
    }
    if !parameters.is_empty() || source.contains('?') {
        return Err("depends on the query");
    }
    if !conditions.is_empty() {
        return Err("has conditions");
    }
    if status == "404" || (status == "200" && *source == "/*" && !is_url(target)) {
        return Err(MISSING);
    }
    if source.contains('*') {
        return Err("has a splat");
    }
    if source.split('/').any(is_placeholder) {
        return Err("has a placeholder");
    }
    if status == "200" {
        return Err(REWRITE);
    }
    if !REDIRECT_STATUSES.contains(&status) {
        return Err("has a status that is no redirect");
    }
    if target.split('/').any(is_placeholder) {
        return Err("leads to a placeholder that its path does not have");
    }
    Ok(Redirect {
        line,
        key: source_key(source)?,
        location: location(target)?,
        forced,
        other_status: status != "301",
    })
}

/// Where `target` leads, as S3 can be told. It knows paths and whole URLs; hosts and browsers take
/// what begins with `//` for a URL without its scheme, S3's documentation does not say.
fn location(target: &str) -> Result<String, &'static str> {
    let whole = match target.strip_prefix("//") {
        Some(url) => {
            let host = url.split(['/', '?', '#']).next().unwrap_or_default();
            if !host.contains('.') {
                return Err("leads to a path with an empty segment, or to a host without a dot");
            }
            format!("https://{url}")
        }
        None => target.to_owned(),
    };
    // As it is sent: what is not ASCII takes three characters a byte.
    let sent = |char: char| char.len_utf8() * if char.is_ascii() { 1 } else { 3 };
    redirect_target(&whole).map_err(|_| {
        if whole.chars().map(sent).sum::<usize>() > REDIRECT_BYTES_MAX {
            "leads to more than 2048 bytes, the most that S3 stores"
        } else {
            "leads where S3 cannot"
        }
    })
}

fn is_url(word: &str) -> bool {
    word.starts_with("http://") || word.starts_with("https://")
}

fn is_placeholder(segment: &str) -> bool {
    segment
        .strip_prefix(':')
        .is_some_and(|name| name.starts_with(|first: char| first.is_ascii_alphabetic()))
}

/// The key that a website serves at `path`; a folder's is its index page.
fn source_key(path: &str) -> Result<String, &'static str> {
    let path = path.split('#').next().unwrap_or_default();
    let decoded = percent_decode_str(path.strip_prefix('/').unwrap_or(path))
        .decode_utf8()
        .map_err(|_| "has a path that is not UTF-8")?;
    let key = if decoded.is_empty() || decoded.ends_with('/') {
        format!("{decoded}index.html")
    } else {
        decoded.into_owned()
    };
    key::check(&key).map_err(|_| "has a path that cannot be a key")?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::object::content::page;

    #[test]
    fn exact_paths_become_redirects() {
        let text = "\
# Comments and blank lines.

/home              /
/old /new 301   # a comment
/temporary   https://example.com/x?y=1#z  302
/forced.html /there 301!
/ /start
/folder/ /elsewhere/
/caf%C3%A9 /coffee 308
";
        let found: Vec<_> = parse(text)
            .redirects
            .iter()
            .map(|redirect| {
                let forced = if redirect.forced { " forced" } else { "" };
                let other = if redirect.other_status { " other" } else { "" };
                format!(
                    "{} {} {}{forced}{other}",
                    redirect.line, redirect.key, redirect.location
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                "3 home /",
                "4 old /new",
                "5 temporary https://example.com/x?y=1#z other",
                "6 forced.html /there forced",
                "7 index.html /start",
                "8 folder/index.html /elsewhere/",
                "9 café /coffee other",
            ]
        );
        assert!(parse(text).left_out.is_empty());
    }

    #[test]
    fn what_s3_cannot_express_is_told() {
        for (line, reason) in [
            ("/* /index.html 200", "error document"),
            ("/* /404.html 404", "error document"),
            ("/* https://api.example.com/:splat 200", "splat"),
            ("/docs/* /docs/index.html 200", "splat"),
            ("/news/* /blog/:splat", "splat"),
            ("/news/:year/x /blog/:year", "placeholder"),
            ("/api/x https://api.example.com/x 200", "200"),
            ("/gone /404.html 404", "missing"),
            ("/a b /c", "%20"),
            ("/a -> /b", "more words"),
            ("/a /b permanent", "more words"),
            ("/a /b 301 !", "more words"),
            ("/a /b /c", "more words"),
            ("/a /b/:splat", "placeholder"),
            ("/2020 /blog/:year/x 301", "placeholder"),
            ("//a /c", "key"),
            ("/store id=:id /blog/:id 301", "query"),
            ("/x?a=1 /y", "query"),
            ("/ /de 302 Language=de", "conditions"),
            ("/ /anz 302 Country=au,nz", "conditions"),
            ("/a /b Country=au", "conditions"),
            ("http://blog.example.com/x /y", "host"),
            ("old /new", "path"),
            ("\u{200b}/old /new", "invisible"),
            ("/caf\u{fffd} /new", "not UTF-8"),
            ("/old", "go to"),
            ("/old new", "go to"),
            ("/a /b 418", "status"),
            ("/a//b /c", "key"),
            ("/%ff /c", "UTF-8"),
            ("/a //b/c", "empty segment"),
            ("/a //", "empty segment"),
            ("/a https://", "leads"),
            ("/a https://\u{ad}/", "leads"),
        ] {
            let file = parse(line);
            assert!(file.redirects.is_empty(), "{line}");
            assert!(
                file.left_out[0].1.contains(reason),
                "{line}: {:?}",
                file.left_out
            );
        }
    }

    #[test]
    fn targets_are_sent_as_urls_are_written() {
        for (target, location) in [
            ("/tags/\u{6280}\u{672f}/", "/tags/%E6%8A%80%E6%9C%AF/"),
            ("/z?q=\u{fc}#\u{e4}", "/z?q=%C3%BC#%C3%A4"),
            ("/caf%C3%A9", "/caf%C3%A9"),
            ("/100%", "/100%"),
            (
                "https://m\u{fc}nchen.example/",
                "https://xn--mnchen-3ya.example/",
            ),
            (
                "https://M\u{dc}NCHEN.example:8443/\u{fc}?a=1",
                "https://xn--mnchen-3ya.example:8443/%C3%BC?a=1",
            ),
            (
                "https://\u{65e5}\u{672c}.example",
                "https://xn--wgv71a.example",
            ),
            (
                "https://example.com/\u{1f389}",
                "https://example.com/%F0%9F%8E%89",
            ),
            ("https://example.com", "https://example.com"),
            ("//www.example.com/y?z", "https://www.example.com/y?z"),
            ("//m\u{fc}nchen.example", "https://xn--mnchen-3ya.example"),
        ] {
            let file = parse(&format!("/a {target}"));
            assert_eq!(file.left_out, [], "{target}");
            assert_eq!(file.redirects[0].location, location, "{target}");
        }
    }

    #[test]
    fn a_target_is_as_long_as_s3_stores() {
        let line = |length: usize| format!("/a /{}", "b".repeat(length - 1));
        assert_eq!(parse(&line(2048)).redirects.len(), 1);
        assert!(parse(&line(2049)).left_out[0].1.contains("2048 bytes"));
        // Percent-encoded, it is.
        let encoded = parse(&format!("/a /{}", "\u{fc}".repeat(500)));
        assert!(encoded.left_out[0].1.contains("2048 bytes"));
    }

    #[test]
    fn the_first_line_for_a_path_wins() {
        for (first, made) in [
            ("/a /index.html 200", false),
            ("/a https://api.example.com/ 200", false),
            ("/a /404.html 404", false),
            ("/a/ /b 200", true),
            ("/a /b 302 Country=de", true),
            ("/a id=1 /b", true),
            ("/a mailto:x@example.com", true),
        ] {
            let file = parse(&format!("{first}\n/a /c\n"));
            assert_eq!(file.redirects.len(), usize::from(made), "{first}");
            assert_eq!(file.left_out.len(), 2 - usize::from(made), "{first}");
        }
        let file = parse("/a /b\n/a /c\n");
        assert_eq!(file.redirects[0].location, "/b");
        assert_eq!(file.left_out[0].0, 2);
    }

    #[test]
    fn the_page_tells_locations_apart_and_cannot_be_broken_out_of() {
        assert_ne!(page("/a"), page("/b"));
        assert!(!page("/\"><script>").contains("<script>"));
    }
}
