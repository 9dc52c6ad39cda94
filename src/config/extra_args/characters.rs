//! Characters that word processors and web pages put where flags need others.

use deploy_core::base::text::is_invisible;

/// Whether `character` is a quote of typography, which a shell takes for a letter.
pub(super) fn is_curly_quote(character: char) -> bool {
    matches!(
        character,
        '\u{2018}'
            ..='\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{2039}' | '\u{203a}' | '\u{2032}' | '\u{2033}'
    )
}

/// Whether `character` looks like a hyphen and is none.
pub(super) fn is_dash(character: char) -> bool {
    matches!(
        character,
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}'
    )
}

/// The character with its number and what it is, such as `` `–` (U+2013, an en dash) ``.
pub(super) fn named(character: char) -> String {
    let what = match character {
        '\u{2013}' => "an en dash",
        '\u{2014}' => "an em dash",
        '\u{2212}' => "a minus sign",
        _ if is_dash(character) => "a dash",
        _ if is_curly_quote(character) => "a curly quote",
        _ if is_invisible(character) => "an invisible character",
        _ => "not ASCII",
    };
    let number = u32::from(character);
    if is_invisible(character) {
        format!("{what}, U+{number:04X}")
    } else {
        format!("`{character}` (U+{number:04X}, {what})")
    }
}
