//! Reads the doubtful files and compares their bytes with the objects' ETags, on its own threads.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::compare::{Doubt, Verdict};
use crate::content::Content;
use crate::etag::{ETag, Matcher};
use crate::headers::redirects;
use crate::stop::Stop;
use crate::tree::LocalTree;

/// Bytes read at a time, per thread.
const BUFFER_BYTES: usize = 256 * 1024;

/// Why a file could not be compared.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// The disk refused.
    #[error("cannot read `{}`", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// A stop was requested.
    #[error("interrupted while comparing files")]
    Interrupted,
}

/// A verdict for each of `doubts`, in their order. Blocks; reads every file once, and not beyond
/// the size at which the walk saw it: a file that has grown since is then different anyway.
///
/// # Errors
/// The first file that cannot be read; a file that is gone among them.
pub fn verdicts(
    tree: &LocalTree,
    doubts: &[Doubt],
    stop: &Stop,
) -> Result<Vec<Verdict>, HashError> {
    let threads = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(doubts.len());
    let next = AtomicUsize::new(0);
    let found: Result<Vec<Vec<(usize, Verdict)>>, HashError> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| work(tree, doubts, &next, stop)))
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or(Err(HashError::Interrupted)))
            .collect()
    });
    let mut verdicts = vec![Verdict::Different; doubts.len()];
    for (index, verdict) in found?.into_iter().flatten() {
        if let Some(place) = verdicts.get_mut(index) {
            *place = verdict;
        }
    }
    Ok(verdicts)
}

fn work(
    tree: &LocalTree,
    doubts: &[Doubt],
    next: &AtomicUsize,
    stop: &Stop,
) -> Result<Vec<(usize, Verdict)>, HashError> {
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut found = Vec::new();
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let Some(doubt) = doubts.get(index) else {
            return Ok(found);
        };
        if stop.is_requested() {
            return Err(HashError::Interrupted);
        }
        let path = tree.path(tree.key(&doubt.file));
        match compare(&path, tree.content(&doubt.file), doubt, &mut buffer) {
            Ok(verdict) => found.push((index, verdict)),
            Err(source) => {
                // The others need not go on.
                next.store(doubts.len(), Ordering::Relaxed);
                return Err(HashError::Read { path, source });
            }
        }
    }
}

fn compare(
    path: &Path,
    content: &Content,
    doubt: &Doubt,
    buffer: &mut [u8],
) -> io::Result<Verdict> {
    let Some(mut matcher) = Matcher::new(doubt.object.etag, doubt.object.size) else {
        return Ok(Verdict::Different);
    };
    match (content, doubt.object.etag) {
        (Content::File, _) => read(path, doubt.file.size, &mut matcher, buffer)?,
        (Content::Compressed(compressed), ETag::Md5(md5)) => {
            return Ok(verdict(compressed.md5 == md5));
        }
        (Content::Compressed(compressed), _) => {
            compressed.write_to(path, &mut Feed(&mut matcher))?;
        }
        (Content::Redirect(location), _) => matcher.update(redirects::page(location).as_bytes()),
    }
    Ok(verdict(matcher.matches()))
}

fn verdict(same: bool) -> Verdict {
    if same {
        Verdict::Same
    } else {
        Verdict::Different
    }
}

fn read(path: &Path, size: u64, matcher: &mut Matcher, buffer: &mut [u8]) -> io::Result<()> {
    // One byte more than planned shows a file that has grown.
    let mut file = File::open(path)?.take(size + 1);
    loop {
        match file.read(buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => matcher.update(buffer.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Hands what is written to it to a matcher.
struct Feed<'a>(&'a mut Matcher);

impl io::Write for Feed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
