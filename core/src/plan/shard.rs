//! A deploy divided over the parallel steps of a pipeline: which files are whose share, what is left
//! of a plan for the step of a share, and what the last step must find. Pure.
//!
//! Both sides are divided by key before they are compared, so that a step reads, hashes and holds
//! its own share alone. Only the first phase is divided: what comes after it must wait for all of it.

use std::collections::BTreeMap;
use std::fmt;

use crc_fast::CrcAlgorithm::Crc64Nvme;

use super::{Phase, Plan, Refusal};
use crate::base::invalid::Invalid;
use crate::plan::compare::Reason;

/// More parallel steps than any pipeline has; a number beyond is a mistake.
const SHARES_MAX: u16 = 1_000;

const CURE: &str = "use `off`, `auto`, `final/4` for the step after 4 parallel ones, or `$BITBUCKET_PARALLEL_STEP/$BITBUCKET_PARALLEL_STEP_COUNT`";

/// What part of a deploy a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shard {
    /// All of it.
    #[default]
    Whole,
    /// The first phase of one share of the files.
    Share(Share),
    /// Everything after the first phase, which the steps of so many shares have carried out.
    Final(u16),
}

/// One of several shares of a deploy's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share {
    /// Counted from 0, as BITBUCKET_PARALLEL_STEP is; less than `of`.
    index: u16,
    /// How many shares there are.
    of: u16,
}

impl Shard {
    /// Reads SHARD in a step with this BITBUCKET_PARALLEL_STEP and BITBUCKET_PARALLEL_STEP_COUNT.
    ///
    /// # Errors
    /// When it is none of its forms, or those two make no share.
    pub fn parse(value: &str, step: Option<&str>, count: Option<&str>) -> Result<Self, Invalid> {
        if value.eq_ignore_ascii_case("off") {
            return Ok(Self::Whole);
        }
        if value.eq_ignore_ascii_case("auto") {
            return match (step, count) {
                (None, None) => Ok(Self::Whole),
                (step, count) => {
                    let (step, count) = (step.unwrap_or_default(), count.unwrap_or_default());
                    let share = Share::parse(step, count).ok_or_else(|| {
                        let why = format!(
                            "`{value}` finds BITBUCKET_PARALLEL_STEP `{step}` and BITBUCKET_PARALLEL_STEP_COUNT `{count}`, which make no share"
                        );
                        Invalid::new(why, CURE)
                    });
                    share.map(Self::Share)
                }
            };
        }
        let parsed = match value.split_once('/') {
            Some((word, count)) if word.eq_ignore_ascii_case("final") => {
                shares(count).map(Self::Final)
            }
            Some((index, count)) => Share::parse(index, count).map(Self::Share),
            None => None,
        };
        parsed.ok_or_else(|| {
            let why = format!("`{value}` is not a share of a deploy");
            let cure = format!("{CURE}, which Bitbucket sets in parallel steps only, from 0 on");
            Invalid::new(why, cure)
        })
    }

    /// The share, if it is one.
    #[must_use]
    pub fn share(self) -> Option<Share> {
        match self {
            Self::Share(share) => Some(share),
            Self::Whole | Self::Final(_) => None,
        }
    }

    /// Whether the file or object `key`, relative to the prefix, is any of this run's business.
    #[must_use]
    pub fn takes(self, key: &str) -> bool {
        self.share().is_none_or(|share| share.holds(key))
    }

    /// What this run does of `plan`, the plan of all that it [`takes`](Self::takes).
    #[must_use]
    pub fn restrict(self, mut plan: Plan) -> Plan {
        if self.share().is_some() {
            plan.steps.retain(|step| step.phase == Phase::Assets);
        }
        plan
    }

