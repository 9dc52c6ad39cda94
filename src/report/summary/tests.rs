//! The closing lines, as text.

use super::lines;
use crate::aws::{AwsError, Kind, Operation};
use crate::execute::{Event, ItemError, What};
use crate::report::{RunInfo, Tally};
use deploy_core::plan::compare::Reason;
use deploy_core::plan::{Action, Phase, Plan, Step, Upload};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

fn upload(key: &str, reason: Reason) -> Upload {
    Upload {
        content: deploy_core::object::content::Content::File,
        key: key.into(),
        size: 1536,
        modified_ns: 0,
        reason,
        headers: Arc::default(),
    }
}

fn plan() -> Plan {
    let assets = vec![upload("a.js", Reason::New), upload("b.js", Reason::Content)];
    let step = |phase, action| Step { phase, action };
    Plan {
        steps: vec![
            step(Phase::Assets, Action::Upload(assets)),
            step(Phase::StaleAssets, Action::Delete(vec!["old.js".into()])),
        ],
        unchanged: 7,
        ..Plan::default()
    }
}

fn info() -> RunInfo {
    RunInfo {
        duration: Duration::from_millis(1250),
        requests: BTreeMap::from([("ListObjectsV2".to_owned(), 1), ("PutObject".to_owned(), 2)]),
        ..RunInfo::default()
    }
}

fn item(plan: &Plan, step: usize, index: usize, what: What) -> Event {
    let (at, _) = plan.at(step, index).unwrap();
    Event::Item { at, what }
}

fn tally(plan: &Plan, events: &[(Event, u64)]) -> Tally {
    let mut tally = Tally::new(plan);
    for (event, millis) in events {
        tally.record(plan, event, Duration::from_millis(*millis));
    }
    tally
}

#[test]
fn where_the_time_went_and_what_it_cost() {
    let plan = plan();
    let tally = tally(
        &plan,
        &[
            (Event::StepBegan(0), 100),
            (item(&plan, 0, 0, What::Done), 200),
            (item(&plan, 0, 1, What::Done), 300),
            (Event::StepEnded(0), 600),
            (Event::StepBegan(1), 600),
            (item(&plan, 1, 0, What::Done), 650),
            (Event::StepEnded(1), 700),
        ],
    );
    insta::assert_snapshot!(lines(&plan, &tally, &info()).join("\n"), @r"
    phases: assets 0.50 s, stale-assets 0.10 s
    took 1.25 s; requests: 1 ListObjectsV2, 2 PutObject
    ");
}

#[test]
fn failures_are_grouped_by_their_cause() {
    let plan = plan();
    let denied = |message: &str| {
        let error = AwsError::local(Operation::PutObject, Kind::Denied, message);
        What::Failed(ItemError::Aws(error))
    };
    let tally = tally(
        &plan,
        &[
            (item(&plan, 0, 0, denied("no a.js")), 0),
            (item(&plan, 0, 1, denied("no b.js")), 1),
            (item(&plan, 1, 0, What::Failed(ItemError::Changed)), 2),
        ],
    );
    let causes: Vec<_> = tally
        .causes
        .iter()
        .map(|cause| (cause.to_string(), cause.is_permanent))
        .collect();
    let expected = [
        ("2 uploads failed: PutObject: no a.js", true),
        (
            "1 deletion failed: the file changed while it was being deployed",
            false,
        ),
    ];
    assert_eq!(
        causes,
        expected.map(|(text, permanent)| (text.to_owned(), permanent))
    );
    assert_eq!(tally.failures.len(), 3);
}
