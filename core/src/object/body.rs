//! Bytes on their way to S3, and the checksum that proves them. Reading is the caller's.

use std::io;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use crc_fast::CrcAlgorithm::Crc64Nvme;
use md5::{Digest as _, Md5};

use super::etag::ETag;

/// Content-MD5 of no bytes.
const EMPTY_MD5: &str = "1B2M2Y8AsgTpgAmY7PhCfg==";

/// How uploads are proven to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// CRC-64/NVME, which AWS verifies and stores.
    Crc64Nvme {
        /// Whether the answer has to repeat it.
        confirmed: bool,
    },
    /// Content-MD5, which every S3-compatible server has verified since S3 exists.
    ContentMd5,
    /// Nothing.
    Off,
}

/// The body of one PUT or part, with what the server verifies it against.
#[derive(Clone, Debug)]
pub struct Body {
    /// The bytes.
    pub bytes: Bytes,
    /// The proof.
    pub checksum: BodyChecksum,
}

/// At most one of the two is set.
#[derive(Clone, Debug, Default)]
pub struct BodyChecksum {
    /// For Content-MD5.
    pub content_md5: Option<String>,
    /// For x-amz-checksum-crc64nvme.
    pub crc64_nvme: Option<String>,
    /// The same as a number, to be combined over the parts of a file.
    crc: u64,
}

impl Body {
    /// Computes the checksum that `kind` asks for.
    pub fn new(bytes: Bytes, kind: Checksum) -> Self {
        let checksum = match kind {
            Checksum::Off => BodyChecksum::default(),
            Checksum::ContentMd5 => BodyChecksum {
                content_md5: Some(BASE64_STANDARD.encode(Md5::digest(&bytes))),
                ..BodyChecksum::default()
            },
            Checksum::Crc64Nvme { .. } => {
                let crc = crc_fast::checksum(Crc64Nvme, &bytes);
                BodyChecksum {
                    content_md5: None,
                    crc64_nvme: Some(encode(crc)),
                    crc,
                }
            }
        };
        Self { bytes, checksum }
    }
}

impl BodyChecksum {
    /// Whether `etag` is the MD5 of the bytes. `None` where that tells nothing: one of the two is no MD5,
    /// or there are no bytes, whose MD5 a server need not compute.
    #[must_use]
    pub fn is_md5(&self, etag: ETag) -> Option<bool> {
        match (self.content_md5.as_deref(), etag) {
            (Some(sent), ETag::Md5(told)) if sent != EMPTY_MD5 => {
                Some(sent == BASE64_STANDARD.encode(told))
            }
            _ => None,
        }
    }
}

/// The CRC-64/NVME of a whole file, put together from its parts' in order.
#[derive(Clone, Copy, Debug, Default)]
pub struct WholeChecksum {
    crc: Option<u64>,
}

impl WholeChecksum {
    /// Appends a part of `size` bytes.
    pub fn append(&mut self, part: &BodyChecksum, size: u64) {
        self.crc = Some(match self.crc {
            Some(before) => crc_fast::checksum_combine(Crc64Nvme, before, part.crc, size),
            None => part.crc,
        });
    }

    /// As the header carries it.
    pub fn encoded(&self) -> Option<String> {
        self.crc.map(encode)
    }
}

/// The CRC-64/NVME of everything that is written to it.
#[derive(Debug)]
pub struct StreamChecksum(crc_fast::Digest);

impl Default for StreamChecksum {
    fn default() -> Self {
        Self(crc_fast::Digest::new(Crc64Nvme))
    }
}

impl StreamChecksum {
    /// As the header carries it.
    pub fn encoded(&self) -> String {
        encode(self.0.finalize())
    }
}

impl io::Write for StreamChecksum {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn encode(crc: u64) -> String {
    BASE64_STANDARD.encode(crc.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::{Body, Checksum, ETag, StreamChecksum, WholeChecksum};
    use bytes::Bytes;

    const CRC: Checksum = Checksum::Crc64Nvme { confirmed: false };

    /// The check value of CRC-64/NVME is ae8b14860a799888
    /// (<https://reveng.sourceforge.io/crc-catalogue/all.htm>), the MD5 that of RFC 1321.
    #[test]
    fn checksums_are_those_of_the_standards() {
        let crc = Body::new(Bytes::from_static(b"123456789"), CRC).checksum;
        assert_eq!(crc.crc64_nvme.as_deref(), Some("rosUhgp5mIg="));
        let md5 = Body::new(Bytes::from_static(b"abc"), Checksum::ContentMd5).checksum;
        assert_eq!(md5.content_md5.as_deref(), Some("kAFQmDzST7DWlj99KOF/cg=="));
        let off = Body::new(Bytes::from_static(b"abc"), Checksum::Off).checksum;
        assert_eq!((off.content_md5, off.crc64_nvme), (None, None));
    }

    #[test]
    fn an_etag_is_the_md5_or_not_or_tells_nothing() {
        let body = |bytes, kind| Body::new(Bytes::from_static(bytes), kind).checksum;
        let abc = body(b"abc", Checksum::ContentMd5);
        let empty = body(b"", Checksum::ContentMd5);
        for (checksum, etag, expected) in [
            (&abc, "900150983cd24fb0d6963f7d28e17f72", Some(true)),
            (&abc, "d41d8cd98f00b204e9800998ecf8427e", Some(false)),
            (&abc, "900150983cd24fb0d6963f7d28e17f72-1", None),
            (&abc, "opaque", None),
            (&empty, "d41d8cd98f00b204e9800998ecf8427e", None),
            (&empty, "900150983cd24fb0d6963f7d28e17f72", None),
            (&body(b"abc", CRC), "900150983cd24fb0d6963f7d28e17f72", None),
        ] {
            assert_eq!(checksum.is_md5(ETag::parse(etag)), expected, "{etag}");
        }
    }

    #[test]
    fn bytes_that_come_in_pieces_have_the_checksum_of_the_whole() {
        use std::io::Write as _;
        let mut checksum = StreamChecksum::default();
        for piece in [&b"1234"[..], b"", b"56789"] {
            checksum.write_all(piece).unwrap();
        }
        assert_eq!(checksum.encoded(), "rosUhgp5mIg=");
    }

    #[test]
    fn parts_together_have_the_checksum_of_the_whole() {
        let whole = Body::new(Bytes::from_static(b"hello, parts"), CRC)
            .checksum
            .crc64_nvme;
        let mut combined = WholeChecksum::default();
        for part in [&b"hello"[..], b", ", b"parts"] {
            combined.append(
                &Body::new(Bytes::from_static(part), CRC).checksum,
                part.len() as u64,
            );
        }
        assert_eq!(combined.encoded(), whole);
    }
}
