//! Text as editors save it: from the bytes of a file to its text, with `\n` at the ends of its lines.
//!
//! UTF-8 and UTF-16 are read, with a byte order mark or without. Which character set other bytes
//! are in cannot be told, so they are no text here.

use std::borrow::Cow;

/// Stands for bytes that are not UTF-8 in what [`decode_lossy`] returns.
pub const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// The byte order mark: U+FEFF in front of a text.
const MARK: char = '\u{feff}';

/// Why bytes are not the text that they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotText {
    /// A byte that UTF-8 does not have there, in a file that is not UTF-16 either.
    #[error(
        "byte 0x{byte:02X} in line {line} is not UTF-8, and the file is not UTF-16; save it as UTF-8"
    )]
    Foreign {
        /// The line, from 1 on.
        line: usize,
        /// The byte.
        byte: u8,
    },
    /// A byte order mark of UTF-16, and something else behind it.
    #[error("it begins as UTF-16 does, but is damaged; save it as UTF-8")]
    Damaged,
    /// UTF-32.
    #[error("it is UTF-32; save it as UTF-8")]
    Utf32,
    /// Bytes of zero, which no text has.
    #[error("it is not text: it holds bytes of zero")]
    Binary,
}

/// The text that `bytes` are.
///
/// # Errors
/// When they are neither UTF-8 nor UTF-16.
pub fn decode(bytes: &[u8]) -> Result<String, NotText> {
    read(bytes, |bytes| {
        let text = std::str::from_utf8(bytes);
        text.map(Cow::Borrowed).map_err(|error| {
            let (valid, rest) = bytes.split_at(error.valid_up_to());
            NotText::Foreign {
                line: lines(&String::from_utf8_lossy(valid)).split('\n').count(),
                byte: rest.first().copied().unwrap_or_default(),
            }
        })
    })
}

/// As [`decode`], with [`REPLACEMENT`] for bytes that are not UTF-8: for files in which a line that
/// cannot be read is no reason to do without the others.
///
/// # Errors
/// When the bytes are not text at all.
pub fn decode_lossy(bytes: &[u8]) -> Result<String, NotText> {
    read(bytes, |bytes| Ok(String::from_utf8_lossy(bytes)))
}

/// What can be read of `bytes`, the beginning of a file that need be no text: as [`decode_lossy`], but
/// it never fails, and its lines end as they do in the file.
pub fn beginning(bytes: &[u8]) -> Cow<'_, str> {
    let of_utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.as_chunks().0.iter().map(|pair| unit(*pair));
        let characters = char::decode_utf16(units).map(|one| one.unwrap_or(REPLACEMENT));
        Cow::Owned(characters.collect())
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => of_utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => of_utf16(rest, u16::from_be_bytes),
        [1..=0x7f, 0, 1..=0x7f, 0, ..] => of_utf16(bytes, u16::from_le_bytes),
        [0, 1..=0x7f, 0, 1..=0x7f, ..] => of_utf16(bytes, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        _ => String::from_utf8_lossy(bytes),
    }
}

/// Whether `character` takes no room where it is shown, so that who reads a line does not see it.
pub fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | MARK
    )
}

fn read<'a>(
    bytes: &'a [u8],
    utf8: impl FnOnce(&'a [u8]) -> Result<Cow<'a, str>, NotText>,
) -> Result<String, NotText> {
    let text = match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => return Err(NotText::Utf32),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes).ok_or(NotText::Damaged)?,
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes).ok_or(NotText::Damaged)?,
        // Text has no zeros, so these can only be the halves of UTF-16's ASCII.
        [1..=0x7f, 0, ..] => utf16(bytes, u16::from_le_bytes).ok_or(NotText::Binary)?,
        [0, 1..=0x7f, ..] => utf16(bytes, u16::from_be_bytes).ok_or(NotText::Binary)?,
        _ => utf8(bytes)?,
    };
    if text.contains('\0') {
        return Err(NotText::Binary);
    }
    Ok(lines(&text))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<Cow<'static, str>> {
    let (pairs, []) = bytes.as_chunks() else {
        return None;
    };
    let units = pairs.iter().map(|pair| unit(*pair));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    text.ok().map(Cow::Owned)
}

