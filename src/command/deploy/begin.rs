//! From preparing to the first change, and from the last one to the end, as far as the record is concerned:
//! what is changed is a bucket that is the one that was looked at.

use super::local::{Local, local};
use super::prepare::{Prepared, Recording, prepare};
use super::recorder::Begun;
use super::rollback;
use crate::aws::{Bucket, Clients};
use crate::command::error::RunError;
use crate::config::{Config, Job};
use crate::report::{Activity, Stage, Tally};
use crate::system::stop::Stop;
use deploy_core::plan::Plan;
use deploy_core::plan::rollback::Wanted;

/// Times that a run looks at the bucket because another deploy has begun meanwhile.
const RACES_MAX: usize = 3;

/// What the bucket is to be.
pub(super) enum Model<'a> {
    /// What LOCAL_PATH is.
    Local(Box<Local>),
    /// What it was when this release was complete.
    Release(&'a Wanted),
}

impl<'a> Model<'a> {
    /// What `config` asks for, with LOCAL_PATH as it is now.
    pub(super) fn of(config: &'a Config) -> Result<Self, RunError> {
        Ok(match &config.job {
            Job::RollBack(wanted) => Self::Release(wanted),
            Job::Deploy | Job::Look => Self::Local(Box::new(local(config)?)),
        })
    }
}

/// Plans, and says in the record that this run deploys, if it changes anything.
pub(super) async fn begin(
    config: &Config,
    clients: &Clients,
    bucket: &Bucket,
    mut model: Model<'_>,
    stop: &Stop,
    activity: &Activity,
) -> Result<Prepared, RunError> {
    for _ in 0..RACES_MAX {
        let bucket = bucket.clone();
        activity.begin(Stage::Listing);
        let mut prepared = match model {
            Model::Local(local) => prepare(config, clients, bucket, *local, stop, activity).await?,
            Model::Release(wanted) => rollback::prepare(config, clients, bucket, wanted).await?,
        };
        let writes = !config.dry_run && prepared.refused.is_none();
        let Some(recording) = prepared.recording.as_mut().filter(|_| writes) else {
            prepared.recording = None;
            return Ok(prepared);
        };
        if prepared.plan.is_empty() {
            return Ok(prepared);
        }
        let (sets, lines) = recording.ledger.before();
        match recording.recorder.begin(sets, lines).await? {
            Begun::Held => return Ok(prepared),
            Begun::Without => {
                prepared.recording = None;
                return Ok(prepared);
            }
            Begun::Raced => tracing::warn!(
                "another deploy to the same place has begun meanwhile: this one looks at the bucket again"
            ),
        }
        model = Model::of(config)?;
    }
    Err(RunError::Raced)
}

/// Says in the record what was done, and whether that is all.
pub(super) async fn end(
    recording: Recording,
    plan: &Plan,
    tally: &mut Tally,
    is_done: bool,
    stop: Stop,
) -> Result<(), RunError> {
    let receipts = std::mem::take(&mut tally.receipts);
    let Recording { recorder, ledger } = recording;
    let lines = ledger.after(plan, &receipts, tally.deleted(plan));
    recorder.end(is_done, lines, stop).await
}
