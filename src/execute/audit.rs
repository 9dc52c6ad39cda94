//! Whether a server keeps what it takes. Some drop headers and conditions without a word, which one
//! question tells after the first object that has them. AWS is not asked.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Run;
use super::event::What;
use crate::aws::AskChecksum;
use deploy_core::object::body::Body;
use deploy_core::object::headers::ObjectHeaders;
use deploy_core::object::stored::Stored;
use deploy_core::plan::{ItemId, Upload};

/// How long a question may go on after a stop was requested.
const GRACE: Duration = Duration::ZERO;

/// What a server was asked about.
#[derive(Debug, Default)]
pub(super) struct Audit {
    headers: Mutex<BTreeSet<&'static str>>,
    conditions: AtomicBool,
}

impl Audit {
    /// The names of those of `headers` that were not asked about so far; from now on they were. Each object
    /// has a Content-Type, which servers keep.
    fn due(&self, headers: &ObjectHeaders) -> Vec<&'static str> {
        let mut due = Stored::default().differences(headers);
        due.retain(|name| *name != "Content-Type");
        if due.is_empty() {
            return due;
        }
        let asked = self.headers.lock();
        let mut asked = asked.unwrap_or_else(PoisonError::into_inner);
        due.retain(|name| asked.insert(name));
        due
    }
}

impl Run {
    /// `body` once more, if it is to tell whether the server heeds the condition that it is put on.
    pub(super) fn proof_of_condition(&self, body: &Body) -> Option<Body> {
        let bucket = &self.context.bucket;
        let is_due = bucket.protects()
            && !bucket.is_aws()
            && !self.audit.conditions.swap(true, Ordering::Relaxed);
        is_due.then(|| body.clone())
    }

    /// Puts `body` where it was just put, on the condition that nothing is there.
    pub(super) async fn audit_condition(&self, upload: &Upload, body: Body, at: ItemId) {
        let Ok(_request) = self.request().await else {
            return;
        };
        let key = self.context.destination.key(&upload.key);
        let put = self.context.bucket.put(key, body, &upload.headers);
        if let Ok(Ok(_)) = self.until_stopped(GRACE, put).await {
            self.events.tell(at, What::ConditionIgnored).await;
        }
    }

    /// Asks what `upload`, which was just put, is stored with, if it has headers that none before it had.
    /// A server that does not answer leaves the question open.
    pub(super) async fn audit_headers(&self, upload: &Upload, at: ItemId) {
        let bucket = &self.context.bucket;
        if bucket.is_aws() || !self.context.reads {
            return;
        }
        let due = self.audit.due(&upload.headers);
        if due.is_empty() {
            return;
        }
        let Ok(_request) = self.request().await else {
            return;
        };
        let key = self.context.destination.key(&upload.key);
        let head = self.until_stopped(GRACE, bucket.head(key, AskChecksum::No));
        let Ok(Ok(Some(stored))) = head.await else {
            return;
        };
        let mut lost = stored.differences(&upload.headers);
        lost.retain(|name| due.contains(name));
        if !lost.is_empty() {
            self.events.tell(at, What::HeadersLost(lost)).await;
        }
    }
}
