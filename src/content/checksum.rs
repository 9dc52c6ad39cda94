//! The CRC-64/NVME of an object's bytes, for comparison with the one that S3 keeps.

use std::io::{self, Read as _, Write};
use std::path::Path;

use super::Content;
use crate::body::StreamChecksum;
use crate::headers::redirects;
use crate::regular;

/// Bytes read at a time.
const BUFFER_BYTES: usize = 256 * 1024;

impl Content {
    /// The checksum, as S3 writes it, of what is stored for the file at `path`, which had `size` bytes.
    /// Blocks.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn crc64_nvme(&self, path: &Path, size: u64) -> io::Result<String> {
        let mut checksum = StreamChecksum::default();
        match self {
            Self::File => {
                // One byte more than planned shows a file that has grown.
                let file = regular::open(path)?.take(size + 1);
                io::copy(
                    &mut io::BufReader::with_capacity(BUFFER_BYTES, file),
                    &mut checksum,
                )?;
            }
            Self::Compressed(compressed) => compressed.write_to(path, &mut checksum)?,
            Self::Redirect(location) => {
                checksum.write_all(redirects::page(location).as_bytes())?;
            }
        }
        Ok(checksum.encoded())
    }
}
