//! How the bytes of an object come about: those of a file, those of a file compressed, or a
//! redirect's page.
//!
//! Compressing is deterministic, so that the bytes need not be kept: they are made once to be
//! compared, and once more to be sent. Which files are compressed is decided elsewhere.

use std::fs::File;
use std::io::{self, Read as _, Write};
use std::path::Path;

use md5::{Digest as _, Md5};

use deploy_core::object::body::StreamChecksum;
use deploy_core::object::content::{Coding, Content, page};
use deploy_core::object::etag::Md5Digest;

use super::encode::encode;
use crate::system::file::open;

/// Bytes read at a time.
const BUFFER_BYTES: usize = 256 * 1024;

/// Writes the bytes that are stored for the file at `path` to `sink`: the only way in which they come
/// about. A file had `size` bytes when it was planned, and is read to one byte more, which shows one
/// that has grown. `buffer` is what is read at a time; it may be empty at first, and used again. Blocks.
///
/// # Errors
/// When the file cannot be read or `sink` not written.
pub fn copy(
    content: &Content,
    path: &Path,
    size: u64,
    buffer: &mut Vec<u8>,
    sink: &mut impl Write,
) -> io::Result<()> {
    match content {
        Content::File => {
            buffer.resize(BUFFER_BYTES, 0);
            pour(open(path)?, size + 1, buffer, sink)
        }
        Content::Compressed(compressed) => {
            compress(compressed.coding, path, compressed.file_size, sink)
        }
        Content::Redirect(location) => sink.write_all(page(location).as_bytes()),
        // It is in the bucket, and not here.
        Content::Version(_) => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// Writes what `coding` makes of the file at `path`, which had `size` bytes, to `sink`. Blocks.
///
/// # Errors
/// When the file cannot be read or `sink` not written.
pub fn compress(coding: Coding, path: &Path, size: u64, sink: &mut impl Write) -> io::Result<()> {
    encode(coding, size, open(path)?.take(size + 1), sink)
}

/// Writes at most `left` bytes of `file` to `sink`.
fn pour(mut file: File, mut left: u64, buffer: &mut [u8], sink: &mut impl Write) -> io::Result<()> {
    loop {
        let room = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let room = buffer.get_mut(..room).unwrap_or_default();
        let asked = room.len();
        let read = match file.read(room) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        sink.write_all(room.get(..read).unwrap_or_default())?;
        left = left.saturating_sub(read as u64);
        // Where a file ends, less is read than was asked for: a small one needs no second time.
        let is_at_end = left == 1 && read < asked;
        if read == 0 || left == 0 || is_at_end {
            return Ok(());
        }
    }
}

/// The CRC-64/NVME, as S3 writes it, of what is stored for the file at `path`, which had `size`
/// bytes. Blocks.
///
/// # Errors
/// When the file cannot be read.
pub fn crc64_nvme(content: &Content, path: &Path, size: u64) -> io::Result<String> {
    let mut checksum = StreamChecksum::default();
    copy(content, path, size, &mut Vec::new(), &mut checksum)?;
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
