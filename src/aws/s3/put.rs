//! One object in one PUT.

use std::sync::LazyLock;

use aws_sdk_s3::operation::put_object::{PutObject, PutObjectInput};
use aws_smithy_runtime_api::client::interceptors::context::Input;

use super::body::{Receipt, orchestrated, with_body};
use super::bucket::Bucket;
use super::direct::Operation;
use super::headers::with_headers;
use crate::aws;
use crate::aws::error::AwsError;
use deploy_core::object::body::Body;
use deploy_core::object::headers::ObjectHeaders;

static PUT_OBJECT: LazyLock<Operation> =
    LazyLock::new(|| Operation::new(aws::Operation::PutObject, &PutObject::new()));

impl Bucket {
    /// Stores `body` as `key`. The server verifies the body's checksum before it says yes.
    ///
    /// # Errors
    /// When the request fails, or the server does not confirm a checksum that has to be.
    pub async fn put(
        &self,
        key: String,
        body: Body,
        headers: &ObjectHeaders,
    ) -> Result<Receipt, AwsError> {
        macro_rules! request {
            ($builder:expr) => {
                with_headers!(with_body!($builder, self, &key, body), headers)
                    .set_if_none_match(self.if_none_match())
            };
        }
        let input = request!(PutObjectInput::builder())
            .build()
            .map(Input::erase);
        let orchestrate = async |config| {
            orchestrated!(
                request!(self.client.put_object()),
                config,
                self.payload,
                version_id
            )
        };
        self.send_body(&PUT_OBJECT, &body.checksum, input, orchestrate)
            .await
    }
}
