//! The closing lines, as text.

use super::{last_line, lines};
use crate::aws::{AwsError, Kind};
use crate::execute::{Event, ItemError};
use crate::report::{Circumstances, Tally};
use deploy_core::base::exit::Exit;
use deploy_core::plan::compare::Reason;
use deploy_core::plan::{Action, Phase, Plan, Shard, Step, Upload};
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

fn circumstances() -> Circumstances {
    Circumstances {
        duration: Duration::from_millis(1250),
        requests: BTreeMap::from([("ListObjectsV2".to_owned(), 1), ("PutObject".to_owned(), 2)]),
        ..Circumstances::default()
    }
}

fn tally(plan: &Plan, events: &[(Event, u64)]) -> Tally {
    let mut tally = Tally::new(plan);
    for (event, millis) in events {
        tally.record(plan, event, Duration::from_millis(*millis));
    }
    tally
}

#[test]
fn a_good_end_counts_what_was_done() {
    let plan = plan();
    let tally = tally(
        &plan,
        &[
            (Event::StepBegan { step: 0 }, 100),
            (Event::Done { step: 0, item: 0 }, 200),
            (Event::Done { step: 0, item: 1 }, 300),
            (Event::StepEnded { step: 0 }, 600),
            (Event::StepBegan { step: 1 }, 600),
            (Event::Done { step: 1, item: 0 }, 650),
            (Event::StepEnded { step: 1 }, 700),
        ],
    );
    insta::assert_snapshot!(lines(&plan, &tally, &circumstances()).join("\n"), @r"
    planned: 2 uploads (1 new, 1 content), 1 deletion, 7 unchanged, 0 objects kept that LOCAL_PATH does not have
    done: 2 uploads (3.0 KiB), 1 deletion
    phases: assets 0.50 s, stale-assets 0.10 s
    took 1.25 s; requests: 1 ListObjectsV2, 2 PutObject
    ");
}

#[test]
fn a_bad_end_tells_what_is_left() {
    let plan = plan();
    let denied = AwsError {
        operation: "PutObject",
        kind: Kind::Denied,
        code: Some("AccessDenied".to_owned()),
        message: "Access Denied".to_owned(),
        status: Some(403),
        request_id: None,
    };
    let failed = Event::Failed {
        step: 0,
        item: 1,
        error: ItemError::Aws(denied),
    };
    let tally = tally(
        &plan,
        &[
            (Event::StepBegan { step: 0 }, 0),
            (Event::Done { step: 0, item: 0 }, 1),
            (failed, 2),
            (Event::StepEnded { step: 0 }, 3),
        ],
    );
    insta::assert_snapshot!(lines(&plan, &tally, &circumstances()).join("\n"), @r"
    planned: 2 uploads (1 new, 1 content), 1 deletion, 7 unchanged, 0 objects kept that LOCAL_PATH does not have
    done: 1 upload (1.5 KiB), 0 deletions
    failed: 1 upload, 0 deletions
    not attempted: 0 uploads, 1 deletion
    phases: assets 0.00 s
    took 1.25 s; requests: 1 ListObjectsV2, 2 PutObject
    ");
}

#[test]
fn only_a_good_end_claims_success() {
    for exit in [
        Exit::Failed,
        Exit::Refused,
        Exit::Identity,
        Exit::Interrupted,
    ] {
        assert!(!last_line(exit, false, true, Shard::Whole).contains("successful"));
        assert!(last_line(exit, false, false, Shard::Whole).contains("Nothing was written"));
    }
    let done = last_line(Exit::Done, false, true, Shard::Whole);
    assert_eq!(done, "Deployment successful.");
    let share = Shard::parse("1/4", None, None).unwrap();
    for shard in [Shard::Whole, share] {
        let dry = last_line(Exit::Done, true, false, shard);
        assert!(dry.contains("nothing was written"));
    }
    let done = last_line(Exit::Done, false, true, share);
    assert_eq!(done, "Share 2 of 4 is in the bucket.");
}
