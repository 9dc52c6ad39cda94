//! `COMMAND: releases`: lists what a rollback can go back to, and which of it is live. Writes nothing.

use serde::Serialize;

use super::deploy::{Looked, clients, look};
use super::error::RunError;
use super::hints::Asked;
use super::sign_in::{Failed, sign_in};
use super::{block_on, told, unless_stopped};
use crate::config::rollback::Format;
use crate::config::{Config, Releases};
use crate::console;
use crate::report::Written;
use crate::system::stop::Stop;
use deploy_core::base::exit::Exit;
use deploy_core::base::units::{Bytes, Count};
use deploy_core::plan::Plan;

/// The list as a document.
#[derive(Debug, Serialize)]
struct Document<'a> {
    destination: String,
    releases: Vec<Entry<'a>>,
}

/// One release of it.
#[derive(Debug, Serialize)]
struct Entry<'a> {
    build: Option<u64>,
    commit: Option<&'a str>,
    /// When it was complete, in RFC 3339.
    ended: String,
    objects: u64,
    bytes: u64,
    /// Whether it is what the bucket holds.
    live: bool,
    /// The build that it put back, if it was a rollback.
    restores_build: Option<u64>,
    /// The name of the run.
    deploy: &'a str,
}

/// Lists the releases, on standard output.
pub fn run(releases: &Releases) -> Exit {
    let config = &releases.config;
    let looked = block_on(looked(config)).unwrap_or_else(|error| Err(error.into()));
    let found = match looked {
        Ok(found) => found,
        Err(Failed { error, actor }) => {
            let (who, asked) = (&config.sign_in, Asked::of(config));
            told::tell(who, &actor, &asked, &Plan::default(), &error);
            let exit = error.verdict(Written::Nothing).1.exit();
            console::end(exit, "The releases cannot be listed. Nothing was written.");
            return exit;
        }
    };
    let destination = config.destination.to_string();
    let entries = entries(&found);
    match releases.format {
        Format::Text => {
            let lines = if entries.is_empty() {
                vec![format!("{destination} has kept no releases")]
            } else {
                entries.iter().map(line).collect()
            };
            console::result("releases", &[lines]);
            let count = Count(entries.len(), "release");
            let last = format!("{destination} has {count}. Nothing was written.");
            console::end(Exit::Done, &last);
            Exit::Done
        }
        Format::Json => {
            let document = Document {
                destination,
                releases: entries,
            };
            let text = serde_json::to_string_pretty(&document).unwrap_or_default();
            match console::document(&format!("{text}\n")) {
                Ok(()) => Exit::Done,
                Err(_) => Exit::Failed,
            }
        }
    }
}

async fn looked(config: &Config) -> Result<Looked, Failed> {
    let clients = clients(config).map_err(RunError::Setup)?;
    let stop = Stop::on_signals().map_err(RunError::Signals)?;
    let (bucket, actor) = unless_stopped(&stop, sign_in(config, &clients)).await?;
    let looked = unless_stopped(&stop, look(config, &clients, bucket)).await;
    looked.map_err(|error| Failed::of(actor, error))
}

fn entries(found: &Looked) -> Vec<Entry<'_>> {
    let build_of = |deploy: &str| {
        let mut all = found.releases.iter();
        all.find(|release| release.deploy == deploy)?.who.build
    };
    let entries = found.releases.iter().map(|release| Entry {
        build: release.who.build,
        commit: release.who.commit.as_deref(),
        ended: release.ended.to_string(),
        objects: release.objects,
        bytes: release.size_bytes,
        live: found.live() == Some(release.deploy.as_str()),
        restores_build: release.restores.as_deref().and_then(build_of),
        deploy: &release.deploy,
    });
    entries.collect()
}

/// `build 812  1f0c2aa  2026-11-26T12:00:31Z  1,234 objects, 56.0 MiB  live`
fn line(entry: &Entry<'_>) -> String {
    let build = entry
        .build
        .map_or("no build".to_owned(), |build| format!("build {build}"));
    let commit = entry.commit.unwrap_or("no commit");
    let objects = usize::try_from(entry.objects).unwrap_or(usize::MAX);
    let size = format!("{}, {}", Count(objects, "object"), Bytes(entry.bytes));
    let restored = entry.restores_build;
    let restored = restored.map(|build| format!("  rolled back to build {build}"));
    let live = if entry.live { "  live" } else { "" };
    format!(
        "{build}  {commit}  {}  {size}{}{live}",
        entry.ended,
        restored.unwrap_or_default()
    )
}
