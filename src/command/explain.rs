//! COMMAND=explain: which rules apply to a file, and what comes out. Reads the disk, and nothing else.

use crate::config::Explain;
use crate::console;
use crate::source::compress::{CompressError, compress};
use crate::source::look::{Settings, own_name};
use crate::source::nature::nature_of;
use crate::source::site::SiteError;
use crate::source::{Local, LookError, RULE_FILES, WalkError, look};
use crate::system::stop::Stop;
use deploy_core::base::causes::causes;
use deploy_core::base::exit::Exit;
use deploy_core::base::units::{Bytes, Count};
use deploy_core::object::content::Content;
use deploy_core::object::content_type::Nature;
use deploy_core::object::key::RelativeKey;
use deploy_core::object::setting::settings;
use deploy_core::rules::policy::Policy;
use deploy_core::tree::{LocalTree, Source};

/// Files that are explained when none is named.
const FILES_MAX: usize = 200;

#[derive(Debug, thiserror::Error)]
enum ExplainError {
    #[error("cannot list LOCAL_PATH")]
    Walk(#[source] WalkError),
    #[error("cannot read the rules in LOCAL_PATH")]
    Site(#[source] SiteError),
    #[error("cannot compress the files")]
    Compress(#[source] CompressError),
}

impl From<LookError> for ExplainError {
    fn from(error: LookError) -> Self {
        match error {
            LookError::Walk(error) => Self::Walk(error),
            LookError::Site(error) => Self::Site(error),
        }
    }
}

/// Explains, line by line.
pub fn run(explain: &Explain) -> Exit {
    match explained(explain) {
        Ok(lines) => {
            for line in lines {
                tracing::info!(event = "explain", "{line}");
            }
            console::success("Explained. Nothing was written.");
            Exit::Done
        }
        Err(error) => {
            let chain: Vec<String> = causes(&error).map(ToString::to_string).collect();
            tracing::error!("{}", chain.join(": "));
            if let ExplainError::Walk(WalkError::Names(faults)) = &error {
                for (name, fault) in faults {
                    tracing::error!("`{name}` {fault}");
                }
            }
            console::fail("Explaining failed.");
            // As for a deploy.
            match error {
                ExplainError::Walk(WalkError::Names(_))
                | ExplainError::Site(SiteError::NotText { .. }) => Exit::Refused,
                _ => Exit::Failed,
            }
        }
    }
}

fn explained(explain: &Explain) -> Result<Vec<String>, ExplainError> {
    let mut lines = Vec::new();
    let name = own_name(&explain.source)?;
    let (prefix, name) = match (&explain.destination, &explain.source) {
        (None, _) => (String::new(), name),
        (Some(destination), Source::Folder(_)) => (destination.prefix().to_owned(), name),
        (Some(destination), Source::File(_)) => {
            let (destination, name) = destination.clone().for_single_file(name);
            (destination.prefix().to_owned(), name)
        }
    };
    let Local {
        tree,
        policy,
        warnings,
        ..
    } = look(Settings {
        source: &explain.source,
        name: &name,
        filter: &explain.filter,
        links: explain.links,
        prefix: &prefix,
        policy: explain.rules.policy(&explain.headers),
    })?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    let asked = explain.path.as_ref().map(RelativeKey::as_str);
    let mut shown = shown(&tree, asked).unwrap_or_else(|| tree.clone());
    if let Some(coding) = explain.rules.compress {
        compress(&mut shown, coding, &policy, &Stop::never()).map_err(ExplainError::Compress)?;
    }
    for file in shown.files().iter().take(FILES_MAX) {
        let (key, content) = (shown.key(file), shown.content(file));
        lines.push(format!("{key}{}", form(content, file.size)));
        let nature = nature_of(&shown, file, &tree);
        lines.extend(rules(&policy, key, content, nature));
    }
    let more = shown.files().len().saturating_sub(FILES_MAX);
    if more > 0 {
        let more = Count(more, "file");
        lines.push(format!("… {more} more; EXPLAIN_PATH names one"));
    }
    if let Some(key) = asked.filter(|_| shown.files().is_empty()) {
        lines.push(absent(explain, key));
        if explain.filter.takes(key) && !RULE_FILES.contains(&key) {
            lines.extend(rules(&policy, key, &Content::File, Nature::default()));
        }
    }
    Ok(lines)
}

/// `tree` reduced to the one object that is `asked` for; `None` if it is for all of them.
fn shown(tree: &LocalTree, asked: Option<&str>) -> Option<LocalTree> {
    let key = asked?;
    let mut one = LocalTree::new(tree.source().clone());
    if let Some(file) = tree.find(key).and_then(|index| tree.files().get(index)) {
        match tree.content(file) {
            Content::Redirect(location) => one.push_redirect(key, file.size, location),
            _ => one.push(key, file.size, file.modified_ns),
        };
    }
    Some(one)
}

fn absent(explain: &Explain, key: &str) -> String {
    if RULE_FILES.contains(&key) {
        format!("{key} rules the deploy and is never uploaded")
    } else if explain.filter.takes(key) {
        format!("{key} is not in LOCAL_PATH; this is what it would get, uncompressed")
    } else {
        format!("{key} is left out by EXCLUDE or INCLUDE, or never deployed")
    }
}

/// How the object is stored, if that is not the file as it is.
fn form(content: &Content, size: u64) -> String {
    match content {
        Content::File => String::new(),
        Content::Compressed(compressed) => {
            let (coding, before) = (compressed.coding, Bytes(compressed.file_size));
            format!(" is compressed with {coding}: {before} to {}", Bytes(size))
        }
        Content::Redirect(location) => format!(" redirects to {location}"),
    }
}

/// The rules for one object in the order in which they are applied, and what they make.
fn rules(policy: &Policy, key: &str, content: &Content, nature: Nature) -> Vec<String> {
    let mut lines = Vec::new();
    for setting in settings(&policy.shared) {
        lines.push(format!("  rule: variables: {setting}"));
    }
    for applied in policy.applied(key, content, nature) {
        for setting in &applied.settings {
            lines.push(format!("  rule: {}: {setting}", applied.origin));
        }
    }
    for setting in settings(&policy.resolve(key, content, nature)) {
        lines.push(format!("  header: {setting}"));
    }
    lines
}