    /// Whether `plan` finds what the steps of the shares were to upload.
    ///
    /// An object that does not tell whether it has arrived is no proof that it has not: the last
    /// step puts it again.
    ///
    /// # Errors
    /// The shares that are not there.
    pub fn guard(self, plan: &Plan) -> Result<(), Refusal> {
        let Self::Final(of) = self else {
            return Ok(());
        };
        let mut missing: BTreeMap<Share, Missing> = BTreeMap::new();
        let firsts = plan
            .steps
            .iter()
            .filter(|step| step.phase == Phase::Assets)
            .flat_map(|step| step.action.uploads());
        for upload in firsts.filter(|upload| shows_absence(upload.reason)) {
            let found = missing
                .entry(Share::of_key(&upload.key, of))
                .or_insert_with(|| Missing {
                    files: 0,
                    example: upload.key.clone(),
                });
            found.files += 1;
        }
        if missing.is_empty() {
            Ok(())
        } else {
            Err(Refusal::SharesMissing {
                shares: missing.into_iter().collect(),
            })
        }
    }
}

/// What a share lacks in the bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// How many files.
    pub files: usize,
    /// The first of them.
    pub example: Box<str>,
}

fn shows_absence(reason: Reason) -> bool {
    match reason {
        Reason::New | Reason::Size | Reason::Content | Reason::Headers => true,
        Reason::Unverifiable | Reason::Newer => false,
    }
}

impl Share {
    fn parse(index: &str, of: &str) -> Option<Self> {
        let of = shares(of)?;
        let index = index.parse().ok().filter(|index| *index < of)?;
        Some(Self { index, of })
    }

    /// Its number, counted from 1, as people count.
    #[must_use]
    pub fn number(self) -> u16 {
        self.index + 1
    }

    /// How many shares there are.
    #[must_use]
    pub fn of(self) -> u16 {
        self.of
    }

    /// Its BITBUCKET_PARALLEL_STEP, counted from 0.
    #[must_use]
    pub fn index(self) -> u16 {
        self.index
    }

    /// Whether the file or object `key`, relative to the prefix, is part of it.
    #[must_use]
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

fn shares(value: &str) -> Option<u16> {
    value
        .parse()
        .ok()
        .filter(|of| (1..=SHARES_MAX).contains(of))
}

#[cfg(test)]
mod tests {
    use super::{SHARES_MAX, Shard, Share};
    use proptest::prelude::*;

    fn share(index: u16, of: u16) -> Share {
        Share { index, of }
    }

    #[test]
    fn every_form_is_read() {
        let inside = (Some("1"), Some("4"));
        let outside = (None, None);
        for (value, (step, count), expected) in [
            ("off", inside, Shard::Whole),
            ("auto", outside, Shard::Whole),
            ("AUTO", inside, Shard::Share(share(1, 4))),
            ("auto", (Some("0"), Some("1")), Shard::Share(share(0, 1))),
            ("3/4", outside, Shard::Share(share(3, 4))),
            ("0/4", inside, Shard::Share(share(0, 4))),
            ("final/4", outside, Shard::Final(4)),
            ("Final/1", inside, Shard::Final(1)),
        ] {
            assert_eq!(Shard::parse(value, step, count), Ok(expected), "{value}");
        }
    }

    #[test]
    fn what_makes_no_share_is_refused() {
        for value in [
            "true",
            "4",
            "/",
            "4/4",
            "-1/4",
            "0/0",
            "0/1001",
            "final",
            "final/",
            "final/0",
            "1/2/3",
            "$BITBUCKET_PARALLEL_STEP/$BITBUCKET_PARALLEL_STEP_COUNT",
        ] {
            assert!(Shard::parse(value, None, None).is_err(), "{value}");
        }
        for (step, count) in [
            (Some("local"), Some("local")),
            (Some("0"), None),
            (None, Some("4")),
            (Some("4"), Some("4")),
        ] {
            assert!(Shard::parse("auto", step, count).is_err(), "{step:?}");
            assert_eq!(Shard::parse("off", step, count), Ok(Shard::Whole));
        }
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
