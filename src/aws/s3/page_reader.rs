//! Has the SDK's answers to ListObjectsV2 read by `listing_page`: attempts, retries and errors stay the
//! SDK's, and so does what `listing_page` refuses.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_s3::operation::list_objects_v2::{ListObjectsV2, ListObjectsV2Output};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, Error, Output,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin as _;
use aws_smithy_runtime_api::client::ser_de::{DeserializeResponse, SharedResponseDeserializer};
use aws_smithy_types::config_bag::ConfigBag;

use super::listing_page::{Page, parse};

/// What reads the answer of one operation. Clones share the page.
#[derive(Clone)]
pub(super) struct PageReader {
    prefix: Arc<str>,
    page: Arc<Mutex<Option<Page>>>,
}

impl PageReader {
    /// For a request for keys that begin with `prefix`.
    pub(super) fn new(prefix: &str) -> Self {
        Self {
            prefix: prefix.into(),
            page: Arc::default(),
        }
    }

    /// What was read; none if the SDK had to.
    pub(super) fn page(&self) -> Option<Page> {
        self.place().take()
    }

    fn place(&self) -> std::sync::MutexGuard<'_, Option<Page>> {
        self.page.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Intercept for PageReader {
    fn name(&self) -> &'static str {
        "PageReader"
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

impl DeserializeResponse for PageReader {
    fn deserialize_nonstreaming_with_config(
        &self,
        response: &HttpResponse,
        config: &ConfigBag,
    ) -> Result<Output, OrchestratorError<Error>> {
        let body = response
            .body()
            .bytes()
            .filter(|_| response.status().as_u16() == 200);
        let page = body.and_then(|body| parse(body, &self.prefix).ok());
        let is_read = page.is_some();
        *self.place() = page;
        if is_read {
            return Ok(Output::erase(ListObjectsV2Output::builder().build()));
        }
        read_by_sdk(response, config)
    }
}

/// As the SDK reads an answer.
fn read_by_sdk(
    response: &HttpResponse,
    config: &ConfigBag,
) -> Result<Output, OrchestratorError<Error>> {
    let settings = ListObjectsV2::new().config();
    let reader = settings
        .as_ref()
        .and_then(|settings| settings.load::<SharedResponseDeserializer>());
    match reader {
        Some(reader) => reader.deserialize_nonstreaming_with_config(response, config),
        None => Err(OrchestratorError::other("nothing reads the answer")),
    }
}

impl fmt::Debug for PageReader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PageReader")
    }
}
