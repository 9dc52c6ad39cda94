//! Compresses the text files of a tree to learn the sizes and digests that are compared with the
//! bucket. On its own threads; the bytes themselves are not kept.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::bytes::{self, Measure};
use super::fault::{Fault, SourceError};
use super::nature::nature_of;
use super::threads::{cores, each};
use crate::system::stop::Stop;
use deploy_core::base::units::MIB;
use deploy_core::object::content::{Coding, Compressed, Content};
use deploy_core::object::content_type::{Nature, copy_of, is_open, is_text_type};
use deploy_core::object::parts::SINGLE_PUT_BYTES_MAX;
use deploy_core::rules::policy::Policy;
use deploy_core::tree::{LocalFile, LocalTree};

/// Larger files are stored as they are: one of this size takes brotli some seconds, twice, and what
/// visitors load is far smaller.
const FILE_BYTES_MAX: u64 = 32 * MIB;

/// Files that are compressed at a time, here and while uploading, on as many cores: for the largest
/// files an encoder takes some 10 MiB.
pub const ENCODERS_MAX: usize = 8;

/// What compressing brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files that are stored compressed.
    pub files: usize,
    /// Their size, in bytes.
    pub before: u64,
    /// Their size as stored, in bytes.
    pub after: u64,
}

/// Turns every file of `tree` that `coding` makes smaller into its compressed form: files of a text
/// type to which `policy` gives no Content-Encoding of its own. Blocks.
///
/// # Errors
/// The first file that cannot be read, or a requested stop.
pub fn compress(
    tree: &mut LocalTree,
    coding: Coding,
    policy: &Policy,
    stop: &Stop,
) -> Result<Summary, SourceError> {
    let found = Mutex::new(Vec::new());
    let files = tree.files().iter().enumerate();
    let threads_max = cores().min(ENCODERS_MAX);
    let worked = each(files, threads_max, |(index, file), buffer| {
        if stop.is_requested() {
            return Err(Fault::Interrupted);
        }
        if is_candidate(tree, file, policy, buffer) {
            let form = compressed(&tree.path(tree.key(file)), file.size, coding)?;
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            found.extend(form.map(|(size, form)| (index, size, form)));
        }
        Ok(())
    });
    worked.map_err(|fault| fault.doing("compress the files"))?;
    let mut summary = Summary::default();
    for (index, size, compressed) in found.into_inner().unwrap_or_else(PoisonError::into_inner) {
        summary.files += 1;
        summary.before += compressed.file_size;
        summary.after += size;
        tree.set_content(index, size, Content::Compressed(compressed));
    }
    Ok(summary)
}

/// Whether `coding` may be tried on `file`.
fn is_candidate(tree: &LocalTree, file: &LocalFile, policy: &Policy, buffer: &mut Vec<u8>) -> bool {
    if *tree.content(file) != Content::File || !(1..=FILE_BYTES_MAX).contains(&file.size) {
        return false;
    }
    let key = tree.key(file);
    if copy_of(key).is_some() {
        return false;
    }
    let nature = if is_open(key) {
        nature_of(tree, file, tree, buffer)
    } else {
        Nature::default()
    };
    let headers = policy.resolve(key, &Content::File, nature);
    headers.content_encoding.is_none() && headers.content_type.as_deref().is_some_and(is_text_type)
}

/// The stored size and form of the file at `path`, unless it gets no smaller, or too large for the one PUT
/// that sends it from memory. A file that has changed since the walk gives some other result here; its
/// upload notices.
fn compressed(
    path: &Path,
    file_size: u64,
    coding: Coding,
) -> Result<Option<(u64, Compressed)>, Fault> {
    let mut sink = Measure::default();
    bytes::compress(coding, path, file_size, &mut sink)
        .map_err(|error| Fault::read(path, error))?;
    let (size, md5) = sink.finish();
    let form = Compressed {
        coding,
        file_size,
        md5,
    };
    let is_worthwhile = size < file_size && size <= SINGLE_PUT_BYTES_MAX;
    Ok(is_worthwhile.then_some((size, form)))
}

#[cfg(test)]
mod tests {
    use super::{Coding, Policy, Summary, compress};
    use crate::source::{Links, walk};
    use crate::system::stop::Stop;
    use deploy_core::object::content::Content;
    use deploy_core::object::headers::ObjectHeaders;
    use deploy_core::object::key::RelativeKey;
    use deploy_core::rules::rules_file;
    use deploy_core::tree::{Filter, LocalTree, Source};
    use std::fs;

    fn tree(folder: &tempfile::TempDir) -> LocalTree {
        let name = RelativeKey::parse("unused").unwrap();
        let source = Source::Folder(folder.path().to_owned());
        walk(&source, &name, &Filter::everything(), Links::Follow, 0)
            .unwrap()
            .tree
    }

    fn compressed(tree: &LocalTree) -> Vec<&str> {
        let files = tree.files().iter();
        files
            .filter(|file| *tree.content(file) != Content::File)
            .map(|file| tree.key(file))
            .collect()
    }

    #[test]
    fn text_is_compressed_where_it_shrinks() {
        let folder = tempfile::tempdir().unwrap();
        let text = "the same words ".repeat(100);
        let page = format!("<!doctype html>{text}");
        for (name, content) in [
            ("a.html", text.as_str()),
            ("tiny.js", "1"),
            ("empty.css", ""),
            ("photo.png", &text),
            ("ready.svg", &text),
            ("LICENSE", &text),
            ("NOTICE", &text),
            ("about", &page),
        ] {
            fs::write(folder.path().join(name), content).unwrap();
        }
        let rules = "\
rules:
- {patterns: [ready.svg], headers: {content_encoding: gzip}}
- {patterns: [NOTICE], headers: {content_type: text/plain}}
";
        let policy = Policy {
            rules: rules_file::parse(rules).unwrap(),
            ..Policy::shared(ObjectHeaders::default())
        };
        for coding in [Coding::Gzip, Coding::Brotli] {
            let mut tree = tree(&folder);
            let before = tree.size_bytes();
            let summary = compress(&mut tree, coding, &policy, &Stop::never()).unwrap();
            assert_eq!(compressed(&tree), ["NOTICE", "a.html", "about"]);
            assert_eq!(summary.files, 3);
            assert_eq!(before - tree.size_bytes(), summary.before - summary.after);
            let mut again = self::tree(&folder);
            compress(&mut again, coding, &policy, &Stop::never()).unwrap();
            let contents = |tree: &LocalTree| -> Vec<_> {
                let files = tree.files().iter();
                files
                    .map(|file| (file.size, tree.content(file).clone()))
                    .collect()
            };
            assert_eq!(contents(&tree), contents(&again));
        }
    }

    #[test]
    fn nothing_to_compress_is_no_failure() {
        let folder = tempfile::tempdir().unwrap();
        let mut tree = tree(&folder);
        let summary = compress(&mut tree, Coding::Gzip, &Policy::default(), &Stop::never());
        assert_eq!(summary.unwrap(), Summary::default());
    }
}
