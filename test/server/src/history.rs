//! What was asked of the server, in order: every request, or only how many of each operation.

use crate::sync::{Clock, lock};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// A request as it arrived, and how it was answered.
#[derive(Clone, Debug)]
pub struct RecordedRequest {
    /// Place in the order of all events; shared with [`Change`](crate::Change).
    pub sequence: u64,
    /// The API's name for it: `PutObject`, `ListObjectsV2`, `AssumeRoleWithWebIdentity`,
    /// `CreateInvalidation`, `PutReport`.
    pub operation: String,
    /// HTTP method.
    pub method: String,
    /// Bucket name, if the path has one.
    pub bucket: Option<String>,
    /// Object key, decoded; of CloudFront the distribution, of Bitbucket the report's id.
    pub key: Option<String>,
    /// Query parameters, decoded; for STS the fields of the form.
    pub query: BTreeMap<String, String>,
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Bytes of body that were received; 0 until the body was read.
    pub body_size: u64,
    /// The body, if it is XML or JSON and not the content of an object.
    pub body: Bytes,
    /// HTTP status; `None` while unanswered, or when the connection was cut before anything was done.
    pub status: Option<u16>,
    /// The `Code` of an error answer.
    pub error_code: Option<String>,
}

/// Connections that were accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connections {
    /// How many, by the server's address.
    pub by_address: BTreeMap<IpAddr, usize>,
    /// How many of them resumed a TLS session.
    pub resumed: usize,
}

impl Connections {
    /// How many, to all addresses.
    #[must_use]
    pub fn total(&self) -> usize {
        self.by_address.values().sum()
    }
}

/// The requests so far.
#[derive(Debug)]
pub(crate) struct History {
    clock: Arc<Clock>,
    keep_requests: bool,
    state: Mutex<State>,
    changed: Condvar,
}

/// What a test can wait for.
#[derive(Debug, Default)]
pub(crate) struct State {
    requests: Vec<RecordedRequest>,
    pub(crate) counts: BTreeMap<String, usize>,
    pub(crate) held: usize,
    in_flight: usize,
    max_in_flight: usize,
    first_at: Option<SystemTime>,
    pub(crate) connections: usize,
    accepted: Connections,
}

impl History {
    pub(crate) fn new(clock: Arc<Clock>, keep_requests: bool) -> Self {
        Self {
            clock,
            keep_requests,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Records a request. It is in flight until the ticket is dropped.
    pub(crate) fn record(self: &Arc<Self>, mut request: RecordedRequest) -> Ticket {
        let mut state = lock(&self.state);
        let sequence = self.clock.tick();
        request.sequence = sequence;
        match state.counts.get_mut(&request.operation) {
            Some(count) => *count += 1,
            None => {
                state.counts.insert(request.operation.clone(), 1);
            }
        }
        state.in_flight += 1;
        state.first_at.get_or_insert_with(SystemTime::now);
        state.max_in_flight = state.max_in_flight.max(state.in_flight);
        if self.keep_requests {
            state.requests.push(request);
        }
        drop(state);
        self.changed.notify_all();
        Ticket {
            history: Arc::clone(self),
            sequence,
        }
    }

    /// Counts a connection to `address` for as long as the guard lives.
    pub(crate) fn connected(self: &Arc<Self>, address: IpAddr) -> Connected {
        let mut state = lock(&self.state);
        state.connections += 1;
        *state.accepted.by_address.entry(address).or_default() += 1;
        drop(state);
        Connected {
            history: Arc::clone(self),
        }
    }

    /// Counts a TLS session that was resumed.
    pub(crate) fn resumed(&self) {
        lock(&self.state).accepted.resumed += 1;
    }

    pub(crate) fn accepted(&self) -> Connections {
        lock(&self.state).accepted.clone()
    }

    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        lock(&self.state).requests.clone()
    }

    pub(crate) fn clear(&self) {
        let mut state = lock(&self.state);
        state.requests.clear();
        state.counts.clear();
        state.max_in_flight = state.in_flight;
        state.accepted = Connections::default();
        state.first_at = None;
    }

    pub(crate) fn counts(&self) -> BTreeMap<String, usize> {
        lock(&self.state).counts.clone()
    }

    pub(crate) fn count(&self, operation: &str) -> usize {
        lock(&self.state)
            .counts
            .get(operation)
            .copied()
            .unwrap_or(0)
    }

    pub(crate) fn max_in_flight(&self) -> usize {
        lock(&self.state).max_in_flight
    }

    /// When the first request arrived.
    pub(crate) fn first_at(&self) -> Option<SystemTime> {
        lock(&self.state).first_at
    }

    /// Whether requests are kept, or only counted.
    pub(crate) fn keeps_requests(&self) -> bool {
        self.keep_requests
    }

    pub(crate) fn held(&self) -> usize {
        lock(&self.state).held
    }

    /// Blocks until the condition holds; `false` if it did not within the timeout.
    pub(crate) fn wait_until(&self, timeout: Duration, condition: impl Fn(&State) -> bool) -> bool {
        let deadline = Instant::now() + timeout;
        let mut state = lock(&self.state);
        while !condition(&state) {
            let Some(left) = deadline.checked_duration_since(Instant::now()) else {
                return false;
            };
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

/// One connection of a client.
#[derive(Debug)]
pub(crate) struct Connected {
    history: Arc<History>,
}

impl Drop for Connected {
    fn drop(&mut self) {
        lock(&self.history.state).connections -= 1;
        self.history.changed.notify_all();
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(crate) struct Ticket {
    history: Arc<History>,
    sequence: u64,
}

impl Ticket {
    pub(crate) fn body_was_read(&self, size: usize, body: Bytes) {
        self.update(|request| {
            request.body_size = u64::try_from(size).unwrap_or(u64::MAX);
            request.body = body;
        });
    }

    pub(crate) fn answered(&self, status: u16, error_code: Option<String>) {
        self.update(|request| {
            request.status = Some(status);
            request.error_code = error_code;
        });
    }

    /// Counts the request as held for as long as the guard lives.
    pub(crate) fn hold(&self) -> HeldGuard {
        lock(&self.history.state).held += 1;
        self.history.changed.notify_all();
        HeldGuard {
            history: Arc::clone(&self.history),
        }
    }

    fn update(&self, change: impl FnOnce(&mut RecordedRequest)) {
        let mut state = lock(&self.history.state);
        let found = state
            .requests
            .binary_search_by_key(&self.sequence, |request| request.sequence);
        // Not found after `clear`, or when requests are only counted.
        if let Ok(index) = found
            && let Some(request) = state.requests.get_mut(index)
        {
            change(request);
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        lock(&self.history.state).in_flight -= 1;
        self.history.changed.notify_all();
    }
}

/// One request that is held back.
#[derive(Debug)]
pub(crate) struct HeldGuard {
    history: Arc<History>,
}

impl Drop for HeldGuard {
    fn drop(&mut self) {
        lock(&self.history.state).held -= 1;
        self.history.changed.notify_all();
    }
}
