//! One small object that several deploys may write: fetched unless it is known already; and what must hold
//! of it for it to be written.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html>

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use bytes::{Bytes, BytesMut};

use super::bucket::Bucket;
use crate::aws::error::{AwsError, Kind};
use crate::aws::operation::Operation;
use deploy_core::base::units::MIB;

/// Bytes that are asked for at a time: no answer may be as large as a record of a million lines.
const RANGE_BYTES: u64 = 8 * MIB;

/// How often a piece is asked for again whose answer broke off: the SDK tries a request again, and not
/// what comes after the head of its answer.
const REREADS_MAX: usize = 2;

/// What came of fetching.
#[derive(Clone, Debug)]
pub enum Fetched {
    /// There is no such object.
    Absent,
    /// It is the one that is known.
    Known,
    /// It is larger than it may be.
    TooLarge(String),
    /// It is this, with this ETag.
    Object(Bytes, String),
}

/// What must hold of an object for a PUT to replace it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// That there is none.
    Absent,
    /// That it has this ETag.
    Is(String),
    /// Nothing.
    Nothing,
}

impl Bucket {
    /// Fetches the object `key` of up to `bytes_max` bytes, unless it has the ETag `known`.
    ///
    /// # Errors
    /// When a request fails.
    pub async fn fetch(
        &self,
        key: &str,
        known: Option<&str>,
        bytes_max: u64,
    ) -> Result<Fetched, AwsError> {
        let mut bytes = BytesMut::new();
        let mut etag: Option<String> = None;
        let mut rereads = 0;
        loop {
            let begin = bytes.len() as u64;
            let request = self
                .client
                .get_object()
                .bucket(&self.name)
                .key(key)
                .range(format!("bytes={begin}-{}", begin + RANGE_BYTES - 1))
                .set_if_none_match(known.filter(|_| begin == 0).map(str::to_owned))
                .set_if_match(etag.clone())
                .set_expected_bucket_owner(self.owner());
            let answer = match request.send().await {
                Ok(answer) => answer,
                Err(error) => return not_fetched(&error),
            };
            let total = total(&answer);
            let now = answer.e_tag.clone().unwrap_or_default();
            if *etag.get_or_insert_with(|| now.clone()) != now {
                return Err(garbled("the object changed while it was read"));
            }
            if total.is_some_and(|total| total > bytes_max) {
                return Ok(Fetched::TooLarge(now));
            }
            let piece = match answer.body.collect().await {
                Ok(piece) => piece.into_bytes(),
                Err(_) if rereads < REREADS_MAX => {
                    rereads += 1;
                    etag = etag.filter(|_| begin > 0);
                    continue;
                }
                Err(error) => return Err(garbled(&error.to_string())),
            };
            let is_last = match total {
                Some(total) => begin + piece.len() as u64 >= total,
                None => true,
            };
            if piece.is_empty() && !is_last {
                return Err(garbled(
                    "the answer has none of the bytes that were asked for",
                ));
            }
            if is_last && begin == 0 {
                return Ok(Fetched::Object(piece, now));
            }
            bytes.extend_from_slice(&piece);
            if is_last {
                return Ok(Fetched::Object(bytes.freeze(), now));
            }
        }
    }

    /// What an upload asks for: with NO_OVERWRITE, that there is no object.
    #[must_use]
    pub fn unless_protected(&self) -> Condition {
        if self.protects() {
            Condition::Absent
        } else {
            Condition::Nothing
        }
    }

    /// That what is in a key's place still is what `replaces` says. Of AWS only: who knows what another
    /// server makes of it in a request that copies.
    #[must_use]
    pub fn unless_replaced(&self, replaces: Option<&str>) -> Condition {
        match replaces {
            _ if !self.is_aws => Condition::Nothing,
            Some(etag) => Condition::Is(etag.to_owned()),
            None => Condition::Absent,
        }
    }

    /// `If-None-Match` and `If-Match`. With `*` S3 takes a key only while there is no object.
    pub(super) fn headers_of(&self, condition: &Condition) -> (Option<String>, Option<String>) {
        match condition {
            Condition::Nothing => (None, None),
            Condition::Absent => (Some("*".to_owned()), None),
            Condition::Is(etag) if self.is_aws => (None, Some(etag.clone())),
            // Ceph 16 and 18 compare the header as it comes with what they keep, which has no quotes;
            // every other server that was tried takes both.
            Condition::Is(etag) => (None, Some(etag.trim_matches('"').to_owned())),
        }
    }
}

/// What an answer without the object comes to.
fn not_fetched(error: &SdkError<GetObjectError, HttpResponse>) -> Result<Fetched, AwsError> {
    let error = AwsError::from_sdk(Operation::GetObject, error);
    match error.status {
        Some(304) => Ok(Fetched::Known),
        Some(404) if error.is_of_key() => Ok(Fetched::Absent),
        // An object of no bytes has none in any range.
        Some(416) => Ok(Fetched::Object(Bytes::new(), String::new())),
        _ => Err(error),
    }
}

/// How many bytes the object has, where the answer is a range of it.
fn total(answer: &GetObjectOutput) -> Option<u64> {
    let range = answer.content_range.as_deref()?;
    range.rsplit_once('/')?.1.parse().ok()
}

fn garbled(reason: &str) -> AwsError {
    AwsError::local(Operation::GetObject, Kind::Malformed, reason)
}
