//! ETags: what S3 says of an object's bytes, and how to tell whether a file has the same.
//!
//! A PUT's ETag is the MD5 of its bytes. A multipart upload's is the MD5 of its parts' MD5s and
//! `-` and their number; which part size was used it does not say, so every usual size that gives
//! that number is tried in one reading of the file. With SSE-KMS neither holds, and the content is
//! then taken as different.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html>

use std::collections::BTreeSet;

use md5::{Digest as _, Md5};

use crate::base::units::MIB;
use crate::object::parts;

/// An MD5 digest.
pub type Md5Digest = [u8; 16];

/// An ETag, without its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ETag {
    /// MD5 of the object's bytes.
    Md5(Md5Digest),
    /// MD5 of the parts' MD5s, with the number of parts.
    Multipart(Md5Digest, u16),
    /// Something that says nothing about the bytes.
    Opaque,
}

impl ETag {
    /// Reads an ETag as S3 answers it, with or without quotes.
    pub fn parse(text: &str) -> Self {
        let text = text.trim_matches('"');
        let (hex, parts) = match text.split_once('-') {
            Some((hex, parts)) => (hex, Some(parts.parse::<u16>())),
            None => (text, None),
        };
        match (digest(hex), parts) {
            (Some(md5), None) => Self::Md5(md5),
            (Some(md5), Some(Ok(parts @ 1..))) => Self::Multipart(md5, parts),
            _ => Self::Opaque,
        }
    }

    /// As S3 answers it and takes it in conditions, with quotes; none where only S3 knows it.
    pub fn quoted(self) -> Option<String> {
        let (md5, parts) = match self {
            Self::Md5(md5) => (md5, None),
            Self::Multipart(md5, parts) => (md5, Some(parts)),
            Self::Opaque => return None,
        };
        let hex = format!("{:032x}", u128::from_be_bytes(md5));
        Some(match parts {
            None => format!("\"{hex}\""),
            Some(parts) => format!("\"{hex}-{parts}\""),
        })
    }
}

fn digest(hex: &str) -> Option<Md5Digest> {
    let is_digest = hex.len() == 32 && hex.bytes().all(|digit| digit.is_ascii_hexdigit());
    let digest = is_digest.then(|| u128::from_str_radix(hex, 16))?;
    digest.ok().map(u128::to_be_bytes)
}

/// Part sizes that other tools use, in MiB: aws-cli and s3sync 8, rclone and s5cmd 5 and 50, s3cmd
/// 15, the consoles 16 and 17, and the round sizes people configure.
const USUAL_PART_SIZES_MIB: &[u64] = &[
    5, 6, 7, 8, 10, 12, 15, 16, 17, 20, 24, 25, 32, 40, 48, 50, 64, 80, 96, 100, 128, 200, 250,
    256, 500, 512, 1024,
];

/// The part sizes, in bytes, that may have made `parts` parts of `size` bytes.
fn part_sizes(size: u64, parts: u16) -> Vec<u64> {
    if parts == 1 {
        // One part of any size holds the whole object.
        return vec![size.max(1)];
    }
    let usual = USUAL_PART_SIZES_MIB.iter().map(|mebibytes| mebibytes * MIB);
    let others = [5_000_000, 8_000_000, 10_000_000, 16_000_000];
    let all = usual.chain(others).chain([parts::part_size(size)]);
    let fitting = all.filter(|part_size| parts::part_count(size, *part_size) == u64::from(parts));
    // Each once, and in order.
    fitting.collect::<BTreeSet<u64>>().into_iter().collect()
}

/// Whether the bytes it is fed are those of an object with a given ETag.
#[derive(Debug)]
pub struct Matcher {
    expected: Md5Digest,
    hashers: Hashers,
}

#[derive(Debug)]
enum Hashers {
    Whole(Md5),
    Parts(Vec<PartHasher>),
}

impl Matcher {
    /// For an object of `size` bytes; `None` when its ETag cannot tell.
    pub fn new(etag: ETag, size: u64) -> Option<Self> {
        let (expected, hashers) = match etag {
            ETag::Md5(expected) => (expected, Hashers::Whole(Md5::new())),
            ETag::Multipart(expected, parts) => {
                let sizes = part_sizes(size, parts).into_iter();
                (
                    expected,
                    Hashers::Parts(sizes.map(PartHasher::new).collect()),
                )
            }
            ETag::Opaque => return None,
        };
        let can_tell = !matches!(&hashers, Hashers::Parts(none) if none.is_empty());
        can_tell.then_some(Self { expected, hashers })
    }

