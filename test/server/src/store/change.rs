//! One entry of the history of changes.

use bytes::Bytes;

/// Something that changed in a bucket, whoever did it: a client or the test itself.
///
/// Sequence numbers come from the same clock as those of
/// [`RecordedRequest`](crate::RecordedRequest), so the two histories merge into one. Replaying the
/// changes gives what was in the bucket at each moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// An object was created or replaced.
    Put {
        /// Place in the order of all events.
        sequence: u64,
        /// Bucket name.
        bucket: String,
        /// Object key.
        key: String,
        /// `ETag` without quotes.
        etag: String,
        /// The whole content.
        bytes: Bytes,
    },
    /// An object that was there was deleted.
    Delete {
        /// Place in the order of all events.
        sequence: u64,
        /// Bucket name.
        bucket: String,
        /// Object key.
        key: String,
    },
}

impl Change {
    /// Place in the order of all events.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        match self {
            Self::Put { sequence, .. } | Self::Delete { sequence, .. } => *sequence,
        }
    }

    /// Bucket name.
    #[must_use]
    pub fn bucket(&self) -> &str {
        match self {
            Self::Put { bucket, .. } | Self::Delete { bucket, .. } => bucket,
        }
    }

    /// Object key.
    #[must_use]
    pub fn key(&self) -> &str {
        match self {
            Self::Put { key, .. } | Self::Delete { key, .. } => key,
        }
    }
}
