//! Servers that do not keep names as they are: they turn `\\` into `/`, fold case or normal forms, or
//! decode once too often. What such a server lists is not what was put, so that the object of a file
//! looks like one that LOCAL_PATH does not have, and deleting it would delete the file. Pure.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use percent_encoding::percent_decode_str;
use unicode_normalization::UnicodeNormalization as _;

/// Whether the server is known to keep names as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// S3 itself does.
    Kept,
    /// Others may rewrite them.
    MayBeRewritten,
}

/// An object that stays, because it may be what the server made of a new file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookAlike {
    /// Key of the object.
    pub object: Box<str>,
    /// Key of the new file.
    pub file: Box<str>,
}

/// New files by what a server may make of their names. Keys are kept as hashes: two names that
/// collide keep an object that could go, no more.
#[derive(Debug, Default)]
pub(super) struct NewNames<'a>(HashMap<u64, &'a str>);

impl<'a> NewNames<'a> {
    /// Of files with these `keys`.
    pub(super) fn new(names: Names, keys: impl Iterator<Item = &'a str>) -> Self {
        match names {
            Names::Kept => Self::default(),
            Names::MayBeRewritten => Self(keys.map(|key| (folded(key), key)).collect()),
        }
    }

    /// The object `key`, if it may be one of the files.
    pub(super) fn look_alike(&self, key: &str) -> Option<LookAlike> {
        if self.0.is_empty() {
            return None;
        }
        let file = self.0.get(&folded(key))?;
        Some(LookAlike {
            object: key.into(),
            file: (*file).into(),
        })
    }
}

/// The same for all names that some server takes for one.
fn folded(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    let decoded = percent_decode_str(key).decode_utf8_lossy();
    for character in decoded.nfc().flat_map(char::to_lowercase) {
        match character {
            '\\' => '/',
            '+' => ' ',
            other => other,
        }
        .hash(&mut hasher);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::{Names, NewNames};

    #[test]
    fn names_that_some_server_takes_for_one_look_alike() {
        for (file, object, alike) in [
            ("a\\b.txt", "a/b.txt", true),
            ("Index.html", "index.html", true),
            ("e\u{301}.html", "\u{e9}.html", true),
            ("\u{c9}.html", "e\u{301}.html", true),
            ("x%41.js", "xA.js", true),
            ("a+b", "a b", true),
            ("a/b", "a/b.txt", false),
            ("app.3f2a9c1b.js", "app.77aa0c1b.js", false),
        ] {
            let new = NewNames::new(Names::MayBeRewritten, [file].into_iter());
            assert_eq!(new.look_alike(object).is_some(), alike, "{file} {object}");
            let exact = NewNames::new(Names::Kept, [file].into_iter());
            assert_eq!(exact.look_alike(object), None);
        }
    }
}