/// `text` with `\n` for each end of a line, and without byte order marks: one stands at the
/// beginning, and where files were joined, at the beginning of a later line.
fn lines(text: &str) -> String {
    // What DOS ended files with.
    let text = text.strip_suffix('\u{1a}').unwrap_or(text);
    let mut lines = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    let mut begins = true;
    while let Some(character) = characters.next() {
        if begins && character == MARK {
            continue;
        }
        if character == '\r' {
            characters.next_if_eq(&'\n');
        }
        begins = matches!(character, '\r' | '\n');
        lines.push(if begins { '\n' } else { character });
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{NotText, beginning, decode, decode_lossy};

    const TEXT: &str = "/a  x\n/caf\u{e9} \u{1f389}\n";

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn every_encoding_of_an_editor_is_read() {
        let marked = format!("\u{feff}{TEXT}");
        for (what, bytes) in [
            ("UTF-8", TEXT.as_bytes().to_vec()),
            ("UTF-8 with a mark", marked.clone().into_bytes()),
            ("UTF-16 LE with a mark", utf16(&marked, u16::to_le_bytes)),
            ("UTF-16 BE with a mark", utf16(&marked, u16::to_be_bytes)),
            ("UTF-16 LE", utf16(TEXT, u16::to_le_bytes)),
            ("UTF-16 BE", utf16(TEXT, u16::to_be_bytes)),
        ] {
            assert_eq!(decode(&bytes).as_deref(), Ok(TEXT), "{what}");
            assert_eq!(decode_lossy(&bytes).as_deref(), Ok(TEXT), "{what}");
            assert_eq!(beginning(&bytes), TEXT, "{what}");
            let cut = bytes.get(..13).unwrap();
            assert!(beginning(cut).starts_with("/a  x"), "{what}");
        }
        assert_eq!(decode(b"").as_deref(), Ok(""));
    }

    #[test]
    fn lines_end_in_one_way() {
        for (text, expected) in [
            ("a\r\nb\r\n", "a\nb\n"),
            ("a\r\n\u{1a}", "a\n"),
            ("a\rb\r", "a\nb\n"),
            ("a\n\rb", "a\n\nb"),
            ("a\r\r\nb", "a\n\nb"),
            ("\u{feff}a\n\u{feff}b\u{feff}", "a\nb\u{feff}"),
            ("\u{feff}\u{feff}a", "a"),
            ("\u{feff}\r\n\u{feff}a", "\na"),
        ] {
            assert_eq!(decode(text.as_bytes()).as_deref(), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_text_is_told_with_its_reason() {
        let foreign = |line, byte| NotText::Foreign { line, byte };
        for (bytes, reason) in [
            (&b"a\r\nb\rcaf\xe9\n"[..], foreign(3, 0xe9)),
            (b"\x80", foreign(1, 0x80)),
            (b"\xff\xfea", NotText::Damaged),
            (b"\xfe\xff\xd8\x00\x00a", NotText::Damaged),
            (b"\xff\xfe\0\0a\0\0\0", NotText::Utf32),
            (b"\0\0\xfe\xff\0\0\0a", NotText::Utf32),
            (b"a\0\0\0", NotText::Binary),
            (b"a\0b", NotText::Binary),
            (b"\0\0\0a", NotText::Binary),
            (b"ab\0c", NotText::Binary),
            (b"\xff\xfea\0\0\0", NotText::Binary),
        ] {
            assert_eq!(decode(bytes), Err(reason), "{bytes:?}");
        }
        assert_eq!(
            decode(b"\xe9").unwrap_err().to_string(),
            "byte 0xE9 in line 1 is not UTF-8, and the file is not UTF-16; save it as UTF-8"
        );
    }

    #[test]
    fn of_what_is_no_text_the_beginning_can_be_looked_at() {
        for (bytes, text) in [
            (&b"caf\xe9"[..], "caf\u{fffd}"),
            (b"\xff\xfea\0\0\xd8", "a\u{fffd}"),
            (b"a\0\x01\x02", "a\0\x01\x02"),
            (b"", ""),
        ] {
            assert_eq!(beginning(bytes), text, "{bytes:?}");
        }
    }

    #[test]
    fn a_line_that_cannot_be_read_leaves_the_others() {
        let text = decode_lossy(b"/a /b\r\n/caf\xe9 /c\r\n");
        assert_eq!(text.as_deref(), Ok("/a /b\n/caf\u{fffd} /c\n"));
        assert_eq!(decode_lossy(b"a\0b"), Err(NotText::Binary));
    }

    proptest::proptest! {
        #[test]
        fn what_is_decoded_is_decoded_already(bytes: Vec<u8>) {
            if let Ok(text) = decode(&bytes) {
                proptest::prop_assert_eq!(decode(text.as_bytes()), Ok(text));
            }
        }
    }
}
