//! Walks LOCAL_PATH: follows links as `aws s3 sync` does, but never out of the folder or in a
//! circle, and refuses names that cannot be keys, all of them in one message.

use std::collections::HashMap;
use std::fs::Metadata;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization as _;
use walkdir::{DirEntry, WalkDir};

use super::fault::{Fault, NameFault};
use super::threads::{cores, each};
use deploy_core::object::key;
use deploy_core::object::key::{KEY_BYTES_MAX, KeyFault, RelativeKey};
use deploy_core::tree::{Filter, LocalFile, LocalTree, Source, is_never_deployed, path_of};

/// Files at the top of LOCAL_PATH that rule the deploy, as they do at Netlify and Cloudflare Pages,
/// and are not part of the site.
pub const RULE_FILES: [&str; 2] = ["_headers", "_redirects"];

/// Files that are worth a thread.
const FILES_PER_BATCH: usize = 1000;

/// What a walk found.
#[derive(Debug)]
pub struct Walk {
    /// The files, sorted.
    pub tree: LocalTree,
    /// Groups of keys that differ only in their Unicode normal form: they look the same, but are
    /// different objects. Deployed as they are, for the pages that name them decide which is meant.
    pub look_alikes: Vec<(String, String)>,
}

/// What becomes of symbolic links below LOCAL_PATH.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Links {
    /// What they lead to is deployed under their name; `--follow-symlinks`.
    #[default]
    Follow,
    /// They are left out; `--no-follow-symlinks`.
    Skip,
}

/// Lists the files of `source` that `filter` takes; `prefix_bytes` is how long the destination's
/// prefix is. A single file is listed under `name`.
///
/// # Errors
/// When a name cannot be deployed or the disk cannot be read.
pub fn walk(
    source: &Source,
    name: &RelativeKey,
    filter: &Filter,
    links: Links,
    prefix_bytes: usize,
) -> Result<Walk, Fault> {
    let mut walker = Walker {
        found: Walk {
            tree: LocalTree::new(source.clone()),
            look_alikes: Vec::new(),
        },
        faults: Vec::new(),
        normal_forms: HashMap::new(),
        prefix_bytes,
        filter,
    };
    match source {
        Source::Folder(folder) => walker.folder(folder, links)?,
        Source::File(file) => {
            // The name may be none of a file that is there.
            file.metadata()
                .map_err(|source| Fault::read(file, source))?;
            walker.file(name.as_str())?;
        }
    }
    if !walker.faults.is_empty() {
        return Err(Fault::Names(walker.faults));
    }
    let mut found = walker.found;
    found.tree.sort();
    measure(&mut found.tree)?;
    Ok(found)
}

/// Asks for the size and time of every file, on its own threads: it is most of what a walk takes.
fn measure(tree: &mut LocalTree) -> Result<(), Fault> {
    let (source, keys, files) = tree.parts_mut();
    let batches = files.chunks_mut(FILES_PER_BATCH);
    each(batches, cores(), |files: &mut [LocalFile], _| {
        for file in files {
            let path = path_of(source, keys.get(file.key()));
            let metadata = path.metadata().map_err(|error| Fault::read(&path, error))?;
            file.size = metadata.len();
            file.modified_ns = modified_ns(&metadata);
        }
        Ok(())
    })
}

struct Walker<'a> {
    found: Walk,
    faults: Vec<(String, NameFault)>,
    normal_forms: HashMap<String, String>,
    prefix_bytes: usize,
    filter: &'a Filter,
}

