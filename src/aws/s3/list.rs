//! Listing: ListObjectsV2, ranges of keys side by side where there is more than one page. What becomes
//! of the objects is the caller's.

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::list_objects_v2::{
    ListObjectsV2, ListObjectsV2Error, ListObjectsV2Output,
};
use aws_sdk_s3::types::EncodingType;
use aws_smithy_runtime_api::client::interceptors::context::Output;
use aws_smithy_runtime_api::http::Response;
use tokio::task::JoinSet;

use super::answer_reader::AnswerReader;
use super::bucket::Bucket;
use super::page_guard::{ListError, PageGuard};
use super::region;
use crate::aws::error::AwsError;
use crate::aws::operation::Operation;
use deploy_core::answers::listing_page::{Listed, Page, Unusable, parse};
use deploy_core::tree::{Listing, LocalTree, RemoteTree, Spans};

/// How the names of directory buckets end.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-bucket-naming-rules.html>
const DIRECTORY_BUCKET_SUFFIX: &str = "--x-s3";

impl Bucket {
    /// Directory buckets list in no order, and do not know `start-after`.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
    pub fn lists_in_order(&self) -> bool {
        !self.name.ends_with(DIRECTORY_BUCKET_SUFFIX)
    }

    /// Tells `take` of every object below `prefix` (empty, or ending in `/`), with its key relative to
    /// it. What follows the first page is listed in ranges side by side, cut at the keys of `local`.
    /// `false` where the server does not answer in order, or from where it was asked to, as some that
    /// are not S3 do: all is then to be listed again, in sequence.
    ///
    /// # Errors
    /// When a page cannot be had, read or taken.
    pub async fn list_ranges(
        &self,
        prefix: &str,
        local: &LocalTree,
        take: &mut impl FnMut(Listed<'_>) -> Result<(), ListError>,
    ) -> Result<bool, ListError> {
        let mut spans = Spans::new(local);
        let mut guard = PageGuard::default();
        let mut pages = JoinSet::new();
        loop {
            while let Some(span) = spans.start() {
                let (bucket, prefix) = (self.clone(), prefix.to_owned());
                pages.spawn(async move {
                    let token = span.continuation.as_deref();
                    let page = bucket.page(&prefix, span.after.as_deref(), token, None);
                    let page = page.await;
                    (span, page)
                });
            }
            let Some(answered) = pages.join_next().await else {
                return Ok(true);
            };
            let (span, page) = answered.map_err(|_| ListError::Answer("it could not be read"))?;
            let page = page?;
            if !page.follows(span.after.as_deref()) {
                return Ok(false);
            }
            // Keys that follow each other are no circle, and ranges side by side may see the same key.
            guard.check(
                None,
                page.count(),
                span.continuation.as_deref(),
                page.next(),
            )?;
            for object in page.objects() {
                if span.reaches(object.key) {
                    take(object)?;
                }
            }
            spans.take(span, page.end());
        }
    }

    /// The same page after page, in whatever order.
    ///
    /// # Errors
    /// When a page cannot be had, read or taken.
    pub async fn list_in_sequence(
        &self,
        prefix: &str,
        take: &mut impl FnMut(Listed<'_>) -> Result<(), ListError>,
    ) -> Result<(), ListError> {
        let mut guard = PageGuard::default();
        let mut asked: Option<String> = None;
        loop {
            let page = self.page(prefix, None, asked.as_deref(), None).await?;
            for object in page.objects() {
                take(object)?;
            }
            let first_key = page.objects().next().map(|object| object.key);
            guard.check(first_key, page.count(), asked.as_deref(), page.next())?;
            if page.continuation.is_none() {
                return Ok(());
            }
            asked = page.continuation;
        }
    }

    /// The one object `prefix` + `name`, as a tree of one or none: the key itself sorts before
    /// every longer one, so that the first answer tells.
    ///
    /// # Errors
    /// When the listing cannot be had or read.
    pub async fn list_one(&self, prefix: &str, name: &str) -> Result<RemoteTree, ListError> {
        let full_key = format!("{prefix}{name}");
        let page = self.page(&full_key, None, None, Some(1)).await?;
        let mut listing = Listing::default();
        for object in page.objects().filter(|object| object.key.is_empty()) {
            listing.push(name, object.size, object.etag, object.modified_secs);
        }
        Ok(listing.tree())
    }

    /// Whether a listing of what begins with `prefix` is answered: asks for one key.
    ///
    /// # Errors
    /// When it cannot be had or read.
    pub async fn try_listing(&self, prefix: &str) -> Result<(), ListError> {
        let page = self.page(prefix, None, None, Some(1));
        page.await.map(drop)
    }

    /// The page that follows the one that had this `token`, or the key `after`, or that is the first; all
    /// keys are relative to `prefix`.
    async fn page(
        &self,
        prefix: &str,
        after: Option<&str>,
        token: Option<&str>,
        keys_max: Option<i32>,
    ) -> Result<Page, ListError> {
        let after = after.filter(|_| token.is_none());
        let (prefix_asked, times) = (prefix.to_owned(), self.storage.times);
        let reader = AnswerReader::new(
            &ListObjectsV2::new(),
            || Output::erase(ListObjectsV2Output::builder().build()),
            move |body| match parse(body, &prefix_asked, times) {
                Ok(page) => Ok(Ok(page)),
                Err(Unusable::Answer(fault)) => Ok(Err(fault)),
                Err(Unusable::Malformed(malformed)) => Err(malformed),
            },
        );
        self.client
            .list_objects_v2()
            .bucket(&self.name)
            .set_prefix((!prefix.is_empty()).then(|| prefix.to_owned()))
            .set_start_after(after.map(|after| format!("{prefix}{after}")))
            .set_continuation_token(token.map(str::to_owned))
            .set_max_keys(keys_max)
            // Keys may hold characters that XML cannot carry; this way they come escaped.
            .encoding_type(EncodingType::Url)
            .set_expected_bucket_owner(self.owner())
            .customize()
            .interceptor(reader.clone())
            .send()
            .await
            .map_err(|error| unlisted(&error))?;
        let page = reader.answer().unwrap_or(Err("it could not be read"));
        page.map_err(ListError::Answer)
    }
}

fn unlisted(error: &SdkError<ListObjectsV2Error, Response>) -> ListError {
    let response = error.raw_response();
    let reduced = AwsError::from_sdk(Operation::ListObjectsV2, error);
    let region = response.and_then(|response| region::of_answer(reduced.code.as_deref(), response));
    match region {
        Some(region) => ListError::OtherRegion {
            region,
            error: Box::new(reduced),
        },
        None => ListError::Aws(reduced),
    }
}

#[cfg(test)]
mod tests;
