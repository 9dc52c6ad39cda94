//! Reads the doubtful files and compares their bytes with the objects' ETags, on its own threads.

use super::bytes::compress_to;
use deploy_core::object::content::page;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::system::file as regular;
use crate::system::stop::Stop;
use deploy_core::object::content::Content;
use deploy_core::object::etag::{ETag, Matcher};
use deploy_core::plan::compare::{Doubt, Verdict};
use deploy_core::tree::{LocalTree, RemoteTree};

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

/// Most doubts that a thread takes at a time; fewer where there are few.
const BATCH_MAX: usize = 32;

/// Times that each thread comes back for more, at least.
const BATCHES_PER_THREAD: usize = 8;

/// A verdict for each of `doubts` about the two trees, in their order. Blocks; reads every file once,
/// and not beyond the size at which the walk saw it: a file that has grown since is then different
/// anyway.
///
/// # Errors
/// The first file that cannot be read; a file that is gone among them.
pub fn verdicts(
    local: &LocalTree,
    remote: &RemoteTree,
    doubts: &[Doubt],
    stop: &Stop,
) -> Result<Vec<Verdict>, HashError> {
    let threads = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(doubts.len());
    let batch = doubts.len() / (threads * BATCHES_PER_THREAD).max(1);
    let batch = batch.clamp(1, BATCH_MAX);
    let mut verdicts = vec![Verdict::Different; doubts.len()];
    let batches = Mutex::new(doubts.chunks(batch).zip(verdicts.chunks_mut(batch)));
    let failed = AtomicBool::new(false);
    let work = || {
        let mut buffer = vec![0; BUFFER_BYTES];
        while !failed.load(Ordering::Relaxed) {
            let next = batches
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .next();
            let Some((doubts, verdicts)) = next else {
                break;
            };
            for (doubt, verdict) in doubts.iter().zip(verdicts) {
                if stop.is_requested() {
                    return Err(HashError::Interrupted);
                }
                *verdict = compare(local, remote, *doubt, &mut buffer).inspect_err(|_| {
                    // The others need not go on.
                    failed.store(true, Ordering::Relaxed);
                })?;
            }
        }
        Ok(())
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or(Err(HashError::Interrupted)))
    })?;
    Ok(verdicts)
}

fn compare(
    local: &LocalTree,
    remote: &RemoteTree,
    doubt: Doubt,
    buffer: &mut [u8],
) -> Result<Verdict, HashError> {
    let sides = (
        local.files().get(doubt.file),
        remote.objects().get(doubt.object),
    );
    let (Some(file), Some(object)) = sides else {
        return Ok(Verdict::Different);
    };
    let Some(mut matcher) = Matcher::new(object.etag, object.size) else {
        return Ok(Verdict::Different);
    };
    let path = || local.path(local.key(file));
    let failed = |source| HashError::Read {
        path: path(),
        source,
    };
    match (local.content(file), object.etag) {
        (Content::File, _) => read(&path(), file.size, &mut matcher, buffer).map_err(failed)?,
        (Content::Compressed(compressed), ETag::Md5(md5)) => {
            return Ok(verdict(compressed.md5 == md5));
        }
        (Content::Compressed(compressed), _) => {
            compress_to(compressed, &path(), &mut Feed(&mut matcher)).map_err(failed)?;
        }
        (Content::Redirect(location), _) => matcher.update(page(location).as_bytes()),
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
    let mut file = regular::open(path)?;
    // One byte more than planned shows a file that has grown.
    let mut left = size + 1;
    loop {
        let room = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let room = buffer.get_mut(..room).unwrap_or_default();
        let asked = room.len();
        let read = match file.read(room) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        matcher.update(room.get(..read).unwrap_or_default());
        left = left.saturating_sub(read as u64);
        // Where a file ends, less is read than was asked for: a small one needs no second time.
        let is_at_end = left == 1 && read < asked;
        if read == 0 || left == 0 || is_at_end {
            return Ok(());
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
