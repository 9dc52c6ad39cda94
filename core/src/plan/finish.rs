//! The one place where a plan is finished: whether it may be carried out, what of it this run does,
//! what it invalidates, and the marker in the bucket that tells the next run of an invalidation that
//! is due. Pure.

use super::guard::{self, Existing, Refusal};
use super::invalidation::{InvalidationContext, Order, invalidations};
use super::{Action, Orphans, Part, Phase, Plan, Step};
use crate::record::Head;

/// What a plan is finished by.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// What part of the deploy this run is.
    pub part: Part,
    /// What happens to objects that exist.
    pub existing: Existing,
    /// What happens to objects that the source does not have.
    pub orphans: Orphans,
    /// How many files the source has, those of other shares included.
    pub files: usize,
    /// How many objects there are under the prefix.
    pub objects: usize,
    /// What the whole deploy is to invalidate, if it is.
    pub invalidation: Option<&'a Order>,
    /// Where and when it is carried out.
    pub occasion: InvalidationContext<'a>,
    /// What there is in the bucket that tells of earlier deploys.
    pub past: Past<'a>,
}

/// What the bucket tells of the deploys before.
#[derive(Clone, Copy, Debug, Default)]
pub struct Past<'a> {
    /// Whether there is a marker of an invalidation that is due.
    pub has_marker: bool,
    /// Whether this run keeps the record, which then says so in the marker's place.
    pub is_recorded: bool,
    /// Whether headers are compared with what the record says, and not with what objects say.
    pub by_record: bool,
    /// A deploy of a newer build, with the number of this one, where it must not be replaced.
    pub newer: Option<(u64, &'a Head)>,
}

/// A plan as it is shown and carried out.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// What this run does.
    pub plan: Plan,
    /// Why it may not, if it may not: nothing of the plan is then carried out.
    pub refused: Option<Refusal>,
    /// What it does about the marker.
    pub marker: Marker,
    /// What the record says of invalidations.
    pub owed: Owed,
}

/// Whether there may be changes that no invalidation has followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Owed {
    /// From before the first change on.
    pub before: bool,
    /// When all is done.
    pub after: bool,
}

/// What a run does about the marker of an invalidation that is due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marker {
    /// Puts it into the bucket before the first change.
    pub put: bool,
    /// Empties it when all is done.
    pub clear: bool,
}

/// Finishes `plan`, the plan of all files and objects that the run covers.
pub fn finish(mut plan: Plan, terms: Terms<'_>) -> Finished {
    let Terms {
        part,
        occasion,
        past,
        ..
    } = terms;
    let newer = past.newer.map(guard::of_newer);
    let refused = newer
        .or_else(|| guard::of_existing(&plan, terms.existing))
        .or_else(|| guard::of_deletions(&plan, terms.orphans, terms.files, terms.objects))
        .or_else(|| guard::of_shares(&plan, part, past.by_record));
    plan.steps.retain(|step| part.carries_out(step.phase));
    // What an earlier deploy left is the business of the step that invalidates.
    let pending = occasion.pending && part.invalidates();
    let here = InvalidationContext {
        pending,
        ..occasion
    };
    let due = terms.invalidation.map(|it| invalidations(&plan, it, here));
    let due = due.unwrap_or_default();
    let marker = Marker {
        put: !due.is_empty() && !occasion.pending && !past.is_recorded,
        clear: !due.is_empty() && part.invalidates() && (past.has_marker || !past.is_recorded),
    };
    let owed = Owed {
        before: occasion.pending || !due.is_empty(),
        after: occasion.pending && due.is_empty(),
    };
    if part.invalidates() && !due.is_empty() {
        plan.steps.push(Step {
            phase: Phase::Invalidation,
            action: Action::Invalidate(due),
        });
        plan.steps.sort_by_key(|step| step.phase);
    }
    Finished {
        plan,
        refused,
        marker,
        owed,
    }
}
