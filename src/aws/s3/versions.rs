//! A listing of versions. What becomes of them is the caller's.

use aws_sdk_s3::types::{DeleteMarkerEntry, EncodingType, ObjectVersion};

use super::bucket::Bucket;
use super::page_guard::{ListError, PageGuard};
use crate::aws::error::AwsError;
use crate::aws::operation::Operation;
use deploy_core::answers::listing_page::decode_key;
use deploy_core::plan::rollback::{Listed, Version};

/// An entry of a page, of either kind.
#[derive(Default)]
struct Entry {
    key: String,
    id: String,
    is_latest: bool,
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
                .set_expected_bucket_owner(self.expected_owner.clone())
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
    let mut entries = Vec::with_capacity(versions.len() + markers.len());
    for marker in markers {
        entries.push(Entry {
            key: decode(marker.key.as_deref().unwrap_or_default())?,
            id: marker.version_id.unwrap_or_default(),
            is_latest: marker.is_latest.unwrap_or_default(),
            object: None,
        });
    }
    for version in versions {
        entries.push(Entry {
            key: decode(version.key.as_deref().unwrap_or_default())?,
            id: version.version_id.clone().unwrap_or_default(),
            is_latest: version.is_latest.unwrap_or_default(),
            object: Some(version),
        });
    }
    entries.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(entries)
}

fn listed<'a>(key: &'a str, entry: &'a Entry) -> Listed<'a> {
    let object = entry.object.as_ref().map(|object| Version {
        etag: object.e_tag.as_deref().unwrap_or_default(),
        size: object
            .size
            .and_then(|size| u64::try_from(size).ok())
            .unwrap_or_default(),
        modified_secs: object
            .last_modified
            .and_then(|time| u64::try_from(time.secs()).ok())
            .unwrap_or_default(),
    });
    Listed {
        key,
        id: &entry.id,
        is_latest: entry.is_latest,
        object,
    }
}
