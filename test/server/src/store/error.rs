//! Why the store refused. The words that S3 has for it are in `s3::errors`.

/// A refusal of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoreError {
    NoSuchBucket,
    NoSuchKey,
    NoSuchUpload,
    NoSuchVersion,
    DeleteMarker,
    PreconditionFailed,
    Conflict,
    NotImplemented,
    InvalidPart,
    InvalidPartOrder,
    EntityTooSmall,
}
