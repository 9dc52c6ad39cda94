//! Random identifiers in the shapes that AWS gives them.

use aws_smithy_types::base64;
use rsa::rand_core::{OsRng, RngCore};
use std::fmt::Write as _;

const KEY_ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn bytes(count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    OsRng.fill_bytes(&mut bytes);
    bytes
}

/// `count` random bytes as lower-case hexadecimal.
pub(crate) fn hex(count: usize) -> String {
    bytes(count).iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// `count` random bytes in base64, with the `+`, `/` and `=` that real secrets have.
pub(crate) fn base64(count: usize) -> String {
    base64::encode(bytes(count))
}

/// An identifier such as `ASIA…`: the prefix and 16 letters or digits.
pub(crate) fn identifier(prefix: &str) -> String {
    let letters = bytes(16).into_iter().map(|byte| {
        let index = usize::from(byte) % KEY_ALPHABET.len();
        char::from(KEY_ALPHABET.get(index).copied().unwrap_or(b'A'))
    });
    prefix.chars().chain(letters).collect()
}
