//! The deploy record in the bucket: read beside the listing, written before the first change and when
//! all is done, each time only if nobody else has written it meanwhile.
//!
//! It is no lock: nothing waits, and nothing has to be broken after a crash. Who writes last has taken
//! over, and the other one stops before its pages or deletions.

use std::time::Duration;

use bytes::Bytes;

use super::found::{Found, now, parse, without};
use super::releases::{self, Size};
use crate::aws::{AwsError, Bucket, Condition, Fetched, Kind, Operation, Put};
use crate::command::error::RunError;
use crate::config::Config;
use crate::config::record::Mode;
use crate::execute::Fence;
use crate::system::stop::Stop;
use deploy_core::object::body::{Body, Checksum};
use deploy_core::object::destination::Destination;
use deploy_core::object::headers::ObjectHeaders;
use deploy_core::plan::Owed;
use deploy_core::record::{self, Head, Lines, Sets, State};

/// Times that a PUT is tried whose condition did not hold although the record is what it was.
const ATTEMPTS_MAX: usize = 3;

/// How long what comes last may take: all else is done by then.
const END_TIMEOUT: Duration = Duration::from_mins(1);

/// How long it may take once a stop is requested.
const STOP_TIMEOUT: Duration = Duration::from_secs(3);

/// What comes of what is put last, if that comes in time.
pub(super) async fn in_time<T>(
    operation: Operation,
    mut stop: Stop,
    put: impl Future<Output = Result<T, AwsError>>,
) -> Result<T, AwsError> {
    let stopped = async {
        stop.requested().await;
        tokio::time::sleep(STOP_TIMEOUT).await;
    };
    let put = tokio::select! {
        put = tokio::time::timeout(END_TIMEOUT, put) => put.ok(),
        () = stopped => None,
    };
    put.unwrap_or_else(|| {
        let late = "no answer in time";
        Err(AwsError::local(operation, Kind::IdleTimeout, late))
    })
}

/// What became of beginning.
pub(super) enum Begun {
    /// The record says that this run deploys.
    Held,
    /// There is no record.
    Without,
    /// Another deploy has begun since this one looked at the bucket, which may be out of date.
    Raced,
}

/// This run's hand on the record.
pub(super) struct Recorder {
    bucket: Bucket,
    destination: Destination,
    headers: ObjectHeaders,
    checksum: Checksum,
    mode: Mode,
    /// What it says of this run.
    pub(super) head: Head,
    owed: Owed,
    condition: Condition,
    /// Whether the record is there, as it is for all but a first deploy.
    exists: bool,
    /// Whether it was told which protection is missing.
    has_warned: bool,
    /// How many releases are kept.
    releases_max: u64,
    /// Bytes of what is deployed.
    pub(super) size_bytes: u64,
}

impl Recorder {
    /// One for this run, which has the unmistakable name `run`, after what it `found`.
    pub(super) fn new(
        config: &Config,
        bucket: &Bucket,
        destination: &Destination,
        found: &Found,
        run: &str,
        owed: Owed,
    ) -> Self {
        // What a bucket's policy may ask of every object, this one has too, but for what would show it
        // to more people, or make it slow to read.
        let acl = config.headers.acl.clone();
        let headers = ObjectHeaders {
            content_type: Some(record::CONTENT_TYPE.to_owned()),
            cache_control: Some(record::CACHE_CONTROL.to_owned()),
            content_encoding: None,
            content_disposition: None,
            content_language: None,
            expires: None,
            website_redirect: None,
            acl: acl.filter(|acl| !acl.starts_with("public") && acl != "authenticated-read"),
            storage_class: None,
            ..config.headers.clone()
        };
        let last = found.record.as_ref().map(|record| &record.head);
        let head = Head {
            deploy: run.to_owned(),
            began: now(),
            who: config.record.who.clone(),
            conditional: last.and_then(|last| last.conditional),
            release: last.and_then(|last| last.release),
            ..Head::new(destination.prefix())
        };
        Self {
            bucket: bucket.replacing(),
            destination: destination.clone(),
            headers,
            checksum: config.storage.checksum,
            mode: config.record.mode,
            head,
            owed,
            condition: found.condition.clone(),
            exists: found.condition != Condition::Absent,
            has_warned: false,
            releases_max: config.releases,
            size_bytes: 0,
        }
    }

