//! Compresses a stream: the same bytes in give the same bytes out, on every machine and at any time.
//!
//! gzip carries no time and no name. brotli computes its costs from tables instead of the machine's
//! floating point (the feature `portable-float` of the crate).

use std::io::{self, Read, Write};

use brotli::CompressorWriter;
use brotli::enc::BrotliEncoderParams;
use flate2::{Compression, GzBuilder};

use deploy_core::object::content::Coding;

/// Bytes read and compressed at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// gzip's best: text is compressed at some 33 MB a second, and 6 would only be a seventh faster.
const GZIP_LEVEL: u32 = 9;

/// Every deploy compresses every text file, if only to find that nothing changed: at some 45 MB a
/// second. 4 is a third faster and leaves 7 % more, 7 takes twice as long for less than one percent, and
/// 11 sixty times as long for 9 %.
const BROTLI_QUALITY: i32 = 5;

/// Base-2 logarithms of the smallest and the largest window that is used. Below 17 the encoder takes a
/// hash table of many megabytes for every file, however small, which costs it 4 ms. Beyond a megabyte
/// text of a site repeats little, and memory grows.
const BROTLI_WINDOWS: std::ops::RangeInclusive<i32> = 17..=20;

/// Writes what `source` holds, some `size` bytes, to `sink` in this `coding`. Blocks.
///
/// # Errors
/// When `source` cannot be read or `sink` not written.
pub fn encode(
    coding: Coding,
    size: u64,
    source: impl Read,
    // Dynamic: the encoders are compiled once, and each call hands over 64 KiB.
    sink: &mut dyn Write,
) -> io::Result<()> {
    match coding {
        Coding::Gzip => {
            let mut encoder = GzBuilder::new()
                .mtime(0)
                // Unknown: the system that it is made on is nobody's business.
                .operating_system(255)
                .write(sink, Compression::new(GZIP_LEVEL));
            copy(source, &mut encoder)?;
            encoder.finish().map(drop)
        }
        Coding::Brotli => {
            let parameters = BrotliEncoderParams {
                quality: BROTLI_QUALITY,
                lgwin: window(size),
                size_hint: usize::try_from(size).unwrap_or(usize::MAX),
                ..BrotliEncoderParams::default()
            };
            let mut encoder = CompressorWriter::with_params(sink, CHUNK_BYTES, &parameters);
            copy(source, &mut encoder)?;
            // The end is written as the encoder goes; what receives it cannot fail, see `Measure`
            // and `Vec`, and a short result would not have the planned digest.
            drop(encoder);
            Ok(())
        }
    }
}

/// The smallest window that holds the whole file: a larger one costs memory for nothing.
fn window(size: u64) -> i32 {
    let mut windows = BROTLI_WINDOWS;
    windows
        .find(|window| size < 1 << window)
        .unwrap_or(*BROTLI_WINDOWS.end())
}

/// Hands whole chunks on, so that the encoder's input is cut the same way every time.
fn copy(mut source: impl Read, sink: &mut impl Write) -> io::Result<()> {
    let mut chunk = Vec::with_capacity(CHUNK_BYTES);
    loop {
        chunk.clear();
        let mut next = source.by_ref().take(CHUNK_BYTES as u64);
        if next.read_to_end(&mut chunk)? == 0 {
            return Ok(());
        }
        sink.write_all(&chunk)?;
    }
}

#[cfg(test)]
mod tests {
    use super::{Coding, encode, window};
    use std::io::Read;

    /// Gives its bytes a few at a time, as a slow disk would.
    struct Slowly<'a>(&'a [u8], usize);

    impl Read for Slowly<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let length = self.1.min(buffer.len()).min(self.0.len());
            buffer[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }

    fn encoded(coding: Coding, bytes: &[u8], at_a_time: usize) -> Vec<u8> {
        let mut encoded = Vec::new();
        let source = Slowly(bytes, at_a_time);
        encode(coding, bytes.len() as u64, source, &mut encoded).unwrap();
        encoded
    }

    fn decoded(coding: Coding, bytes: &[u8]) -> Vec<u8> {
        let mut decoded = Vec::new();
        let read = match coding {
            Coding::Gzip => flate2::read::GzDecoder::new(bytes).read_to_end(&mut decoded),
            Coding::Brotli => brotli::Decompressor::new(bytes, 4096).read_to_end(&mut decoded),
        };
        read.unwrap();
        decoded
    }

    #[test]
    fn what_is_compressed_comes_back_and_is_always_the_same() {
        let text: Vec<u8> = (0..40_000_u32)
            .flat_map(|line| format!("line {} of a text\n", line * line % 977).into_bytes())
            .collect();
        for coding in [Coding::Gzip, Coding::Brotli] {
            for text in [&text[..], b"", b"a"] {
                let one = encoded(coding, text, usize::MAX);
                assert_eq!(one, encoded(coding, text, 4099));
                assert_eq!(decoded(coding, &one), text);
            }
            assert!(encoded(coding, &text, 7919).len() < text.len() / 4);
        }
    }

    #[test]
    fn gzip_has_no_time_name_or_system() {
        let bytes = encoded(Coding::Gzip, b"hello", usize::MAX);
        assert_eq!(bytes[..4], [0x1f, 0x8b, 8, 0]);
        assert_eq!(bytes[4..8], [0; 4]);
        assert_eq!(bytes[9], 255);
    }

    /// Other bytes for the same text would upload every text file of every user once more: that is
    /// to be decided, and not to happen by an update of a library.
    #[test]
    fn the_bytes_are_those_of_earlier_releases() {
        use md5::{Digest as _, Md5};
        let lines = (0..500_u32).map(|line| format!("<p>{} of {line}</p>\n", line * line % 977));
        let text = lines.collect::<Vec<_>>().concat();
        let digest = |coding| {
            let digest = Md5::digest(encoded(coding, text.as_bytes(), 99));
            digest
                .iter()
                .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
        };
        assert_eq!(digest(Coding::Gzip), "17729fec85e2f085dcae882d75a724c6");
        assert_eq!(digest(Coding::Brotli), "d293783d9cd86129adc6e8fbf5b680cc");
    }

    #[test]
    fn windows_are_as_large_as_needed() {
        for (size, expected) in [(0, 17), (131_071, 17), (131_072, 18), (1 << 40, 20)] {
            assert_eq!(window(size), expected);
        }
    }
}
