//! Reads the doubtful files and compares their bytes with the objects' ETags, on its own threads.

use super::bytes::{copy, crc64_nvme};
use super::fault::{Fault, SourceError};
use super::threads::{cores, each};
use std::io;

use crate::system::stop::Stop;
use deploy_core::object::content::Content;
use deploy_core::object::etag::{ETag, Matcher};
use deploy_core::plan::compare::{Doubt, Verdict};
use deploy_core::record::Record;
use deploy_core::tree::{LocalTree, RemoteTree};

/// Most doubts that a thread takes at a time; fewer where there are few.
const BATCH_MAX: usize = 32;

/// Times that each thread comes back for more, at least.
const BATCHES_PER_THREAD: usize = 8;

/// A verdict for each of `doubts` about the two trees, in their order: by the checksum that the `record`
/// has of the object, if it has one, and else by the object's ETag. Blocks; reads every file once,
/// and not beyond the size at which the walk saw it: a file that has grown since is then different
/// anyway.
///
/// # Errors
/// The first file that cannot be read; a file that is gone among them.
pub fn verdicts(
    local: &LocalTree,
    remote: &RemoteTree,
    doubts: &[Doubt],
    record: Option<&Record>,
    stop: &Stop,
) -> Result<Vec<Verdict>, SourceError> {
    let batch = doubts.len() / (cores() * BATCHES_PER_THREAD);
    let batch = batch.clamp(1, BATCH_MAX);
    let mut verdicts = vec![Verdict::Different; doubts.len()];
    let batches = doubts.chunks(batch).zip(verdicts.chunks_mut(batch));
    let compared = each(batches, cores(), |(doubts, verdicts), buffer| {
        for (doubt, verdict) in doubts.iter().zip(verdicts) {
            if stop.is_requested() {
                return Err(Fault::Interrupted);
            }
            *verdict = compare(local, remote, *doubt, record, buffer)?;
        }
        Ok(())
    });
    compared.map_err(|fault| fault.doing("compare the files"))?;
    Ok(verdicts)
}

fn compare(
    local: &LocalTree,
    remote: &RemoteTree,
    doubt: Doubt,
    record: Option<&Record>,
    buffer: &mut Vec<u8>,
) -> Result<Verdict, Fault> {
    let sides = (
        local.files().get(doubt.file),
        remote.objects().get(doubt.object),
    );
    let (Some(file), Some(object)) = sides else {
        return Ok(Verdict::Different);
    };
    let same_or = |other, is_same| if is_same { Verdict::Same } else { other };
    let (key, content) = (local.key(file), local.content(file));
    let path = local.path(key);
    if let Some(crc64) = record.and_then(|record| record.crc64(key, object.etag, object.size)) {
        let found = crc64_nvme(content, &path, file.size);
        let found = found.map_err(|error| Fault::read(&path, error))?;
        return Ok(same_or(Verdict::Proven, found == crc64.encoded()));
    }
    let Some(mut matcher) = Matcher::new(object.etag, object.size) else {
        return Ok(Verdict::Different);
    };
    if let (Content::Compressed(compressed), ETag::Md5(md5)) = (content, object.etag) {
        return Ok(same_or(Verdict::Different, compressed.md5 == md5));
    }
    copy(content, &path, file.size, buffer, &mut Feed(&mut matcher))
        .map_err(|error| Fault::read(&path, error))?;
    Ok(same_or(Verdict::Different, matcher.matches()))
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
