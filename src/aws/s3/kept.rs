//! Whether a server keeps what its answer to a HEAD does not tell: tags and ACLs. What it says is weighed
//! here; whom to tell is the caller's.

use std::collections::BTreeMap;

use aws_sdk_s3::config::Builder;
use aws_sdk_s3::config::retry::RetryConfig;

use super::bucket::Bucket;
use crate::aws::error::AwsError;
use crate::aws::operation::Operation;
use deploy_core::answers::kept;
use deploy_core::answers::xml::Malformed;

/// Bytes of an answer at most: ten tags, or a hundred grants.
const ANSWER_BYTES_MAX: i64 = 64 * 1024;

impl Bucket {
    /// Whether the object `key` of `size` bytes has these `tags`; none where the server does not say.
    pub async fn keeps_tags(
        &self,
        key: &str,
        size: u64,
        tags: &BTreeMap<String, String>,
    ) -> Option<bool> {
        let has_all = |body: &[u8]| {
            let kept = kept::tags(body)?;
            Ok(tags
                .iter()
                .all(|(name, value)| kept.get(name) == Some(value)))
        };
        self.ask(Operation::GetObjectTagging, "tagging", key, size, has_all)
            .await
    }

    /// Whether the object `key` of `size` bytes lets `group` read it; none where the server does not say.
    pub async fn lets_read(&self, key: &str, size: u64, group: &str) -> Option<bool> {
        let lets_read = |body: &[u8]| Ok(kept::readers(body)?.iter().any(|it| it == group));
        self.ask(Operation::GetObjectAcl, "acl", key, size, lets_read)
            .await
    }

    /// Asks `question` of an object once. Servers that do not know it may take it for GetObject: that they
    /// answer with the object shows that they keep nothing of the kind, and so does that they say so.
    async fn ask(
        &self,
        operation: Operation,
        question: &'static str,
        key: &str,
        size: u64,
        read: impl Fn(&[u8]) -> Result<bool, Malformed>,
    ) -> Option<bool> {
        let sent = self
            .client
            .get_object()
            .bucket(&self.name)
            .key(key)
            .set_expected_bucket_owner(self.owner())
            .customize()
            .mutate_request(move |request| {
                let object = request.uri().split('?').next().unwrap_or_default();
                // It was one without the question.
                drop(request.set_uri(format!("{object}?{question}")));
            })
            .config_override(Builder::new().retry_config(RetryConfig::disabled()))
            .send()
            .await;
        let answer = match sent {
            Ok(answer) => answer,
            Err(error) => {
                let error = AwsError::from_sdk(operation, &error);
                tracing::debug!("{error}");
                let code = error.code.as_deref().unwrap_or_default();
                let has_none = code.starts_with("NoSuchTagSet") || code == "NotImplemented";
                return has_none.then_some(false);
            }
        };
        let length = answer.content_length.unwrap_or_default();
        let is_object = u64::try_from(length).is_ok_and(|length| length == size);
        if length > ANSWER_BYTES_MAX {
            return is_object.then_some(false);
        }
        let body = answer.body.collect().await;
        let body = body.inspect_err(|error| tracing::debug!("{operation}: {error}"));
        match read(&body.ok()?.into_bytes()) {
            Ok(is_kept) => Some(is_kept),
            Err(_) if is_object => Some(false),
            Err(error) => {
                tracing::debug!("{operation}: {error}");
                None
            }
        }
    }
}