    /// Says that this run deploys, before it changes anything.
    pub(super) async fn begin(&mut self, sets: &Sets, lines: &Lines) -> Result<Begun, RunError> {
        let head = Head {
            owed: self.owed.before,
            ..self.head.clone()
        };
        match self.put(head, sets, lines).await {
            Ok(Written::Yes) => Ok(Begun::Held),
            Ok(Written::Overtaken(_)) => Ok(Begun::Raced),
            // Without one nobody believes what is not there; an old one would be believed.
            Err(error) if !self.exists && self.mode == Mode::Auto && is_refusal(&error) => {
                without(&self.destination, &error, "s3:PutObject");
                Ok(Begun::Without)
            }
            Err(error) => Err(RunError::record(error)),
        }
    }

    /// What execution is to look at before its pages and its deletions.
    pub(super) fn fence(&self) -> Option<Fence> {
        let Condition::Is(etag) = &self.condition else {
            return None;
        };
        Some(Fence {
            key: self.destination.key(record::KEY),
            etag: etag.clone(),
            prefix: self.destination.prefix().to_owned(),
            deploy: self.head.deploy.clone(),
        })
    }

    /// Says what this run has done, and whether that is all of it.
    pub(super) async fn end(
        mut self,
        is_done: bool,
        (sets, lines): (Sets, Lines),
        stop: Stop,
    ) -> Result<(), RunError> {
        let max = self.releases_max;
        // Without versions there is nothing to go back to.
        let has_versions = lines.iter().any(|(_, entry)| entry.version.is_some());
        let is_kept = is_done && max > 0 && has_versions;
        let kept = is_kept.then_some(self.head.release.unwrap_or_default() + 1);
        self.head.release = kept.or(self.head.release);
        let objects = lines.iter().filter(|(_, entry)| entry.is_deployed());
        let size = Size {
            objects: objects.count() as u64,
            bytes: self.size_bytes,
        };
        let mut head = self.head.clone();
        head.owed = self.owed.before;
        if is_done {
            head.state = State::Done;
            head.ended = Some(now());
            head.owed = self.owed.after;
        }
        let put = self.put_last(head.clone(), sets, lines);
        let error = match in_time(Operation::PutObject, stop.clone(), put).await {
            Ok(Written::Yes) => {
                if let Some(number) = kept {
                    let release = releases::keep(
                        &self.bucket,
                        &self.destination,
                        releases::kept_with(&self.headers, &head, size),
                        number % max,
                    );
                    let kept = in_time(Operation::CopyObject, stop, release).await;
                    if let Err(error) = kept {
                        tracing::warn!(
                            "no rollback can go back to this deploy, because it is not kept: {error}"
                        );
                    }
                }
                return Ok(());
            }
            Ok(Written::Overtaken(head)) => {
                tracing::warn!("{}, which has taken over since", record::Deployed(&head));
                return Ok(());
            }
            Err(error) => error,
        };
        if self.mode == Mode::Required && is_done {
            return Err(RunError::record(error));
        }
        tracing::warn!(
            "the deploy record `{}` does not say what this deploy has done, so that the next one knows less: {error}",
            self.destination.url(record::KEY)
        );
        Ok(())
    }

    /// Looks first whether the server heeds conditions, where nobody has looked: it is to put what is there
    /// already only if there is nothing. If it does so all the same, it has the record.
    async fn put_last(
        &mut self,
        head: Head,
        sets: Sets,
        lines: Lines,
    ) -> Result<Written, AwsError> {
        let is_known = self.bucket.is_aws() || self.head.conditional.is_some();
        if is_known || !self.exists {
            return self.put(head, &sets, &lines).await;
        }
        let condition = std::mem::replace(&mut self.condition, Condition::Absent);
        let ignoring = Head {
            conditional: Some(false),
            ..head.clone()
        };
        let body = self.body(&ignoring, &sets, &lines);
        match self.put_once(body).await? {
            Put::Done(etag) => {
                self.head.conditional = Some(false);
                self.wrote(etag);
                return Ok(Written::Yes);
            }
            Put::Lost(_) => self.head.conditional = Some(true),
            Put::Unconditional(_) => {}
        }
        self.condition = condition;
        self.put(head, &sets, &lines).await
    }

