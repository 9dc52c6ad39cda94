//! Counts the requests that leave, each attempt of each operation, and those that the server had no
//! room for. Requests are named where they are made and counted where they leave, whichever way they
//! took.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::client::interceptors::context::FinalizerInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;

/// Number of requests by operation, for example `PutObject`. Clones share their counts.
#[derive(Clone, Debug, Default)]
pub struct RequestCounts {
    by_operation: Arc<Mutex<BTreeMap<String, u64>>>,
    throttling: Throttling,
}

/// What a request is counted as; one of its extensions. Without it a request is not counted.
#[derive(Clone, Debug)]
pub(in crate::aws) struct OperationName(pub(in crate::aws) String);

/// Number of attempts that were refused for coming too fast, or that were not answered in time.
/// Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Throttling(Arc<AtomicU64>);

impl Throttling {
    /// The number so far.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Too Many Requests, and S3's SlowDown.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
const THROTTLED_STATUSES: [u16; 2] = [429, 503];

impl RequestCounts {
    /// The counts so far.
    pub fn by_operation(&self) -> BTreeMap<String, u64> {
        self.counts().clone()
    }

    /// What the server had no room for.
    pub fn throttling(&self) -> Throttling {
        self.throttling.clone()
    }

    /// Counts `request`, which leaves.
    pub(super) fn count(&self, request: &HttpRequest) {
        if let Some(OperationName(name)) = request.extension() {
            *self.counts().entry(name.clone()).or_default() += 1;
        }
    }

    /// Takes note of an attempt that ended.
    pub(super) fn note(&self, context: &FinalizerInterceptorContextRef<'_>) {
        let refused = context
            .response()
            .is_some_and(|response| THROTTLED_STATUSES.contains(&response.status().as_u16()));
        let error = context.output_or_error().and_then(Result::err);
        let late = error.is_some_and(|error| {
            error.is_timeout_error()
                || error
                    .as_connector_error()
                    .is_some_and(ConnectorError::is_timeout)
        });
        if refused || late {
            self.throttling.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.by_operation
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
