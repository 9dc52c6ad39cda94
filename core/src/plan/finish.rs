//! The one place where a plan is finished: whether it may be carried out, what of it this run does,
//! what it invalidates, and the marker in the bucket that tells the next run of an invalidation that
//! is due. Pure.

use super::guard::{Existing, Refusal, guard, guard_existing, guard_shares};
use super::invalidation::{Occasion, Order, invalidations};
use super::{Action, Orphans, Part, Phase, Plan, Step};

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
    pub occasion: Occasion<'a>,
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
#[must_use]
pub fn finish(mut plan: Plan, terms: Terms<'_>) -> Finished {
    let Terms { part, occasion, .. } = terms;
    let refused = guard_existing(&plan, terms.existing)
        .and_then(|()| guard(&plan, terms.orphans, terms.files, terms.objects))
        .and_then(|()| guard_shares(&plan, part));
    plan.steps.retain(|step| part.carries_out(step.phase));
    // What an earlier deploy left is the business of the step that invalidates.
    let due = terms.invalidation.map(|order| {
        let pending = occasion.pending && part.invalidates();
        invalidations(
            &plan,
            order,
            Occasion {
                pending,
                ..occasion
            },
        )
    });
    let due = due.unwrap_or_default();
    let marker = Marker {
        put: !due.is_empty() && !occasion.pending,
        clear: !due.is_empty() && part.invalidates(),
    };
    if marker.clear {
        plan.steps.push(Step {
            phase: Phase::Invalidation,
            action: Action::Invalidate(due),
        });
        plan.steps.sort_by_key(|step| step.phase);
    }
    Finished {
        plan,
        refused: refused.err(),
        marker,
    }
}
