//! What holds of the parts of a deploy, and of what they invalidate.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{Cached, DELETE, apply, bytes, finished, make, make_part, side};
use crate::plan::compare::Reason;
use crate::plan::{Finished, Marker, Part, Phase, Refusal, Step};

/// Every share of `of`.
fn shares(of: u16) -> Vec<Part> {
    let share = |index| Part::parse(&format!("{index}/{of}"), None, None).unwrap();
    (0..of).map(share).collect()
}

proptest! {
    #[test]
    fn shares_are_disjoint_and_together_the_first_phase(local in side(), remote in side(), of in 1..6_u16) {
        let whole = make(&local, &remote, DELETE);
        let first = whole.steps.iter().filter(|step| step.phase == Phase::Assets);
        let mut expected: Vec<_> = first.flat_map(|step| step.action.uploads().to_vec()).collect();
        let mut uploads = Vec::new();
        for share in shares(of) {
            let part = make_part(&local, &remote, DELETE, share);
            prop_assert!(part.steps.iter().all(|step| step.phase == Phase::Assets));
            uploads.extend(part.uploads().cloned());
        }
        for list in [&mut expected, &mut uploads] {
            list.sort_by(|left, right| left.key.cmp(&right.key));
        }
        prop_assert_eq!(uploads, expected);
    }

    #[test]
    fn the_last_step_completes_what_the_shares_began(local in side(), remote in side(), of in 1..6_u16) {
        let mut bucket = remote.clone();
        for share in shares(of) {
            let part = make_part(&local, &remote, DELETE, share);
            bucket = apply(&part, part.steps.len(), &local, &bucket);
        }
        let last = Part::Final(of);
        let Finished { plan, refused, .. } = finished(&local, &bucket, DELETE, last, None);
        prop_assume!(!local.is_empty());
        prop_assert_eq!(refused, None);
        prop_assert!(plan.steps.iter().all(|step| step.phase != Phase::Assets));
        let finished = apply(&plan, plan.steps.len(), &local, &bucket);
        prop_assert_eq!(bytes(&finished), bytes(&local));
    }

    #[test]
    fn the_last_step_names_the_shares_that_are_missing(local in side(), remote in side(), of in 1..6_u16, lost in 0..6_u16) {
        let mut bucket = remote.clone();
        let mut expected = Vec::new();
        for (index, share) in shares(of).into_iter().enumerate() {
            let part = make_part(&local, &remote, DELETE, share);
            if index == usize::from(lost) {
                let absent = part.uploads().filter(|upload| upload.reason != Reason::Unverifiable).count();
                expected.extend((absent > 0).then_some((share.share().unwrap(), absent)));
            } else {
                bucket = apply(&part, part.steps.len(), &local, &bucket);
            }
        }
        let last = Part::Final(of);
        prop_assume!(!local.is_empty());
        let found = match finished(&local, &bucket, DELETE, last, None).refused {
            None => Vec::new(),
            Some(Refusal::SharesMissing { shares }) => shares.into_iter().map(|(share, missing)| (share, missing.files)).collect(),
            Some(other) => panic!("{other}"),
        };
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn a_run_does_what_its_part_is(local in side(), remote in side(), pending in any::<bool>(), of in 1..4_u16) {
        let cached = if pending { Cached::Pending } else { Cached::Settled };
        for part in shares(of).into_iter().chain([Part::Whole, Part::Final(of)]) {
            let Finished { plan, marker, .. } = finished(&local, &remote, DELETE, part, Some(cached));
            let invalidates = plan.invalidations().next().is_some();
            if part.share().is_some() {
                prop_assert!(plan.steps.iter().all(|step| step.phase == Phase::Assets));
                prop_assert!(!marker.clear);
            } else {
                prop_assert_eq!(marker.clear, invalidates);
                prop_assert!(invalidates || !pending);
            }
            prop_assert!(!(marker.put && pending));
            let uncached = finished(&local, &remote, DELETE, part, None);
            prop_assert_eq!(uncached.marker, Marker::default());
            prop_assert_eq!(plan.uploads().count(), uncached.plan.uploads().count());
            prop_assert!(plan.deletions().eq(uncached.plan.deletions()));
        }
    }

    #[test]
    fn whatever_step_a_deploy_is_killed_at_caches_forget_what_it_changed(
        local in side(), remote in side(), stop in 0..8_usize, of in 0..4_u16,
    ) {
        let parts = if of == 0 { vec![Part::Whole] } else { shares(of) };
        let (mut bucket, mut pending, mut stale) = (remote.clone(), false, BTreeSet::new());
        for part in parts {
            let cached = if pending { Cached::Pending } else { Cached::Settled };
            let Finished { plan, marker, .. } = finished(&local, &bucket, DELETE, part, Some(cached));
            pending |= marker.put;
            let done: Vec<&Step> = plan.steps.iter().take(stop).collect();
            let replaced = done.iter().flat_map(|step| step.action.uploads());
            let replaced = replaced.filter(|upload| upload.reason != Reason::New);
            stale.extend(replaced.map(|upload| upload.key.to_string()));
            let deleted = done.iter().flat_map(|step| step.action.deletions());
            stale.extend(deleted.map(|deletion| deletion.key.to_string()));
            if done.iter().any(|step| step.phase == Phase::Invalidation) {
                stale.clear();
            }
            bucket = apply(&plan, stop, &local, &bucket);
            pending &= !(marker.clear && stop >= plan.steps.len());
        }
        let cached = if pending { Cached::Pending } else { Cached::Settled };
        let next = finished(&local, &bucket, DELETE, Part::Whole, Some(cached)).plan;
        let paths: Vec<&String> = next.invalidations().flat_map(|it| it.paths.iter()).collect();
        prop_assert!(stale.is_empty() || paths == ["/*"], "{stale:?} {paths:?}");
    }
}
