//! How a large file is cut into the parts of a multipart upload.

use crate::base::units::MIB;

/// Files up to this size go in one PUT.
pub const SINGLE_PUT_BYTES_MAX: u64 = 16 * MIB;

/// S3 takes at most this many parts.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const PARTS_MAX: u64 = 10_000;

/// The part size while the file is small enough for it.
const PART_BYTES: u64 = 8 * MIB;

/// The part size for a file of `size` bytes: a whole number of MiB, so that a repeat finds it again.
pub fn part_size(size: u64) -> u64 {
    PART_BYTES.max(size.div_ceil(PARTS_MAX).div_ceil(MIB) * MIB)
}

/// How many parts of `part_size` bytes a file of `size` bytes has; an empty file has one.
pub fn part_count(size: u64, part_size: u64) -> u64 {
    size.div_ceil(part_size).max(1)
}

#[cfg(test)]
mod tests {
    use super::{part_count, part_size};
    use crate::base::units::{GIB, MIB};

    #[test]
    fn parts_grow_only_when_there_would_be_too_many() {
        for (size, expected) in [
            (17 * MIB, 8 * MIB),
            (78 * GIB, 8 * MIB),
            (79 * GIB, 9 * MIB),
        ] {
            assert_eq!(part_size(size), expected);
        }
        let largest_object = 50_000 * GIB;
        assert!(part_count(largest_object, part_size(largest_object)) <= 10_000);
        assert_eq!(part_count(0, 8), 1);
    }
}
