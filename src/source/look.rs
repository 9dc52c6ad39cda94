//! LOCAL_PATH, looked at in one way, whoever asks: its files, the redirects and headers that it asks for
//! itself, and what users should know of it. Prints nothing.

use super::fault::{Fault, NameFault, SourceError};
use super::site;
use super::walk::{Links, Walk, walk};
use deploy_core::object::key::RelativeKey;
use deploy_core::rules::policy::Policy;
use deploy_core::tree::{Filter, LocalTree, Source};

/// What is looked at, and how.
#[derive(Clone, Debug)]
pub struct Settings<'a> {
    /// LOCAL_PATH.
    pub source: &'a Source,
    /// The key of a single file; of no account for a folder.
    pub name: &'a RelativeKey,
    /// Which names count.
    pub filter: &'a Filter,
    /// What becomes of symbolic links.
    pub links: Links,
    /// Prefix of the destination: empty, or with a slash at its end.
    pub prefix: &'a str,
    /// Where visitors find the site, if that is known.
    pub site: Option<&'a str>,
    /// What decides over headers beside LOCAL_PATH.
    pub policy: Policy,
}

/// What LOCAL_PATH comes to.
#[derive(Debug)]
pub struct Local {
    /// Its files and redirects.
    pub tree: LocalTree,
    /// All that decides over headers.
    pub policy: Policy,
    /// How many files there are.
    pub files: usize,
    /// Their size together, in bytes.
    pub size_bytes: u64,
    /// How many redirects there are.
    pub redirects: usize,
    /// What of its rules cannot be followed.
    pub warnings: Vec<String>,
    /// Pairs of keys that differ only in their Unicode normal form.
    pub look_alikes: Vec<(String, String)>,
}

const LISTING: &str = "list LOCAL_PATH";

/// The key that a single file has by its own name; any for a folder.
///
/// # Errors
/// When the name cannot be a key.
pub fn own_name(source: &Source) -> Result<RelativeKey, SourceError> {
    let name = match source {
        Source::Folder(_) => "folder".into(),
        Source::File(path) => path.file_name().unwrap_or_default().to_string_lossy(),
    };
    RelativeKey::parse(&name).map_err(|fault| {
        let fault = NameFault::Key(fault);
        Fault::Names(vec![(name.into_owned(), fault)]).doing(LISTING)
    })
}

/// Looks. Blocks.
///
/// # Errors
/// When a name cannot be deployed, or the disk cannot be read.
pub fn look(settings: Settings<'_>) -> Result<Local, SourceError> {
    let (source, filter, prefix) = (settings.source, settings.filter, settings.prefix);
    let walked = walk(source, settings.name, filter, settings.links, prefix.len());
    let Walk {
        mut tree,
        look_alikes,
    } = walked.map_err(|fault| fault.doing(LISTING))?;
    let (files, size_bytes) = (tree.files().len(), tree.size_bytes());
    let site = site::read(source, filter);
    let site = site.map_err(|fault| fault.doing("read the rules in LOCAL_PATH"))?;
    let placed = site::place(&site.redirects, &mut tree, filter, prefix, settings.site);
    let warnings = site::warnings(&site, &placed);
    let mut policy = Policy {
        paths: site.headers.rules,
        ..settings.policy
    };
    policy.learn(tree.files().iter().map(|file| tree.key(file)));
    Ok(Local {
        tree,
        policy,
        warnings,
        files,
        size_bytes,
        redirects: placed.made,
        look_alikes,
    })
}