    /// Puts the record if it is still the one that is known.
    async fn put(&mut self, head: Head, sets: &Sets, lines: &Lines) -> Result<Written, AwsError> {
        let mut head = head;
        if self.head.conditional == Some(false) {
            self.condition = Condition::Nothing;
        }
        head.conditional = self.head.conditional;
        let mut body = self.body(&head, sets, lines);
        for _ in 0..ATTEMPTS_MAX {
            match self.put_once(body.clone()).await? {
                Put::Done(etag) => {
                    self.wrote(etag);
                    return Ok(Written::Yes);
                }
                Put::Unconditional(error) => {
                    tracing::debug!("{error}");
                    self.condition = Condition::Nothing;
                    self.head.conditional = Some(false);
                    head.conditional = Some(false);
                    body = self.body(&head, sets, lines);
                }
                Put::Lost(_) => match self.look(head.state).await? {
                    Looked::Ours => return Ok(Written::Yes),
                    Looked::Unchanged => {}
                    Looked::Other(head) => return Ok(Written::Overtaken(head)),
                },
            }
        }
        // The server refuses for no reason that can be seen: there is nothing to wait for.
        self.condition = Condition::Nothing;
        match self.put_once(body).await? {
            Put::Done(etag) => {
                self.warn_unprotected();
                self.wrote(etag);
                Ok(Written::Yes)
            }
            Put::Lost(error) | Put::Unconditional(error) => Err(error),
        }
    }

    async fn put_once(&self, body: Body) -> Result<Put, AwsError> {
        let key = self.destination.key(record::KEY);
        self.bucket
            .put_if(&key, body, &self.headers, &self.condition)
            .await
    }

    /// It may only now be said that conditions are not heeded: the server may refuse all alike.
    fn wrote(&mut self, etag: Option<String>) {
        if self.head.conditional == Some(false) {
            self.warn_unprotected();
        }
        self.exists = true;
        self.condition = etag.map_or(Condition::Nothing, Condition::Is);
    }

    /// What is in the place of the record now that a condition did not hold for one of `state`.
    async fn look(&mut self, state: State) -> Result<Looked, AwsError> {
        let key = self.destination.key(record::KEY);
        let known = match &self.condition {
            Condition::Is(etag) => Some(etag.as_str()),
            Condition::Absent | Condition::Nothing => None,
        };
        let fetched = self.bucket.fetch(&key, known, record::BYTES_MAX).await?;
        let (bytes, etag) = match fetched {
            Fetched::Known => return Ok(Looked::Unchanged),
            Fetched::Absent => {
                // Somebody has deleted it: nothing is lost but what it said.
                self.condition = Condition::Absent;
                return Ok(Looked::Unchanged);
            }
            Fetched::TooLarge(etag) => (Bytes::new(), etag),
            Fetched::Object(bytes, etag) => (bytes, etag),
        };
        if self.condition == Condition::Is(etag.clone()) {
            return Ok(Looked::Unchanged);
        }
        let prefix = self.destination.prefix().to_owned();
        let read = parse(bytes, &prefix).await;
        let head = read.map_or_else(|_| Head::new(&prefix), |record| record.head);
        if head.deploy != self.head.deploy {
            return Ok(Looked::Other(Box::new(head)));
        }
        self.wrote(Some(etag));
        Ok(if head.state == state {
            // The answer to an attempt was lost, and the next one met what that had written.
            Looked::Ours
        } else {
            // It is what this run wrote before, under another ETag than it was told.
            Looked::Unchanged
        })
    }

    fn body(&self, head: &Head, sets: &Sets, lines: &Lines) -> Body {
        let bytes = tokio::task::block_in_place(|| record::write(head, sets, lines));
        Body::new(Bytes::from(bytes), self.checksum)
    }

    fn warn_unprotected(&mut self) {
        if !std::mem::replace(&mut self.has_warned, true) {
            tracing::warn!(
                "the server does not heed conditions of PUT requests: two deploys at the same time are not kept from overwriting each other"
            );
        }
    }
}

/// What came of putting the record.
enum Written {
    /// It is there.
    Yes,
    /// Another deploy has written its own.
    Overtaken(Box<Head>),
}

/// What is in the place of the record.
enum Looked {
    /// What this run has put there.
    Ours,
    /// What was there when this run looked before.
    Unchanged,
    /// What another deploy has put there.
    Other(Box<Head>),
}

/// Whether the server will say the same next time, of this object at least.
fn is_refusal(error: &AwsError) -> bool {
    matches!(error.kind, Kind::Denied | Kind::Refused)
}
