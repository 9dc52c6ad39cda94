//! What execution tells while it works.

use tokio::sync::{AcquireError, mpsc};

use crate::aws::{AwsError, Kind};
use deploy_core::plan::ItemId;
use deploy_core::record::Receipt;

/// Events that may wait for the reporter before execution waits for it.
const QUEUE_MAX: usize = 1024;

/// One thing that happened.
#[derive(Debug)]
pub enum Event {
    /// The step of this index in the plan begins.
    StepBegan(usize),
    /// Something came of an item.
    Item {
        /// Which item.
        at: ItemId,
        /// What came of it.
        what: What,
    },
    /// The step of this index ended; whether well is told by its items.
    StepEnded(usize),
}

/// What came of an item of the plan.
#[derive(Debug)]
pub enum What {
    /// So many bytes of its upload in parts are there, beside those that were told before; none when
    /// it begins.
    Sent(u64),
    /// CloudFront is asked for the invalidation.
    Invalidating,
    /// Its upload was taken, and this is what the server said of it; [`What::Done`] follows.
    Stored(Receipt),
    /// It is done: the server said so.
    Done,
    /// It is not deleted, because it is not what was listed any more.
    Kept,
    /// It failed.
    Failed(ItemError),
    /// Parts of its upload, which failed, could not be removed from the bucket.
    PartsLeft(AwsError),
    /// An attempt to begin its upload in parts got no answer: S3 may have begun one without parts.
    UploadLost,
    /// It is stored, but without these of its headers, or its tags or ACL; [`What::Done`] follows.
    HeadersLost {
        /// Their names.
        names: Vec<&'static str>,
        /// Whether uploads in parts alone lose them.
        in_parts: bool,
    },
    /// The server stored something a second time although it was there, against NO_OVERWRITE;
    /// [`What::Done`] follows.
    ConditionIgnored {
        /// Whether it does so to uploads in parts alone.
        in_parts: bool,
    },
    /// It is deleted without the condition that it is what was listed, which was refused like this;
    /// [`What::Done`] follows.
    Unguarded(AwsError),
    /// CloudFront took the invalidation; [`What::Done`] follows.
    Invalidated(Invalidated),
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
    /// It was not sent, because what stopped another item of its step would stop it as well.
    #[error("not sent, because it would fail as others did")]
    Abandoned,
    /// A requested stop cut it short.
    #[error("interrupted")]
    Interrupted,
}

/// Waiting ends without its turn only where nothing more is to be done.
impl From<AcquireError> for ItemError {
    fn from(_: AcquireError) -> Self {
        Self::Interrupted
    }
}

impl ItemError {
    /// Whether it is the identity that failed.
    pub fn is_identity(&self) -> bool {
        self.aws().is_some_and(|error| error.kind == Kind::Identity)
    }

    /// Whether it will fail in the same way until somebody mends the cause. A file that is gone or
    /// has changed is looked at anew by the next run.
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::Aws(error) | Self::SessionEnded(error) => error.is_permanent(),
            Self::Read(error) => error.kind() != std::io::ErrorKind::NotFound,
            Self::Changed | Self::Abandoned | Self::Interrupted => false,
        }
    }

    /// What to ask about it, where no server had a part in it.
    pub fn question(&self) -> Option<&'static str> {
        match self {
            Self::Changed => {
                Some("does something still write to LOCAL_PATH? Let it end before the pipe begins")
            }
            Self::Read(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Some("did something remove it from LOCAL_PATH while the deploy ran?")
            }
            Self::Read(_) => Some("may the pipe's user read it?"),
            Self::Aws(_) | Self::SessionEnded(_) | Self::Abandoned | Self::Interrupted => None,
        }
    }

    /// The refusal behind it.
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
    pub fn channel() -> (Self, mpsc::Receiver<Event>) {
        let (sender, receiver) = mpsc::channel(QUEUE_MAX);
        (Self(sender), receiver)
    }

    /// Tells what came of an item, waiting while the reporter is behind.
    pub async fn tell(&self, at: ItemId, what: What) {
        self.send(Event::Item { at, what }).await;
    }

    /// Sends, waiting while the reporter is behind. A reporter that is gone is nobody to tell.
    pub async fn send(&self, event: Event) {
        drop(self.0.send(event).await);
    }
}
