//! Pointers of Git LFS among what is uploaded: a line of text where a picture should be, because nobody
//! fetched it.

use crate::system::file as regular;
use deploy_core::object::content::Content;
use deploy_core::plan::compare::Change;
use deploy_core::tree::LocalTree;

/// How a pointer begins. <https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>
const BEGINNING: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";

/// Bytes of a pointer: less hold no hash, and more are other text.
const BYTES: std::ops::RangeInclusive<u64> = 110..=400;

/// The keys of files among `changes` that are pointers. Blocks; what cannot be read is none.
pub fn pointers<'a>(tree: &'a LocalTree, changes: &[Change]) -> Vec<&'a str> {
    let files = changes.iter().map(|change| &change.file);
    let short = files
        .filter(|file| BYTES.contains(&file.size) && matches!(tree.content(file), Content::File));
    let keys = short.map(|file| tree.key(file));
    keys.filter(|key| {
        let bytes = regular::read(&tree.path(key), *BYTES.end());
        bytes.is_ok_and(|bytes| bytes.starts_with(BEGINNING))
    })
    .collect()
}
