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
    if let (Some(record), Some(matches)) = (retention.record, matches)
        && record.sets == sets
        && plan.uploads().next().is_none()
        && local.files().len() == remote.objects().len()
        && confirmed.is_empty()
        && matches.tell_all()
    {
        return Ledger {
            sets,
            lines: record.lines.clone(),
            uploads: Vec::new(),
        };
    }
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
            let place = confirmed.binary_search_by_key(&index, |it| it.file);
            let told = place.ok().and_then(|place| confirmed.get(place));
            asked = told.map(|it| (number, it.content));
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
        let deployed = release.lines.iter();
        for (key, entry) in deployed.filter(|(_, entry)| entry.is_deployed()) {
            if !restored.contains(&key) {
                let set = ledger.number(release, entry.set);
                ledger.lines.push(key, &Entry { set, ..entry });
            }
            kept.insert(key);
        }
        if let Some(live) = live {
            for (key, mut entry) in live.lines.iter().filter(|(key, _)| !kept.contains(key)) {
                entry.set = ledger.number(live, entry.set);
                entry.stale = entry.stale.or(Some(now));
                ledger.lines.push(key, &entry);
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Ledger, Told, Wanted, ledger};
    use crate::object::etag::ETag;
    use crate::object::headers::ObjectHeaders;
    use crate::plan::{Grace, Orphans, Plan, Retention};
    use crate::record::{Entry, KeyHash, Matches, Record, Seal, Seconds};
    use crate::rules::policy::Policy;
    use crate::tree::{Listing, LocalTree, RemoteTree, Source};

    const ETAG: ETag = ETag::Md5([1; 16]);

    fn sides(files: &[&str], objects: &[&str]) -> (LocalTree, RemoteTree) {
        let mut local = LocalTree::new(Source::Folder("/".into()));
        let mut listing = Listing::default();
        assert!(files.iter().all(|key| local.push(key, 1, 0)));
        assert!(objects.iter().all(|key| listing.push(key, 1, ETAG, 0)));
        local.sort();
        (local, listing.tree())
    }

    /// What is known of `objects` and `files` that are the same, after `record`.
    fn of(record: &Record, files: &[&str], objects: &[&str], policy: &Policy) -> Ledger {
        let (local, remote) = sides(files, objects);
        let retention = Retention {
            record: Some(record),
            is_kept: true,
            now: Seconds::since_epoch(9),
            grace: Grace::default(),
        };
        let (plan, wanted) = (Plan::default(), Wanted::of(&local, policy));
        let matches = Matches::of(Arc::new(record.clone()), &remote);
        let orphans = Orphans::Keep;
        let told = Told {
            matches: Some(&matches),
            ..Told::default()
        };
        ledger(&plan, &local, &remote, orphans, retention, wanted, told)
    }

    #[test]
    fn what_is_settled_is_said_again_and_all_else_anew() {
        let (policy, keys) = (Policy::default(), ["a.css", "b.js"]);
        let entry = |set, stale: Option<u64>, foreign| Entry {
            set,
            stale: stale.map(Seconds::since_epoch),
            foreign,
            ..Entry::of(Seal::of(ETAG, 1).unwrap())
        };
        let said = |entries: &[(&str, Entry<'static>)]| {
            let mut record = Record::empty("");
            record.sets = Wanted::of(&sides(&keys, &[]).0, &policy).sets;
            for (key, entry) in entries {
                record.lines.push(KeyHash::of(key), entry);
            }
            assert!(record.lines.sort());
            record
        };
        let (css, js) = (entry(Some(0), None, false), entry(Some(1), None, false));
        let both = said(&[("a.css", css), ("b.js", js)]);
        assert_eq!(of(&both, &keys, &keys, &policy).lines, both.lines);

        // Since when it was stale is of no account once it is back, and nobody knows of a set without a
        // number, or with one that no set has.
        for (before, after) in [
            (entry(Some(1), Some(3), false), js),
            (entry(Some(1), None, true), js),
            (entry(None, None, false), entry(None, None, false)),
            (entry(Some(7), None, false), entry(None, None, false)),
        ] {
            let found = of(
                &said(&[("a.css", css), ("b.js", before)]),
                &keys,
                &keys,
                &policy,
            );
            assert_eq!(found.lines, said(&[("a.css", css), ("b.js", after)]).lines);
        }
        // A line without an object goes, an object without a line gets one, and one without a file is
        // an orphan from now on.
        let more = said(&[("a.css", css), ("b.js", js), ("c.css", css)]);
        assert_eq!(of(&more, &keys, &keys, &policy).lines, both.lines);
        let fewer = said(&[("a.css", css)]);
        let unknown = said(&[("a.css", css), ("b.js", entry(None, None, false))]);
        assert_eq!(of(&fewer, &keys, &keys, &policy).lines, unknown.lines);
        let orphan = said(&[("a.css", css), ("b.js", entry(Some(1), Some(9), false))]);
        assert_eq!(of(&both, &keys[..1], &keys, &policy).lines, orphan.lines);
        // Other headers have other numbers.
        let headers = ObjectHeaders {
            cache_control: Some("no-cache".to_owned()),
            ..ObjectHeaders::default()
        };
        let found = of(&both, &keys, &keys, &Policy::shared(headers));
        let (_, js) = found
            .lines
            .iter()
            .find(|(key, _)| *key == KeyHash::of("b.js"))
            .unwrap();
        assert_eq!(found.sets.get(js.set.unwrap()), both.sets.get(1));
    }
}
