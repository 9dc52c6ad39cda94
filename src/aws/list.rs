//! Listing: ListObjectsV2 into a [`RemoteTree`], ranges of keys side by side where there is more than
//! one page.

use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::types::{EncodingType, Object};
use percent_encoding::percent_decode_str;
use tokio::task::JoinSet;

use super::bucket::Bucket;
use super::error::AwsError;
use super::page_guard::PageGuard;
use crate::etag::ETag;
use crate::tree::{KeySpan, LocalTree, PageEnd, RemoteTree, Spans};

/// How the names of directory buckets end.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-bucket-naming-rules.html>
const DIRECTORY_BUCKET_SUFFIX: &str = "--x-s3";

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
    /// consoles' folder markers: nobody's content, and not listed. What follows the first page is
    /// listed in ranges side by side, cut at the keys of `local`.
    ///
    /// # Errors
    /// When a page cannot be had or read.
    pub async fn list(
        &self,
        prefix: &str,
        local: &LocalTree,
        mut takes: impl FnMut(&str) -> bool,
    ) -> Result<RemoteTree, ListError> {
        if self.lists_in_order()
            && let Some(tree) = self.list_spans(prefix, local, &mut takes).await?
        {
            return Ok(tree);
        }
        self.list_in_sequence(prefix, &mut takes).await
    }

    /// Directory buckets list in no order, and do not know `start-after`.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
    fn lists_in_order(&self) -> bool {
        !self.name.ends_with(DIRECTORY_BUCKET_SUFFIX)
    }

    /// Lists ranges side by side; `None` where the server does not answer in order, or from where it
    /// was asked to, as some that are not S3 do.
    async fn list_spans(
        &self,
        prefix: &str,
        local: &LocalTree,
        takes: &mut impl FnMut(&str) -> bool,
    ) -> Result<Option<RemoteTree>, ListError> {
        let mut tree = RemoteTree::default();
        let mut spans = Spans::new(local);
        let mut guard = PageGuard::default();
        let mut pages = JoinSet::new();
        loop {
            while let Some(span) = spans.start() {
                let (bucket, prefix) = (self.clone(), prefix.to_owned());
                pages.spawn(async move {
                    let place = Place::of(&span, &prefix);
                    let page = bucket.read_page(&prefix, place).await;
                    (span, page)
                });
            }
            let Some(answered) = pages.join_next().await else {
                tree.sort();
                return Ok(Some(tree));
            };
            let (span, page) = answered.map_err(|_| ListError::Answer("it could not be read"))?;
            let page = page?;
            if !page.follows(span.after.as_deref()) {
                return Ok(None);
            }
            // Keys that follow each other are no circle, and ranges side by side may see the same key.
            guard.check(
                None,
                page.objects.len(),
                span.continuation.as_deref(),
                page.next(),
            )?;
            for object in &page.objects {
                if span.reaches(&object.key) {
                    object.join(&mut tree, takes)?;
                }
            }
            spans.take(span, page.end());
        }
    }

    /// Lists page after page, in whatever order.
    async fn list_in_sequence(
        &self,
        prefix: &str,
        takes: &mut impl FnMut(&str) -> bool,
    ) -> Result<RemoteTree, ListError> {
        let mut tree = RemoteTree::default();
        let mut guard = PageGuard::default();
        let mut asked: Option<String> = None;
        loop {
            let place = asked.clone().map_or(Place::Start, Place::Continued);
            let page = self.read_page(prefix, place).await?;
            for object in &page.objects {
                object.join(&mut tree, takes)?;
            }
            let first_key = page.objects.first().map(|object| object.key.as_str());
            guard.check(first_key, page.objects.len(), asked.as_deref(), page.next())?;
            if page.continuation.is_none() {
                tree.sort();
                return Ok(tree);
            }
            asked = page.continuation;
        }
    }

    /// The page at `place`, with keys relative to `prefix`.
    async fn read_page(&self, prefix: &str, place: Place) -> Result<Page, ListError> {
        let output = self.page(prefix, place, None).await?;
        let encoded = output.encoding_type() == Some(&EncodingType::Url);
        let objects = output.contents().iter().map(|object| {
            let mut listed = read(object, encoded)?;
            if !listed.key.starts_with(prefix) {
                let outside = "a key is outside the prefix that was asked for";
                return Err(ListError::Answer(outside));
            }
            listed.key.drain(..prefix.len());
            Ok(listed)
        });
        let objects = objects.collect::<Result<_, _>>()?;
        let continuation = match (output.is_truncated(), output.next_continuation_token()) {
            (Some(true), None) => {
                let missing = "a truncated page without a continuation token";
                return Err(ListError::Answer(missing));
            }
            (Some(true), Some(token)) => Some(token.to_owned()),
            _ => None,
        };
        Ok(Page {
            objects,
            continuation,
        })
    }

    /// The one object `prefix` + `name`, as a tree of one or none: the key itself sorts before
    /// every longer one, so that the first answer tells.
    ///
    /// # Errors
    /// When the listing cannot be had or read.
    pub async fn list_one(&self, prefix: &str, name: &str) -> Result<RemoteTree, ListError> {
        let full_key = format!("{prefix}{name}");
        let page = self.page(&full_key, Place::Start, Some(1)).await?;
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
        place: Place,
        keys_max: Option<i32>,
    ) -> Result<ListObjectsV2Output, AwsError> {
        let (after, continuation) = match place {
            Place::Start => (None, None),
            Place::After(key) => (Some(key), None),
            Place::Continued(token) => (None, Some(token)),
        };
        self.client
            .list_objects_v2()
            .bucket(&self.name)
            .set_prefix((!prefix.is_empty()).then(|| prefix.to_owned()))
            .set_start_after(after)
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

/// Where a page begins.
enum Place {
    /// With the first key below the prefix.
    Start,
    /// After this key, prefix and all.
    After(String),
    /// Where the page before ended.
    Continued(String),
}

impl Place {
    fn of(span: &KeySpan, prefix: &str) -> Self {
        match (&span.continuation, &span.after) {
            (Some(token), _) => Self::Continued(token.clone()),
            (None, Some(after)) => Self::After(format!("{prefix}{after}")),
            (None, None) => Self::Start,
        }
    }
}

/// What a page says; keys are relative to the prefix.
struct Page {
    objects: Vec<Listed>,
    /// What asks for the next one, if there is one.
    continuation: Option<String>,
}

impl Page {
    /// Whether its keys are in order, and after this one.
    fn follows(&self, after: Option<&str>) -> bool {
        let keys = self.objects.iter().map(|object| object.key.as_str());
        after
            .into_iter()
            .chain(keys)
            .is_sorted_by(|one, next| one < next)
    }

    /// What asks for the next one.
    fn next(&self) -> Option<&str> {
        self.continuation.as_deref()
    }

    fn end(&self) -> PageEnd<'_> {
        PageEnd {
            keys: self.objects.len(),
            last: self.objects.last().map(|object| object.key.as_str()),
            continuation: self.next(),
        }
    }
}

/// What a listing says of one object.
struct Listed {
    key: String,
    size: u64,
    etag: ETag,
    modified_secs: u32,
}

impl Listed {
    /// Joins `tree`, unless it is a marker or nothing that `takes`.
    fn join(
        &self,
        tree: &mut RemoteTree,
        takes: &mut impl FnMut(&str) -> bool,
    ) -> Result<(), ListError> {
        let key = self.key.as_str();
        let is_marker = self.size == 0 && (key.is_empty() || key.ends_with('/'));
        if is_marker || !takes(key) || tree.push(key, self.size, self.etag, self.modified_secs) {
            Ok(())
        } else {
            Err(ListError::Answer("more than 4 GiB of keys"))
        }
    }
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
