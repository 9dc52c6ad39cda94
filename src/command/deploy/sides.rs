//! The two sides that a deploy compares, and how what computes over them stays out of the way of requests.

use std::sync::Arc;

use crate::command::error::RunError;
use deploy_core::rules::policy::Policy;
use deploy_core::tree::{LocalTree, RemoteTree};

/// Both sides, and the rules for headers. Clones share them.
#[derive(Clone)]
pub(super) struct Sides {
    pub(super) local: Arc<LocalTree>,
    pub(super) remote: Arc<RemoteTree>,
    pub(super) policy: Arc<Policy>,
}

/// Runs what takes long without waiting for anything.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, RunError> + Send + 'static,
) -> Result<T, RunError> {
    let working = tokio::task::spawn_blocking(work);
    working
        .await
        .unwrap_or_else(|error| Err(RunError::Panicked(error)))
}
