//! The deploy from a checked configuration to an exit: joins the stages, and says how it went.

mod begin;
mod bitbucket;
mod compare_headers;
mod debt;
mod difference;
mod ending;
mod error;
mod findings;
mod found;
mod idle;
mod known;
mod listing;
mod prepare;
mod publish;
mod recorder;
mod refused;
mod releases;
#[cfg(test)]
mod renewal;
mod rollback;
mod session_scope;
mod sign_in;
mod target;
mod told;
mod trouble;

use crate::report::summary;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use crate::aws::{Bucket, Clients, SetupError};
use crate::command::trouble::fault;
use crate::config::{Config, Job};
use crate::console;
use crate::execute;
use crate::execute::{Events, ExecuteContext, Waited};
use crate::report::lines::{self, Heading};
use crate::report::reporter;
use crate::report::reporter::Settings;
use crate::report::{Activity, Changes, Ending, Facts, Pulse, RunInfo, Stage, Tally, Telling};
use crate::system::stop::Stop;
use debt::Debt;
use deploy_core::base::exit::Exit;
use deploy_core::base::units::Count;
use deploy_core::iam::permissions::ObjectAction;
use deploy_core::identity::Identity;
use deploy_core::object::destination::Destination;
use deploy_core::plan::invalidation::Paths;
use deploy_core::plan::{Orphans, Part, Plan};
use ending::ending;
use error::DeployError;
use known::{Failed, Known, Work};
use prepare::{Prepared, Recording};
use publish::Run;

pub use refused::report as report_refused;
pub(super) use releases::{Kept, kept};
pub(super) use session_scope::policies as session_policies;

/// Runs the deploy that `config` describes, and reports it.
pub fn run(config: Config) -> Exit {
    let began = Instant::now();
    match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => {
            let exit = runtime.block_on(supervise(config, began));
            // A look-up of a name or a read that hangs has nobody left who waits for it.
            runtime.shutdown_background();
            exit
        }
        Err(error) => {
            console::say(fault(format!("cannot start: {error}")));
            console::end(Exit::Failed, "Deployment failed. Nothing was written.");
            Exit::Failed
        }
    }
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
        Err(error) => (Err(DeployError::Setup(error).into()), BTreeMap::new()),
    };
    let duration = began.elapsed();
    let (known, error) = match result {
        Ok(known) => (known, None),
        Err(Failed { error, known }) => (*known, Some(*error)),
    };
    let Known { actor, work } = known;
    let plan = work.as_ref().map(|work| &*work.plan);
    let told = error
        .as_ref()
        .map(|error| told::tell(&config, &actor, plan, error));
    let told::Said {
        messages: errors,
        hints,
        statements,
        links,
    } = told.unwrap_or_default();
    let reporting = &config.reporting;
    let root = reporting.clone_folder.as_deref();
    let info = RunInfo {
        source: Some(findings::in_repository(&config.source, root)),
        commit: reporting.commit.clone(),
        site: reporting.site.clone(),
        began: SystemTime::now().checked_sub(duration),
        findings: error.as_ref().map(findings::findings).unwrap_or_default(),
        destination: Some(destination(&config).to_string()),
        region: Some(config.sign_in.region.clone()),
        assumed_role: actor.assumed_role,
        dry_run: config.dry_run,
        shard: config.part,
        duration,
        requests,
        errors,
        hints,
        statements,
        links,
        ..RunInfo::default()
    };
    let lines = match &work {
        Some(Work { plan, tally }) => summary::lines(plan, tally, &info),
        None => vec![summary::cost(&info)],
    };
    for line in lines {
        tracing::debug!("{line}");
    }
    let work = work.unwrap_or_default();
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

/// Where the objects go: for one file, its folder.
fn destination(config: &Config) -> Destination {
    let target = target::target(config).map(|(destination, _)| destination);
    target.unwrap_or_else(|_| config.destination.clone())
}

