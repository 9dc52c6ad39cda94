//! How a deploy ended, of what it did and of what stopped it. Pure.

use super::Work;
use crate::aws::Kind;
use crate::command::error::{RunError, in_the_way};
use crate::report::{Cause, Ending, Goal, Live, Status, StepTally, Written};
use deploy_core::plan::{Part, Phase};

/// The ending of a deploy of `part` that did `work`, and was stopped by `error` if by anything.
pub(super) fn ending(work: &Work, dry_run: bool, part: Part, error: Option<&RunError>) -> Ending {
    let done = work.tally.count(&work.plan, Status::Done).total();
    let changed = done > 0;
    match (error, part.share()) {
        (Some(error), _) => failed(error, work, done),
        (None, _) if dry_run => Ending::Done(Goal::Planned),
        (None, Some(part)) => Ending::Done(Goal::Share {
            share: part,
            changed,
        }),
        (None, None) if changed => Ending::Done(Goal::Deployed),
        (None, None) => Ending::Done(Goal::Unchanged),
    }
}

fn failed(error: &RunError, work: &Work, done: usize) -> Ending {
    let ending = error.verdict(written(work, done)).1;
    match (ending, error) {
        (Ending::Passing(written), RunError::Incomplete { causes, .. })
            if let Some(gone) = causes.iter().find_map(|it| in_the_way(it, &work.plan)) =>
        {
            Ending::Permanent {
                written,
                fix: format!("Delete `{gone}` from the bucket"),
            }
        }
        (ending, _) => ending,
    }
}

/// Before the first step nothing was written, and nothing by requests that were all refused. The
/// note of an invalidation comes before the first step, so that with one something was.
fn written(work: &Work, done: usize) -> Written {
    let refused = |cause: &Cause| {
        let kind = cause.aws.as_ref().map(|error| error.kind);
        let is_answered = matches!(kind, Some(Kind::Denied | Kind::NotFound | Kind::Refused));
        cause.is_permanent && is_answered
    };
    let tally = &work.tally;
    let is_refused = done == 0
        && !tally.causes.is_empty()
        && tally.causes.iter().all(refused)
        && work.plan.invalidations().next().is_none();
    if !tally.has_begun() || is_refused {
        return Written::Nothing;
    }
    Written::Partly {
        done,
        failed: tally.count(&work.plan, Status::Failed).total(),
        planned: work.plan.steps.iter().map(|step| step.action.len()).sum(),
        live: live(work),
    }
}

/// What visitors have of what was done.
fn live(work: &Work) -> Live {
    let steps = work.plan.steps.iter().zip(&work.tally.steps);
    let is_complete = |tally: &StepTally| tally.count(Status::Done) == tally.items.len();
    let open = steps.clone().find(|(_, tally)| !is_complete(tally));
    let mut pages = steps.filter(|(step, _)| step.phase.is_of_pages());
    match open.map(|(step, _)| step.phase) {
        None | Some(Phase::StalePages | Phase::StaleAssets) => Live::New,
        Some(Phase::Invalidation) => Live::Cached,
        Some(_) if pages.any(|(_, tally)| tally.count(Status::Done) > 0) => Live::Mixed,
        Some(_) => Live::Old,
    }
}

#[cfg(test)]
mod tests {
    use super::{Ending, Goal, Kind, Live, Part, Phase, RunError, Work, Written, ending};
    use crate::aws::{AwsError, Operation};
    use crate::execute::{Event, ItemError, What};
    use crate::report::{Facts, Tally};
    use deploy_core::plan::{Action, Plan, Step};
    use std::sync::Arc;
    use std::time::Duration;

    /// Two deletions, of which so many are done before `error` stops the rest, if it does.
    fn work(done: usize, error: Option<ItemError>) -> (Work, Option<RunError>) {
        let plan = Plan {
            steps: vec![Step {
                phase: Phase::StaleAssets,
                action: Action::Delete(vec!["a".into(), "b".into()]),
            }],
            ..Plan::default()
        };
        let mut tally = Tally::new(&plan);
        let mut record = |event| tally.record(&plan, &event, Duration::ZERO);
        record(Event::StepBegan(0));
        let at = |index| plan.at(0, index).unwrap().0;
        for index in 0..done {
            record(Event::Item {
                at: at(index),
                what: What::Done,
            });
        }
        let failed = error.is_some();
        if let Some(error) = error {
            record(Event::Item {
                at: at(done),
                what: What::Failed(error),
            });
        }
        let error = failed.then(|| RunError::Incomplete {
            failures: 1,
            causes: tally.causes.clone(),
        });
        let plan = Arc::new(plan);
        (Work { plan, tally }, error)
    }

    fn aws(kind: Kind, code: &str) -> ItemError {
        ItemError::Aws(AwsError {
            code: Some(code.to_owned()),
            ..AwsError::local(Operation::DeleteObjects, kind, "")
        })
    }

    fn ended(done: usize, error: Option<ItemError>) -> Ending {
        let (work, error) = work(done, error);
        ending(&work, false, Part::Whole, error.as_ref())
    }

    #[test]
    fn what_was_done_and_what_stopped_it_make_the_ending() {
        let partly = |done| Written::Partly {
            done,
            failed: 1,
            planned: 2,
            live: Live::New,
        };
        let permanent = |written, fix: &str| Ending::Permanent {
            written,
            fix: fix.to_owned(),
        };
        assert_eq!(ended(2, None), Ending::Done(Goal::Deployed));
        assert_eq!(ended(0, None), Ending::Done(Goal::Unchanged));
        for (error, done, expected) in [
            (
                aws(Kind::Denied, "AccessDenied"),
                0,
                permanent(Written::Nothing, "Fix the permissions"),
            ),
            (
                aws(Kind::Denied, "AccessDenied"),
                1,
                permanent(partly(1), "Fix the permissions"),
            ),
            (
                aws(Kind::NotFound, "NoSuchBucket"),
                0,
                permanent(Written::Nothing, "Fix S3_BUCKET"),
            ),
            (
                aws(Kind::Refused, "NotImplemented"),
                1,
                permanent(partly(1), "Fix the cause"),
            ),
            (
                aws(Kind::Unavailable, "SlowDown"),
                0,
                Ending::Passing(partly(0)),
            ),
            (ItemError::Changed, 1, Ending::Passing(partly(1))),
            (
                ItemError::Read(std::io::ErrorKind::PermissionDenied.into()),
                1,
                permanent(partly(1), "Make the files readable"),
            ),
        ] {
            let told = error.to_string();
            assert_eq!(ended(done, Some(error)), expected, "{told}");
        }
    }

    #[test]
    fn before_the_first_step_nothing_was_written() {
        let denied = AwsError::local(Operation::HeadObject, Kind::Denied, "");
        for (error, expected) in [
            (
                RunError::doing("ask")(denied.clone()),
                "Nothing was written. Fix the permissions, then run it again.",
            ),
            (
                RunError::Interrupted,
                "Deployment interrupted after 0.00 s. Nothing was written.",
            ),
        ] {
            let ended = ending(&Work::default(), false, Part::Whole, Some(&error));
            assert!(
                ended.last_line(&Facts::default()).ends_with(expected),
                "{ended:?}"
            );
        }
    }
}
