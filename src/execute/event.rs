//! What execution tells while it works.

use tokio::sync::mpsc;

use crate::aws::{AwsError, Kind};

/// Which item of the plan something is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) step: usize,
    pub(super) item: usize,
}

/// Events that may wait for the reporter before execution waits for it.
const QUEUE_MAX: usize = 1024;

/// One thing that happened. Indices are those of the plan.
#[derive(Debug)]
pub enum Event {
    /// A step starts.
    StepBegan {
        /// Index of the step.
        step: usize,
    },
    /// An item is done: S3 said so.
    Done {
        /// Index of the step.
        step: usize,
        /// Index of the item in it.
        item: usize,
    },
    /// An item failed.
    Failed {
        /// Index of the step.
        step: usize,
        /// Index of the item in it.
        item: usize,
        /// Why.
        error: ItemError,
    },
    /// Parts of an upload that failed could not be removed from the bucket.
    PartsLeft {
        /// Index of the step.
        step: usize,
        /// Index of the item in it.
        item: usize,
        /// Why.
        error: AwsError,
    },
    /// An attempt to begin an upload in parts got no answer: S3 may have begun one without parts.
    UploadLost {
        /// Index of the step.
        step: usize,
        /// Index of the item in it.
        item: usize,
    },
    /// CloudFront took an invalidation; [`Event::Done`] follows.
    Invalidated {
        /// Index of the step.
        step: usize,
        /// Index of the item in it.
        item: usize,
        /// What is known of it.
        invalidated: Invalidated,
    },
    /// A step ended; whether well is told by its items.
    StepEnded {
        /// Index of the step.
        step: usize,
    },
}

/// An invalidation that CloudFront took.
#[derive(Clone, Debug)]
pub struct Invalidated {
    /// CloudFront's id of it.
    pub id: String,
    /// What came of waiting for it.
    pub waited: Waited,
}

/// What came of waiting for the completion of an invalidation. None of it is a failure: CloudFront
/// completes what it took.
#[derive(Clone, Debug)]
pub enum Waited {
    /// It is completed.
    Completed,
    /// It was not waited for.
    NotAtAll,
    /// It was not completed in time, or when the run was asked to stop.
    TooLong,
    /// CloudFront would not tell.
    Unknown(AwsError),
}

/// Why one item of the plan failed.
#[derive(Debug, thiserror::Error)]
pub enum ItemError {
    /// A request failed.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// AWS refused to renew the session, so that nothing more is sent.
    #[error("not sent, because the session has ended: {0}")]
    SessionEnded(AwsError),
    /// The file could not be read.
    #[error("the file cannot be read: {0}")]
    Read(#[source] std::io::Error),
    /// The file is not the one that was planned.
    #[error("the file changed while it was being deployed")]
    Changed,
    /// A requested stop cut it short.
    #[error("interrupted")]
    Interrupted,
}

impl ItemError {
    /// Whether it is the identity that failed.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        self.aws().is_some_and(|error| error.kind == Kind::Identity)
    }

    /// Whether the server was not heard of.
    #[must_use]
    pub fn is_silence(&self) -> bool {
        self.aws().is_some_and(AwsError::is_silence)
    }

    /// Whether the other items would fail alike.
    #[must_use]
    pub fn concerns_all(&self) -> bool {
        self.aws().is_some_and(AwsError::concerns_all)
    }

    /// The refusal behind it.
    #[must_use]
    pub fn aws(&self) -> Option<&AwsError> {
        match self {
            Self::Aws(error) | Self::SessionEnded(error) => Some(error),
            _ => None,
        }
    }
}

/// The sending side of the events.
#[derive(Clone, Debug)]
pub struct Events(mpsc::Sender<Event>);

impl Events {
    /// A bounded channel of events.
    #[must_use]
    pub fn channel() -> (Self, mpsc::Receiver<Event>) {
        let (sender, receiver) = mpsc::channel(QUEUE_MAX);
        (Self(sender), receiver)
    }

    /// Sends, waiting while the reporter is behind. A reporter that is gone is nobody to tell.
    pub async fn send(&self, event: Event) {
        drop(self.0.send(event).await);
    }
}
