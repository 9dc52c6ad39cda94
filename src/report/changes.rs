//! The lists of a report: what is changed, by name. Each is bounded, so that a report of a million
//! changes stays one that people and programs can read; its counts are whole all the same.

use std::collections::HashMap;

use serde::Serialize;

use super::counts::mark;
use super::tally::{Status, Tally};
use crate::console::Mark;
use crate::execute::Waited;
use deploy_core::object::headers::ObjectHeaders;
use deploy_core::object::setting::settings;
use deploy_core::plan::{Item, Phase, Plan};

/// Entries of each list.
pub(super) const ENTRIES_MAX: usize = 50_000;

/// Groups of headers.
const HEADER_GROUPS_MAX: usize = 100;

/// One change of the plan.
#[derive(Debug, Serialize)]
pub(super) struct Change<'a> {
    pub(super) action: &'static str,
    /// Of an invalidation the distribution.
    pub(super) key: &'a str,
    pub(super) phase: &'static str,
    pub(super) status: &'static str,
    /// Of an upload.
    pub(super) bytes: Option<u64>,
    /// Of an upload.
    pub(super) reason: Option<&'static str>,
    /// Of an invalidation.
    pub(super) paths: Option<&'a [String]>,
    /// For pages.
    #[serde(skip)]
    pub(super) mark: Option<Mark>,
}

#[derive(Debug, Serialize)]
pub(super) struct Uploaded<'a> {
    key: &'a str,
    bytes: u64,
    reason: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct InvalidatedReport<'a> {
    pub(super) distribution: &'a str,
    pub(super) id: &'a str,
    pub(super) completed: bool,
    pub(super) paths: &'a [String],
}

/// Uploads that are stored with the same headers.
#[derive(Debug, Serialize)]
pub(super) struct HeaderGroup<'a> {
    pub(super) headers: Vec<String>,
    pub(super) uploads: usize,
    /// The first of them.
    pub(super) example: &'a str,
}

/// How many entries lists lack beyond their bound.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct LeftOut {
    pub(super) changes: usize,
    pub(super) uploaded: usize,
    pub(super) deleted: usize,
    pub(super) failed: usize,
}

impl<'a> Change<'a> {
    fn of((phase, item, status): (Phase, Item<'a>, Status)) -> Self {
        let (upload, paths) = match item {
            Item::Upload(upload) => (Some(upload), None),
            Item::Delete(_) => (None, None),
            Item::Invalidate(invalidation) => (None, Some(&*invalidation.paths)),
        };
        Self {
            action: item.verb(),
            key: item.key(),
            phase: phase.name(),
            status: status.word(),
            bytes: upload.map(|upload| upload.size),
            reason: upload.map(|upload| upload.reason.word()),
            paths,
            mark: mark(item),
        }
    }
}

/// The changes of the plan, and what the lists leave out.
pub(super) fn changes<'a>(plan: &'a Plan, tally: &'a Tally) -> (Vec<Change<'a>>, LeftOut) {
    let changes = tally.items(plan).take(ENTRIES_MAX).map(Change::of);
    let done = tally.count(plan, Status::Done);
    let beyond = |count: usize| count.saturating_sub(ENTRIES_MAX);
    let left_out = LeftOut {
        changes: beyond(plan.items().count()),
        uploaded: beyond(done.uploads),
        deleted: beyond(done.deletions),
        failed: beyond(tally.failures.len()),
    };
    (changes.collect(), left_out)
}

pub(super) fn uploaded<'a>(plan: &'a Plan, tally: &'a Tally) -> Vec<Uploaded<'a>> {
    let uploads = tally.with_status(plan, Status::Done).filter_map(|item| {
        let Item::Upload(upload) = item else {
            return None;
        };
        Some(Uploaded {
            key: &upload.key,
            bytes: upload.size,
            reason: upload.reason.word(),
        })
    });
    uploads.take(ENTRIES_MAX).collect()
}

pub(super) fn deleted<'a>(plan: &'a Plan, tally: &'a Tally) -> Vec<&'a str> {
    tally.deleted(plan).take(ENTRIES_MAX).collect()
}

pub(super) fn invalidated<'a>(plan: &'a Plan, tally: &'a Tally) -> Vec<InvalidatedReport<'a>> {
    let taken = plan
        .invalidations()
        .enumerate()
        .filter_map(|(item, planned)| {
            let invalidated = tally.invalidated.get(&item)?;
            Some(InvalidatedReport {
                distribution: &planned.distribution,
                id: &invalidated.id,
                completed: matches!(invalidated.waited, Waited::Completed),
                paths: &planned.paths,
            })
        });
    taken.collect()
}

/// What the uploads of the plan are stored with, the most frequent first.
pub(super) fn headers(plan: &Plan) -> Vec<HeaderGroup<'_>> {
    let mut groups: HashMap<&ObjectHeaders, (usize, &str)> = HashMap::new();
    for upload in plan.uploads() {
        let (count, _) = groups.entry(&*upload.headers).or_insert((0, &*upload.key));
        *count += 1;
    }
    let mut groups: Vec<(&ObjectHeaders, (usize, &str))> = groups.into_iter().collect();
    groups.sort_by_key(|(_, (count, example))| (std::cmp::Reverse(*count), *example));
    let shown = groups.into_iter().take(HEADER_GROUPS_MAX);
    let shown = shown.map(|(headers, (uploads, example))| HeaderGroup {
        headers: settings(headers).iter().map(ToString::to_string).collect(),
        uploads,
        example,
    });
    shown.collect()
}

#[cfg(test)]
mod tests {
    use super::{ENTRIES_MAX, changes, deleted, headers};
    use crate::execute::{Event, What};
    use crate::report::Tally;
    use deploy_core::plan::{Action, Deletion, Phase, Plan, Step};
    use std::time::Duration;

    /// However many changes there are, the lists end, and say what they lack.
    #[test]
    fn lists_are_bounded_and_say_so() {
        let keys = (0..=ENTRIES_MAX).map(|index| Deletion::from(&*format!("{index:06}")));
        let plan = Plan {
            steps: vec![Step {
                phase: Phase::StaleAssets,
                action: Action::Delete(keys.collect()),
            }],
            ..Plan::default()
        };
        let mut tally = Tally::new(&plan);
        for index in 1..=ENTRIES_MAX {
            let (at, _) = plan.at(0, index).unwrap();
            let what = What::Done;
            tally.record(&plan, &Event::Item { at, what }, Duration::ZERO);
        }
        let (shown, left_out) = changes(&plan, &tally);
        assert_eq!((shown.len(), left_out.changes), (ENTRIES_MAX, 1));
        assert_eq!(
            (shown[0].status, shown[1].status),
            ("not-attempted", "done")
        );
        assert_eq!((left_out.deleted, left_out.uploaded), (0, 0));
        assert_eq!(deleted(&plan, &tally).len(), ENTRIES_MAX);
        assert!(headers(&plan).is_empty());
    }
}
