//! Looks into files for what their names do not tell: the character set of a text, and whether a
//! file is the compressed copy that its name promises. Only the beginning is read, and only of files
//! whose headers are about to be sent or compared.

use std::io::{self, Read as _};
use std::thread;

use crate::system::file as regular;
use deploy_core::object::charset::{Charset, charset};
use deploy_core::object::content::Content;
use deploy_core::object::content_type::{Nature, Proof, copy_of, essence, has_charset};
use deploy_core::plan::compare::Change;
use deploy_core::rules::policy::Policy;
use deploy_core::tree::{LocalFile, LocalTree};

/// Bytes of a text that are looked at. Few texts are longer, and what follows is rarely of another
/// kind.
const TEXT_BYTES_MAX: u64 = 1024 * 1024;

/// Bytes by which a compressed file is known.
const MARK_BYTES: u64 = 4;

/// Fewest files for which a thread of its own is worth while.
const FILES_PER_THREAD_MIN: usize = 64;

/// Looks into the files of all `changes`. Blocks.
pub fn look_into(tree: &LocalTree, changes: &mut [Change]) {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let share = changes.len().div_ceil(threads).max(FILES_PER_THREAD_MIN);
    thread::scope(|scope| {
        for changes in changes.chunks_mut(share) {
            scope.spawn(move || {
                let mut buffer = Vec::new();
                for change in changes {
                    change.nature = nature(tree, &change.file, tree, &mut buffer);
                }
            });
        }
    });
}

/// The keys among `changes` of texts that are stored without a character set, because nothing tells
/// theirs.
pub fn unlabelled<'a>(tree: &'a LocalTree, changes: &[Change], policy: &Policy) -> Vec<&'a str> {
    let is_labelled = |change: &Change| {
        let (key, content) = (tree.key(&change.file), tree.content(&change.file));
        let headers = policy.resolve(key, content, change.nature);
        headers
            .content_type
            .is_some_and(|sent| sent.contains("charset"))
    };
    let unknown = changes
        .iter()
        .filter(|change| change.nature.charset == Charset::Unknown);
    let unlabelled = unknown.filter(|change| !is_labelled(change));
    unlabelled.map(|change| tree.key(&change.file)).collect()
}

/// The nature of `file`, which is of `tree`, among all that is `deployed`. A file that cannot be read
/// is taken for what its name says: its upload will tell. Blocks.
pub fn nature_of(tree: &LocalTree, file: &LocalFile, deployed: &LocalTree) -> Nature {
    nature(tree, file, deployed, &mut Vec::new())
}

/// As [`nature_of`], with a `buffer` that has served another file.
fn nature(
    tree: &LocalTree,
    file: &LocalFile,
    deployed: &LocalTree,
    buffer: &mut Vec<u8>,
) -> Nature {
    let key = tree.key(file);
    let essence = essence(key);
    let copy = copy_of(key).filter(|copy| copy.proof != Proof::Name);
    let bytes_max = match copy {
        Some(_) => MARK_BYTES,
        None if has_charset(essence) => TEXT_BYTES_MAX,
        None => return Nature::default(),
    };
    if matches!(tree.content(file), Content::Redirect(_))
        || read(tree, key, bytes_max, buffer).is_err()
    {
        return Nature::default();
    }
    match copy {
        Some(copy) => Nature {
            is_copy: copy.is_proved(buffer, deployed.find(copy.original).is_some()),
            ..Nature::default()
        },
        None => Nature {
            charset: charset(essence, buffer, (buffer.len() as u64) < bytes_max),
            ..Nature::default()
        },
    }
}

fn read(tree: &LocalTree, key: &str, bytes_max: u64, buffer: &mut Vec<u8>) -> io::Result<()> {
    buffer.clear();
    let file = regular::open(&tree.path(key))?;
    file.take(bytes_max).read_to_end(buffer)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::nature_of;
    use crate::source::{Links, walk};
    use deploy_core::object::content_type::content_type_of;
    use deploy_core::object::key::RelativeKey;
    use deploy_core::tree::{Filter, Source};
    use std::fs;

    #[test]
    fn files_are_what_their_bytes_say() {
        let folder = tempfile::tempdir().unwrap();
        let gzip = b"\x1F\x8B\x08\0";
        let late = [b"a".repeat(2000), b"caf\xE9".to_vec()].concat();
        let files: [(&str, &[u8], &str); 9] = [
            ("a.html", b"<p>cafe", "text/html; charset=utf-8"),
            (
                "b.html",
                b"<meta charset=latin1>caf\xE9",
                "text/html; charset=latin1",
            ),
            ("c.txt", &late, "text/plain"),
            ("d.png", b"caf\xE9", "image/png"),
            ("e.svgz", gzip, "image/svg+xml; charset=utf-8"),
            ("f.json", b"{}", "application/json"),
            ("f.json.gz", gzip, "application/json"),
            ("g.json.gz", gzip, "application/gzip"),
            ("h.js.gz", b"no gzip", "application/gzip"),
        ];
        for (name, bytes, _) in files {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        let source = Source::Folder(folder.path().to_owned());
        let name = RelativeKey::parse("unused").unwrap();
        let walked = walk(&source, &name, &Filter::everything(), Links::Follow, 0);
        let tree = walked.unwrap().tree;
        for (name, _, expected) in files {
            let file = &tree.files()[tree.find(name).unwrap()];
            let nature = nature_of(&tree, file, &tree);
            assert_eq!(content_type_of(name, nature), expected, "{name}");
        }
    }
}
