//! Names that leave the type of a file open: those without an extension that anybody knows, as pages
//! have whose URLs are short, and those that two kinds of files share. Their first bytes tell it.

use super::{UNKNOWN_TYPE, essence};

/// Bytes at the beginning of such a file that are looked at.
pub const HEAD_BYTES: u64 = 512;

/// How a page begins. <https://mimesniff.spec.whatwg.org/#identifying-a-resource-with-an-unknown-mime-type>
const PAGES: &[&[u8]] = &[b"<!doctype html", b"<html"];

/// Whether the name of `key` leaves its type open.
pub fn is_open(key: &str) -> bool {
    is_typescript_or_video(key) || essence(key) == UNKNOWN_TYPE
}

/// The type of a file with an open name that begins with `head`, where the name alone would mislead.
pub fn essence_by_bytes(key: &str, head: &[u8]) -> Option<&'static str> {
    if is_typescript_or_video(key) {
        let cut = |fault: std::str::Utf8Error| fault.error_len().is_none();
        let is_text = std::str::from_utf8(head).map_or_else(cut, |_| true) && !head.contains(&0);
        return (is_text && !head.is_empty()).then_some("text/plain");
    }
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let head = head.trim_ascii_start();
    let is_page = |begin: &&[u8]| {
        head.get(..begin.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(begin))
    };
    PAGES.iter().any(is_page).then_some("text/html")
}

/// Segments of HLS and sources of TypeScript have the same extension.
fn is_typescript_or_video(key: &str) -> bool {
    let extension = key.rsplit_once('.').map(|(_, extension)| extension);
    extension.is_some_and(|extension| extension.eq_ignore_ascii_case("ts"))
}

#[cfg(test)]
mod tests {
    use super::{essence_by_bytes, is_open};

    #[test]
    fn bytes_tell_what_names_leave_open() {
        for (key, head, expected) in [
            ("about", &b"<!DOCTYPE html><title>x"[..], Some("text/html")),
            (
                "blog/whats-new-in-2.0",
                b"<!doctype html>",
                Some("text/html"),
            ),
            (
                "about",
                b"\xEF\xBB\xBF\r\n <HTML lang=en>",
                Some("text/html"),
            ),
            ("LICENSE", b"MIT License", None),
            ("CNAME", b"www.example.com", None),
            ("blob", b"\0\x01", None),
            ("empty", b"", None),
            ("feed", b"<?xml version='1.0'?>", None),
            ("types.d.ts", b"export {};", Some("text/plain")),
            ("live/seg1.ts", b"G@\0\x10\0\0", None),
            ("live/encrypted.ts", b"\x9f\xe2\x81", None),
            ("empty.ts", b"", None),
        ] {
            assert!(is_open(key), "{key}");
            assert_eq!(essence_by_bytes(key, head), expected, "{key}");
        }
        for key in [
            "index.html",
            "a.js",
            "notes.txt",
            "apple-app-site-association",
        ] {
            assert!(!is_open(key), "{key}");
        }
    }
}
