//! Content-Type from the name, by a table that is part of the binary: the same on every machine.

mod copies;
mod open;
mod table;

pub use copies::{Copy, Proof, copy_of};
pub use open::{HEAD_BYTES, essence_by_bytes, is_open};

use crate::base::has_word;
use crate::object::charset::Charset;
use table::{BY_END, BY_EXTENSION};

/// What S3 itself falls back to.
pub const UNKNOWN_TYPE: &str = "binary/octet-stream";

/// What the bytes of a file, and its neighbours, say that its name does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Nature {
    /// In which character set it is, if it is text.
    pub charset: Charset,
    /// Whether it is the compressed copy that its name promises.
    pub is_copy: bool,
    /// Its type, if its name leaves that open and its bytes tell.
    pub essence: Option<&'static str>,
}

/// Types outside `text/` that are text and whose readers honour a charset parameter.
const TEXT_TYPES: &str = "
    application/javascript application/xhtml+xml application/xml application/atom+xml
    application/rss+xml image/svg+xml
";

/// The Content-Type of the object `key`, `; charset=utf-8` included for text.
pub fn content_type(key: &str) -> String {
    content_type_of(key, Nature::default())
}

/// The Content-Type of the object `key` that is of this nature.
pub fn content_type_of(key: &str, nature: Nature) -> String {
    let coded = copy_of(key).filter(|copy| copy.proof == Proof::Name || nature.is_copy);
    let by_bytes = nature.essence.filter(|_| is_open(key));
    let essence = by_bytes.unwrap_or_else(|| essence(coded.map_or(key, |copy| copy.original)));
    match nature.charset {
        _ if !has_charset(essence) => essence.to_owned(),
        Charset::Utf8 => format!("{essence}; charset=utf-8"),
        Charset::Declared(label) => format!("{essence}; charset={}", label.name()),
        Charset::Unknown => essence.to_owned(),
    }
}

/// The type of the file `key` itself, without parameters.
pub fn essence(key: &str) -> &'static str {
    let name = key.rsplit('/').next().unwrap_or_default();
    let below_root = key
        .rfind(".well-known/")
        .and_then(|at| key.split_at_checked(at));
    let well_known = below_root.filter(|(before, _)| before.is_empty() || before.ends_with('/'));
    let mut ends = well_known.map(|(_, end)| end).into_iter().chain([name]);
    if let Some(essence) = ends.find_map(|end| BY_END.get(end)) {
        return essence;
    }
    let extension = match name.rsplit_once('.') {
        // A dot-file's name is not an extension: `.html` alone says nothing of its content.
        Some((stem, extension)) if !stem.is_empty() => extension.to_ascii_lowercase(),
        _ => return UNKNOWN_TYPE,
    };
    let known = BY_EXTENSION.get(extension.as_str()).copied();
    known
        .or_else(|| mime_guess::from_ext(&extension).first_raw())
        .unwrap_or(UNKNOWN_TYPE)
}

/// Whether the type can have a charset parameter that its readers honour.
pub fn has_charset(essence: &str) -> bool {
    essence.starts_with("text/") || has_word(TEXT_TYPES, essence)
}

/// Whether the [`Nature`] of the file `key` is more than its name tells.
pub fn is_told_by_bytes(key: &str) -> bool {
    copy_of(key).map_or_else(
        || has_charset(essence(key)) || is_open(key),
        |copy| copy.proof != Proof::Name,
    )
}

/// Whether a browser shows the type as a page: what visitors navigate to, and what names assets.
pub fn is_page_type(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default();
    matches!(essence, "text/html" | "application/xhtml+xml")
}

/// Types of text that compress well and that browsers decompress, beside `text/…`, `…+json` and
/// `…+xml`.
const COMPRESSED_TYPES: &str = "
    application/javascript application/json application/x-javascript application/x-ndjson
    application/xml application/yaml
";

/// Whether COMPRESS is for this type: text, whatever its charset.
pub fn is_text_type(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    essence.starts_with("text/")
        || essence.ends_with("+json")
        || essence.ends_with("+xml")
        || has_word(COMPRESSED_TYPES, &essence)
}

#[cfg(test)]
mod tests;
