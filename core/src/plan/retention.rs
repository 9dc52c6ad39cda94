//! Which orphans are not deleted yet, or not at all: those that visitors with an open page may still ask
//! for, and those that no deploy has put there. Pure; what is known of them is the record's.

use super::Orphans;
use crate::base::invalid::Invalid;
use crate::base::units::span_secs;
use crate::object::content_type::{content_type, is_page_type};
use crate::record::{Record, Seconds};
use crate::rules::fingerprint::Fingerprints;
use crate::tree::{RemoteObject, RemoteTree};

const DAY_SECS: u64 = 24 * 60 * 60;

/// For how long an orphan with a fingerprint in its name stays, after the first deploy that did not have
/// it: a page that was open before names it still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grace(u64);

impl Default for Grace {
    fn default() -> Self {
        Self(7 * DAY_SECS)
    }
}

impl Grace {
    /// Nothing stays.
    pub const NONE: Self = Self(0);

    /// Most days. Versions and lifecycle rules are for what is to be kept longer.
    const DAYS_MAX: u64 = 365;

    /// Reads DELETE_GRACE: `7d`, `12h`, `30m`, or `0`.
    ///
    /// # Errors
    /// When it is none of these, or longer than a year.
    pub fn parse(value: &str) -> Result<Self, Invalid> {
        if value == "0" {
            return Ok(Self::NONE);
        }
        let secs = span_secs(value).filter(|secs| *secs <= Self::DAYS_MAX * DAY_SECS);
        secs.map(Self).ok_or_else(|| {
            Invalid::new(
                format!("`{value}` is not a time of up to a year"),
                "write it as `7d`, `12h` or `30m`, or `0` to delete at once",
            )
        })
    }
}

/// What decides over orphans beside their names.
#[derive(Clone, Copy, Debug)]
pub struct Retention<'a> {
    /// What is known of objects.
    pub record: Option<&'a Record>,
    /// Whether this run leaves a record, so that the next one knows since when they have been orphans.
    pub is_kept: bool,
    /// When the run began.
    pub now: Seconds,
    /// How long those with a fingerprint stay.
    pub grace: Grace,
}

impl Retention<'_> {
    /// Nothing is known, and nothing stays.
    pub const NONE: Self = Self {
        record: None,
        is_kept: false,
        now: Seconds::EPOCH,
        grace: Grace::NONE,
    };
}

/// What becomes of an orphan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is deleted.
    Goes,
    /// It stays until then; until there is a record, where nothing tells since when it has been one.
    Stays(Option<Seconds>),
    /// No deploy has put it there, or somebody has changed it since.
    NotOwned,
}

/// The orphans of a plan.
pub(super) struct Judge<'a> {
    retention: Retention<'a>,
    orphans: Orphans,
    fingerprints: Fingerprints,
}

impl<'a> Judge<'a> {
    /// One for orphans among the objects of `remote`.
    pub(super) fn new(retention: Retention<'a>, orphans: Orphans, remote: &RemoteTree) -> Self {
        let mut fingerprints = Fingerprints::default();
        if orphans != Orphans::Keep && retention.grace != Grace::NONE {
            fingerprints = Fingerprints::of(remote.objects().iter().map(|it| remote.key(it)));
        }
        Self {
            retention,
            orphans,
            fingerprints,
        }
    }

    /// What becomes of `object`, which is listed as `key`.
    pub(super) fn fate(&self, key: &str, object: &RemoteObject) -> Fate {
        let Retention {
            record,
            is_kept,
            now,
            grace: Grace(grace),
        } = self.retention;
        let believed = record.and_then(|record| record.believed(key, object.etag, object.size));
        let is_owned = believed.is_some_and(|believed| !believed.entry.foreign);
        if matches!(self.orphans, Orphans::DeleteOwned(_)) && !is_owned {
            return Fate::NotOwned;
        }
        let is_page = is_page_type(&content_type(key));
        if grace == 0 || is_page || !self.fingerprints.has(key) {
            return Fate::Goes;
        }
        if !is_kept && record.is_none() {
            return Fate::Stays(None);
        }
        let since = believed.and_then(|believed| believed.entry.stale);
        match since {
            Some(since) if now.after(since) >= grace => Fate::Goes,
            since => Fate::Stays(Some(since.unwrap_or(now).later(grace))),
        }
    }
}

/// Orphans that stay although orphans are deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retained {
    /// Those that visitors with an open page may still ask for.
    pub graced: usize,
    /// When the last of them may go, as far as it is known.
    pub until: Option<Seconds>,
    /// Those that no deploy has put there.
    pub not_owned: usize,
}

