//! From preparing to the first change, and from the last one to the end, as far as the record is concerned:
//! what is changed is a bucket that is the one that was looked at.

use super::error::DeployError;
use super::known::Failed;
use super::prepare::{Prepared, Recording, prepare};
use super::recorder::Begun;
use super::rollback;
use crate::aws::Clients;
use crate::config::{Config, Job};
use crate::report::{Activity, Tally};
use crate::system::stop::Stop;
use deploy_core::plan::Plan;

/// Times that a run looks at the bucket because another deploy has begun meanwhile.
const RACES_MAX: usize = 3;

/// Plans, and says in the record that this run deploys, if it changes anything.
pub(super) async fn begin(
    config: &Config,
    clients: &Clients,
    stop: &Stop,
    activity: &Activity,
) -> Result<(Prepared, Option<Recording>), Failed> {
    for _ in 0..RACES_MAX {
        let mut prepared = match &config.job {
            Job::RollBack(wanted) => {
                rollback::prepare(config, wanted, clients, stop, activity).await?
            }
            Job::Deploy | Job::Look => prepare(config, clients, stop, activity).await?,
        };
        let recording = prepared.recording.take();
        let writes = !config.dry_run && prepared.refused.is_none();
        let Some(recording) = recording.filter(|_| writes) else {
            return Ok((prepared, None));
        };
        if prepared.plan.is_empty() {
            return Ok((prepared, Some(recording)));
        }
        let Recording { recorder, ledger } = recording;
        let (sets, lines) = ledger.before();
        let mut stopped = stop.clone();
        let begun = tokio::select! {
            begun = recorder.begin(sets, lines) => begun,
            () = stopped.requested() => Err(DeployError::Interrupted),
        };
        let failed = |error| Failed::of(prepared.actor.clone(), error);
        match begun.map_err(failed)? {
            Begun::Held(recorder) => {
                let recorder = *recorder;
                return Ok((prepared, Some(Recording { recorder, ledger })));
            }
            Begun::Without => return Ok((prepared, None)),
            Begun::Raced => tracing::warn!(
                "another deploy to the same place has begun meanwhile: this one looks at the bucket again"
            ),
        }
    }
    Err(DeployError::Raced.into())
}

/// Says in the record what was done, and whether that is all.
pub(super) async fn end(
    recording: Recording,
    plan: &Plan,
    tally: &mut Tally,
    is_done: bool,
    stop: Stop,
) -> Result<(), DeployError> {
    let receipts = std::mem::take(&mut tally.receipts);
    let Recording { recorder, ledger } = recording;
    let lines = ledger.after(plan, &receipts, tally.deleted(plan));
    recorder.end(is_done, lines, stop).await
}
