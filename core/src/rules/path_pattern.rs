//! URL path patterns as `_headers` files have them: `*` for anything, `:name` for one segment.
//! <https://developers.cloudflare.com/pages/configuration/headers/>

use percent_encoding::percent_decode_str;

/// A pattern for paths that begin with `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// These bytes.
    Literal(Vec<u8>),
    /// Any bytes, `/` among them, or none.
    Anything,
    /// At least one byte, none of them `/`.
    Segment,
}

impl PathPattern {
    /// Reads `text`, which begins with `/`. What is percent-encoded in it stands for itself.
    pub fn parse(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let after = rest.get(character.len_utf8()..).unwrap_or_default();
            // Only looked for behind a colon: anywhere, it would be all of a long path each time.
            let name = || {
                after
                    .find(|next: char| !next.is_ascii_alphanumeric() && next != '_')
                    .unwrap_or(after.len())
            };
            let is_name = literal.ends_with('/')
                && after.starts_with(|first: char| first.is_ascii_alphabetic());
            let (piece, length) = match character {
                '*' => (Some(Piece::Anything), 0),
                ':' if is_name => (Some(Piece::Segment), name()),
                _ => (None, 0),
            };
            if let Some(piece) = piece {
                pieces.push(decoded(&literal));
                literal.clear();
                pieces.push(piece);
            } else {
                literal.push(character);
            }
            rest = after.get(length..).unwrap_or_default();
        }
        pieces.push(decoded(&literal));
        Self {
            text: text.to_owned(),
            pieces,
        }
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether `path` matches as a whole. Takes time in proportion to both lengths, whatever the
    /// pattern.
    pub fn matches(&self, path: &str) -> bool {
        let path = path.as_bytes();
        // Where in the path the pieces so far may end.
        let mut ends = vec![0];
        for piece in &self.pieces {
            ends = piece.ends(path, &ends);
        }
        ends.last() == Some(&path.len())
    }
}

impl Piece {
    /// Where this piece may end if it starts at one of `starts`; both are in order.
    fn ends(&self, path: &[u8], starts: &[usize]) -> Vec<usize> {
        match self {
            Self::Literal(literal) => starts
                .iter()
                .filter(|start| {
                    path.get(**start..)
                        .is_some_and(|rest| rest.starts_with(literal))
                })
                .map(|start| start + literal.len())
                .collect(),
            Self::Anything => match starts.first() {
                Some(first) => (*first..=path.len()).collect(),
                None => Vec::new(),
            },
            Self::Segment => {
                let mut ends: Vec<usize> = Vec::new();
                for start in starts {
                    let rest = path.get(*start..).unwrap_or_default();
                    let length = rest.iter().take_while(|byte| **byte != b'/').count();
                    let known = ends.last().copied().unwrap_or(*start);
                    ends.extend((known.max(*start) + 1)..=(start + length));
                }
                ends
            }
        }
    }
}

fn decoded(literal: &str) -> Piece {
    Piece::Literal(percent_decode_str(literal).collect())
}

/// The paths at which a website serves the object `key`: its own, that of its folder if it is an
/// index page, and the one without `.html` that hosts with short URLs have.
pub fn paths_of(key: &str) -> Vec<String> {
    let mut paths = vec![format!("/{key}")];
    if let Some(short) = key.strip_suffix(".html") {
        paths.push(format!("/{short}"));
        if let Some(folder) = short.strip_suffix("index")
            && (folder.is_empty() || folder.ends_with('/'))
        {
            paths.push(format!("/{folder}"));
            paths.push(format!("/{}", folder.trim_end_matches('/')));
        }
    }
    paths
}

