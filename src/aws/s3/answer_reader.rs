//! Has answers of success read by this program instead of the SDK: attempts, retries and errors stay
//! the SDK's.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, Error, Output,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin;
use aws_smithy_runtime_api::client::ser_de::{DeserializeResponse, SharedResponseDeserializer};
use aws_smithy_types::config_bag::{ConfigBag, FrozenLayer};

use deploy_core::answers::xml::Malformed;

/// How the body of an answer is read.
type Read<T> = dyn Fn(&[u8]) -> Result<T, Malformed> + Send + Sync;

/// What reads the answer of one request; an interceptor of it. Clones share what was read.
pub(super) struct AnswerReader<T> {
    read: Arc<Read<T>>,
    answer: Arc<Mutex<Option<T>>>,
    /// What the SDK is told in its place.
    empty: fn() -> Output,
    /// The SDK's settings of the operation: its reader, for answers that are errors.
    settings: Option<FrozenLayer>,
}

impl<T> AnswerReader<T> {
    /// A reader for one request of `operation`, which hands `empty` on.
    pub(super) fn new(
        operation: &impl RuntimePlugin,
        empty: fn() -> Output,
        read: impl Fn(&[u8]) -> Result<T, Malformed> + Send + Sync + 'static,
    ) -> Self {
        Self {
            read: Arc::new(read),
            answer: Arc::default(),
            empty,
            settings: operation.config(),
        }
    }

    /// What was read, once.
    pub(super) fn answer(&self) -> Option<T> {
        let mut answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        answer.take()
    }
}

impl<T: Send + 'static> Intercept for AnswerReader<T> {
    fn name(&self) -> &'static str {
        "AnswerReader"
    }

    fn read_before_serialization(
        &self,
        _context: &BeforeSerializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let reader = SharedResponseDeserializer::new(self.clone());
        config.interceptor_state().store_put(reader);
        Ok(())
    }
}

impl<T: Send + 'static> DeserializeResponse for AnswerReader<T> {
    fn deserialize_nonstreaming_with_config(
        &self,
        response: &HttpResponse,
        config: &ConfigBag,
    ) -> Result<Output, OrchestratorError<Error>> {
        if response.status().as_u16() != 200
            && let Some(settings) = &self.settings
            && let Some(reader) = settings.load::<SharedResponseDeserializer>()
        {
            return reader.deserialize_nonstreaming_with_config(response, config);
        }
        let body = response.body().bytes().unwrap_or_default();
        let answer = (self.read)(body).map_err(OrchestratorError::other)?;
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        Ok((self.empty)())
    }
}

impl<T> Clone for AnswerReader<T> {
    fn clone(&self) -> Self {
        Self {
            read: Arc::clone(&self.read),
            answer: Arc::clone(&self.answer),
            empty: self.empty,
            settings: self.settings.clone(),
        }
    }
}

impl<T> fmt::Debug for AnswerReader<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AnswerReader")
    }
}
