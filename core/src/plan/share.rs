//! One of several shares of a deploy's files, and what a share lacks in the bucket. Pure.

use std::collections::BTreeMap;
use std::fmt;

use crc_fast::CrcAlgorithm::Crc64Nvme;

use super::{Phase, Plan};
use crate::plan::compare::Reason;

/// More parallel steps than any pipeline has; a number beyond is a mistake.
const SHARES_MAX: u16 = 1_000;

/// One of several shares of a deploy's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share {
    /// Counted from 0, as BITBUCKET_PARALLEL_STEP is; less than `of`.
    index: u16,
    /// How many shares there are.
    of: u16,
}

impl Share {
    pub(super) fn parse(index: &str, of: &str) -> Option<Self> {
        let of = count(of)?;
        let index = index.parse().ok().filter(|index| *index < of)?;
        Some(Self { index, of })
    }

    /// Its number, counted from 1, as people count.
    pub fn number(self) -> u16 {
        self.index + 1
    }

    /// How many shares there are.
    pub fn of(self) -> u16 {
        self.of
    }

    /// Its BITBUCKET_PARALLEL_STEP, counted from 0.
    pub fn index(self) -> u16 {
        self.index
    }

    /// Whether the file or object `key`, relative to the prefix, is part of it.
    pub fn holds(self, key: &str) -> bool {
        Self::of_key(key, self.of) == self
    }

    /// The share of `of` that `key` is part of. Every step of a pipeline must come to the same
    /// answer, so that it depends on nothing but these two.
    fn of_key(key: &str, of: u16) -> Self {
        let hash = crc_fast::checksum(Crc64Nvme, key.as_bytes());
        // The high bits of the product divide the range of the hash evenly.
        let index = (u128::from(hash) * u128::from(of)) >> 64;
        Self {
            index: u16::try_from(index).unwrap_or_default(),
            of,
        }
    }
}

/// `2 of 4`.
impl fmt::Display for Share {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} of {}", self.number(), self.of)
    }
}

/// Reads a number of shares.
pub(super) fn count(value: &str) -> Option<u16> {
    value
        .parse()
        .ok()
        .filter(|of| (1..=SHARES_MAX).contains(of))
}

/// What a share lacks in the bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// How many files.
    pub files: usize,
    /// The first of them.
    pub example: Box<str>,
}

/// What the steps of `of` shares were to upload, and `plan` does not find in the bucket.
///
/// An object that does not tell whether it has arrived is no proof that it has not: the last step
/// puts it again. It does so too with one that has other headers `by_record`, which shares do not
/// compare with.
pub(super) fn missing(plan: &Plan, of: u16, by_record: bool) -> Vec<(Share, Missing)> {
    let mut missing: BTreeMap<Share, Missing> = BTreeMap::new();
    let firsts = plan
        .steps
        .iter()
        .filter(|step| step.phase == Phase::Assets)
        .flat_map(|step| step.action.uploads());
    for upload in firsts.filter(|upload| shows_absence(upload.reason, by_record)) {
        let found = missing
            .entry(Share::of_key(&upload.key, of))
            .or_insert_with(|| Missing {
                files: 0,
                example: upload.key.clone(),
            });
        found.files += 1;
    }
    missing.into_iter().collect()
}

fn shows_absence(reason: Reason, by_record: bool) -> bool {
    match reason {
        Reason::New | Reason::Size | Reason::Content | Reason::Release => true,
        Reason::Headers => !by_record,
        Reason::Unverifiable | Reason::Newer => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{SHARES_MAX, Share};
    use proptest::prelude::*;

    fn share(index: u16, of: u16) -> Share {
        Share { index, of }
    }

    /// The steps of one pipeline may well run different versions of the pipe. The expected shares were
    /// computed in Python, bit by bit.
    #[test]
    fn the_division_is_the_same_for_ever() {
        let found = ["index.html", "assets/app.3f2a9c1b.js", "é", ""]
            .map(|key| Share::of_key(key, 4).index);
        assert_eq!(found, [1, 1, 3, 0]);
    }

    #[test]
    fn names_that_differ_in_a_number_spread_evenly() {
        for of in [2, 3, 4, 7, 16] {
            let mut counts = vec![0_usize; usize::from(of)];
            for number in 0..10_000 {
                let key = format!("assets/chunk-{number}.js");
                counts[usize::from(Share::of_key(&key, of).index)] += 1;
            }
            let fair = 10_000 / usize::from(of);
            assert!(
                counts
                    .iter()
                    .all(|count| (fair * 8 / 10..fair * 12 / 10).contains(count)),
                "{of}: {counts:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn every_key_is_in_exactly_one_share(key in ".*", of in 1..=SHARES_MAX) {
            let holders = (0..of).filter(|index| share(*index, of).holds(&key));
            prop_assert_eq!(holders.count(), 1);
        }
    }
}
