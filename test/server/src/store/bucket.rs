//! One bucket: its objects and their versions, its open uploads, its options.

use super::precondition::{Conditions, Precondition};
use super::versions::{Version, Versioning, Versions};
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
    /// Whether what is replaced or deleted is kept.
    pub versioning: Versioning,
    /// How conditions of writes are taken.
    pub conditions: Conditions,
    /// The bucket's policy denies what is put or deleted without a condition.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html>
    pub demands_conditions: bool,
    /// Every object has a CRC-64/NVME, also one that came without a checksum, as in S3 since 2024.
    pub has_checksums: bool,
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
            versioning: Versioning::Off,
            conditions: Conditions::Heeded,
            demands_conditions: false,
            has_checksums: true,
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Bucket {
    pub(crate) options: BucketOptions,
    /// The current ones.
    pub(crate) objects: BTreeMap<String, Arc<Object>>,
    /// All versions of the keys that were written while versions are kept.
    pub(crate) versions: Versions,
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

    /// A version of `key`, the current one where none is named.
    pub(crate) fn version(&self, key: &str, id: Option<&str>) -> Result<Arc<Object>, StoreError> {
        let current = self.get(key);
        let Some(id) = id else {
            return current.cloned().ok_or(StoreError::NoSuchKey);
        };
        match self.versions.find(&self.name(key), id) {
            Some(Version::Object(object)) => Ok(Arc::clone(object)),
            Some(Version::DeleteMarker { .. }) => Err(StoreError::DeleteMarker),
            None => {
                let current = current.filter(|current| current.version() == id);
                current.cloned().ok_or(StoreError::NoSuchVersion)
            }
        }
    }

    /// Deletes a key; what was current, if something was.
    pub(crate) fn delete(
        &mut self,
        key: &str,
        precondition: &Precondition,
    ) -> Result<Option<Arc<Object>>, StoreError> {
        self.options
            .conditions
            .check_deletion(precondition, self.get(key))?;
        let name = self.name(key);
        let removed = self.objects.remove(&name);
        self.versions
            .delete(self.options.versioning, name, removed.as_ref());
        Ok(removed)
    }

    /// Deletes one version for good; the one before it becomes the current one if it was that.
    pub(crate) fn delete_version(&mut self, key: &str, id: &str) {
        let name = self.name(key);
        if !self.versions.remove(&name, id) {
            let is_current = self.get(key).is_some_and(|object| object.version() == id);
            if is_current {
                self.objects.remove(&name);
            }
            return;
        }
        match self.versions.last(&name) {
            Some(Version::Object(object)) => {
                let object = Arc::clone(object);
                self.objects.insert(name, object);
            }
            Some(Version::DeleteMarker { .. }) | None => {
                self.objects.remove(&name);
            }
        }
    }

    pub(crate) fn put(
        &mut self,
        key: &str,
        mut object: Object,
        precondition: &Precondition,
    ) -> Result<Arc<Object>, StoreError> {
        self.options.conditions.check(precondition, self.get(key))?;
        if self.options.kms_etags || object.is_kms_encrypted() {
            object.etag = hide_md5(&object.etag);
        }
        object.version_id = self.options.versioning.new_id();
        let object = Arc::new(object);
        let name = self.name(key);
        let before = self.objects.insert(name.clone(), Arc::clone(&object));
        self.versions
            .put(self.options.versioning, name, before.as_ref(), &object);
        Ok(object)
    }

    /// Gives the current object of `key` other tags.
    pub(crate) fn set_tags(
        &mut self,
        key: &str,
        tags: BTreeMap<String, String>,
    ) -> Result<(), StoreError> {
        let name = self.name(key);
        let object = self.objects.get_mut(&name).ok_or(StoreError::NoSuchKey)?;
        Arc::make_mut(object).tags = tags;
        self.versions.replace(&name, object);
        Ok(())
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
