//! A listing of versions. What becomes of them is the caller's.

use aws_sdk_s3::types::{DeleteMarkerEntry, EncodingType, ObjectVersion};

use super::bucket::Bucket;
use super::page_guard::{ListError, PageGuard};
use crate::aws::error::AwsError;
use crate::aws::operation::Operation;
use deploy_core::answers::listing_page::decode_key;
use deploy_core::plan::rollback::{Listed, Version};

/// An entry of a page; without an object it is a mark of a deletion.
struct Entry {
    key: String,
    id: Option<String>,
    is_latest: Option<bool>,
    object: Option<ObjectVersion>,
}

impl Bucket {
    /// Tells `take` of every version below `prefix` (empty, or ending in `/`), with its key relative to
    /// it: key after key in their order, of each the newest first.
    ///
    /// # Errors
    /// When a page cannot be had, or is not in order.
    pub async fn list_versions(
        &self,
        prefix: &str,
        take: &mut impl FnMut(Listed<'_>),
    ) -> Result<(), ListError> {
        let mut guard = PageGuard::default();
        let mut last = String::new();
        let mut from: Option<(String, Option<String>)> = None;
        loop {
            let (key, id) = from.clone().unzip();
            let asked = self
                .client
                .list_object_versions()
                .bucket(&self.name)
                .set_prefix((!prefix.is_empty()).then(|| prefix.to_owned()))
                .set_key_marker(key)
                .set_version_id_marker(id.flatten())
                // Keys may hold characters that XML cannot carry; this way they come escaped.
                .encoding_type(EncodingType::Url)
                .set_expected_bucket_owner(self.owner())
                .send()
                .await;
            let page =
                asked.map_err(|error| AwsError::from_sdk(Operation::ListObjectVersions, &error))?;
            let is_encoded = page.encoding_type == Some(EncodingType::Url);
            let decode = |key: &str| -> Result<String, ListError> {
                let key = decode_key(key, is_encoded).map_err(ListError::Answer)?;
                Ok(key.into_owned())
            };
            let entries = entries(
                page.versions.unwrap_or_default(),
                page.delete_markers.unwrap_or_default(),
                decode,
            )?;
            for entry in &entries {
                let key = entry.key.strip_prefix(prefix);
                let key = key.ok_or(ListError::Answer("a key outside the prefix"))?;
                if *key < *last {
                    return Err(ListError::Answer("versions that are not in order"));
                }
                key.clone_into(&mut last);
                take(listed(key, entry));
            }
            let next = page
                .next_key_marker
                .filter(|_| page.is_truncated == Some(true));
            let Some(next) = next else { return Ok(()) };
            let next = (decode(&next)?, page.next_version_id_marker);
            let name = |(key, id): &(String, Option<String>)| {
                format!("{key} {}", id.as_deref().unwrap_or_default())
            };
            let (before, after) = (from.as_ref().map(name), name(&next));
            guard.check(None, entries.len(), before.as_deref(), Some(&after))?;
            from = Some(next);
        }
    }
}

/// Both kinds in the order of their keys, each kind of one key in its own order.
fn entries(
    versions: Vec<ObjectVersion>,
    markers: Vec<DeleteMarkerEntry>,
    decode: impl Fn(&str) -> Result<String, ListError>,
) -> Result<Vec<Entry>, ListError> {
    let markers = markers.into_iter();
    let markers = markers.map(|it| (it.key, it.version_id, it.is_latest, None));
    let versions = versions.into_iter();
    let versions =
        versions.map(|mut it| (it.key.take(), it.version_id.take(), it.is_latest, Some(it)));
    let entries = markers.chain(versions).map(|(key, id, is_latest, object)| {
        let key = decode(key.as_deref().unwrap_or_default())?;
        Ok(Entry {
            key,
            id,
            is_latest,
            object,
        })
    });
    let mut entries: Vec<Entry> = entries.collect::<Result<_, ListError>>()?;
    entries.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(entries)
}

fn listed<'a>(key: &'a str, entry: &'a Entry) -> Listed<'a> {
    let number = |number: Option<i64>| number.and_then(|it| u64::try_from(it).ok());
    let object = entry.object.as_ref().map(|object| Version {
        etag: object.e_tag.as_deref().unwrap_or_default(),
        size: number(object.size).unwrap_or_default(),
        modified_secs: number(object.last_modified.map(|it| it.secs())).unwrap_or_default(),
    });
    Listed {
        key,
        id: entry.id.as_deref().unwrap_or_default(),
        is_latest: entry.is_latest.unwrap_or_default(),
        object,
    }
}
