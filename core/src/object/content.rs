//! How the bytes of an object come about: those of a file, those of a file compressed, a redirect's
//! page, or those of a version that the bucket has kept.
//!
//! Compressing is deterministic, so that the bytes need not be kept: they are made once to be
//! compared, and once more to be sent. Which files are compressed is decided elsewhere.

use std::fmt;
use std::sync::Arc;

use super::etag::Md5Digest;
use crate::base::printable::html;

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
    /// Those of a version of the object, which the bucket has: nothing is sent.
    Version(Kept),
}

/// A version that a bucket has kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its id.
    pub id: Box<str>,
    /// Whether it is copied part by part, as it was uploaded: its ETag is then the same again.
    pub in_parts: bool,
    /// ETag of what is in its place now, as a server tells it; none where nothing is.
    pub replaces: Option<Box<str>>,
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

/// The bytes of a redirect's object: a page that leads there as well, where the object is read
/// through something else than S3's website endpoint.
///
/// That it names the location is what tells two redirects apart: a listing shows size and ETag,
/// never the header, and two empty objects are equal.
pub fn page(location: &str) -> String {
    let escaped = html(location);
    format!(
        "<!doctype html>\n<meta charset=\"utf-8\">\n<title>Moved</title>\n<link rel=\"canonical\" href=\"{escaped}\">\n<meta http-equiv=\"refresh\" content=\"0; url={escaped}\">\n<a href=\"{escaped}\">{escaped}</a>\n"
    )
}