    /// Takes the next bytes of the file.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.hashers {
            Hashers::Whole(hasher) => hasher.update(bytes),
            Hashers::Parts(hashers) => hashers.iter_mut().for_each(|hasher| hasher.update(bytes)),
        }
    }

    /// Whether all bytes together are the object's.
    pub fn matches(self) -> bool {
        match self.hashers {
            Hashers::Whole(hasher) => self.expected == Md5Digest::from(hasher.finalize()),
            Hashers::Parts(hashers) => hashers
                .into_iter()
                .any(|hasher| hasher.finish() == self.expected),
        }
    }
}

/// The ETag of a multipart upload at one part size.
#[derive(Debug)]
struct PartHasher {
    part_size: u64,
    filled: u64,
    part: Md5,
    whole: Md5,
}

impl PartHasher {
    fn new(part_size: u64) -> Self {
        Self {
            part_size,
            filled: 0,
            part: Md5::new(),
            whole: Md5::new(),
        }
    }

    fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.filled == self.part_size {
                self.end_part();
            }
            let room = usize::try_from(self.part_size - self.filled).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.part.update(now);
            self.filled += now.len() as u64;
            bytes = later;
        }
    }

    fn end_part(&mut self) {
        let part = std::mem::replace(&mut self.part, Md5::new());
        self.whole.update(part.finalize());
        self.filled = 0;
    }

    fn finish(mut self) -> Md5Digest {
        self.end_part();
        self.whole.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::{ETag, Matcher, part_sizes};
    use crate::base::units::MIB;

    const EMPTY_MD5: &str = "d41d8cd98f00b204e9800998ecf8427e";

    fn matches(etag: &str, bytes: &[u8]) -> Option<bool> {
        let mut matcher = Matcher::new(ETag::parse(etag), bytes.len() as u64)?;
        bytes
            .chunks(1_000_003)
            .for_each(|chunk| matcher.update(chunk));
        Some(matcher.matches())
    }

    #[test]
    fn every_form_is_told_apart() {
        assert!(matches!(
            ETag::parse(&format!("\"{EMPTY_MD5}\"")),
            ETag::Md5(_)
        ));
        assert!(matches!(
            ETag::parse(&format!("{EMPTY_MD5}-3")),
            ETag::Multipart(_, 3)
        ));
        for text in [
            "",
            "abc",
            "ümlaut-etag-of-sixteen-bytes-len",
            &format!("{EMPTY_MD5}-"),
            &format!("{EMPTY_MD5}-0"),
            &format!("{EMPTY_MD5}-99999"),
        ] {
            assert_eq!(ETag::parse(text), ETag::Opaque, "{text}");
        }
    }

    #[test]
    fn a_put_is_known_by_its_md5() {
        assert_eq!(matches(EMPTY_MD5, b""), Some(true));
        assert_eq!(matches(EMPTY_MD5, b"x"), Some(false));
        assert_eq!(matches("opaque", b"x"), None);
    }

    /// The expected ETags were computed with Python's hashlib over the same bytes.
    #[test]
    fn a_multipart_upload_is_known_at_every_usual_part_size() {
        let bytes: Vec<u8> = (0..20 * MIB + 5).map(|index| (index % 251) as u8).collect();
        for etag in MULTIPART_ETAGS {
            assert_eq!(matches(etag, &bytes), Some(true), "{etag}");
        }
        let mut changed = bytes.clone();
        changed[7_000_000] ^= 1;
        assert_eq!(matches(MULTIPART_ETAGS[0], &changed), Some(false));
    }

    const MULTIPART_ETAGS: &[&str] = &[
        "1ab78636b49597eefc5f44be7dc5636e-3",
        "6015ad66d5388052d3f545f277cf87c6-5",
        "ff368d941a3074cb881669dbbfee4c6e-2",
        "546265b9d8c746e38f5a4aaf5b9011de-1",
    ];

    #[test]
    fn a_part_count_that_no_usual_size_gives_cannot_be_told() {
        assert!(part_sizes(20 * MIB, 4).contains(&(5 * MIB)));
        assert!(part_sizes(20 * MIB, 7).is_empty());
        assert_eq!(part_sizes(20 * MIB, 1), [20 * MIB]);
    }
}