/// The keys that a website may serve at `location`, a path with or without query and fragment: the
/// other way round than [`paths_of`], nearest first. None for the URL of a host. Behind them come
/// those that it has if the path begins at the root of a bucket whose site is below `prefix`.
pub fn keys_at(location: &str, prefix: &str) -> Vec<String> {
    let path = location.split(['?', '#']).next().unwrap_or_default();
    let Some(path) = path.strip_prefix('/') else {
        return Vec::new();
    };
    let path = resolved(&percent_decode_str(path).decode_utf8_lossy());
    let mut keys = Vec::new();
    let below = path.strip_prefix(prefix).filter(|_| !prefix.is_empty());
    for path in [Some(path.as_str()), below].into_iter().flatten() {
        let name = path.trim_end_matches('/');
        if name.len() == path.len() && !name.is_empty() {
            keys.extend([name.to_owned(), format!("{name}/index.html")]);
        } else {
            keys.extend([format!("{path}index.html"), name.to_owned()]);
        }
        keys.push(format!("{name}.html"));
    }
    keys
}

/// A path without its leading `/`, with `.` and `..` taken for what browsers take them.
fn resolved(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    let mut rest = path.split('/').peekable();
    while let Some(segment) = rest.next() {
        match segment {
            "." | ".." => {
                if segment == ".." {
                    segments.pop();
                }
                if rest.peek().is_none() && !segments.is_empty() {
                    segments.push("");
                }
            }
            _ => segments.push(segment),
        }
    }
    segments.join("/")
}

#[cfg(test)]
mod tests {
    use super::{PathPattern, keys_at, paths_of};

    #[test]
    fn patterns_match_whole_paths() {
        for (pattern, path, matches) in [
            ("/*", "/", true),
            ("/*", "/a/b", true),
            ("/a", "/a", true),
            ("/a", "/a/", false),
            ("/a", "/ab", false),
            ("/assets/*", "/assets/x/y.js", true),
            ("/assets/*", "/other/x", false),
            ("/*.css", "/a/b.css", true),
            ("/*.css", "/a/b.css.map", false),
            ("/a*b*c", "/a-b-b-c", true),
            ("/a*b*c", "/a-c", false),
            ("/blog/:year/:slug", "/blog/2024/x", true),
            ("/blog/:year/:slug", "/blog/2024", false),
            ("/blog/:year/:slug", "/blog/2024/x/y", false),
            ("/blog/:year/*", "/blog/2024/x/y", true),
            ("/:file.js", "/app.js", true),
            ("/:file.js", "/a/app.js", false),
            ("/:a/:b", "/a/", false),
            ("/time-12:30", "/time-12:30", true),
            ("/caf%C3%A9", "/café", true),
            ("/a%20b", "/a b", true),
            ("/a%2Ab", "/a*b", true),
            ("/a%2Ab", "/axb", false),
            ("", "/", false),
        ] {
            assert_eq!(
                PathPattern::parse(pattern).matches(path),
                matches,
                "{pattern} {path}"
            );
        }
    }

    #[test]
    fn every_path_of_an_object_leads_to_its_key() {
        for key in [
            "a.js",
            "about.html",
            "index.html",
            "b/index.html",
            "index",
            "a/b/c",
        ] {
            for path in paths_of(key) {
                assert!(
                    keys_at(&path, "").iter().any(|found| found == key),
                    "{path}"
                );
            }
        }
        for (location, first) in [
            ("/", "index.html"),
            ("/a/?x#y", "a/index.html"),
            ("/a?/b/", "a"),
            ("/a/./b/../c", "a/c"),
            ("/../a/..", "index.html"),
            ("/a/b/..", "a/index.html"),
            ("/a/.", "a/index.html"),
        ] {
            assert_eq!(keys_at(location, "")[0], first, "{location}");
        }
        assert!(keys_at("https://example.com/a", "").is_empty());
    }

    #[test]
    fn many_stars_take_no_time() {
        let pattern = PathPattern::parse(&format!("/{}b", "*a".repeat(200)));
        assert!(!pattern.matches(&format!("/{}", "a".repeat(1000))));
    }

    #[test]
    fn an_object_is_served_at_several_paths() {
        for (key, paths) in [
            ("a.js", &["/a.js"][..]),
            ("about.html", &["/about.html", "/about"]),
            ("index.html", &["/index.html", "/index", "/", "/"]),
            ("b/index.html", &["/b/index.html", "/b/index", "/b/", "/b"]),
            ("reindex.html", &["/reindex.html", "/reindex"]),
        ] {
            assert_eq!(paths_of(key), paths);
        }
    }
}
