//! The deploy from a checked configuration to an exit: joins the stages, and says how it went.

mod bitbucket;
mod compare_headers;
mod debt;
mod difference;
mod ending;
mod error;
mod findings;
mod idle;
mod known;
mod listing;
mod prepare;
mod publish;
mod refused;
#[cfg(test)]
mod renewal;
mod session_scope;
mod sign_in;
mod target;

use crate::report::summary;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use crate::aws::{Bucket, Clients, SetupError};
use crate::command::refusal;
use crate::config::Config;
use crate::console;
use crate::execute;
use crate::execute::{Events, ExecuteContext};
use crate::report::reporter;
use crate::report::reporter::Lines;
use crate::report::{Ending, RunInfo, Tally};
use crate::system::stop::Stop;
use debt::Debt;
use deploy_core::base::exit::Exit;
use deploy_core::plan::Plan;
use ending::ending;
use error::DeployError;
use known::{Actor, Failed, Known, Work};
use prepare::Prepared;
use publish::Run;

pub use refused::report as report_refused;
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
            tracing::error!("cannot start: {error}");
            console::fail("Deployment failed.");
            Exit::Failed
        }
    }
}

async fn supervise(config: Config, began: Instant) -> Exit {
    let (result, requests) = match clients(&config) {
        Ok(clients) => {
            let result = deploy(&config, &clients, began).await;
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
    let told = error.as_ref().map(|error| tell(&config, &actor, error));
    let (errors, hints) = told.unwrap_or_default();
    let destination = target::target(&config).map(|(destination, _)| destination);
    let reporting = &config.reporting;
    let root = reporting.clone_folder.as_deref();
    let info = RunInfo {
        source: Some(findings::in_repository(&config.source, root)),
        commit: reporting.commit.clone(),
        began: SystemTime::now().checked_sub(duration),
        findings: error.as_ref().map(findings::findings).unwrap_or_default(),
        destination: Some(
            destination
                .unwrap_or(config.destination.clone())
                .to_string(),
        ),
        region: Some(config.region.clone()),
        assumed_role: actor.assumed_role,
        dry_run: config.dry_run,
        shard: config.part,
        duration,
        requests,
        errors,
        hints,
        ..RunInfo::default()
    };
    let lines = match &work {
        Some(Work { plan, tally }) => summary::lines(plan, tally, &info),
        None => vec![summary::cost(&info)],
    };
    for line in lines {
        tracing::info!("{line}");
    }
    let work = work.unwrap_or_default();
    let ending = ending(&work, config.dry_run, config.part, error.as_ref());
    end(&config, ending, info, &work).await
}

/// Puts the result where it belongs, and says the last line.
async fn end(config: &Config, ending: Ending, info: RunInfo, work: &Work) -> Exit {
    let mut run = Run { ending, info, work };
    run.info.summary = run.ending.last_line();
    if let Err(error) = publish::report_file(&config.reporting, &run) {
        tracing::error!("{error}");
        run.ending = run.ending.without_report();
        run.info.summary = run.ending.last_line();
    }
    publish::elsewhere(&config.reporting, &run).await;
    let (exit, last) = (run.ending.exit(), run.ending.last_line());
    if exit == Exit::Done {
        console::success(&last);
    } else {
        console::fail(&last);
    }
    exit
}

fn clients(config: &Config) -> Result<Clients, SetupError> {
    let connections = config.concurrency.max();
    Clients::new(&config.region, &config.network, connections)
}

/// Says what went wrong, and gives the messages and the hints.
fn tell(config: &Config, actor: &Actor, error: &DeployError) -> (Vec<String>, Vec<String>) {
    let who = sign_in::who(config);
    // Why the identity was refused, at the start or at a renewal, if that is what ended the run.
    let mut refusals = error.refusals().into_iter();
    let explanation =
        refusals.find_map(|error| refusal::explanation(&who, actor.claims.as_ref(), error));
    let messages = error.messages();
    let mut hints = error.hints(&config.destination);
    hints.extend(explanation.iter().flat_map(|found| found.causes.clone()));
    for message in &messages {
        tracing::error!("{message}");
    }
    for hint in &hints {
        tracing::info!("hint: {hint}");
    }
    if let Some(explanation) = &explanation {
        refusal::say(explanation);
    }
    (messages, hints)
}

async fn deploy(config: &Config, clients: &Clients, began: Instant) -> Result<Known, Failed> {
    let stop = Stop::on_signals().map_err(DeployError::Signals)?;
    let mut prepared = prepare::prepare(config, clients, &stop).await?;
    let actor = std::mem::take(&mut prepared.actor);
    let plan = Arc::new(std::mem::take(&mut prepared.plan));
    let (tally, result) = carry_out(config, &plan, prepared, stop, began).await;
    let work = Some(Work { plan, tally });
    let known = Known { actor, work };
    match result {
        Ok(()) => Ok(known),
        Err(error) => Err(Failed::with(known, error)),
    }
}

/// Carries `plan` out, or prints it in a dry run, and says how far that came.
async fn carry_out(
    config: &Config,
    plan: &Arc<Plan>,
    prepared: Prepared,
    stop: Stop,
    began: Instant,
) -> (Tally, Result<(), DeployError>) {
    let tally = Tally::new(plan);
    let Prepared {
        bucket,
        destination,
        ..
    } = prepared;
    let lines = Lines {
        source: config.source.clone(),
        destination: destination.clone(),
    };
    if config.dry_run {
        print(plan, &lines);
    }
    if let Some(refusal) = prepared.refused {
        return (tally, Err(DeployError::Refused(refusal)));
    }
    warn_of_expiry(plan, &bucket);
    if config.dry_run {
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
        concurrency: config.concurrency,
        cloudfront: prepared.cloudfront,
        wait: config.invalidation.as_ref().and_then(|order| order.wait),
        stop: stop.clone(),
    };
    let (events, received) = Events::channel();
    let reporting = reporter::report(Arc::clone(plan), tally, lines, received, began);
    let reporting = tokio::spawn(reporting);
    execute::execute(Arc::clone(plan), context, events).await;
    let tally = match reporting.await {
        Ok(tally) => tally,
        Err(error) => return (Tally::new(plan), Err(DeployError::Panicked(error))),
    };
    let result = outcome(&tally, &bucket, &stop);
    if result.is_ok() {
        debt.settle(&bucket, &destination, config, stop).await;
    }
    (tally, result)
}

/// Every line of a plan that is not carried out.
fn print(plan: &Plan, lines: &Lines) {
    let uploads = plan.uploads().map(|upload| lines.upload(upload));
    let invalidations = plan.invalidations().map(|it| lines.invalidate(it));
    let deletions = plan.deletions().map(|key| lines.delete(key));
    for line in uploads.chain(invalidations).chain(deletions) {
        tracing::info!(event = "dryrun", "(dryrun) {line}");
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
