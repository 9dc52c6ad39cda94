//! Text from outside (file names, keys, messages of a server) made safe for a log or a page.
//!
//! A name may hold terminal escapes, line breaks or bidirectional controls; printed raw it could
//! forge a log line or hide its own end. Everything that is printed passes through here.

use std::fmt;

/// Displays `self.0` with every character that could steer a terminal or a log written as an escape.
#[derive(Clone, Copy, Debug)]
pub struct Printable<'a>(pub &'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some((at, character)) = rest.char_indices().find(|(_, c)| steers(*c)) {
            let (clean, tail) = rest.split_at(at);
            write!(formatter, "{clean}{}", character.escape_default())?;
            rest = tail.strip_prefix(character).unwrap_or_default();
        }
        formatter.write_str(rest)
    }
}

/// Controls, line separators, and the invisible or bidirectional format characters.
fn steers(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{061C}'
                | '\u{200B}'..='\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{FEFF}'
        )
}

/// `text` without anything that a browser would take for markup.
pub fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::Printable;

    #[test]
    fn what_steers_a_terminal_is_escaped_and_the_rest_is_kept() {
        for (raw, shown) in [
            ("plain/ünïcode 日本.html", "plain/ünïcode 日本.html"),
            ("a\u{1b}[31mred", "a\\u{1b}[31mred"),
            ("line\nbreak\r", "line\\nbreak\\r"),
            ("evil\u{202e}fdp.exe", "evil\\u{202e}fdp.exe"),
            ("zero\u{200b}width", "zero\\u{200b}width"),
            ("", ""),
        ] {
            assert_eq!(Printable(raw).to_string(), shown);
        }
    }
}
