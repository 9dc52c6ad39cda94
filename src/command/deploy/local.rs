//! LOCAL_PATH as a deploy sees it: looked at before anybody is asked anything, and told of.

use super::idle::warn_of_idle_filter;
use super::sides::blocking;
use crate::command::error::RunError;
use crate::config::Config;
use crate::source::compress::compress;
use crate::source::look::{Settings, own_name};
use crate::source::{leaks, look};
use crate::system::stop::Stop;
use deploy_core::base::units::{Bytes, Count, listed};
use deploy_core::object::destination::Destination;
use deploy_core::object::key::RelativeKey;
use deploy_core::plan::Refusal;
use deploy_core::rules::policy::Policy;
use deploy_core::tree::{LocalTree, Source, misplaced, repository};

/// What is deployed, and where to.
pub(super) struct Local {
    pub(super) destination: Destination,
    /// The key of a single file.
    pub(super) name: RelativeKey,
    /// What this run covers.
    pub(super) tree: LocalTree,
    pub(super) policy: Policy,
    /// How many files there are, those of other shares included.
    pub(super) files: usize,
    /// Their size together, in bytes.
    pub(super) size_bytes: u64,
}

/// The destination, and the name of a single file in it.
pub(super) fn target(config: &Config) -> Result<(Destination, RelativeKey), RunError> {
    let (destination, name) = (config.destination.clone(), own_name(&config.source)?);
    Ok(match config.source {
        Source::Folder(_) => (destination, name),
        Source::File(_) => destination.for_single_file(name),
    })
}

/// Looks at LOCAL_PATH, and tells what there is to tell of it.
pub(super) fn local(config: &Config) -> Result<Local, RunError> {
    let (destination, name) = target(config)?;
    let mut local = look(Settings {
        source: &config.source,
        name: &name,
        filter: &config.filter,
        links: config.links,
        prefix: destination.prefix(),
        site: config.reporting.site.as_deref(),
        policy: config.rules.policy(&config.headers),
    })?;
    for (one, other) in &local.look_alikes {
        tracing::warn!(
            "`{one}` and `{other}` look the same but are different keys (Unicode normal forms); both are deployed as they are"
        );
    }
    let files = Count(local.files, "file");
    let path = config.source.path().display();
    tracing::debug!(
        event = "source",
        "{path} has {files}, {}",
        Bytes(local.size_bytes)
    );
    if let Source::Folder(_) = config.source {
        let names = local.tree.files().iter();
        let names = names.map(|file| local.tree.key(file));
        let sources = repository::warning(names.clone());
        for warning in sources.into_iter().chain(misplaced::warnings(names)) {
            tracing::warn!("{warning}");
        }
    }
    guard_secrets(config, &local.tree)?;
    for warning in &local.warnings {
        tracing::warn!("{warning}");
    }
    if local.redirects > 0 {
        tracing::info!("_redirects makes {}", Count(local.redirects, "redirect"));
    }
    if local.files == 0 {
        warn_of_idle_filter(config, &destination, &local.tree);
        return Err(RunError::Refused(Refusal::EmptySource));
    }
    if let Some(share) = config.part.share() {
        local.tree.retain(|key| share.holds(key));
        let held = local.tree.files().len();
        tracing::info!(
            "share {share}: {held} of {files}, of which this step uploads those of the first phase"
        );
    }
    Ok(Local {
        destination,
        name,
        tree: local.tree,
        policy: local.policy,
        files: local.files,
        size_bytes: local.size_bytes,
    })
}

impl Local {
    /// The same with its text files compressed, if they are to be.
    pub(super) async fn compressed(
        mut self,
        config: &Config,
        stop: &Stop,
    ) -> Result<Self, RunError> {
        let Some(coding) = config.rules.compress else {
            return Ok(self);
        };
        let stop = stop.clone();
        blocking(move || {
            let done = compress(&mut self.tree, coding, &self.policy, &stop)?;
            let (before, after) = (Bytes(done.before), Bytes(done.after));
            let files = Count(done.files, "file");
            tracing::info!("{files} compressed with {coding}: {before} to {after}");
            Ok(self)
        })
        .await
    }
}

/// Refuses files that look like secrets, unless they are allowed.
fn guard_secrets(config: &Config, local: &LocalTree) -> Result<(), RunError> {
    let leaks = leaks::find(local)?;
    if leaks.is_empty() {
        return Ok(());
    }
    if !config.allow_secrets {
        return Err(RunError::Secrets(leaks));
    }
    let files = Count(leaks.len(), "file");
    let named = listed(leaks.iter().map(|leak| format!("`{}`", leak.name)));
    tracing::warn!("ALLOW_SECRETS: what seems to be secrets is deployed, in {files}: {named}");
    Ok(())
}
