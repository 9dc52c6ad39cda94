//! A large object, of a file or of a version that the bucket has: its parts side by side, and never an
//! upload left open if it can be helped.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::event::{ItemError, What};
use super::read::{PlannedFile, blocking};
use super::{GRACE, Progress, Run};
use crate::aws::{AwsError, Begun, Condition, Kind, MultipartUpload, Operation, Part};
use deploy_core::object::body::{Body, BodyChecksum, Checksum, WholeChecksum};
use deploy_core::object::content::Kept;
use deploy_core::object::headers::ObjectHeaders;
use deploy_core::object::parts::{part_count, part_size};
use deploy_core::plan::{ItemId, Upload};
use deploy_core::tree::path_of;

/// Parts of one file in flight at most; the run's own limits hold beside it.
const PARTS_IN_FLIGHT_MAX: usize = 16;

/// How long removing the parts of a failed upload may take, all attempts together.
const ABORT_TIMEOUT: Duration = Duration::from_mins(1);

/// Where the bytes of parts are.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    /// In a file.
    File(&'a PlannedFile),
    /// In a version that the bucket has kept: it becomes the object again in the same parts, with the same
    /// ETag.
    Version(&'a Kept),
}

/// A part that the server has, what proves its bytes where they were read here, and its size.
type SentPart = (Part, Option<BodyChecksum>, u64);

pub(super) async fn upload(
    run: &Run,
    upload: &Upload,
    at: ItemId,
    progress: &Progress,
) -> Result<(), ItemError> {
    let path = path_of(&run.context.source, &upload.key);
    let planned = upload.clone();
    let file = blocking(move || PlannedFile::open(&path, &planned)).await?;
    send(run, upload, at, progress, Source::File(&file)).await?;
    run.audit_condition_of_parts(upload, at).await;
    run.audit_kept(upload, true, at).await;
    Ok(())
}

/// Whether the server makes an object of parts although one is there, against the condition that there is
/// none. Tried with `key`, which is the same object whatever comes of it.
pub(super) async fn ignores_condition(
    run: &Run,
    key: &str,
    headers: &ObjectHeaders,
    at: ItemId,
) -> bool {
    // The first time there may have been no object.
    for _ in 0..2 {
        if let Err(error) = trial(run, key, headers, at).await {
            tracing::debug!("{error}");
            return false;
        }
    }
    true
}

/// Uploads the same few bytes to `key` in one part, on the condition that there is nothing.
async fn trial(run: &Run, key: &str, headers: &ObjectHeaders, at: ItemId) -> Result<(), ItemError> {
    const BYTES: &[u8] = b"If-None-Match\n";
    let bucket = &run.context.bucket;
    let _request = run.request().await?;
    let create = bucket.create_upload(key.to_owned(), headers);
    let begun = run.until_stopped(GRACE, create).await?.result?;
    let body = Body::new(Bytes::from_static(BYTES), run.context.checksum);
    let sent = async {
        let parts = vec![bucket.upload_part(&begun, 1, body).await?];
        let size = BYTES.len() as u64;
        let completed = bucket.complete_upload(&begun, parts, size, None, &Condition::Absent);
        completed.await.map(drop).map_err(ItemError::Aws)
    };
    completed_or_aborted(run, &begun, at, sent).await
}

pub(super) async fn send(
    run: &Run,
    upload: &Upload,
    at: ItemId,
    progress: &Progress,
    source: Source<'_>,
) -> Result<(), ItemError> {
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
    let sent = parts_and_completion(run, upload, at, source, &begun);
    completed_or_aborted(run, &begun, at, sent).await
}

/// Does what is to be `sent` to the open upload `begun`: whatever happens, it is completed or aborted.
async fn completed_or_aborted(
    run: &Run,
    begun: &MultipartUpload,
    at: ItemId,
    sent: impl Future<Output = Result<(), ItemError>>,
) -> Result<(), ItemError> {
    let sent = run.until_stopped(Duration::ZERO, sent).await;
    let result = sent.and_then(|result| result);
    if result.is_err()
        && let Err(error) = abort(run, begun).await
    {
        run.events.tell(at, What::PartsLeft(error)).await;
    }
    result
}

/// Removes what there is of `upload`.
async fn abort(run: &Run, upload: &MultipartUpload) -> Result<(), AwsError> {
    const NO_SUCH_UPLOAD: &str = "NoSuchUpload";
    let abort = run.until_stopped(GRACE, run.context.bucket.abort_upload(upload));
    let aborted = tokio::time::timeout(ABORT_TIMEOUT, abort).await;
    match aborted.ok().and_then(Result::ok) {
        Some(Err(error)) if error.code.as_deref() == Some(NO_SUCH_UPLOAD) => Ok(()),
        Some(result) => result,
        None => Err(AwsError::local(
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
    source: Source<'_>,
    begun: &MultipartUpload,
) -> Result<(), ItemError> {
    let part_size = part_size(upload.size);
    let sent: Vec<SentPart> = stream::iter(0..part_count(upload.size, part_size))
        .map(|index| async move {
            let offset = index * part_size;
            let size = part_size.min(upload.size - offset);
            let number = i32::try_from(index + 1).unwrap_or(i32::MAX);
            let (part, proof) = part(run, source, begun, number, (offset, size)).await?;
            run.events.tell(at, What::Sent(size)).await;
            Ok::<_, ItemError>((part, proof, size))
        })
        .buffered(PARTS_IN_FLIGHT_MAX)
        .try_collect()
        .await?;
    let bucket = &run.context.bucket;
    let condition = match source {
        Source::File(file) => {
            let unchanged = file.clone();
            blocking(move || unchanged.verify()).await?;
            bucket.unless_protected()
        }
        Source::Version(kept) => bucket.unless_replaced(kept.replaces.as_deref()),
    };
    let mut whole = Some(WholeChecksum::default());
    let mut parts = Vec::with_capacity(sent.len());
    for (part, proof, size) in sent {
        whole = whole.zip(proof).map(|(mut whole, proof)| {
            whole.append(&proof, size);
            whole
        });
        parts.push(part);
    }
    let checked = matches!(run.context.checksum, Checksum::Crc64Nvme { .. });
    let whole = whole.and_then(|it| it.encoded()).filter(|_| checked);
    let _request = run.last_request().await?;
    let completed = bucket.complete_upload(begun, parts, upload.size, whole.clone(), &condition);
    let receipt = completed.await?;
    run.stored(upload, at, receipt, whole).await;
    Ok(())
}

/// Has the server take `size` bytes from `offset` on.
async fn part(
    run: &Run,
    source: Source<'_>,
    begun: &MultipartUpload,
    number: i32,
    (offset, size): (u64, u64),
) -> Result<(Part, Option<BodyChecksum>), ItemError> {
    let bucket = &run.context.bucket;
    let file = match source {
        Source::File(file) => file.clone(),
        Source::Version(kept) => {
            let request = run.request().await?;
            let part = bucket.copy_part(begun, number, &kept.id, (offset, size));
            let part = part.await?;
            request.answered();
            return Ok((part, None));
        }
    };
    let _memory = run.memory(size).await?;
    let request = run.request().await?;
    let checksum = run.context.checksum;
    let body = blocking(move || file.read(offset, size, checksum)).await?;
    let proof = body.checksum.clone();
    let part = bucket.upload_part(begun, number, body).await?;
    request.answered();
    Ok((part, Some(proof)))
}
