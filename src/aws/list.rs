//! Listing: ListObjectsV2 page by page into a [`RemoteTree`].

use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::types::{EncodingType, Object};
use percent_encoding::percent_decode_str;

use super::bucket::Bucket;
use super::error::AwsError;
use super::page_guard::PageGuard;
use crate::etag::ETag;
use crate::tree::RemoteTree;

/// Why there is no listing.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The request failed.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// The answer makes no sense.
    #[error("ListObjectsV2: the server's answer cannot be used: {0}")]
    Answer(&'static str),
}

impl Bucket {
    /// Everything below `prefix` (empty, or ending in `/`) that `takes` by its relative key.
    /// Objects of no bytes whose key ends in `/` are the
    /// consoles' folder markers: nobody's content, and not listed.
    ///
    /// # Errors
    /// When a page cannot be had or read.
    pub async fn list(
        &self,
        prefix: &str,
        mut takes: impl FnMut(&str) -> bool,
    ) -> Result<RemoteTree, ListError> {
        let mut tree = RemoteTree::default();
        let mut continuation: Option<String> = None;
        let mut guard = PageGuard::default();
        loop {
            let page = self.page(prefix, continuation.clone(), None).await?;
            let encoded = page.encoding_type() == Some(&EncodingType::Url);
            for object in page.contents() {
                let Listed {
                    key,
                    size,
                    etag,
                    modified_secs,
                } = read(object, encoded)?;
                let relative = key.strip_prefix(prefix).ok_or(ListError::Answer(
                    "a key is outside the prefix that was asked for",
                ))?;
                let is_marker = size == 0 && (relative.is_empty() || relative.ends_with('/'));
                if !is_marker && takes(relative) && !tree.push(relative, size, etag, modified_secs)
                {
                    return Err(ListError::Answer("more than 4 GiB of keys"));
                }
            }
            if page.is_truncated() != Some(true) {
                tree.sort();
                return Ok(tree);
            }
            let next = page.next_continuation_token().map(str::to_owned);
            let objects = page.contents();
            let first_key = objects.first().and_then(Object::key);
            guard.check(
                first_key,
                objects.len(),
                continuation.as_deref(),
                next.as_deref(),
            )?;
            continuation = Some(next.ok_or(ListError::Answer(
                "a truncated page without a continuation token",
            ))?);
        }
    }

    /// The one object `prefix` + `name`, as a tree of one or none: the key itself sorts before
    /// every longer one, so that the first answer tells.
    ///
    /// # Errors
    /// When the listing cannot be had or read.
    pub async fn list_one(&self, prefix: &str, name: &str) -> Result<RemoteTree, ListError> {
        let full_key = format!("{prefix}{name}");
        let page = self.page(&full_key, None, Some(1)).await?;
        let encoded = page.encoding_type() == Some(&EncodingType::Url);
        let mut tree = RemoteTree::default();
        for object in page.contents() {
            let object = read(object, encoded)?;
            if object.key == full_key {
                tree.push(name, object.size, object.etag, object.modified_secs);
            }
        }
        Ok(tree)
    }

    async fn page(
        &self,
        prefix: &str,
        continuation: Option<String>,
        keys_max: Option<i32>,
    ) -> Result<ListObjectsV2Output, AwsError> {
        self.client
            .list_objects_v2()
            .bucket(&self.name)
            .set_prefix((!prefix.is_empty()).then(|| prefix.to_owned()))
            .set_continuation_token(continuation)
            .set_max_keys(keys_max)
            // Keys may hold characters that XML cannot carry; this way they come escaped.
            .encoding_type(EncodingType::Url)
            .set_expected_bucket_owner(self.expected_owner.clone())
            .send()
            .await
            .map_err(|error| AwsError::from_sdk("ListObjectsV2", &error))
    }
}

/// What a listing says of one object.
struct Listed {
    key: String,
    size: u64,
    etag: ETag,
    modified_secs: u32,
}

fn read(object: &Object, encoded: bool) -> Result<Listed, ListError> {
    let key = object
        .key()
        .ok_or(ListError::Answer("an object without a key"))?;
    let size = object.size().and_then(|size| u64::try_from(size).ok());
    let size = size.ok_or(ListError::Answer("an object without a size"))?;
    let key = if encoded {
        decode(key)?
    } else {
        key.to_owned()
    };
    // A server that tells no time has its objects taken for old: that uploads rather than skips.
    let modified = object
        .last_modified()
        .map(|time| u32::try_from(time.secs()));
    Ok(Listed {
        key,
        size,
        etag: ETag::parse(object.e_tag().unwrap_or_default()),
        modified_secs: modified.and_then(Result::ok).unwrap_or_default(),
    })
}

/// S3 escapes as forms do: `+` is a blank.
fn decode(key: &str) -> Result<String, ListError> {
    let decoded = percent_decode_str(&key.replace('+', " "))
        .decode_utf8()
        .map(std::borrow::Cow::into_owned);
    decoded.map_err(|_| ListError::Answer("a key that is not UTF-8"))
}
