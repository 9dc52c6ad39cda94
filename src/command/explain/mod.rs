//! COMMAND=explain: which headers objects would get, and why. Reads the disk, and nothing else.

mod groups;

use crate::command::error::RunError;
use crate::command::idle::{of_rules, warn_of_idle};
use crate::command::told;
use crate::config::Explain;
use crate::console;
use crate::report::Written;
use crate::source::compress::compress;
use crate::source::look::{Settings, own_name};
use crate::source::nature::nature_of;
use crate::source::{Local, RULE_FILES, look};
use crate::system::stop::Stop;
use deploy_core::base::exit::Exit;
use deploy_core::base::units::Bytes;
use deploy_core::object::content::Content;
use deploy_core::object::content_type::Nature;
use deploy_core::object::key::RelativeKey;
use deploy_core::tree::Source;
use groups::Groups;

/// Explains, on standard output.
pub fn run(explain: &Explain) -> Exit {
    match explained(explain) {
        Ok(blocks) => {
            console::result("explain", &blocks);
            console::end(Exit::Done, "Explained. Nothing was written.");
            Exit::Done
        }
        Err(error) => {
            told::say(&error);
            // As for a deploy.
            let exit = error.verdict(Written::Nothing).1.exit();
            console::end(exit, "Explaining failed. Nothing was written.");
            exit
        }
    }
}

/// A block of lines for the object that is asked for, or for each group of objects.
fn explained(explain: &Explain) -> Result<Vec<Vec<String>>, RunError> {
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
        site: explain.site.as_deref(),
        policy: explain.rules.policy(&explain.headers),
    })?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    if matches!(explain.source, Source::Folder(_)) {
        warn_of_idle(of_rules(&policy), &explain.filter, &tree, &prefix);
    }
    let asked = explain.path.as_ref().map(RelativeKey::as_str);
    let mut shown = tree.clone();
    shown.retain(|key| asked.is_none_or(|asked| asked == key));
    if let Some(coding) = explain.rules.compress {
        compress(&mut shown, coding, &policy, &Stop::never())?;
    }
    let mut groups = Groups::default();
    for file in shown.files() {
        let (key, content) = (shown.key(file), shown.content(file));
        let nature = nature_of(&shown, file, &tree, &mut Vec::new());
        let reasons = policy.reasons(key, content, nature);
        groups.add(key, file.size, content, reasons);
    }
    let Some(key) = asked else {
        return Ok(groups.blocks());
    };
    let head = match shown.files().first() {
        Some(file) => format!("{key}  {}", Bytes(file.size)),
        None => absent(explain, key),
    };
    if shown.files().is_empty() && explain.filter.takes(key) && !RULE_FILES.contains(&key) {
        let reasons = policy.reasons(key, &Content::File, Nature::default());
        groups.add(key, 0, &Content::File, reasons);
    }
    Ok(vec![groups.block(head)])
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
