//! What part of a deploy a run is: all of it, one share of the first phase in one of several parallel
//! steps, or the last step after those. What follows from that is asked here and nowhere else. Pure.
//!
//! Both sides are divided by key before they are compared, so that a step reads, hashes and holds
//! its own share alone. Only the first phase is divided: what comes after it must wait for all of it.

use super::share::{self, Share};
use super::{Orphans, Phase};
use crate::base::exit::Exit;
use crate::base::invalid::Invalid;

const HELP: &str = "use `off`, `auto`, `final/4` for the step after 4 parallel ones, or `$BITBUCKET_PARALLEL_STEP/$BITBUCKET_PARALLEL_STEP_COUNT`";

/// What part of a deploy a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    #[default]
    Whole,
    /// The first phase of one share of the files.
    Share(Share),
    /// Everything after the first phase, which the steps of so many shares have carried out.
    Final(u16),
}

impl Part {
    /// Reads SHARD in a step with this BITBUCKET_PARALLEL_STEP and BITBUCKET_PARALLEL_STEP_COUNT.
    ///
    /// # Errors
    /// When it is none of its forms, or those two make no share.
    pub fn parse(value: &str, step: Option<&str>, count: Option<&str>) -> Result<Self, Invalid> {
        if value.eq_ignore_ascii_case("off") {
            return Ok(Self::Whole);
        }
        if value.eq_ignore_ascii_case("auto") {
            if step.is_none() && count.is_none() {
                return Ok(Self::Whole);
            }
            let (step, count) = (step.unwrap_or_default(), count.unwrap_or_default());
            let share = Share::parse(step, count).ok_or_else(|| {
                let reason = format!(
                    "`{value}` finds BITBUCKET_PARALLEL_STEP `{step}` and BITBUCKET_PARALLEL_STEP_COUNT `{count}`, which make no share"
                );
                Invalid::new(reason, HELP)
            });
            return share.map(Self::Share);
        }
        let parsed = match value.split_once('/') {
            Some((word, count)) if word.eq_ignore_ascii_case("final") => {
                share::count(count).map(Self::Final)
            }
            Some((index, count)) => Share::parse(index, count).map(Self::Share),
            None => None,
        };
        parsed.ok_or_else(|| {
            let reason = format!("`{value}` is not a share of a deploy");
            let help = format!("{HELP}, which Bitbucket sets in parallel steps only, from 0 on");
            Invalid::new(reason, help)
        })
    }

    /// The share, if it is one.
    pub fn share(self) -> Option<Share> {
        match self {
            Self::Share(share) => Some(share),
            Self::Whole | Self::Final(_) => None,
        }
    }

    /// Whether the file or object `key`, relative to the prefix, is any of this run's business.
    pub fn covers(self, key: &str) -> bool {
        self.share().is_none_or(|share| share.holds(key))
    }

    /// Whether this run carries out what a plan has in `phase`.
    pub fn carries_out(self, phase: Phase) -> bool {
        self.share().is_none() || phase == Phase::Assets
    }

    /// What becomes of orphans in this run, where the whole deploy has `orphans` become of them.
    pub fn orphans(self, orphans: Orphans) -> Orphans {
        self.share().map_or(orphans, |_| Orphans::Keep)
    }

    /// Whether this run makes the invalidations of the deploy.
    pub fn invalidates(self) -> bool {
        self.carries_out(Phase::Invalidation)
    }

    /// Whether a run that ends with `exit` reports on the commit, which has one report for each
    /// destination: the last of several steps makes it. A share speaks up when there will be no last step.
    pub fn reports(self, exit: Exit) -> bool {
        self.share().is_none() || exit != Exit::Done
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, Share};

    fn share(index: u16, of: u16) -> Share {
        Share::parse(&index.to_string(), &of.to_string()).unwrap()
    }

    #[test]
    fn every_form_is_read() {
        let inside = (Some("1"), Some("4"));
        let outside = (None, None);
        for (value, (step, count), expected) in [
            ("off", inside, Part::Whole),
            ("auto", outside, Part::Whole),
            ("AUTO", inside, Part::Share(share(1, 4))),
            ("auto", (Some("0"), Some("1")), Part::Share(share(0, 1))),
            ("3/4", outside, Part::Share(share(3, 4))),
            ("0/4", inside, Part::Share(share(0, 4))),
            ("final/4", outside, Part::Final(4)),
            ("Final/1", inside, Part::Final(1)),
        ] {
            assert_eq!(Part::parse(value, step, count), Ok(expected), "{value}");
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
            assert!(Part::parse(value, None, None).is_err(), "{value}");
        }
        for (step, count) in [
            (Some("local"), Some("local")),
            (Some("0"), None),
            (None, Some("4")),
            (Some("4"), Some("4")),
        ] {
            assert!(Part::parse("auto", step, count).is_err(), "{step:?}");
            assert_eq!(Part::parse("off", step, count), Ok(Part::Whole));
        }
    }
}
