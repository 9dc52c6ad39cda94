//! Notes which requests are tried again, why, and after what pause: without it a throttled run is
//! silent for as long as its pauses are.
//!
//! An interceptor sees an attempt fail, and the SDK then asks for a pause, on the same thread and
//! before it awaits anything else: so the two belong together.

use std::cell::RefCell;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep, TokioSleep};
use aws_smithy_runtime_api::client::interceptors::context::{
    FinalizerInterceptorContextRef, InterceptorContext,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_types::config_bag::ConfigBag;

use crate::aws::told::Told;
use deploy_core::base::causes::causes;

/// Longest pause between two attempts.
pub(super) const BACKOFF_MAX: Duration = Duration::from_secs(20);

/// Most that wait to be taken; the others are only counted.
const NOTED_MAX: usize = 1_000;

/// A request that is tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    /// The operation, for example `PutObject`.
    pub operation: String,
    /// Why the last attempt was not enough, for example `SlowDown (HTTP 503)`.
    pub reason: String,
    /// Which attempt is next.
    pub attempt: u32,
    /// How many there are at most.
    pub attempts_max: u32,
    /// The pause before it.
    pub pause: Duration,
}

/// Requests that are tried again. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Retries(Arc<Mutex<Vec<Retry>>>);

thread_local! {
    /// The attempt that has just failed on this thread, until it is known what follows.
    static FAILED: RefCell<Option<Retry>> = const { RefCell::new(None) };
}

impl Retries {
    /// Those that came up since this was last asked, up to a bound.
    pub fn take(&self) -> Vec<Retry> {
        mem::take(&mut *self.noted())
    }

    fn noted(&self) -> MutexGuard<'_, Vec<Retry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes an attempt that ended, until a pause follows on the same thread.
pub(super) fn note(context: &FinalizerInterceptorContextRef<'_>, config: &ConfigBag) {
    let error = context.output_or_error().and_then(Result::err);
    FAILED.set(error.map(|error| {
        let operation = config.load::<Metadata>();
        let attempts = config.load::<RequestAttempts>();
        let settings = config.load::<RetryConfig>();
        Retry {
            operation: operation.map_or_else(String::new, |it| it.name().to_owned()),
            reason: match context.response() {
                Some(response) => {
                    let status = format!("HTTP {}", response.status().as_u16());
                    match Told::in_body(response.body().bytes()).code {
                        Some(code) => format!("{code} ({status})"),
                        None => status,
                    }
                }
                None => causes(error)
                    .last()
                    .map_or_else(String::new, ToString::to_string),
            },
            attempt: attempts.map_or(1, RequestAttempts::attempts) + 1,
            attempts_max: settings.map_or(1, RetryConfig::max_attempts),
            pause: Duration::ZERO,
        }
    }));
}

/// Sleeps, and notes the sleeps that are pauses between attempts.
impl AsyncSleep for Retries {
    fn sleep(&self, duration: Duration) -> Sleep {
        // What bounds an attempt or an operation sleeps for longer than any pause.
        let failed = FAILED.take().filter(|_| duration <= BACKOFF_MAX);
        if let Some(failed) = failed {
            let mut noted = self.noted();
            if noted.len() < NOTED_MAX {
                noted.push(Retry {
                    pause: duration,
                    ..failed
                });
            }
        }
        TokioSleep::new().sleep(duration)
    }
}

/// Tries again after those errors of an operation that are meant.
#[derive(Debug)]
pub(in crate::aws) struct RetryOn<E> {
    pub(in crate::aws) is_meant: fn(&E) -> bool,
    pub(in crate::aws) action: fn() -> RetryAction,
}

impl<E: std::error::Error + Send + Sync + 'static> ClassifyRetry for RetryOn<E> {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let error = context
            .output_or_error()
            .and_then(Result::err)
            .and_then(|error| error.as_operation_error())
            .and_then(|error| error.downcast_ref::<E>());
        if error.is_some_and(self.is_meant) {
            (self.action)()
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "RetryOn"
    }
}
