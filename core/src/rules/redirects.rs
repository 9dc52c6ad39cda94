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
use crate::object::headers::redirect_target;
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
            Err(reason) => file.left_out.push((number, reason)),
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
    if !parameters.is_empty() || source.contains('?') {
        return Err("depends on the query");
    }
    if !conditions.is_empty() {
        return Err("has conditions");
    }
    if source.contains('*') {
        return Err("has a splat");
    }
    if source.split('/').any(is_placeholder) {
        return Err("has a placeholder");
    }
    match status {
        "200" => return Err("is a rewrite or proxy (200)"),
        "404" => return Err("is a page for missing paths (404)"),
        _ if !REDIRECT_STATUSES.contains(&status) => {
            return Err("has a status that is no redirect");
        }
        _ => {}
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
    redirect_target(&whole).map_err(|_| "leads where S3 cannot")
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
    let decoded = percent_decode_str(path.trim_start_matches('/'))
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
            ("/* /index.html 200", "splat"),
            ("/news/* /blog/:splat", "splat"),
            ("/news/:year/x /blog/:year", "placeholder"),
            ("/api/x https://api.example.com/x 200", "200"),
            ("/gone /404.html 404", "404"),
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
    fn the_first_line_for_a_path_wins() {
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
