//! A step of uploads: workers that take the next file until there is none.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinSet;

use super::event::{ItemError, What};
use super::gate::Pass;
use super::multipart;
use super::read::{blocking, body};
use super::{GRACE, IN_FLIGHT_BYTES_MAX, Progress, Run, permits};
use crate::aws;
use deploy_core::base::units::KIB;
use deploy_core::object::content::Content;
use deploy_core::object::etag::ETag;
use deploy_core::object::parts::SINGLE_PUT_BYTES_MAX;
use deploy_core::plan::{Item, ItemId, Plan, Upload};
use deploy_core::record::{Crc64, Receipt};
use deploy_core::tree::path_of;

/// Files up to this size are read by the thread that sends them: to hand one to another thread and
/// to wake this one again takes longer than to read it.
const READ_INLINE_BYTES_MAX: u64 = 64 * KIB;

pub(super) async fn step(run: &Arc<Run>, plan: &Arc<Plan>, step: usize, progress: &Arc<Progress>) {
    let mut workers = JoinSet::new();
    let items = plan.steps.get(step).map_or(0, |step| step.action.len());
    for _ in 0..run.context.concurrency.max().min(items) {
        let (run, plan, progress) = (Arc::clone(run), Arc::clone(plan), Arc::clone(progress));
        workers.spawn(async move {
            while let Some(index) = progress.take(items, &run.context.stop) {
                let Some((at, Item::Upload(upload))) = plan.at(step, index) else {
                    return;
                };
                let result = run.upload(upload, at, &progress).await;
                if let Some(what) = progress.note(result) {
                    run.events.tell(at, what).await;
                }
            }
        });
    }
    while workers.join_next().await.is_some() {}
}

impl Run {
    async fn upload(
        &self,
        upload: &Upload,
        at: ItemId,
        progress: &Progress,
    ) -> Result<(), ItemError> {
        if let Content::Version(kept) = &upload.content {
            return self.copy(upload, kept, at, progress).await;
        }
        if upload.content == Content::File && upload.size > SINGLE_PUT_BYTES_MAX {
            return multipart::upload(self, upload, at, progress).await;
        }
        let _memory = self.memory(upload.size).await?;
        let request = self.request().await?;
        self.check(progress)?;
        let path = path_of(&self.context.source, &upload.key);
        let checksum = self.context.checksum;
        let encoder = match upload.content {
            Content::Compressed(_) => Some(self.encoders.acquire().await?),
            Content::File | Content::Redirect(_) | Content::Version(_) => None,
        };
        let body = if upload.content == Content::File && upload.size <= READ_INLINE_BYTES_MAX {
            body(&path, upload, checksum)?
        } else {
            let planned = upload.clone();
            blocking(move || body(&path, &planned, checksum)).await?
        };
        drop(encoder);
        let key = self.context.destination.key(&upload.key);
        let again = self.proof_of_condition(&body);
        let proof = body.checksum.crc64_nvme.clone();
        let put = self.context.bucket.put(key, body, &upload.headers);
        let receipt = self.until_stopped(GRACE, put).await??;
        request.answered();
        if let Some(body) = again {
            self.audit_condition(upload, body, at).await;
        }
        self.audit_kept(upload, false, at).await;
        self.stored(upload, at, receipt, proof).await;
        Ok(())
    }

    /// Tells what the server said of an upload whose bytes have this CRC-64/NVME, if it was computed.
    pub(super) async fn stored(
        &self,
        upload: &Upload,
        at: ItemId,
        receipt: aws::Receipt,
        crc64_nvme: Option<String>,
    ) {
        if self.context.fence.is_none() {
            return;
        }
        let etag = receipt.etag.as_deref().map_or(ETag::Opaque, ETag::parse);
        let crc64 = crc64_nvme.as_deref().and_then(Crc64::parse);
        let version = receipt.version.as_deref();
        let receipt = Receipt::new(etag, upload.size, receipt.is_under_kms, crc64, version);
        self.events.tell(at, What::Stored(receipt)).await;
    }

    /// Ends an item whose turn came only after its step was given up.
    pub(super) fn check(&self, progress: &Progress) -> Result<(), ItemError> {
        if self.context.stop.is_requested() {
            Err(ItemError::Interrupted)
        } else if progress.goes_on(&self.context.stop) {
            Ok(())
        } else {
            Err(ItemError::Abandoned)
        }
    }

    /// Waits until there is room for a body of `bytes`.
    pub(super) async fn memory(&self, bytes: u64) -> Result<OwnedSemaphorePermit, ItemError> {
        // A part larger than all of the memory may go alone: waiting for more would be for ever.
        let permits = permits(bytes).min(permits(IN_FLIGHT_BYTES_MAX));
        let permits = u32::try_from(permits).unwrap_or(u32::MAX);
        let memory = Arc::clone(&self.memory);
        Ok(memory.acquire_many_owned(permits).await?)
    }

    /// Waits until another request may go out. None may once the session cannot be renewed: what is
    /// left of it is for requests under way, and for cleaning up.
    pub(super) async fn request(&self) -> Result<Pass<'_>, ItemError> {
        let request = self.last_request().await?;
        let session = self.context.bucket.check_session();
        session.map_err(ItemError::SessionEnded).map(|()| request)
    }

    /// The same for the request that finishes what others began, which what is left is for too.
    pub(super) async fn last_request(&self) -> Result<Pass<'_>, ItemError> {
        Ok(self.gate.pass().await?)
    }

    /// The result of `work`, unless a requested stop comes first and `work` takes longer than
    /// `grace` from then on.
    pub(super) async fn until_stopped<T>(
        &self,
        grace: Duration,
        work: impl Future<Output = T>,
    ) -> Result<T, ItemError> {
        let mut stop = self.context.stop.clone();
        tokio::select! {
            result = work => Ok(result),
            () = async {
                stop.requested().await;
                tokio::time::sleep(grace).await;
            } => Err(ItemError::Interrupted),
        }
    }
}
