//! Whether a server keeps what it takes. Some drop headers, tags, ACLs and conditions without a word, which
//! one question tells after the first object that has them. AWS is not asked.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Run;
use super::event::What;
use super::multipart;
use crate::aws::AskChecksum;
use deploy_core::answers::kept;
use deploy_core::object::body::Body;
use deploy_core::object::headers::ObjectHeaders;
use deploy_core::object::stored::Stored;
use deploy_core::plan::compare::Reason;
use deploy_core::plan::{ItemId, Upload};
use deploy_core::record;

/// How long a question may go on after a stop was requested.
const GRACE: Duration = Duration::ZERO;

/// The condition of NO_OVERWRITE, of a PUT and of an upload in parts.
const CONDITION: [&str; 2] = ["If-None-Match", "If-None-Match of uploads in parts"];

/// Tags, of objects that were put and of those that were uploaded in parts: some servers keep the former
/// alone.
const TAGS: [&str; 2] = ["the tags", "the tags of uploads in parts"];

/// The type of an object, and of one that is uploaded because of its headers.
const TYPE: [&str; 2] = ["Content-Type", "Content-Type once more"];

const ACL: &str = "the ACL";

/// What a server was asked about.
#[derive(Debug, Default)]
pub(super) struct Audit(Mutex<BTreeSet<&'static str>>);

impl Audit {
    /// Whether `question` was not asked so far; from now on it was.
    fn is_due(&self, question: &'static str) -> bool {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        asked.insert(question)
    }

    /// The names of those headers of `upload` that were not asked about so far. Each object has a
    /// Content-Type, which servers keep but for its charset: it is asked about beside another, and where
    /// what was stored may be why the object is uploaded once more.
    fn due(&self, upload: &Upload) -> Vec<&'static str> {
        let [first, again] = TYPE;
        let mut due = Stored::default().differences(&upload.headers);
        due.retain(|name| *name != first && self.is_due(name));
        let is_again = upload.reason == Reason::Headers && self.is_due(again);
        if is_again || !due.is_empty() && self.is_due(first) {
            due.push(first);
        }
        due
    }
}

impl Run {
    /// `body` once more, if it is to tell whether the server heeds the condition that it is put on.
    pub(super) fn proof_of_condition(&self, body: &Body) -> Option<Body> {
        let [of_put, _] = CONDITION;
        let bucket = &self.context.bucket;
        let is_due = bucket.protects() && !bucket.is_aws() && self.audit.is_due(of_put);
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
            let [_, of_parts] = CONDITION;
            // Which goes without saying then.
            self.audit.is_due(of_parts);
            let what = What::ConditionIgnored { in_parts: false };
            self.events.tell(at, what).await;
        }
    }

    /// The same of an upload in parts: the object that is tried with is the pipe's own, for the file need
    /// not be sent twice, and never changes, so that it does no harm if the condition is ignored. Who wants
    /// no such objects has no record either.
    pub(super) async fn audit_condition_of_parts(&self, upload: &Upload, at: ItemId) {
        let [_, of_parts] = CONDITION;
        let bucket = &self.context.bucket;
        let may_ask = bucket.protects() && !bucket.is_aws() && self.context.fence.is_some();
        if !may_ask || !self.audit.is_due(of_parts) {
            return;
        }
        let key = self.context.destination.key(record::TRIAL);
        let headers = ObjectHeaders {
            encryption: upload.headers.encryption.clone(),
            ..ObjectHeaders::default()
        };
        if multipart::ignores_condition(self, &key, &headers, at).await {
            let what = What::ConditionIgnored { in_parts: true };
            self.events.tell(at, what).await;
        }
    }

    /// Asks what `upload`, which was just put or uploaded in parts, is stored with, if it has anything that
    /// none before it had. A server that does not answer leaves the question open.
    pub(super) async fn audit_kept(&self, upload: &Upload, in_parts: bool, at: ItemId) {
        if self.context.bucket.is_aws() || !self.context.reads {
            return;
        }
        let lost = self.lost_headers(upload).await;
        self.tell_lost(lost, false, at).await;
        let (key, size) = (self.context.destination.key(&upload.key), upload.size);
        let bucket = &self.context.bucket;
        let tags = &upload.headers.tags;
        let [of_put, of_parts] = TAGS;
        let question = if in_parts { of_parts } else { of_put };
        if !tags.is_empty() && self.audit.is_due(question) {
            let asked = bucket.keeps_tags(&key, size, tags);
            let lost = self.lost("the tags", asked).await;
            // What is lost of all is not asked about in parts.
            if !lost.is_empty() {
                self.audit.is_due(of_parts);
            }
            self.tell_lost(lost, in_parts, at).await;
        }
        let readers = upload.headers.acl.as_deref().and_then(kept::group_of);
        if let Some(group) = readers
            && self.audit.is_due(ACL)
        {
            let asked = bucket.lets_read(&key, size, group);
            let lost = self.lost(ACL, asked).await;
            self.tell_lost(lost, false, at).await;
        }
    }

    async fn tell_lost(&self, names: Vec<&'static str>, in_parts: bool, at: ItemId) {
        if !names.is_empty() {
            let what = What::HeadersLost { names, in_parts };
            self.events.tell(at, what).await;
        }
    }

    async fn lost_headers(&self, upload: &Upload) -> Vec<&'static str> {
        let mut due = self.audit.due(upload);
        if due.is_empty() {
            return due;
        }
        let Ok(_request) = self.request().await else {
            return Vec::new();
        };
        let key = self.context.destination.key(&upload.key);
        let head = self.context.bucket.head(key, AskChecksum::No);
        let Ok(Ok(Some(stored))) = self.until_stopped(GRACE, head).await else {
            return Vec::new();
        };
        let lost = stored.differences(&upload.headers);
        due.retain(|name| lost.contains(name));
        due
    }

    /// `name`, if `asked` says that it is not kept.
    async fn lost(
        &self,
        name: &'static str,
        asked: impl Future<Output = Option<bool>>,
    ) -> Vec<&'static str> {
        let Ok(_request) = self.request().await else {
            return Vec::new();
        };
        match self.until_stopped(GRACE, asked).await {
            Ok(Some(false)) => vec![name],
            Ok(Some(true) | None) | Err(_) => Vec::new(),
        }
    }
}
