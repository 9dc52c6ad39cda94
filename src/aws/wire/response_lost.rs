//! Notes whether an attempt of a request got no answer, so that nobody knows whether the server has
//! done it: the attempt after it may then meet what this one did.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::FinalizerInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use deploy_core::base::causes::causes;

/// Whether an attempt got no answer. An interceptor of one request; clones see the same.
#[derive(Clone, Debug, Default)]
pub(in crate::aws) struct ResponseLost(Arc<AtomicBool>);

impl ResponseLost {
    pub(in crate::aws) fn any(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Intercept for ResponseLost {
    fn name(&self) -> &'static str {
        "Unanswered"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(Err(error)) = context.output_or_error() else {
            return Ok(());
        };
        let lost = error.is_timeout_error()
            || context
                .response()
                .is_some_and(|response| response.status().is_success())
            || error.is_response_error()
            || error
                .as_connector_error()
                .is_some_and(|error| !was_never_sent(error));
        if lost {
            self.0.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// Whether there was no connection to send anything on.
fn was_never_sent(error: &(dyn Error + 'static)) -> bool {
    causes(error)
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}