impl Retained {
    pub(super) fn note(&mut self, fate: Fate) {
        match fate {
            Fate::Goes => {}
            Fate::Stays(until) => {
                self.graced += 1;
                self.until = self.until.max(until);
            }
            Fate::NotOwned => self.not_owned += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DAY_SECS, Fate, Grace, Judge, Retention};
    use crate::object::etag::ETag;
    use crate::plan::{DeleteLimit, Orphans};
    use crate::record::{Entry, KeyHash, Record, Seal, Seconds};
    use crate::tree::{Listing, RemoteTree};

    const CHUNK: &str = "assets/app.3f2a9c1b.js";
    const ETAG: ETag = ETag::Md5([1; 16]);
    const DELETE: Orphans = Orphans::Delete(DeleteLimit::Objects(9));
    const OWNED: Orphans = Orphans::DeleteOwned(DeleteLimit::Objects(9));

    fn remote(keys: &[&str]) -> RemoteTree {
        let mut listing = Listing::default();
        for key in keys {
            assert!(listing.push(key, 1, ETAG, 0));
        }
        listing.tree()
    }

    /// A record that says this of these keys: the ETag, since when it is stale, whether it is foreign.
    fn record(said: &[(&str, ETag, Option<u64>, bool)]) -> Record {
        let mut record = Record::empty("");
        for (key, etag, stale, foreign) in said {
            record.lines.push(
                KeyHash::of(key),
                &Entry {
                    stale: stale.map(Seconds::since_epoch),
                    foreign: *foreign,
                    ..Entry::of(Seal::of(*etag, 1).unwrap())
                },
            );
        }
        assert!(record.lines.sort());
        record
    }

    fn fate(key: &str, orphans: Orphans, record: Option<&Record>, is_kept: bool) -> Fate {
        let remote = remote(&[key]);
        let retention = Retention {
            record,
            is_kept,
            now: Seconds::since_epoch(100 * DAY_SECS),
            grace: Grace::default(),
        };
        let object = remote.objects()[0];
        Judge::new(retention, orphans, &remote).fate(key, &object)
    }

    #[test]
    fn what_has_a_fingerprint_stays_for_its_time_and_all_else_goes() {
        let at = |days: u64| Some(Seconds::since_epoch(days * DAY_SECS));
        let stale = |days: u64| record(&[(CHUNK, ETAG, Some(days * DAY_SECS), false)]);
        let empty = record(&[]);
        for (key, record, is_kept, expected) in [
            ("style.css", Some(&empty), true, Fate::Goes),
            ("style.css", None, false, Fate::Goes),
            ("old.3f2a9c1b.html", Some(&empty), true, Fate::Goes),
            (CHUNK, None, false, Fate::Stays(None)),
            (CHUNK, None, true, Fate::Stays(at(107))),
            (CHUNK, Some(&empty), true, Fate::Stays(at(107))),
            (CHUNK, Some(&stale(95)), true, Fate::Stays(at(102))),
            (CHUNK, Some(&stale(95)), false, Fate::Stays(at(102))),
            (CHUNK, Some(&stale(93)), true, Fate::Goes),
            // Of a clock that is ahead.
            (CHUNK, Some(&stale(101)), true, Fate::Stays(at(108))),
        ] {
            assert_eq!(
                fate(key, DELETE, record, is_kept),
                expected,
                "{key} {is_kept}"
            );
        }
        let changed = record(&[(CHUNK, ETag::Md5([2; 16]), Some(0), false)]);
        assert_eq!(
            fate(CHUNK, DELETE, Some(&changed), true),
            Fate::Stays(at(107))
        );
    }

    #[test]
    fn only_what_a_deploy_has_put_there_is_owned() {
        let ours = |etag, foreign| record(&[("a.css", etag, None, foreign)]);
        for (record, expected) in [
            (None, Fate::NotOwned),
            (Some(record(&[])), Fate::NotOwned),
            (Some(ours(ETAG, true)), Fate::NotOwned),
            (Some(ours(ETag::Md5([2; 16]), false)), Fate::NotOwned),
            (Some(ours(ETAG, false)), Fate::Goes),
        ] {
            assert_eq!(fate("a.css", OWNED, record.as_ref(), true), expected);
            assert_eq!(fate("a.css", DELETE, record.as_ref(), true), Fate::Goes);
        }
    }

    #[test]
    fn times_are_read() {
        for (value, secs) in [
            ("7d", 604_800),
            ("12h", 43_200),
            ("30m", 1_800),
            ("0", 0),
            ("0d", 0),
            ("7 days", 604_800),
        ] {
            assert_eq!(Grace::parse(value), Ok(Grace(secs)), "{value}");
        }
        assert_eq!(Grace::parse("7d"), Ok(Grace::default()));
        for value in [
            "",
            "7",
            "d",
            "-1d",
            "+1d",
            "1.5d",
            "366d",
            "99999999999999999999d",
        ] {
            assert!(Grace::parse(value).is_err(), "{value}");
        }
    }
}
