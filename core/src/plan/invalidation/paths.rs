//! From keys to the paths by which viewers ask for them. Pure.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// Longest path that CloudFront takes, in characters.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-objects.html>
const PATH_CHARACTERS_MAX: usize = 4_000;

/// What the same page says must be encoded, and nothing else: the unsafe characters of RFC 1738.
const UNSAFE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}')
    .add(b'~');

/// In a key, a question mark is a part of the name and not the beginning of a query.
const UNSAFE_IN_KEY: &AsciiSet = &UNSAFE.add(b'?');

/// In a path that a user wrote, a percent sign encodes something already.
const UNSAFE_IN_PATH: &AsciiSet = &UNSAFE.remove(b'%');

/// What web servers serve for a folder's URL.
const INDEX: &str = "index.html";

/// Every path by which viewers may ask for `key`, below `base`, which has a slash at both ends: its
/// own, and for an `index.html` also its folder's, with and without the slash.
pub fn urls(base: &str, key: &str) -> Vec<String> {
    let path = format!("{base}{key}");
    // A `*` means more than itself to CloudFront, and only at the end: up to it is close enough.
    if let Some((start, _)) = path.split_once('*') {
        return vec![format!("{}*", encode(start))];
    }
    let mut urls = Vec::new();
    let is_index = key
        .strip_suffix(INDEX)
        .is_some_and(|folder| folder.is_empty() || folder.ends_with('/'));
    if let Some(folder) = path.strip_suffix(INDEX).filter(|_| is_index) {
        let without_slash = folder.strip_suffix('/').unwrap_or_default();
        urls.extend((!without_slash.is_empty()).then(|| encode(without_slash)));
        urls.push(encode(folder));
    }
    urls.push(encode(&path));
    urls
}

/// The paths of everything below `base`.
pub fn everything(base: &str) -> Vec<String> {
    let base = encode(base);
    let folder = base.strip_suffix('/').unwrap_or_default();
    let folder = (!folder.is_empty()).then(|| folder.to_owned());
    folder.into_iter().chain([format!("{base}*")]).collect()
}

/// A path as a user wrote it, the way CloudFront takes it; none if it takes no such path.
pub fn listed_path(path: &str) -> Option<String> {
    let encoded = utf8_percent_encode(path, UNSAFE_IN_PATH).to_string();
    let fits = encoded.starts_with('/')
        && encoded.len() <= PATH_CHARACTERS_MAX
        && !encoded.strip_suffix('*').unwrap_or(&encoded).contains('*');
    fits.then_some(encoded)
}

fn encode(path: &str) -> String {
    utf8_percent_encode(path, UNSAFE_IN_KEY).to_string()
}

#[cfg(test)]
mod tests {
    use super::{everything, listed_path, urls};

    #[test]
    fn a_key_has_the_urls_that_viewers_use() {
        for (base, key, expected) in [
            ("/", "app.js", &["/app.js"][..]),
            ("/docs/", "app.js", &["/docs/app.js"]),
            ("/", "index.html", &["/", "/index.html"]),
            (
                "/",
                "blog/index.html",
                &["/blog", "/blog/", "/blog/index.html"],
            ),
            (
                "/docs/",
                "index.html",
                &["/docs", "/docs/", "/docs/index.html"],
            ),
            ("/", "old-index.html", &["/old-index.html"]),
            ("/", "index.htm", &["/index.htm"]),
            ("/", "a b/é?.html", &["/a%20b/%C3%A9%3F.html"]),
            ("/", "100%#1[~].txt", &["/100%25%231%5B%7E%5D.txt"]),
            (
                "/",
                "a+b&c=d;e,f@g'(h)!$.txt",
                &["/a+b&c=d;e,f@g'(h)!$.txt"],
            ),
            ("/", "img/a*b.png", &["/img/a*"]),
            ("/a b/", "x", &["/a%20b/x"]),
        ] {
            assert_eq!(urls(base, key), expected, "{base}{key}");
        }
    }

    #[test]
    fn everything_is_the_folder_and_all_below_it() {
        assert_eq!(everything("/"), ["/*"]);
        assert_eq!(everything("/docs/"), ["/docs", "/docs/*"]);
    }

    #[test]
    fn a_users_path_is_taken_as_it_is_meant() {
        for (path, expected) in [
            ("/*", Some("/*")),
            ("/a%20b", Some("/a%20b")),
            ("/é?lang=de*", Some("/%C3%A9?lang=de*")),
            ("a", None),
            ("", None),
            ("/*.js", None),
            ("/**", None),
        ] {
            assert_eq!(listed_path(path).as_deref(), expected, "{path}");
        }
        assert_eq!(listed_path(&format!("/{}", "a".repeat(4_000))), None);
    }
}
