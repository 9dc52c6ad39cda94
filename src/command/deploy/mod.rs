//! The deploy from a checked configuration to an exit: joins the stages, and says how it went.

mod announce;
mod begin;
mod bitbucket;
mod compare_headers;
mod debt;
mod difference;
mod ending;
mod found;
mod idle;
mod listing;
mod local;
mod prepare;
mod publish;
mod recorder;
mod releases;
#[cfg(test)]
mod renewal;
mod rollback;
mod sides;

use crate::report::summary;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use super::error::RunError;
use super::hints::Asked;
use super::sign_in::{Actor, Failed, sign_in};
use super::{block_on, told, unless_stopped};
use crate::aws::{Bucket, Clients, SetupError};
use crate::config::Config;
use crate::console;
use crate::execute;
use crate::execute::{Events, ExecuteContext, Waited};
use crate::report::lines::Heading;
use crate::report::reporter;
use crate::report::reporter::Settings;
use crate::report::{Activity, Changes, Ending, Facts, Pulse, RunInfo, Stage, Tally};
use crate::system::stop::Stop;
use announce::{say_changes, say_plan, warn_of_expiry};
use begin::Model;
use deploy_core::base::exit::Exit;
use deploy_core::iam::permissions::ObjectAction;
use deploy_core::identity::Identity;
use deploy_core::plan::Plan;
use ending::ending;
use local::target;
use prepare::Prepared;
use publish::Run;

pub use publish::refused as report_refused;
pub(super) use releases::{Looked, look};

/// Files that reports name.
const FINDINGS_MAX: usize = 10_000;

/// What came of a run.
#[derive(Debug)]
struct Outcome {
    actor: Actor,
    work: Work,
    /// What stopped it, if anything did.
    error: Option<RunError>,
}

/// The plan, and how far it came; without items where there was no time for one.
#[derive(Debug, Default)]
struct Work {
    plan: Arc<Plan>,
    tally: Tally,
}

impl From<Failed> for Outcome {
    fn from(Failed { error, actor }: Failed) -> Self {
        Self {
            actor: *actor,
            work: Work::default(),
            error: Some(error),
        }
    }
}

/// Runs the deploy that `config` describes, and reports it.
pub fn run(config: Config) -> Exit {
    let began = Instant::now();
    block_on(supervise(config, began)).unwrap_or_else(|error| {
        told::say(&error);
        console::end(Exit::Failed, "Deployment failed. Nothing was written.");
        Exit::Failed
    })
}

async fn supervise(config: Config, began: Instant) -> Exit {
    console::say(heading(&config).line());
    let activity = Activity::new();
    let (result, requests) = match clients(&config) {
        Ok(clients) => {
            let pulse = Pulse::of(activity.clone(), clients.retries.clone());
            let result = deploy(&config, &clients, began, &activity).await;
            pulse.end().await;
            (result, clients.requests.by_operation())
        }
        Err(error) => (Err(RunError::Setup(error).into()), BTreeMap::new()),
    };
    let duration = began.elapsed();
    let Outcome { actor, work, error } = result.unwrap_or_else(Outcome::from);
    let told = error.as_ref().map(|error| {
        let asked = Asked::of(&config);
        told::tell(&config.sign_in, &actor, &asked, &work.plan, error)
    });
    // For one file, its folder.
    let destination = match target(&config) {
        Ok((destination, _)) => destination.to_string(),
        Err(_) => config.destination.to_string(),
    };
    let findings = error.iter().flat_map(RunError::findings);
    let reporting = &config.reporting;
    let root = reporting.clone_folder.as_deref();
    let info = RunInfo {
        source: Some(publish::in_repository(&config.source, root)),
        commit: reporting.commit.clone(),
        site: reporting.site.clone(),
        began: SystemTime::now().checked_sub(duration),
        findings: findings.take(FINDINGS_MAX).collect(),
        destination: Some(destination),
        region: Some(config.sign_in.region.clone()),
        assumed_role: actor.assumed_role,
        dry_run: config.dry_run,
        shard: config.part,
        duration,
        requests,
        ..told.unwrap_or_default()
    };
    for line in summary::lines(&work.plan, &work.tally, &info) {
        tracing::debug!("{line}");
    }
    let ending = ending(&work, config.dry_run, config.part, error.as_ref());
    end(&config, ending, info, &work).await
}

fn heading(config: &Config) -> Heading {
    let (identity, account) = match &config.sign_in.identity {
        Identity::Role(web_identity) => {
            let role = web_identity.acting_role();
            let session = web_identity.session_name.as_str();
            let identity = format!("{}/{session}", role.name());
            (identity, Some(role.account().to_owned()))
        }
        Identity::Keys(_) | Identity::FallbackKeys(_) => ("static keys".to_owned(), None),
    };
    Heading {
        identity,
        account,
        region: config.sign_in.region.clone(),
        dry_run: config.dry_run,
        commit: config.reporting.commit.clone(),
    }
}

