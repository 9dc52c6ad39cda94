//! The files to deploy: a sorted, compact list. Made by `walk`; nothing here touches the disk.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use super::keys::{KeyRange, KeyTable};
use crate::object::content::Content;

/// What LOCAL_PATH names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A folder, whose content is deployed.
    Folder(PathBuf),
    /// One file.
    File(PathBuf),
}

impl Source {
    /// The path as the user wrote it.
    pub fn path(&self) -> &Path {
        match self {
            Self::Folder(path) | Self::File(path) => path,
        }
    }
}

/// One file, as it was when the walk met it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalFile {
    key: KeyRange,
    /// Which of the tree's contents it is, counted from 1; none for the file as it is.
    content: Option<NonZeroU32>,
    /// Size of what is stored, in bytes.
    pub size: u64,
    /// Modification time in nanoseconds since the epoch. Never compared with S3's clock: it only
    /// tells whether the file changed under the deploy.
    pub modified_ns: i64,
}

impl LocalFile {
    /// Where its key stands.
    pub fn key(&self) -> KeyRange {
        self.key
    }
}

/// All files of the source, sorted by key in byte order.
#[derive(Clone, Debug)]
pub struct LocalTree {
    source: Source,
    keys: KeyTable,
    files: Vec<LocalFile>,
    /// The contents that are not files as they are.
    contents: Vec<Content>,
}

impl LocalTree {
    /// An empty tree of `source`.
    pub fn new(source: Source) -> Self {
        Self {
            source,
            keys: KeyTable::default(),
            files: Vec::new(),
            contents: Vec::new(),
        }
    }

    /// Appends a file; `false` when the tree's keys no longer fit (see [`KeyTable::push`]).
    pub fn push(&mut self, key: &str, size: u64, modified_ns: i64) -> bool {
        let range = self.keys.push(key);
        self.files.extend(range.map(|key| LocalFile {
            key,
            content: None,
            size,
            modified_ns,
        }));
        range.is_some()
    }

    /// Appends an object that redirects to `location`, as [`Self::push`] appends a file.
    pub fn push_redirect(&mut self, key: &str, size: u64, location: &str) -> bool {
        let fits = self.push(key, size, 0);
        if fits {
            let last = self.files.len() - 1;
            self.set_content(last, size, Content::Redirect(location.into()));
        }
        fits
    }

    /// Brings the files in order. To be called after the last `push`.
    pub fn sort(&mut self) {
        self.keys.shrink();
        self.files.shrink_to_fit();
        let keys = &self.keys;
        self.files
            .sort_unstable_by(|left, right| keys.bytes(left.key).cmp(keys.bytes(right.key)));
    }

    /// Forgets every file whose key `takes` does not.
    pub fn retain(&mut self, takes: impl Fn(&str) -> bool) {
        let keys = &self.keys;
        self.files.retain(|file| takes(keys.get(file.key)));
        self.files.shrink_to_fit();
    }

    /// The files, sorted by key.
    pub fn files(&self) -> &[LocalFile] {
        &self.files
    }

    /// Source, keys and files, of which the walk has more to say.
    pub fn parts_mut(&mut self) -> (&Source, &KeyTable, &mut [LocalFile]) {
        (&self.source, &self.keys, &mut self.files)
    }

    /// Bytes of all keys together.
    pub fn key_text_bytes(&self) -> usize {
        self.keys.text_bytes()
    }

    /// The bytes of [`Self::key`].
    pub fn key_bytes(&self, file: &LocalFile) -> &[u8] {
        self.keys.bytes(file.key)
    }

    /// The key of `file`, which must be of this tree.
    pub fn key(&self, file: &LocalFile) -> &str {
        self.keys.get(file.key)
    }

    /// Where in [`Self::files`] the one with `key` is, once they are in order.
    pub fn find(&self, key: &str) -> Option<usize> {
        self.files
            .binary_search_by(|file| self.keys.get(file.key).cmp(key))
            .ok()
    }

    /// How the bytes of `file`, which must be of this tree, come about.
    pub fn content(&self, file: &LocalFile) -> &Content {
        let index = file.content.map(|number| number.get() as usize - 1);
        index
            .and_then(|index| self.contents.get(index))
            .unwrap_or(&Content::File)
    }

    /// Gives the file at `index` another `content`, of `size` bytes.
    pub fn set_content(&mut self, index: usize, size: u64, content: Content) {
        self.contents.push(content);
        // More than four thousand million contents do not fit into the keys either.
        let number = u32::try_from(self.contents.len()).ok();
        if let (Some(file), Some(number)) = (self.files.get_mut(index), number) {
            file.content = NonZeroU32::new(number);
            file.size = size;
        }
    }

    /// Size of all files together, in bytes.
    pub fn size_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }

    /// The source that was walked.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Where the file with `key` is.
    pub fn path(&self, key: &str) -> PathBuf {
        path_of(&self.source, key)
    }
}

/// Where the file with `key` below `source` is.
pub fn path_of(source: &Source, key: &str) -> PathBuf {
    match source {
        Source::Folder(folder) => folder.join(key),
        Source::File(file) => file.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::{LocalTree, Source};
    use std::path::{Path, PathBuf};

    #[test]
    fn files_are_sorted_by_bytes_not_by_folder() {
        let mut tree = LocalTree::new(Source::Folder(PathBuf::from("d")));
        for key in ["a/b", "a-b", "B", "a", "é"] {
            assert!(tree.push(key, 1, 0));
        }
        tree.sort();
        let keys: Vec<_> = tree.files().iter().map(|file| tree.key(file)).collect();
        assert_eq!(keys, ["B", "a", "a-b", "a/b", "é"]);
        assert_eq!(tree.size_bytes(), 5);
        assert_eq!(tree.path("a/b"), Path::new("d/a/b"));
    }
}