impl Walker<'_> {
    fn folder(&mut self, folder: &Path, links: Links) -> Result<(), Fault> {
        let real_root = folder
            .canonicalize()
            .map_err(|source| Fault::read(folder, source))?;
        let mut entries = WalkDir::new(folder)
            .follow_links(links == Links::Follow)
            .min_depth(1)
            .into_iter();
        while let Some(entry) = entries.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.walk_error(folder, error)?;
                    continue;
                }
            };
            if links == Links::Skip && entry.path_is_symlink() {
                continue;
            }
            let is_entered = match self.name(folder, entry.path()) {
                Some(name) => self.entry(name, &entry, &real_root)?,
                None => false,
            };
            if entry.file_type().is_dir() && !is_entered {
                entries.skip_current_dir();
            }
        }
        Ok(())
    }

    /// Takes note of the file `entry`, or says whether the folder that it is is to be entered.
    fn entry(&mut self, name: &str, entry: &DirEntry, real_root: &Path) -> Result<bool, Fault> {
        let kind = entry.file_type();
        let is_wanted = if kind.is_dir() {
            self.filter.enters(name)
        } else {
            self.filter.takes(name)
        };
        if !is_wanted {
            return Ok(false);
        }
        if kind.is_dir() && self.prefix_bytes + name.len() >= KEY_BYTES_MAX {
            // Nothing below it can have a key, and paths would grow until the system refuses them.
            self.fault(name, NameFault::Key(KeyFault::TooLong));
            return Ok(false);
        }
        if entry.path_is_symlink() && self.leaves(name, entry, real_root)? {
            return Ok(false);
        }
        if !kind.is_dir() && !kind.is_file() {
            self.fault(name, NameFault::Special);
        } else if kind.is_file() && !RULE_FILES.contains(&name) {
            self.file(name)?;
        }
        Ok(true)
    }

    fn fault(&mut self, name: &str, fault: NameFault) {
        self.faults.push((name.to_owned(), fault));
    }

    fn file(&mut self, name: &str) -> Result<(), Fault> {
        if let Err(fault) = key::check(name) {
            self.fault(name, NameFault::Key(fault));
            return Ok(());
        }
        if self.prefix_bytes + name.len() > KEY_BYTES_MAX {
            self.fault(name, NameFault::Key(KeyFault::TooLong));
            return Ok(());
        }
        if !name.is_ascii() {
            let normal: String = name.nfc().collect();
            if let Some(other) = self.normal_forms.insert(normal, name.to_owned()) {
                self.found.look_alikes.push((other, name.to_owned()));
            }
        }
        // What more there is to know of it, `measure` finds out.
        let fits = self.found.tree.push(name, 0, 0);
        fits.then_some(()).ok_or(Fault::TooMany)
    }

    /// The name of `path` relative to `folder`; `None` after a name that is not UTF-8 was noted.
    fn name<'path>(&mut self, folder: &Path, path: &'path Path) -> Option<&'path str> {
        // Paths begin as the folder was written; comparing them part by part takes its time.
        let below = path
            .to_str()
            .and_then(|path| path.get(folder.as_os_str().len()..));
        if let Some(below) = below {
            return Some(below.strip_prefix('/').unwrap_or(below));
        }
        let relative = path.strip_prefix(folder).unwrap_or(path);
        if let Some(name) = relative.to_str() {
            return Some(name);
        }
        self.fault(
            &relative.to_string_lossy(),
            NameFault::Key(KeyFault::NotUtf8),
        );
        None
    }

    /// Whether the link at `entry` leads out of the folder, or to what is never deployed; that is then
    /// noted as a fault.
    fn leaves(&mut self, name: &str, entry: &DirEntry, real_root: &Path) -> Result<bool, Fault> {
        let target = entry
            .path()
            .canonicalize()
            .map_err(|source| Fault::read(entry.path(), source))?;
        let fault = match target.strip_prefix(real_root) {
            Err(_) => NameFault::LinkOutside(target),
            Ok(inside) if is_hidden(inside) => NameFault::LinkToHidden(inside.to_owned()),
            Ok(_) => return Ok(false),
        };
        self.fault(name, fault);
        Ok(true)
    }

    /// Sorts a walk's error into the faults of links, which are names', and those of the disk.
    fn walk_error(&mut self, folder: &Path, error: walkdir::Error) -> Result<(), Fault> {
        let path = error.path().unwrap_or(folder).to_owned();
        let fault = match error.io_error().map(io::Error::kind) {
            _ if error.loop_ancestor().is_some() => NameFault::LinkCycle,
            Some(ErrorKind::NotFound | ErrorKind::NotADirectory) if path.is_symlink() => {
                NameFault::LinkBroken
            }
            // Of two links that lead to each other, the system gives up on the way.
            Some(kind) if path.is_symlink() && kind != ErrorKind::PermissionDenied => {
                NameFault::LinkCycle
            }
            _ => return Err(read_fault(path, error)),
        };
        if let Some(name) = self.name(folder, &path)
            && self.filter.takes(name)
        {
            self.fault(name, fault);
        }
        Ok(())
    }
}

/// Whether `path`, relative to LOCAL_PATH, is or is in what is never deployed.
fn is_hidden(path: &Path) -> bool {
    path.iter()
        .any(|name| name.to_str().is_some_and(is_never_deployed))
}

/// What the disk said of `path`, which a walk's error repeats.
fn read_fault(path: PathBuf, error: walkdir::Error) -> Fault {
    let source = error.into_io_error();
    let source = source.unwrap_or_else(|| io::Error::other("a circle of links"));
    Fault::Read { path, source }
}

/// Modification time in nanoseconds since the epoch; 0 before it.
pub fn modified_ns(metadata: &Metadata) -> i64 {
    let ns = metadata.mtime().saturating_mul(1_000_000_000);
    ns.saturating_add(metadata.mtime_nsec()).max(0)
}

#[cfg(test)]
mod tests;
