//! How the bytes of an object come about: those of a file, those of a file compressed, or a
//! redirect's page.
//!
//! Compressing is deterministic, so that the bytes need not be kept: they are made once to be
//! compared, and once more to be sent. Which files are compressed is decided elsewhere.

mod checksum;
mod encode;
mod step;

pub use encode::encode;
pub use step::{CompressError, ENCODERS_MAX, Summary, compress};

use std::fmt;
use std::io::{self, Read as _, Write};
use std::path::Path;
use std::sync::Arc;

use md5::{Digest as _, Md5};

use crate::etag::Md5Digest;
use crate::regular;

/// Where an object's bytes come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Content {
    /// The file, as it is.
    #[default]
    File,
    /// The file, compressed.
    Compressed(Compressed),
    /// The page of a redirect to this location; there is no file.
    Redirect(Arc<str>),
}

/// A file that is stored compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compressed {
    /// How.
    pub coding: Coding,
    /// Size of the file itself, in bytes.
    pub file_size: u64,
    /// MD5 of the compressed bytes.
    pub md5: Md5Digest,
}

/// What COMPRESS can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// Understood by everything since 1999.
    Gzip,
    /// Smaller; understood by browsers, over https.
    Brotli,
}

impl Coding {
    /// The word in Content-Encoding.
    /// <https://www.iana.org/assignments/http-parameters/http-parameters.xhtml#content-coding>
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Brotli => "br",
        }
    }
}

/// The name that COMPRESS takes.
impl fmt::Display for Coding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Gzip => "gzip",
            Self::Brotli => "brotli",
        })
    }
}

impl Compressed {
    /// Writes the compressed bytes of the file at `path` to `sink`. Blocks.
    ///
    /// # Errors
    /// When the file cannot be read or `sink` not written.
    pub fn write_to(&self, path: &Path, sink: &mut impl Write) -> io::Result<()> {
        // One byte more than expected shows a file that has grown.
        let file = regular::open(path)?.take(self.file_size + 1);
        encode(self.coding, self.file_size, file, sink)
    }
}

/// Counts and hashes what is written to it, and keeps nothing.
#[derive(Default)]
pub struct Measure {
    size: u64,
    md5: Md5,
}

impl Measure {
    /// Number of bytes and their MD5.
    #[must_use]
    pub fn finish(self) -> (u64, Md5Digest) {
        (self.size, self.md5.finalize().into())
    }
}

impl Write for Measure {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.size += bytes.len() as u64;
        self.md5.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
