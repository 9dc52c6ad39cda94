//! From both sides to a plan: what is the same is told by sizes, then by bytes, then by what objects are
//! stored with. Writes nothing.

use std::sync::Arc;

use super::compare_headers::{FIRST_CONTACT_MAX, compare_headers};
use super::found::{self, Found};
use super::sides::{Sides, blocking};
use crate::aws::Bucket;
use crate::command::error::RunError;
use crate::config::Config;
use crate::source::hash;
use crate::source::nature::{look_into, unlabelled};
use crate::source::pointers::pointers;
use crate::system::stop::Stop;
use deploy_core::base::units::{Count, listed};
use deploy_core::object::destination::Destination;
use deploy_core::plan::compare::{CompareBy, Differences, Reason, compare, decide};
use deploy_core::plan::settle::Scope;
use deploy_core::plan::{
    Existing, Ledger, LookAlike, Names, Orphans, Plan, Retained, Retention, Strangers, Told,
    Wanted, ledger, plan, recorded,
};
use deploy_core::record::{Matches, Record, Seconds};

/// What is known of the past, and what is to be known of this run.
#[derive(Clone)]
pub(super) struct Memory {
    /// What the record says of objects.
    pub(super) record: Option<Arc<Record>>,
    /// Whether this run leaves one.
    pub(super) is_kept: bool,
    /// When this run began.
    pub(super) now: Seconds,
}

impl Memory {
    /// What a run that begins now has of what was `found`.
    pub(super) fn of(config: &Config, found: Option<&Found>) -> Self {
        Self {
            record: found.and_then(|found| found.record.clone()),
            is_kept: found.is_some() && config.part.share().is_none(),
            now: found::now(),
        }
    }
}

/// The plan of everything in which `sides` differ, and what the record is to say of it, where there is one.
pub(super) async fn difference(
    config: &Config,
    bucket: &Bucket,
    destination: &Destination,
    sides: Sides,
    memory: Memory,
    stop: &Stop,
) -> Result<(Plan, Option<Ledger>), RunError> {
    let compared = by_content(config, sides.clone(), memory.clone(), stop.clone()).await?;
    let Compared {
        mut differences,
        strangers,
        matches,
        wanted,
    } = compared;
    if let Some(scope) = config.compare_headers {
        let asked = compare_headers(
            config,
            bucket,
            destination,
            &sides,
            scope,
            differences,
            strangers,
        );
        differences = asked.await?;
    }
    let is_aws = config.sign_in.network.has_aws_s3();
    let names = if is_aws {
        Names::Kept
    } else {
        Names::MayBeRewritten
    };
    let (orphans, grace) = (config.orphans, config.grace);
    let planning = blocking(move || {
        let (local, remote) = (&*sides.local, &*sides.remote);
        let record = memory.record.as_deref();
        look_into(local, &mut differences.changes)?;
        warn_of_pointers(&pointers(local, &differences.changes));
        let retention = Retention {
            record,
            is_kept: memory.is_kept,
            now: memory.now,
            grace,
        };
        let plan = plan(
            &differences,
            local,
            remote,
            orphans,
            names,
            &sides.policy,
            retention,
        );
        warn_of_unlabelled(&unlabelled(local, &differences.changes, &plan));
        let wanted = wanted.filter(|_| memory.is_kept);
        let ledger = wanted.map(|wanted| {
            let told = Told {
                matches: matches.as_ref(),
                confirmed: &differences.confirmed,
            };
            ledger(&plan, local, remote, orphans, retention, wanted, told)
        });
        Ok((plan, ledger))
    });
    let (plan, ledger) = planning.await?;
    warn_of_look_alikes(&plan);
    if !is_aws {
        warn_of_unverifiable(&plan);
    }
    tell_of_retained(&plan, config);
    Ok((plan, ledger))
}

/// What both sides and the record tell, before any object is asked.
struct Compared {
    differences: Differences,
    strangers: Strangers,
    /// What the record says of objects, where there is one.
    matches: Option<Matches>,
    /// What files are to be stored with, where a record is read or written.
    wanted: Option<Wanted>,
}

