//! One object in one PUT, for whatever is in its place or only for what has to be.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>

use aws_sdk_s3::operation::put_object::{PutObject, PutObjectInput};
use aws_smithy_runtime_api::client::interceptors::context::Input;

use super::body::{Receipt, orchestrated, with_body};
use super::bucket::Bucket;
use super::conditional::Condition;
use super::headers::with_headers;
use crate::aws::Operation;
use crate::aws::error::AwsError;
use deploy_core::object::body::Body;
use deploy_core::object::headers::ObjectHeaders;

const OPERATION: Operation = Operation::PutObject;

/// What came of a conditional PUT.
#[derive(Clone, Debug)]
pub enum Put {
    /// It is done; with the new ETag, if the server tells it.
    Done(Option<String>),
    /// The condition did not hold, or another write was under way.
    Lost(AwsError),
    /// The server does not take such conditions.
    Unconditional(AwsError),
}

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
        let condition = self.unless_protected();
        let receipt = self.put_object(&key, &body, headers, &condition).await?;
        self.verify(OPERATION, &body.checksum, &receipt)?;
        Ok(receipt)
    }

    /// Stores `body` as `key` if `condition` holds.
    ///
    /// # Errors
    /// When the request fails for another reason.
    pub async fn put_if(
        &self,
        key: &str,
        body: Body,
        headers: &ObjectHeaders,
        condition: &Condition,
    ) -> Result<Put, AwsError> {
        let error = match self.put_object(key, &body, headers, condition).await {
            Ok(receipt) => {
                // A deploy puts its record first: whether the ETag is an MD5 is then known of all others.
                self.contradicts(OPERATION, &body.checksum, &receipt);
                return Ok(Put::Done(receipt.etag));
            }
            Err(error) => error,
        };
        let is_conditional = *condition != Condition::Nothing;
        match error.status {
            Some(409 | 412) => Ok(Put::Lost(error)),
            // Of a condition on an object that is gone.
            Some(404) if error.is_of_key() => Ok(Put::Lost(error)),
            Some(501) if is_conditional => Ok(Put::Unconditional(error)),
            // Some servers find fault with the header, and not with what it says.
            Some(400) if is_conditional && !self.is_aws => Ok(Put::Unconditional(error)),
            _ => Err(error),
        }
    }

    async fn put_object(
        &self,
        key: &str,
        body: &Body,
        headers: &ObjectHeaders,
        condition: &Condition,
    ) -> Result<Receipt, AwsError> {
        let (absent, is) = self.headers_of(condition);
        macro_rules! request {
            ($builder:expr) => {
                with_headers!(with_body!($builder, self, key, body), headers)
                    .set_if_none_match(absent.clone())
                    .set_if_match(is.clone())
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
        let described = PutObject::new();
        self.send_body(OPERATION, &described, input, orchestrate)
            .await
    }
}
