//! What a run has learnt of a server's ETags. Nothing else of an answer is judged here.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::aws::Operation;

/// Of which bodies the server is known to answer the MD5 as their ETag. Some have 32 other digits there.
#[derive(Debug, Default)]
pub(super) struct KnownMd5s {
    objects: AtomicBool,
    parts: AtomicBool,
}

impl KnownMd5s {
    /// Whether it contradicts what is known that the answer to `operation` has an ETag that `is_md5` or
    /// not; the first that is one is what is known from then on.
    pub(super) fn contradict(&self, operation: Operation, is_md5: Option<bool>) -> bool {
        let known = match operation {
            Operation::UploadPart => &self.parts,
            _ => &self.objects,
        };
        if is_md5 == Some(true) {
            known.store(true, Ordering::Relaxed);
        }
        is_md5 == Some(false) && known.load(Ordering::Relaxed)
    }
}