/// Compares names and sizes, the bytes of files whose size tells nothing, and with the record what objects
/// were sent with.
async fn by_content(
    config: &Config,
    sides: Sides,
    memory: Memory,
    stop: Stop,
) -> Result<Compared, RunError> {
    let by = config.compare_by;
    // The objects themselves are asked.
    let is_asked = config.compare_headers == Some(Scope::All);
    // What the shares have sent is known when the last step has looked at it.
    let is_share = config.part.share().is_some();
    // Who is asked has to be remembered, and what may not be replaced need not be known.
    let is_curious = config.compare_headers == Some(Scope::Doubtful)
        && memory.is_kept
        && by != CompareBy::Size
        && config.storage.existing == Existing::Replace;
    let strangers_max = if is_curious { FIRST_CONTACT_MAX } else { 0 };
    blocking(move || {
        let (local, remote) = (&*sides.local, &*sides.remote);
        let record = memory.record.as_deref();
        let comparison = compare(local, remote, by, record);
        let doubts = comparison.doubts();
        tracing::debug!("{} to compare by content", Count(doubts.len(), "file"));
        let verdicts = hash::verdicts(local, remote, doubts, record, &stop)?;
        let mut differences = decide(comparison, local, &verdicts);
        let matches = memory.record.map(|record| Matches::of(record, remote));
        let needs_wanted = memory.is_kept || (matches.is_some() && !is_share);
        let wanted = needs_wanted.then(|| Wanted::of(local, &sides.policy));
        let mut strangers = Strangers::default();
        if let (Some(wanted), false) = (&wanted, is_share || is_asked) {
            let matches = matches.as_ref();
            (differences, strangers) =
                recorded(differences, local, remote, matches, wanted, strangers_max);
        }
        Ok(Compared {
            differences,
            strangers,
            matches,
            wanted,
        })
    })
    .await
}

/// Tells why a server's objects are uploaded by every deploy.
fn warn_of_unverifiable(plan: &Plan) {
    let uploads = plan.uploads();
    let untold = uploads.filter(|upload| upload.reason == Reason::Unverifiable);
    let untold = untold.count();
    if untold > 0 {
        tracing::warn!(
            "the server does not tell what {} of the same size {}: no ETag that is an MD5, and no CRC-64; JuiceFS tells it with `--keep-etag`, and EXTRA_ARGS: '--size-only' compares sizes alone",
            Count(untold, "object"),
            if untold == 1 { "holds" } else { "hold" },
        );
    }
}

/// Says which orphans stay, and until when.
fn tell_of_retained(plan: &Plan, config: &Config) {
    let Retained {
        graced,
        until,
        not_owned,
    } = plan.retained;
    let stay = Count(graced, "object");
    match until {
        _ if graced == 0 => {}
        Some(until) => tracing::info!(
            "{stay} of earlier builds not deleted yet, for visitors whose page is older: the last may go after {until} (DELETE_GRACE)"
        ),
        None => tracing::info!(
            "{stay} of earlier builds not deleted, because without a deploy record nobody knows since when they are stale; DELETE_GRACE: '0' deletes them"
        ),
    }
    if not_owned > 0 && matches!(config.orphans, Orphans::DeleteOwned(_)) {
        tracing::info!(
            "{} not deleted, because no deploy is known to have put them there (DELETE_FLAG: 'owned')",
            Count(not_owned, "object")
        );
    }
}

fn warn_of_look_alikes(plan: &Plan) {
    let names = plan.look_alikes.iter();
    let names = names.map(|LookAlike { object, file }| format!("`{object}` for `{file}`"));
    warn_of("object", names.collect(), |kept, named| {
        format!(
            "{kept} not deleted, because the server may have stored new files under these names: {named}; if it did not, the next deploy deletes them"
        )
    });
}

/// Tells which files are not what they stand for.
fn warn_of_pointers(pointers: &[&str]) {
    let names = pointers.iter().map(|key| format!("`{key}`"));
    warn_of("file", names.collect(), |files, named| {
        format!(
            "{files} uploaded as a pointer of Git LFS instead of the content: {named}; `clone: lfs: true` in bitbucket-pipelines.yml fetches it"
        )
    });
}

/// Tells which texts browsers have to guess at: to name a wrong character set would be worse.
fn warn_of_unlabelled(texts: &[&str]) {
    let names = texts.iter().map(|text| format!("`{text}`"));
    warn_of("text file", names.collect(), |files, named| {
        format!(
            "{files} not in UTF-8 and without a declared character set, stored without one: {named}; give them a content_type in RULES_FILE, or save them in UTF-8"
        )
    });
}

/// Warns of what has these `names`, if there are any.
fn warn_of(noun: &'static str, names: Vec<String>, warning: impl Fn(Count, String) -> String) {
    if !names.is_empty() {
        let warning = warning(Count(names.len(), noun), listed(names.into_iter()));
        tracing::warn!("{warning}");
    }
}
