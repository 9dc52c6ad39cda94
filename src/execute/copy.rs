//! An upload whose bytes are in the bucket already: a version of the object is copied over what is in its
//! place. The server moves the bytes, so that none are read here and none are in memory.

use super::event::ItemError;
use super::multipart::{self, Source};
use super::{GRACE, Progress, Run};
use crate::aws::Copy;
use deploy_core::object::content::Kept;
use deploy_core::plan::{ItemId, Upload};

impl Run {
    pub(super) async fn copy(
        &self,
        upload: &Upload,
        kept: &Kept,
        at: ItemId,
        progress: &Progress,
    ) -> Result<(), ItemError> {
        if kept.in_parts {
            let source = Source::Version(kept);
            return multipart::send(self, upload, at, progress, source).await;
        }
        let request = self.request().await?;
        self.check(progress)?;
        let key = self.context.destination.key(&upload.key);
        let copy = self.context.bucket.copy(Copy {
            from: &key,
            version: Some(&kept.id),
            to: &key,
            replaces: kept.replaces.as_deref(),
            headers: &upload.headers,
            is_relabelled: false,
        });
        let receipt = self.until_stopped(GRACE, copy).await??;
        request.answered();
        self.stored(upload, at, receipt, None).await;
        Ok(())
    }
}
