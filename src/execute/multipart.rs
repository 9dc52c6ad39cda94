//! A large file: its parts side by side, and never an upload left open if it can be helped.

use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::event::{ItemError, What};
use super::read::{PlannedFile, blocking};
use super::{Progress, Run};
use crate::aws::{AwsError, Begun, Kind, MultipartUpload, Operation, Part};
use deploy_core::object::body::Checksum;
use deploy_core::object::body::{BodyChecksum, WholeChecksum};
use deploy_core::object::parts::{part_count, part_size};
use deploy_core::plan::{ItemId, Upload};
use deploy_core::tree::path_of;

/// Parts of one file in flight at most; the run's own limits hold beside it.
const PARTS_IN_FLIGHT_MAX: usize = 16;

/// How long removing the parts of a failed upload may take, all attempts together.
const ABORT_TIMEOUT: Duration = Duration::from_mins(1);

/// The same after a stop was requested, and how long beginning an upload may go on then: `docker
/// stop` kills after ten seconds.
const GRACE: Duration = Duration::from_secs(5);

pub(super) async fn upload(
    run: &Run,
    upload: &Upload,
    at: ItemId,
    progress: &Progress,
) -> Result<(), ItemError> {
    let path = path_of(&run.context.source, &upload.key);
    let planned = upload.clone();
    let file = blocking(move || PlannedFile::open(&path, &planned)).await?;
    let key = run.context.destination.key(&upload.key);
    let bucket = &run.context.bucket;
    let begun = {
        let _request = run.request().await?;
        run.check(progress)?;
        let create = bucket.create_upload(key, &upload.headers);
        run.until_stopped(GRACE, create).await
    };
    let Ok(Begun {
        result,
        response_lost,
    }) = begun
    else {
        run.events.tell(at, What::UploadLost).await;
        return Err(ItemError::Interrupted);
    };
    if response_lost {
        run.events.tell(at, What::UploadLost).await;
    }
    let begun = result?;
    run.events.tell(at, What::Sent(0)).await;
    // From here on the upload is open: whatever happens, it is completed or aborted.
    let sent = run.until_stopped(
        Duration::ZERO,
        parts_and_completion(run, upload, at, &file, &begun),
    );
    let Err(error) = sent.await.and_then(|result| result) else {
        run.audit_headers(upload, at).await;
        return Ok(());
    };
    if let Err(error) = abort(run, &begun).await {
        run.events.tell(at, What::PartsLeft(error)).await;
    }
    Err(error)
}

/// Removes what there is of `upload`.
async fn abort(run: &Run, upload: &MultipartUpload) -> Result<(), AwsError> {
    const NO_SUCH_UPLOAD: &str = "NoSuchUpload";
    let abort = run.until_stopped(GRACE, run.context.bucket.abort_upload(upload));
    match tokio::time::timeout(ABORT_TIMEOUT, abort).await {
        Ok(Ok(Err(error))) if error.code.as_deref() == Some(NO_SUCH_UPLOAD) => Ok(()),
        Ok(Ok(result)) => result,
        Ok(Err(_)) | Err(_) => Err(AwsError::local(
            Operation::AbortMultipartUpload,
            Kind::IdleTimeout,
            "no answer in time",
        )),
    }
}

async fn parts_and_completion(
    run: &Run,
    upload: &Upload,
    at: ItemId,
    file: &PlannedFile,
    begun: &MultipartUpload,
) -> Result<(), ItemError> {
    let part_size = part_size(upload.size);
    let sent: Vec<(Part, BodyChecksum, u64)> = stream::iter(0..part_count(upload.size, part_size))
        .map(|index| async move {
            let offset = index * part_size;
            let size = part_size.min(upload.size - offset);
            let sent = part(run, file, begun, index, offset, size).await?;
            run.events.tell(at, What::Sent(size)).await;
            Ok::<_, ItemError>(sent)
        })
        .buffered(PARTS_IN_FLIGHT_MAX)
        .try_collect()
        .await?;
    let unchanged = file.clone();
    blocking(move || unchanged.verify()).await?;
    let mut whole = WholeChecksum::default();
    let mut parts = Vec::with_capacity(sent.len());
    for (part, checksum, size) in sent {
        whole.append(&checksum, size);
        parts.push(part);
    }
    let checked = matches!(run.context.checksum, Checksum::Crc64Nvme { .. });
    let whole = whole.encoded().filter(|_| checked);
    let _request = run.last_request().await?;
    let bucket = &run.context.bucket;
    let completed = bucket.complete_upload(begun, parts, upload.size, whole.clone());
    let receipt = completed.await?;
    run.stored(upload, at, receipt, whole).await;
    Ok(())
}

async fn part(
    run: &Run,
    file: &PlannedFile,
    begun: &MultipartUpload,
    index: u64,
    offset: u64,
    size: u64,
) -> Result<(Part, BodyChecksum, u64), ItemError> {
    let _memory = run.memory(size).await?;
    let request = run.request().await?;
    let (file, checksum) = (file.clone(), run.context.checksum);
    let body = blocking(move || file.read(offset, size, checksum)).await?;
    let proof = body.checksum.clone();
    let number = i32::try_from(index + 1).unwrap_or(i32::MAX);
    let part = run.context.bucket.upload_part(begun, number, body).await?;
    request.answered();
    Ok((part, proof, size))
}
