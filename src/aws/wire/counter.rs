//! Counts the requests that leave, each attempt of each operation, and those that the server had no
//! room for. Requests are named where they are made and counted where they leave, whichever way they
//! took.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextMut, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, Metadata};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// Number of requests by operation, for example `PutObject`. Clones share their counts.
#[derive(Clone, Debug, Default)]
pub struct RequestCounts {
    by_operation: Arc<Mutex<BTreeMap<String, u64>>>,
    throttling: Throttling,
}

/// What a request is counted as; one of its extensions. Without it a request is not counted.
#[derive(Clone, Debug)]
pub(in crate::aws) struct OperationName(Cow<'static, str>);

impl From<&'static str> for OperationName {
    fn from(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }
}

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
        let Some(OperationName(name)) = request.extension() else {
            return;
        };
        let mut counts = self.counts();
        if let Some(count) = counts.get_mut(&**name) {
            *count += 1;
        } else {
            counts.insert(name.clone().into_owned(), 1);
        }
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.by_operation
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Intercept for RequestCounts {
    fn name(&self) -> &'static str {
        "RequestCounts"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(operation) = config.load::<Metadata>() {
            let name = OperationName(operation.name().to_owned().into());
            context.request_mut().add_extension(name);
        }
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
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
        Ok(())
    }
}