/// Puts the result where it belongs, and says the last line.
async fn end(config: &Config, ending: Ending, info: RunInfo, work: &Work) -> Exit {
    let facts = facts(config, info.duration, work);
    let mut run = Run { ending, info, work };
    run.info.summary = run.ending.last_line(&facts);
    if let Err(error) = publish::report_file(&config.reporting, &run) {
        told::tell_unreported(&error);
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

fn clients(config: &Config) -> Result<Clients, SetupError> {
    let connections = config.concurrency.max();
    Clients::new(&config.sign_in.region, &config.sign_in.network, connections)
}

async fn deploy(
    config: &Config,
    clients: &Clients,
    began: Instant,
    activity: &Activity,
) -> Result<Known, Failed> {
    let stop = Stop::on_signals().map_err(DeployError::Signals)?;
    let (mut prepared, recording) = begin::begin(config, clients, &stop, activity).await?;
    let actor = std::mem::take(&mut prepared.actor);
    let plan = Arc::new(std::mem::take(&mut prepared.plan));
    let settings = Settings {
        destination: prepared.destination.clone(),
        wait: config.invalidation.as_ref().and_then(|order| order.wait),
        began,
        activity: activity.clone(),
    };
    let (tally, result) = carry_out(config, &plan, prepared, recording, stop, settings).await;
    let work = Some(Work { plan, tally });
    let known = Known { actor, work };
    match result {
        Ok(()) => Ok(known),
        Err(error) => Err(Failed::with(known, error)),
    }
}

/// Prints `plan` and carries it out unless it is a dry run, and says how far that came.
async fn carry_out(
    config: &Config,
    plan: &Arc<Plan>,
    prepared: Prepared,
    recording: Option<Recording>,
    stop: Stop,
    settings: Settings,
) -> (Tally, Result<(), DeployError>) {
    let tally = Tally::new(plan);
    let activity = settings.activity.clone();
    let Prepared {
        bucket,
        destination,
        ..
    } = prepared;
    say_plan(config, plan, &destination);
    if let Some(refusal) = prepared.refused {
        return (tally, Err(DeployError::Refused(refusal)));
    }
    warn_of_expiry(plan, &bucket);
    if config.dry_run {
        say_changes(plan, &destination);
        return (tally, Ok(()));
    }
    let debt = Debt(prepared.marker);
    let mut stopped = stop.clone();
    let noted = tokio::select! {
        noted = debt.note(&bucket, &destination, config) => noted,
        () = stopped.requested() => Err(DeployError::Interrupted),
    };
    if let Err(error) = noted {
        return (tally, Err(error));
    }
    let context = ExecuteContext {
        bucket: bucket.clone(),
        destination: destination.clone(),
        source: config.source.clone(),
        checksum: config.storage.checksum,
        reads: config.needs.objects.contains(&ObjectAction::Read),
        concurrency: config.concurrency,
        cloudfront: prepared.cloudfront,
        fence: recording.as_ref().and_then(|it| it.recorder.fence()),
        wait: settings.wait,
        stop: stop.clone(),
    };
    let (events, received) = Events::channel();
    let reporting = reporter::report(Arc::clone(plan), tally, settings, received);
    let reporting = tokio::spawn(reporting);
    let held = execute::execute(Arc::clone(plan), context, events).await;
    let mut tally = match reporting.await {
        Ok(tally) => tally,
        Err(error) => return (Tally::new(plan), Err(DeployError::Panicked(error))),
    };
    activity.begin(Stage::Finishing);
    let result = match held {
        Ok(()) => outcome(&tally, &bucket, &stop),
        Err(overtaken) => return (tally, Err(DeployError::Overtaken(overtaken))),
    };
    if result.is_ok() {
        debt.settle(&bucket, &destination, config, stop.clone())
            .await;
    }
    let recorded = match recording {
        Some(recording) => begin::end(recording, plan, &mut tally, result.is_ok(), stop).await,
        None => Ok(()),
    };
    (tally, result.and(recorded))
}

/// What the deploy is about to do, in numbers.
fn say_plan(config: &Config, plan: &Plan, destination: &Destination) {
    let source = match &config.job {
        Job::RollBack(_) => "the release".to_owned(),
        Job::Deploy | Job::Look => config.source.path().display().to_string(),
    };
    let (prefix, destination) = (destination.prefix(), destination.to_string());
    console::say(lines::plan(plan, config.part, &source, &destination));
    if plan.kept_orphans > 0 && config.orphans == Orphans::Keep && config.part == Part::Whole {
        let kept = Count(plan.kept_orphans, "object");
        tracing::info!("{kept} that {source} does not have stay (DELETE_FLAG deletes them)");
    }
    let is_default = config
        .invalidation
        .as_ref()
        .is_some_and(|order| order.prefix.is_none() && order.paths == Paths::Auto);
    if is_default && !prefix.is_empty() && plan.invalidations().next().is_some() {
        tracing::info!(
            "paths to invalidate begin with /{prefix}: if that is the distribution's origin path, set INVALIDATION_PREFIX: '/'"
        );
    }
}

/// The changes of a plan that is not carried out, a bounded number of each kind.
fn say_changes(plan: &Plan, destination: &Destination) {
    let mut telling = Telling::of(plan);
    for item in plan.items() {
        telling.tell(item, |item| lines::planned(item, destination));
    }
}

/// Tells when the credentials are likely to end before the deploy.
fn warn_of_expiry(plan: &Plan, bucket: &Bucket) {
    let (items, bytes) = (
        plan.uploads().count() + plan.deletions().count(),
        plan.upload_bytes(),
    );
    let lifetime = bucket.session().and_then(|session| session.lifetime);
    let warning = lifetime.and_then(|it| it.warning(SystemTime::now(), items, bytes));
    if let Some(warning) = warning {
        tracing::warn!("{warning}");
    }
}

/// The verdict over what was done: everything, or why not.
fn outcome(tally: &Tally, bucket: &Bucket, stop: &Stop) -> Result<(), DeployError> {
    if tally.is_complete() {
        Ok(())
    } else if stop.is_requested() {
        Err(DeployError::Interrupted)
    } else if tally.identity_failed {
        // A refused renewal is why requests fail with what is left of the session.
        let refused = bucket.check_session().err();
        Err(DeployError::IdentityLost {
            causes: refused
                .into_iter()
                .chain(tally.causes.iter().filter_map(|cause| cause.aws.clone()))
                .collect(),
        })
    } else {
        Err(DeployError::Incomplete {
            failures: tally.failures.len(),
            causes: tally.causes.clone(),
        })
    }
}
