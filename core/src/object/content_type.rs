//! Content-Type from the name, by a table that is part of the binary: the same on every machine.

/// Types that `mime_guess` lacks, has outdated, or gives a type that browsers do not expect.
/// Each from <https://www.iana.org/assignments/media-types> or the format's own specification.
const OVERRIDES: &[(&str, &str)] = &[
    ("atom", "application/atom+xml"),
    ("avif", "image/avif"),
    ("bmp", "image/bmp"),
    ("cjs", "text/javascript"),
    ("flac", "audio/flac"),
    ("gltf", "model/gltf+json"),
    ("glb", "model/gltf-binary"),
    ("ico", "image/vnd.microsoft.icon"),
    ("ics", "text/calendar"),
    ("js", "text/javascript"),
    ("jsonld", "application/ld+json"),
    ("jxl", "image/jxl"),
    ("m4a", "audio/mp4"),
    ("map", "application/json"),
    ("md", "text/markdown"),
    ("mjs", "text/javascript"),
    ("otf", "font/otf"),
    ("rss", "application/rss+xml"),
    ("topojson", "application/json"),
    ("ts", "video/mp2t"),
    ("ttf", "font/ttf"),
    ("wasm", "application/wasm"),
    ("webmanifest", "application/manifest+json"),
    ("webp", "image/webp"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("xml", "application/xml"),
    ("yaml", "application/yaml"),
    ("yml", "application/yaml"),
];

/// What S3 itself falls back to.
pub const UNKNOWN_TYPE: &str = "binary/octet-stream";

/// Types outside `text/` that are text and whose readers honour a charset parameter.
const TEXT_TYPES: &[&str] = &[
    "application/javascript",
    "application/xhtml+xml",
    "application/xml",
    "application/atom+xml",
    "application/rss+xml",
    "image/svg+xml",
];

/// The Content-Type of the object `key`, `; charset=utf-8` included for text.
#[must_use]
pub fn content_type(key: &str) -> String {
    let name = key.rsplit('/').next().unwrap_or_default();
    let extension = match name.rsplit_once('.') {
        // A dot-file's name is not an extension: `.html` alone says nothing of its content.
        Some((stem, extension)) if !stem.is_empty() => extension.to_ascii_lowercase(),
        _ => String::new(),
    };
    let found = OVERRIDES
        .iter()
        .find(|(known, _)| *known == extension)
        .map(|(_, essence)| *essence)
        .or_else(|| mime_guess::from_ext(&extension).first_raw())
        .unwrap_or(UNKNOWN_TYPE);
    if found.starts_with("text/") || TEXT_TYPES.contains(&found) {
        format!("{found}; charset=utf-8")
    } else {
        found.to_owned()
    }
}

/// Whether a browser shows the type as a page: what visitors navigate to, and what names assets.
#[must_use]
pub fn is_page_type(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default();
    matches!(essence, "text/html" | "application/xhtml+xml")
}

/// Types of text that compress well and that browsers decompress, beside `text/…`, `…+json` and
/// `…+xml`.
const COMPRESSED_TYPES: &[&str] = &[
    "application/javascript",
    "application/json",
    "application/x-javascript",
    "application/x-ndjson",
    "application/xml",
    "application/yaml",
];

/// Whether COMPRESS is for this type: text, whatever its charset.
#[must_use]
pub fn is_text_type(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    essence.starts_with("text/")
        || essence.ends_with("+json")
        || essence.ends_with("+xml")
        || COMPRESSED_TYPES.contains(&essence.as_str())
}

#[cfg(test)]
mod tests {
    use super::{content_type, is_text_type};

    #[test]
    fn text_is_compressed_and_nothing_else() {
        for (key, text) in [
            ("index.html", true),
            ("app.mjs", true),
            ("app.js.map", true),
            ("style.css", true),
            ("site.webmanifest", true),
            ("logo.svg", true),
            ("feed.rss", true),
            ("robots.txt", true),
            ("openapi.yaml", true),
            ("photo.png", false),
            ("font.woff2", false),
            ("font.ttf", false),
            ("mod.wasm", false),
            ("app.zip", false),
            ("data.json.gz", false),
            ("LICENSE", false),
        ] {
            assert_eq!(is_text_type(&content_type(key)), text, "{key}");
        }
        assert!(is_text_type("Application/LD+JSON ; charset=utf-8"));
    }

    #[test]
    fn the_types_of_a_site() {
        for (key, expected) in [
            ("index.html", "text/html; charset=utf-8"),
            ("a/b.HTM", "text/html; charset=utf-8"),
            ("style.css", "text/css; charset=utf-8"),
            ("app.3f2a.js", "text/javascript; charset=utf-8"),
            ("app.mjs", "text/javascript; charset=utf-8"),
            ("app.js.map", "application/json"),
            ("data.json", "application/json"),
            ("site.webmanifest", "application/manifest+json"),
            ("logo.svg", "image/svg+xml; charset=utf-8"),
            ("feed.xml", "application/xml; charset=utf-8"),
            ("notes.txt", "text/plain; charset=utf-8"),
            ("mod.wasm", "application/wasm"),
            ("font.woff2", "font/woff2"),
            ("font.woff", "font/woff"),
            ("font.ttf", "font/ttf"),
            ("pic.webp", "image/webp"),
            ("pic.avif", "image/avif"),
            ("pic.jpeg", "image/jpeg"),
            ("pic.png", "image/png"),
            ("favicon.ico", "image/vnd.microsoft.icon"),
            ("doc.pdf", "application/pdf"),
            ("app.zip", "application/zip"),
            ("video.mp4", "video/mp4"),
            ("archive.tar.gz", "application/gzip"),
            ("LICENSE", "binary/octet-stream"),
            (".html", "binary/octet-stream"),
            ("x.unknown-type", "binary/octet-stream"),
            ("dir.html/file", "binary/octet-stream"),
        ] {
            assert_eq!(content_type(key), expected, "{key}");
        }
    }
}
