//! Looks into files for what their names do not tell: the character set of a text, and whether a
//! file is the compressed copy that its name promises. Only the beginning is read, and only of files
//! whose headers are about to be sent or compared.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read as _};

use super::fault::SourceError;
use super::threads::{cores, each};
use crate::system::file as regular;
use deploy_core::base::units::MIB;
use deploy_core::object::charset::{Charset, charset};
use deploy_core::object::content::Content;
use deploy_core::object::content_type::{
    HEAD_BYTES, Nature, Proof, copy_of, essence, essence_by_bytes, has_charset, is_open,
};
use deploy_core::plan::Plan;
use deploy_core::plan::compare::Change;
use deploy_core::tree::{LocalFile, LocalTree};

/// Bytes of a text that are looked at, a piece at a time: a fraction of the time that its upload takes.
/// Hardly a text is longer.
const TEXT_BYTES_MAX: u64 = 64 * MIB;

/// Bytes of a piece.
const PIECE_BYTES: u64 = MIB;

/// Bytes by which a compressed file is known.
const MARK_BYTES: u64 = 4;

/// Files that are worth a thread.
const FILES_PER_BATCH: usize = 64;

/// Looks into the files of all `changes`. Blocks.
///
/// # Errors
/// When a thread ended early; what cannot be read is none, see [`nature_of`].
pub fn look_into(tree: &LocalTree, changes: &mut [Change]) -> Result<(), SourceError> {
    let batches = changes.chunks_mut(FILES_PER_BATCH);
    let looked = each(batches, cores(), |changes, buffer| {
        for change in changes {
            change.nature = nature_of(tree, &change.file, tree, buffer);
        }
        Ok(())
    });
    looked.map_err(|fault| fault.doing("look into the files"))
}

/// The keys among `changes` of texts that `plan` stores without a character set, because nothing tells
/// theirs.
pub fn unlabelled<'a>(tree: &LocalTree, changes: &[Change], plan: &'a Plan) -> Vec<&'a str> {
    let unknown = changes.iter();
    let unknown = unknown.filter(|change| change.nature.charset == Charset::Unknown);
    let unknown: BTreeSet<&str> = unknown.map(|change| tree.key(&change.file)).collect();
    let unlabelled = plan.uploads().filter(|upload| {
        let sent = upload.headers.content_type.as_deref().unwrap_or_default();
        unknown.contains(&*upload.key) && !sent.contains("charset")
    });
    let mut keys: Vec<&str> = unlabelled.map(|upload| &*upload.key).collect();
    keys.sort_unstable();
    keys
}

/// The nature of `file`, which is of `tree`, among all that is `deployed`, by way of a `buffer`. A file that
/// cannot be read is taken for what its name says: its upload will tell. Blocks.
pub fn nature_of(
    tree: &LocalTree,
    file: &LocalFile,
    deployed: &LocalTree,
    buffer: &mut Vec<u8>,
) -> Nature {
    match tree.content(file) {
        Content::Redirect(_) => Nature::default(),
        _ => look(tree, tree.key(file), deployed, buffer).unwrap_or_default(),
    }
}

fn look(
    tree: &LocalTree,
    key: &str,
    deployed: &LocalTree,
    buffer: &mut Vec<u8>,
) -> io::Result<Nature> {
    let mut nature = Nature::default();
    let open = || regular::open(&tree.path(key));
    buffer.clear();
    if let Some(copy) = copy_of(key).filter(|copy| copy.proof != Proof::Name) {
        open()?.take(MARK_BYTES).read_to_end(buffer)?;
        nature.is_copy = copy.is_proved(buffer, deployed.find(copy.original).is_some());
        return Ok(nature);
    }
    let is_open = is_open(key);
    if !is_open && !has_charset(essence(key)) {
        return Ok(nature);
    }
    let file = open()?;
    if is_open {
        (&file).take(HEAD_BYTES).read_to_end(buffer)?;
        nature.essence = essence_by_bytes(key, buffer);
    }
    let essence = nature.essence.unwrap_or_else(|| essence(key));
    if has_charset(essence) {
        let left = PIECE_BYTES - buffer.len() as u64;
        (&file).take(left).read_to_end(buffer)?;
        let if_other = charset(essence, buffer, false);
        nature.charset = charset(essence, buffer, true);
        if nature.charset == Charset::Utf8 && !is_utf8(&file, buffer)? {
            nature.charset = if_other;
        }
    }
    Ok(nature)
}

/// Whether what the `buffer` holds, and what follows in the `file`, is UTF-8.
fn is_utf8(file: &File, buffer: &mut Vec<u8>) -> io::Result<bool> {
    let mut is_end = (buffer.len() as u64) < PIECE_BYTES;
    for _ in 0..TEXT_BYTES_MAX / PIECE_BYTES {
        let valid = match std::str::from_utf8(buffer) {
            Ok(_) => buffer.len(),
            // A piece may end within a character.
            Err(fault) if fault.error_len().is_none() => fault.valid_up_to(),
            Err(_) => return Ok(false),
        };
        buffer.drain(..valid);
        if is_end {
            return Ok(buffer.is_empty());
        }
        is_end = (file.take(PIECE_BYTES).read_to_end(buffer)? as u64) < PIECE_BYTES;
    }
    Ok(true)
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
        let lines = "caf\u{e9};\n".repeat(500_000);
        let very_late = [lines.as_bytes(), b"caf\xE9"].concat();
        let cut = &lines.as_bytes()[..lines.len() - 3];
        let page = [b"<!doctype html><meta charset=latin1>", &very_late[..]].concat();
        let files: [(&str, &[u8], &str); 16] = [
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
            ("i.csv", &very_late, "text/csv"),
            ("j.csv", lines.as_bytes(), "text/csv; charset=utf-8"),
            ("k.csv", cut, "text/csv"),
            ("l", &page, "text/html; charset=latin1"),
            ("m", b"MIT License", "binary/octet-stream"),
            ("n.d.ts", b"export {};", "text/plain; charset=utf-8"),
            ("o.ts", b"G@\0\x10", "video/mp2t"),
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
            let nature = nature_of(&tree, file, &tree, &mut Vec::new());
            assert_eq!(content_type_of(name, nature), expected, "{name}");
        }
    }
}
