//! From a listing of versions to what differs from a release: which versions to put back, which keys to
//! delete. Pure, and in memory only as large as the difference: versions come one by one, those of one
//! key behind each other and the newest first.

use crate::object::etag::ETag;
use crate::record::{Entry, HeaderSet, KEY, KeyHash, Record, Seal, is_own};

/// One entry of a listing of versions.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    /// Key, relative to the prefix.
    pub key: &'a str,
    /// Id of the version.
    pub id: &'a str,
    /// Whether it is what a visitor gets.
    pub is_latest: bool,
    /// What it is; none of a delete marker.
    pub object: Option<Version<'a>>,
}

/// A version that is an object.
#[derive(Clone, Copy, Debug)]
pub struct Version<'a> {
    /// ETag, with or without quotes.
    pub etag: &'a str,
    /// Size in bytes.
    pub size: u64,
    /// When it was put, in seconds since the epoch.
    pub modified_secs: u64,
}

/// What differs between the bucket and a release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Versions to put back, in the order of the listing.
    pub restores: Vec<Restore>,
    /// Keys to delete, relative to the prefix.
    pub deletions: Vec<Box<str>>,
    /// Objects that are as they were.
    pub unchanged: usize,
    /// Objects that no deploy owns, or that were orphans before.
    pub kept: usize,
    /// Objects that there are.
    pub objects: usize,
    /// Keys whose version of the release is gone, as far as their names are known.
    pub gone: Vec<Box<str>>,
    /// How many versions are gone, those without a known name included.
    pub gone_total: usize,
    /// Bytes of what the release has.
    pub size_bytes: u64,
    /// Whether the bucket kept versions when the last deploy wrote its record: what is replaced now can
    /// then be had back.
    pub keeps_versions: bool,
}

/// A version to put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restore {
    /// Key, relative to the prefix.
    pub key: Box<str>,
    /// Id of the version.
    pub id: Box<str>,
    /// Its size, in bytes.
    pub size: u64,
    /// Its ETag.
    pub etag: ETag,
    /// ETag of what is in its place now, as the listing has it; none where nothing is.
    pub replaces: Option<Box<str>>,
}

/// Compares versions with a release while they come.
#[derive(Debug)]
pub struct Survey<'a> {
    release: &'a Record,
    live: Option<&'a Record>,
    key: Option<Key<'a>>,
    found: usize,
    difference: Difference,
}

/// The key whose versions are coming.
#[derive(Debug)]
struct Key<'a> {
    name: Box<str>,
    /// What the release has under it.
    wanted: Option<Entry<'a>>,
    current: Option<Current>,
    /// The version of the release, and whether it is certain to be that.
    found: Option<(Restore, bool)>,
}

#[derive(Debug)]
struct Current {
    id: Box<str>,
    etag: Box<str>,
    size: u64,
}

impl<'a> Survey<'a> {
    /// A comparison with `release`, while `live` is what was deployed last.
    pub fn new(release: &'a Record, live: Option<&'a Record>) -> Self {
        Self {
            release,
            live,
            key: None,
            found: 0,
            difference: Difference::default(),
        }
    }

    /// Takes the next version.
    pub fn take(&mut self, listed: Listed<'_>) {
        if is_own(listed.key) {
            let is_record = listed.key == KEY && listed.is_latest;
            self.difference.keeps_versions |= is_record && !matches!(listed.id, "" | "null");
            return;
        }
        if self.key.as_ref().is_none_or(|it| *it.name != *listed.key) {
            self.settle();
            let wanted = self.release.lines.find(KeyHash::of(listed.key));
            let wanted = wanted.filter(Entry::is_deployed);
            self.key = Some(Key {
                name: listed.key.into(),
                wanted,
                current: None,
                found: None,
            });
        }
        let (Some(key), Some(object)) = (&mut self.key, listed.object) else {
            return;
        };
        if listed.is_latest {
            key.current = Some(Current {
                id: listed.id.into(),
                etag: object.etag.into(),
                size: object.size,
            });
        }
        let ended = self.release.head.ended.unwrap_or(self.release.head.began);
        key.look_at(listed.id, &object, ended.get());
    }

    /// What all of them come to.
    pub fn finish(mut self) -> Difference {
        self.settle();
        let lines = self.release.lines.iter();
        let wanted = lines.filter(|(_, entry)| entry.is_deployed()).count();
        self.difference.gone_total = wanted.saturating_sub(self.found);
        self.difference
    }

    /// Decides over the key whose versions have all come.
    fn settle(&mut self) {
        let Some(key) = self.key.take() else {
            return;
        };
        // What the last deploy says of what is there now.
        let believed = self
            .live
            .zip(key.current.as_ref())
            .and_then(|(live, it)| live.believed(&key.name, ETag::parse(&it.etag), it.size));
        let difference = &mut self.difference;
        difference.objects += usize::from(key.current.is_some());
        let Some(wanted) = key.wanted else {
            // An object that the release does not have goes, if the last deploy had it.
            if believed.is_some_and(|it| it.entry.is_deployed()) {
                difference.deletions.push(key.name);
            } else if key.current.is_some() {
                difference.kept += 1;
            }
            return;
        };
        let set = wanted.set.and_then(|set| self.release.sets.get(set));
        let is_sent_alike = believed.and_then(|it| it.set).zip(set);
        let is_sent_alike = is_sent_alike.is_some_and(|(it, set)| it.digest == set.digest);
        let has_bytes = believed.is_some_and(|it| it.entry.seal == wanted.seal);
        // It is what the release had if it is the same version, or one with the same bytes that was sent
        // with the same headers, as after a rollback.
        let is_equal = |it: &&Current| {
            let found = key.found.as_ref();
            found.is_some_and(|(found, _)| found.id == it.id) || (is_sent_alike && has_bytes)
        };
        if let Some(current) = key.current.as_ref().filter(is_equal) {
            self.found += 1;
            difference.size_bytes += current.size;
            difference.unchanged += 1;
            return;
        }
        let Some((mut restore, _)) = key.found else {
            difference.gone.push(key.name);
            return;
        };
        self.found += 1;
        difference.size_bytes += restore.size;
        restore.replaces = key.current.map(|it| it.etag);
        difference.restores.push(restore);
    }
}

impl Key<'_> {
    /// Notes a version, if it is the one of the release. Where the release does not say which, it is the
    /// newest with the same bytes that was there when the release was complete.
    fn look_at(&mut self, id: &str, object: &Version<'_>, ended_secs: u64) {
        let Some(wanted) = &self.wanted else {
            return;
        };
        let is_certain = match wanted.version {
            Some(version) if version == id => true,
            Some(_) => return,
            None if Some(wanted.seal) != Seal::of(ETag::parse(object.etag), object.size) => return,
            None => object.modified_secs <= ended_secs,
        };
        if self
            .found
            .as_ref()
            .is_some_and(|(_, known)| *known || !is_certain)
        {
            return;
        }
        let restore = Restore {
            key: self.name.clone(),
            id: id.into(),
            size: object.size,
            etag: ETag::parse(object.etag),
            replaces: None,
        };
        self.found = Some((restore, is_certain));
    }
}

/// The set of headers that the release sent `key` with.
pub(super) fn set_of<'a>(release: &'a Record, key: &str) -> Option<&'a HeaderSet> {
    let entry = release.lines.find(KeyHash::of(key))?;
    release.sets.get(entry.set?)
}
