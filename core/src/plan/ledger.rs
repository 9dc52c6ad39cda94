//! What the record is to say of the objects when a plan is carried out. Pure: the answers to uploads come
//! in as values.
//!
//! Before the first change it says nothing of what is about to be uploaded: were the deploy to end there,
//! the ETag of an object would be the same although its headers are not.

use std::collections::HashSet;

use super::compare::Confirmed;
use super::pairs::{Pair, pairs};
use super::retention::{Fate, Judge};
use super::wanted::Wanted;
use super::{ItemId, Orphans, Plan, Retention};
use crate::record::{Entry, KeyHash, Lines, Matches, Receipt, Record, Seal, Seconds, Sets};
use crate::tree::{LocalTree, RemoteTree};

/// What is known of the objects before the plan is carried out, and with what its uploads are sent.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    sets: Sets,
    lines: Lines,
    /// The set of each upload, by step and by index in it.
    uploads: Vec<Vec<Option<u32>>>,
}

/// What is told of objects beside the listing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told<'a> {
    /// By the record.
    pub matches: Option<&'a Matches>,
    /// By S3, which was asked about the objects of these files, and answered that they are as they should
    /// be. What it does not tell, ACL and tags, is taken to be so too.
    pub confirmed: &'a [Confirmed],
}

/// The ledger of `plan`, which was made of the same sides with the same `retention`.
pub fn ledger(
    plan: &Plan,
    local: &LocalTree,
    remote: &RemoteTree,
    orphans: Orphans,
    retention: Retention<'_>,
    wanted: Wanted,
    told: Told<'_>,
) -> Ledger {
    let Wanted { sets, numbers } = wanted;
    let Told { matches, confirmed } = told;
    let judge = Judge::new(retention, orphans, remote);
    let mut ledger = Ledger {
        sets,
        lines: Lines::with_capacity(remote.objects().len()),
        uploads: vec![Vec::new(); plan.steps.len()],
    };
    for Pair { file, object } in pairs(local, remote) {
        let mut asked = None;
        if let Some((index, file)) = file {
            let number = numbers.get(index).copied().unwrap_or_default();
            if ledger.takes_upload(plan, local.key(&file), number) {
                continue;
            }
            let place = confirmed.binary_search_by_key(&index, |it| it.file).ok();
            asked = place
                .and_then(|place| confirmed.get(place))
                .map(|it| (number, it.content));
        }
        let Some((index, object)) = object else {
            continue;
        };
        let key = remote.key(&object);
        let known = matches.and_then(|matches| matches.get(index));
        let believed = known.map(|(_, believed)| believed);
        let (hash, mut entry) = match known {
            Some((hash, believed)) => (hash, believed.entry),
            None => match Seal::of(object.etag, object.size) {
                Some(seal) => (KeyHash::of(key), Entry::of(seal)),
                None => continue,
            },
        };
        entry.set = believed
            .and_then(|believed| believed.set)
            .map(|set| ledger.sets.number(set.clone()));
        if let Some((number, content)) = asked {
            entry.set = entry.set.or(Some(number));
            entry.content = content.or(entry.content);
        }
        if file.is_some() {
            entry.stale = None;
            entry.foreign = false;
        } else {
            let is_graced = matches!(judge.fate(key, &object), Fate::Stays(_));
            if believed.is_none() && (orphans == Orphans::Keep || !is_graced) {
                continue;
            }
            entry.foreign |= believed.is_none();
            entry.stale = entry.stale.or(Some(retention.now));
        }
        ledger.lines.push(hash, &entry);
    }
    ledger.lines.sort();
    if let Some(record) = retention.record
        && record.sets == ledger.sets
    {
        ledger.lines.pack_as(&record.lines);
    }
    ledger
}

impl Ledger {
    /// The ledger of `plan`, a rollback to `release` while `live` is what is known of the bucket. What is
    /// put back has again the sets that the release sent it with, and what is neither put back nor of the
    /// release is an orphan from `now` on.
    pub fn of_release(plan: &Plan, release: &Record, live: Option<&Record>, now: Seconds) -> Self {
        let mut ledger = Self::default();
        let mut restored = HashSet::new();
        for step in &plan.steps {
            let mut numbers = Vec::new();
            for upload in step.action.uploads() {
                let key = KeyHash::of(&upload.key);
                let entry = release.lines.find(key);
                numbers.push(ledger.number(release, entry.and_then(|entry| entry.set)));
                restored.insert(key);
            }
            ledger.uploads.push(numbers);
        }
        let mut kept = HashSet::new();
        for (key, entry) in release
            .lines
            .iter()
            .filter(|(_, entry)| entry.is_deployed())
        {
            if !restored.contains(&key) {
                let set = ledger.number(release, entry.set);
                ledger.lines.push(key, &Entry { set, ..entry });
            }
            kept.insert(key);
        }
        for (key, entry) in live.iter().flat_map(|live| live.lines.iter()) {
            if !kept.contains(&key) {
                let set = live.and_then(|live| ledger.number(live, entry.set));
                let stale = entry.stale.or(Some(now));
                ledger.lines.push(
                    key,
                    &Entry {
                        set,
                        stale,
                        ..entry
                    },
                );
            }
        }
        ledger.lines.sort();
        ledger
    }

    /// The number here of the set that has this one in `record`.
    fn number(&mut self, record: &Record, set: Option<u32>) -> Option<u32> {
        let set = record.sets.get(set?)?;
        Some(self.sets.number(set.clone()))
    }

    /// Whether `key` is the next upload of one of the steps, which have theirs in the order of the keys:
    /// it is then noted with its set.
    fn takes_upload(&mut self, plan: &Plan, key: &str, number: u32) -> bool {
        let steps = plan.steps.iter().zip(&mut self.uploads);
        for (step, numbers) in steps {
            let next = step.action.uploads().get(numbers.len());
            if next.is_some_and(|upload| &*upload.key == key) {
                numbers.push(Some(number));
                return true;
            }
        }
        false
    }

    /// What the record says before anything is changed.
    pub fn before(&self) -> (&Sets, &Lines) {
        (&self.sets, &self.lines)
    }

    /// What it says when these `receipts` have come for uploads of `plan`, and these keys are `deleted`.
    pub fn after<'a>(
        self,
        plan: &Plan,
        receipts: &[(ItemId, Receipt)],
        deleted: impl Iterator<Item = &'a str>,
    ) -> (Sets, Lines) {
        let Self {
            sets,
            mut lines,
            uploads,
        } = self;
        let deleted: HashSet<KeyHash> = deleted.map(KeyHash::of).collect();
        if !deleted.is_empty() {
            lines.retain(|key| !deleted.contains(&key));
        }
        for (at, receipt) in receipts {
            let Some(seal) = receipt.seal else { continue };
            let numbers = uploads.get(at.step());
            let entry = Entry {
                set: numbers.and_then(|numbers| *numbers.get(at.index())?),
                content: receipt.content,
                version: receipt.version.as_deref(),
                ..Entry::of(seal)
            };
            lines.push(KeyHash::of(plan.item(*at).key()), &entry);
        }
        lines.sort();
        (sets, lines)
    }
}