/// Puts the result where it belongs, and says the last line.
async fn end(config: &Config, ending: Ending, info: RunInfo, work: &Work) -> Exit {
    let facts = facts(config, info.duration, work);
    let mut run = Run { ending, info, work };
    run.info.summary = run.ending.last_line(&facts);
    if let Err(error) = publish::report_file(&config.reporting, &run) {
        told::say(&error);
        run.ending = run.ending.without_report();
        run.info.summary = run.ending.last_line(&facts);
    }
    publish::elsewhere(&config.reporting, &run).await;
    let exit = run.ending.exit();
    let seconds = run.info.duration.as_secs_f64();
    let counts = facts.changes.named();
    let counts = counts.map(|(name, count)| (name, Value::from(count)));
    let fields = counts.into_iter().chain([
        ("outcome", Value::from(run.ending.outcome())),
        ("unchanged", Value::from(facts.unchanged)),
        ("seconds", Value::from(seconds)),
        ("site", Value::from(facts.site.clone())),
    ]);
    let fields = fields.map(|(name, value)| (name.to_owned(), value));
    console::end_with(exit, &run.info.summary, fields.collect());
    exit
}

fn facts(config: &Config, took: Duration, work: &Work) -> Facts {
    let Work { plan, tally } = work;
    let mut invalidated = tally.invalidated.values();
    Facts {
        changes: if config.dry_run {
            Changes::of(plan.items())
        } else {
            tally.changes(plan)
        },
        unchanged: plan.unchanged,
        took,
        site: config.reporting.site.clone(),
        is_cached: invalidated.any(|one| !matches!(one.waited, Waited::Completed)),
    }
}

pub(super) fn clients(config: &Config) -> Result<Clients, SetupError> {
    let connections = config.concurrency.max();
    Clients::new(&config.sign_in.region, &config.sign_in.network, connections)
}

async fn deploy(
    config: &Config,
    clients: &Clients,
    began: Instant,
    activity: &Activity,
) -> Result<Outcome, Failed> {
    let stop = Stop::on_signals().map_err(RunError::Signals)?;
    let model = Model::of(config)?;
    activity.begin(Stage::SigningIn);
    let (bucket, actor) = unless_stopped(&stop, sign_in(config, clients)).await?;
    let beginning = begin::begin(config, clients, &bucket, model, &stop, activity);
    let mut prepared = match unless_stopped(&stop, beginning).await {
        Ok(prepared) => prepared,
        Err(error) => return Err(Failed::of(actor, error)),
    };
    let plan = Arc::new(std::mem::take(&mut prepared.plan));
    let settings = Settings {
        destination: prepared.destination.clone(),
        wait: config.invalidation.as_ref().and_then(|order| order.wait),
        began,
        activity: activity.clone(),
    };
    let (tally, result) = carry_out(config, &plan, prepared, stop, settings).await;
    Ok(Outcome {
        actor,
        work: Work { plan, tally },
        error: result.err(),
    })
}

/// Prints `plan` and carries it out unless it is a dry run, and says how far that came.
async fn carry_out(
    config: &Config,
    plan: &Arc<Plan>,
    mut prepared: Prepared,
    stop: Stop,
    settings: Settings,
) -> (Tally, Result<(), RunError>) {
    let tally = Tally::new(plan);
    let activity = settings.activity.clone();
    say_plan(config, plan, &prepared.destination);
    if let Some(refusal) = prepared.refused.take() {
        return (tally, Err(RunError::Refused(refusal)));
    }
    warn_of_expiry(plan, &prepared.bucket);
    if config.dry_run {
        say_changes(plan, &prepared.destination);
        return (tally, Ok(()));
    }
    if let Err(error) = unless_stopped(&stop, debt::note(config, &prepared)).await {
        return (tally, Err(error));
    }
    let context = ExecuteContext {
        bucket: prepared.bucket.clone(),
        destination: prepared.destination.clone(),
        source: config.source.clone(),
        checksum: config.storage.checksum,
        reads: config.needs.objects.contains(&ObjectAction::Read),
        concurrency: config.concurrency,
        cloudfront: prepared.cloudfront.take(),
        fence: prepared
            .recording
            .as_ref()
            .and_then(|it| it.recorder.fence()),
        wait: settings.wait,
        stop: stop.clone(),
    };
    let (events, received) = Events::channel();
    let reporting = reporter::report(Arc::clone(plan), tally, settings, received);
    let reporting = tokio::spawn(reporting);
    let held = execute::execute(Arc::clone(plan), context, events).await;
    let mut tally = match reporting.await {
        Ok(tally) => tally,
        Err(error) => return (Tally::new(plan), Err(RunError::Panicked(error))),
    };
    activity.begin(Stage::Finishing);
    let result = match held {
        Ok(()) => outcome(&tally, &prepared.bucket, &stop),
        Err(overtaken) => return (tally, Err(RunError::Overtaken(overtaken))),
    };
    if result.is_ok() {
        debt::settle(config, &prepared, stop.clone()).await;
    }
    let recorded = match prepared.recording {
        Some(recording) => begin::end(recording, plan, &mut tally, result.is_ok(), stop).await,
        None => Ok(()),
    };
    (tally, result.and(recorded))
}

/// The verdict over what was done: everything, or why not.
fn outcome(tally: &Tally, bucket: &Bucket, stop: &Stop) -> Result<(), RunError> {
    if tally.is_complete() {
        Ok(())
    } else if stop.is_requested() {
        Err(RunError::Interrupted)
    } else if tally.identity_failed {
        // A refused renewal is why requests fail with what is left of the session.
        let refused = bucket.check_session().err();
        Err(RunError::IdentityLost {
            causes: refused
                .into_iter()
                .chain(tally.causes.iter().filter_map(|cause| cause.aws.clone()))
                .collect(),
        })
    } else {
        Err(RunError::Incomplete {
            failures: tally.failures.len(),
            causes: tally.causes.clone(),
        })
    }
}
