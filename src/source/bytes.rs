//! How the bytes of an object come about: those of a file, those of a file compressed, or a
//! redirect's page.
//!
//! Compressing is deterministic, so that the bytes need not be kept: they are made once to be
//! compared, and once more to be sent. Which files are compressed is decided elsewhere.

use std::io::{self, Read as _, Write};
use std::path::Path;

use md5::{Digest as _, Md5};

use deploy_core::object::body::StreamChecksum;
use deploy_core::object::content::{Compressed, Content, page};
use deploy_core::object::etag::Md5Digest;

use super::encode::encode;
use crate::system::file;

/// Bytes read at a time.
const BUFFER_BYTES: usize = 256 * 1024;

/// Writes the compressed bytes of the file at `path` to `sink`. Blocks.
///
/// # Errors
/// When the file cannot be read or `sink` not written.
pub fn compress_to(compressed: &Compressed, path: &Path, sink: &mut impl Write) -> io::Result<()> {
    // One byte more than expected shows a file that has grown.
    let file = file::open(path)?.take(compressed.file_size + 1);
    encode(compressed.coding, compressed.file_size, file, sink)
}

/// The CRC-64/NVME, as S3 writes it, of what is stored for the file at `path`, which had `size`
/// bytes. Blocks.
///
/// # Errors
/// When the file cannot be read.
pub fn crc64_nvme(content: &Content, path: &Path, size: u64) -> io::Result<String> {
    let mut checksum = StreamChecksum::default();
    match content {
        Content::File => {
            // One byte more than planned shows a file that has grown.
            let file = file::open(path)?.take(size + 1);
            io::copy(
                &mut io::BufReader::with_capacity(BUFFER_BYTES, file),
                &mut checksum,
            )?;
        }
        Content::Compressed(compressed) => compress_to(compressed, path, &mut checksum)?,
        Content::Redirect(location) => checksum.write_all(page(location).as_bytes())?,
    }
    Ok(checksum.encoded())
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
