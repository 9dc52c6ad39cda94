//! One bucket: its objects, its open uploads, its options.

use super::{Object, StoreError, Upload};
use crate::{random, sts};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How a bucket behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a habit of some server, and any of them come together"
)]
pub struct BucketOptions {
    /// Objects get an `ETag` that is not their MD5, as with SSE-KMS.
    pub kms_etags: bool,
    /// Account that `x-amz-expected-bucket-owner` must name.
    pub owner: String,
    /// Listings begin where they are asked to; otherwise `start-after` is ignored, as by some servers.
    pub knows_start_after: bool,
    /// Listings are in order; otherwise they are backwards, for directory buckets have no order.
    pub lists_in_order: bool,
    /// Keys that listings name more than once, as some servers' do.
    pub repeats: Repeats,
    /// Names are folded: `\\` is `/`, and capitals are small letters, as on some servers' disks.
    pub folds_names: bool,
}

/// Which keys listings name more than once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Repeats {
    /// None.
    #[default]
    Never,
    /// All of them, in equal entries side by side.
    Twice,
    /// All of them; the first entry is what it may have been before: empty, with another `ETag`.
    Stale,
    /// The last of a page, which begins the next page as well.
    PageEnds,
}

impl Default for BucketOptions {
    fn default() -> Self {
        Self {
            kms_etags: false,
            owner: sts::ACCOUNT_ID.to_owned(),
            knows_start_after: true,
            lists_in_order: true,
            repeats: Repeats::Never,
            folds_names: false,
        }
    }
}

/// What must hold in the bucket for a put to happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Precondition {
    Nothing,
    /// `If-None-Match: *`
    Absent,
    /// `If-Match` with this `ETag`, without quotes; `*` is any.
    Matches(String),
}

#[derive(Debug, Default)]
pub(crate) struct Bucket {
    pub(crate) options: BucketOptions,
    pub(crate) objects: BTreeMap<String, Arc<Object>>,
    pub(crate) uploads: BTreeMap<String, Upload>,
}

impl Bucket {
    /// The name under which `key` is kept.
    pub(crate) fn name(&self, key: &str) -> String {
        if self.options.folds_names {
            key.replace('\\', "/").to_lowercase()
        } else {
            key.to_owned()
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Arc<Object>> {
        self.objects.get(&self.name(key))
    }

    pub(crate) fn delete(&mut self, key: &str) -> Option<Arc<Object>> {
        self.objects.remove(&self.name(key))
    }

    pub(crate) fn put(
        &mut self,
        key: &str,
        mut object: Object,
        precondition: &Precondition,
    ) -> Result<Arc<Object>, StoreError> {
        self.check(key, precondition)?;
        if self.options.kms_etags || object.is_kms_encrypted() {
            object.etag = hide_md5(&object.etag);
        }
        let object = Arc::new(object);
        self.objects.insert(self.name(key), Arc::clone(&object));
        Ok(object)
    }

    fn check(&self, key: &str, precondition: &Precondition) -> Result<(), StoreError> {
        let there = self.get(key);
        let holds = match precondition {
            Precondition::Nothing => true,
            Precondition::Absent => there.is_none(),
            Precondition::Matches(etag) => {
                let there = there.ok_or(StoreError::NoSuchKey)?;
                etag == "*" || *etag == there.etag
            }
        };
        if holds {
            Ok(())
        } else {
            Err(StoreError::PreconditionFailed)
        }
    }

    /// An open upload, which must be for this key.
    pub(crate) fn upload_mut(&mut self, key: &str, id: &str) -> Result<&mut Upload, StoreError> {
        let upload = self.uploads.get_mut(id).filter(|upload| upload.key == key);
        upload.ok_or(StoreError::NoSuchUpload)
    }
}

/// A random `ETag` of the same shape: the `-N` of a multipart upload stays.
fn hide_md5(etag: &str) -> String {
    match etag.split_once('-') {
        Some((_, parts)) => format!("{}-{parts}", random::hex(16)),
        None => random::hex(16),
    }
}
