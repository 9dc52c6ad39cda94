//! Files of LOCAL_PATH that look like secrets: `.env` files, private keys, logins and their like.
//!
//! What counts is in `deploy_core::leaks`; here are the first bytes of the files in doubt.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::fault::{Fault, SourceError};
use crate::system::file as regular;
use deploy_core::leaks::{Judgement, judge};
use deploy_core::object::content::Content;
use deploy_core::tree::{LocalTree, Source};

/// Bytes of a file in doubt that are looked at. Keys and the files that logins are kept in are far
/// smaller.
const HEAD_BYTES_MAX: u64 = 256 * 1024;

/// A file that looks like a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak {
    /// Its name, relative to LOCAL_PATH.
    pub name: String,
    /// Why it does, as the end of a sentence that begins with the name.
    pub reason: &'static str,
}

/// The files of `tree` that look like secrets, in its order. Blocks.
///
/// # Errors
/// When a file whose name leaves a doubt cannot be read.
pub fn find(tree: &LocalTree) -> Result<Vec<Leak>, SourceError> {
    let found = all(tree);
    found.map_err(|fault| fault.doing("tell whether LOCAL_PATH holds secrets"))
}

fn all(tree: &LocalTree) -> Result<Vec<Leak>, Fault> {
    let path = tree.source().path();
    // `..` and links have other names than what they lead to.
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = last_name(&real);
    let mut leaks = Vec::new();
    for file in tree.files() {
        if let Content::Redirect(_) = tree.content(file) {
            continue;
        }
        let key = tree.key(file);
        let reason = match tree.source() {
            Source::Folder(_) => reason(&folder, key, || tree.path(key))?,
            Source::File(_) => why_single(path, &real)?,
        };
        leaks.extend(reason.map(|reason| Leak {
            name: key.to_owned(),
            reason,
        }));
    }
    Ok(leaks)
}

/// Why the one file that is deployed looks like a secret: by the name it was given by, or its own.
/// The key says nothing, for S3_BUCKET may name another.
fn why_single(path: &Path, real: &Path) -> Result<Option<&'static str>, Fault> {
    for path in [path, real] {
        let folder = path.parent().map(last_name).unwrap_or_default();
        let found = reason(&folder, &last_name(path), || path.to_owned())?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

fn last_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn reason(
    folder: &str,
    name: &str,
    path: impl FnOnce() -> PathBuf,
) -> Result<Option<&'static str>, Fault> {
    match judge(folder, name) {
        Judgement::Harmless => Ok(None),
        Judgement::Secret(reason) => Ok(Some(reason)),
        Judgement::Doubt(question) => {
            let path = path();
            let head = head(&path).map_err(|source| Fault::Read { path, source })?;
            Ok(question.is_met(&head).then(|| question.reason()))
        }
    }
}

fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    regular::open(path)?
        .take(HEAD_BYTES_MAX)
        .read_to_end(&mut head)?;
    Ok(head)
}

#[cfg(test)]
mod tests;
