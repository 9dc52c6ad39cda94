//! The deploy from a checked configuration to an exit: joins the stages, and says how it went.

mod bitbucket;
mod compare_headers;
mod debt;
mod error;
mod prepare;
mod publish;
#[cfg(test)]
mod renewal;
mod sign_in;

use crate::report::summary;
use std::sync::{Arc, LazyLock};
use std::time::{Instant, SystemTime};

use crate::aws::{Bucket, Clients, SetupError};
use crate::command::refusal;
use crate::command::refusal::Known;
use crate::config::Config;
use crate::console;
use crate::execute;
use crate::execute::{Events, Means};
use crate::report::reporter;
use crate::report::reporter::Lines;
use crate::report::{Circumstances, Tally};
use crate::system::stop::Stop;
use deploy_core::base::exit::Exit;
use deploy_core::identity::Identity;
use deploy_core::identity::claims::Claims;
use deploy_core::identity::explain::Explanation;
use deploy_core::identity::provider::Provider;
use deploy_core::plan::Plan;
use error::DeployError;

/// What a run has come to know so far, for the report that every run ends with.
#[derive(Default)]
struct Record {
    planned: Option<Planned>,
    circumstances: Circumstances,
}

/// The plan, and how far it came.
#[derive(Default)]
struct Planned {
    plan: Arc<Plan>,
    tally: Tally,
}

/// What a run without a plan has planned and done.
static NOTHING: LazyLock<Planned> = LazyLock::new(Planned::default);

impl Record {
    fn work(&self) -> &Planned {
        self.planned.as_ref().unwrap_or(&NOTHING)
    }
}

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
    let mut record = Record::default();
    record.circumstances.dry_run = config.dry_run;
    record.circumstances.destination = Some(config.destination.to_string());
    record.circumstances.region = Some(config.region.clone());
    record.circumstances.shard = config.shard;
    let result = match clients(&config) {
        Ok(clients) => {
            let result = deploy(&config, &clients, &mut record, began).await;
            record.circumstances.requests = clients.requests.by_operation();
            result
        }
        Err(error) => Err(DeployError::Setup(error)),
    };
    record.circumstances.duration = began.elapsed();
    let mut exit = match &result {
        Ok(()) => Exit::Done,
        Err(error) => {
            let messages = error.messages();
            let explanation = explanation(&config, record.circumstances.claims.as_ref(), error);
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
            record.circumstances.errors = messages;
            record.circumstances.hints = hints;
            error.exit()
        }
    };
    let lines = match &record.planned {
        Some(planned) => summary::lines(&planned.plan, &planned.tally, &record.circumstances),
        None => vec![summary::cost(&record.circumstances)],
    };
    for line in lines {
        tracing::info!("{line}");
    }
    let writing = publish::report_file(&config, exit, &record);
    if let Err(error) = writing {
        tracing::error!("{error}");
        exit = if exit == Exit::Done {
            Exit::Failed
        } else {
            exit
        };
    }
    publish::elsewhere(&config, exit, &record).await;
    let tally = record.planned.as_ref().map(|planned| &planned.tally);
    let began = tally.is_some_and(Tally::has_begun);
    let last = summary::last_line(exit, config.dry_run, began, config.shard);
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

/// Why the identity was refused, at the start or at a renewal, if that is what ended the run.
fn explanation(
    config: &Config,
    claims: Option<&Claims>,
    error: &DeployError,
) -> Option<Explanation> {
    let known = Known {
        identity: &config.identity,
        step: &config.step,
        region: &config.region,
        claims,
    };
    let mut refusals = error.refusals().iter();
    refusals.find_map(|error| known.explanation(error))
}

async fn deploy(
    config: &Config,
    clients: &Clients,
    record: &mut Record,
    began: Instant,
) -> Result<(), DeployError> {
    let stop = Stop::on_signals().map_err(DeployError::Signals)?;
    if let Identity::FallbackKeys(_) = config.identity {
        if config.step.system == Provider::Bitbucket {
            // The words of the official pipes, which users know and search for.
            tracing::warn!(
                "Parameter `oidc: true` in the step configuration is required for OIDC authentication"
            );
        } else {
            let missing = config.step.system.missing_token();
            tracing::warn!("{}; {}", missing.why, missing.question);
        }
        tracing::info!(
            "Using default authentication with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        );
    }
    let prepared = prepare::prepare(config, clients, &stop, &mut record.circumstances).await?;
    let plan = Arc::new(prepared.plan);
    let planned = record.planned.insert(Planned {
        plan: Arc::clone(&plan),
        tally: Tally::new(&plan),
    });
    let lines = Lines {
        source: config.source.clone(),
        destination: prepared.destination.clone(),
    };
    if config.dry_run {
        for upload in plan.uploads() {
            tracing::info!(event = "dryrun", "(dryrun) {}", lines.upload(upload));
        }
        for invalidation in plan.invalidations() {
            tracing::info!(
                event = "dryrun",
                "(dryrun) {}",
                lines.invalidate(invalidation)
            );
        }
        for key in plan.deletions() {
            tracing::info!(event = "dryrun", "(dryrun) {}", lines.delete(key));
        }
    }
    if let Err(refusal) = prepared.guarded {
        return Err(DeployError::Refused(refusal));
    }
    warn_of_expiry(&plan, &prepared.bucket);
    if config.dry_run {
        return Ok(());
    }
    let debt = prepared.debt;
    let mut stopped = stop.clone();
    tokio::select! {
        noted = debt.note(&prepared.bucket, &prepared.destination, config) => noted?,
        () = stopped.requested() => return Err(DeployError::Interrupted),
    }
    let means = Means {
        bucket: prepared.bucket.clone(),
        destination: prepared.destination.clone(),
        source: config.source.clone(),
        checksum: config.storage.checksum,
        concurrency: config.concurrency,
        cloudfront: prepared.cloudfront,
        wait: config.invalidation.as_ref().and_then(|order| order.wait),
        stop: stop.clone(),
    };
    let (events, received) = Events::channel();
    let reporting = tokio::spawn(reporter::report(Arc::clone(&plan), lines, received, began));
    execute::execute(plan, means, events).await;
    planned.tally = reporting.await.map_err(DeployError::Reporter)?;
    outcome(&planned.tally, &prepared.bucket, &stop)?;
    debt.settle(&prepared.bucket, &prepared.destination, config, stop)
        .await;
    Ok(())
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
    let done = tally.steps.iter().all(|step| {
        step.items
            .iter()
            .all(|item| *item == crate::report::Status::Done)
    });
    if done {
        Ok(())
    } else if stop.is_requested() {
        Err(DeployError::Interrupted)
    } else if tally.identity_failed {
        // A refused renewal is why requests fail with what is left of the session.
        let refused = bucket.check_session().err();
        Err(DeployError::IdentityLost {
            causes: refused.into_iter().chain(tally.causes.clone()).collect(),
        })
    } else {
        Err(DeployError::Incomplete {
            failures: tally.failures.len(),
            causes: tally.causes.clone(),
        })
    }
}
