//! `COMMAND: releases`: lists what a rollback can go back to, and which of it is live. Writes nothing.

use serde::Serialize;

use super::deploy::{Kept, kept};
use crate::config::Releases;
use crate::config::rollback::Format;
use crate::console;
use deploy_core::base::exit::Exit;
use deploy_core::base::units::{Bytes, Count};

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
    let found = match kept(&releases.config) {
        Ok(found) => found,
        Err(exit) => return exit,
    };
    let destination = releases.config.destination.to_string();
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

fn entries(found: &Kept) -> Vec<Entry<'_>> {
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
        live: found.live.as_deref() == Some(release.deploy.as_str()),
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
