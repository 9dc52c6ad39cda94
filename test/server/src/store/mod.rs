//! What the server keeps: buckets with objects and open uploads, and the history of changes.
//!
//! Plain values and one lock; no HTTP and no XML. Everything a request needs is a lookup or a
//! range of a B-tree, never a walk over the store.

mod bucket;
mod change;
mod error;
mod listing;
mod object;
mod precondition;
mod upload;
mod versions;

pub use bucket::{BucketOptions, Repeats};
pub use change::Change;
pub use object::Object;
pub use precondition::Conditions;
pub use versions::Versioning;

pub(crate) use error::StoreError;
pub(crate) use listing::{After, Listing, ListingRequest};
pub(crate) use object::md5_hex;
pub(crate) use precondition::Precondition;
pub(crate) use upload::{Part, PartName, Upload, assemble};
pub(crate) use versions::Version;

use crate::sync::{Clock, lock};
use bucket::Bucket;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

/// All buckets behind one lock.
#[derive(Debug)]
pub(crate) struct Store {
    clock: Arc<Clock>,
    record_changes: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    buckets: BTreeMap<String, Bucket>,
    changes: Vec<Change>,
}

impl Store {
    pub(crate) fn new(clock: Arc<Clock>, record_changes: bool) -> Self {
        Self {
            clock,
            record_changes,
            state: Mutex::default(),
        }
    }

    /// Creates a bucket; `false` if it was there.
    pub(crate) fn create_bucket(&self, name: &str) -> bool {
        let mut state = lock(&self.state);
        if state.buckets.contains_key(name) {
            return false;
        }
        state.buckets.insert(name.to_owned(), Bucket::default());
        true
    }

    pub(crate) fn bucket_options(&self, name: &str) -> Option<BucketOptions> {
        Some(lock(&self.state).buckets.get(name)?.options.clone())
    }

    pub(crate) fn set_bucket_options(&self, name: &str, options: BucketOptions) {
        let mut state = lock(&self.state);
        state.buckets.entry(name.to_owned()).or_default().options = options;
    }

    /// Puts an object if the precondition holds, and returns it as it is kept.
    pub(crate) fn put(
        &self,
        bucket: &str,
        key: &str,
        object: Object,
        precondition: &Precondition,
    ) -> Result<Arc<Object>, StoreError> {
        let mut state = lock(&self.state);
        let object = state.bucket_mut(bucket)?.put(key, object, precondition)?;
        self.record_put(&mut state, bucket, key, &object);
        Ok(object)
    }

    pub(crate) fn get(&self, bucket: &str, key: &str) -> Result<Arc<Object>, StoreError> {
        let state = lock(&self.state);
        let object = state.bucket(bucket)?.get(key);
        object.cloned().ok_or(StoreError::NoSuchKey)
    }

    /// A version of an object, the current one where none is named.
    pub(crate) fn version(
        &self,
        bucket: &str,
        key: &str,
        id: Option<&str>,
    ) -> Result<Arc<Object>, StoreError> {
        lock(&self.state).bucket(bucket)?.version(key, id)
    }

    /// All versions of the keys that begin with `prefix`, of each key the newest first.
    pub(crate) fn versions(
        &self,
        bucket: &str,
        prefix: &str,
    ) -> Result<Vec<(String, Vec<Version>)>, StoreError> {
        let state = lock(&self.state);
        let bucket = state.bucket(bucket)?;
        let names: BTreeSet<&String> = bucket
            .objects
            .keys()
            .chain(bucket.versions.names())
            .collect();
        let names = names.into_iter().filter(|name| name.starts_with(prefix));
        Ok(names
            .map(|name| {
                let versions = bucket.versions.of(name, bucket.objects.get(name));
                (name.clone(), versions)
            })
            .collect())
    }

    /// Deletes one version for good; deleting what is not there succeeds, as in S3.
    pub(crate) fn delete_version(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
    ) -> Result<(), StoreError> {
        let mut state = lock(&self.state);
        let place = state.bucket_mut(bucket)?;
        let before = place.get(key).cloned();
        place.delete_version(key, id);
        match (before, place.get(key).cloned()) {
            (Some(_), None) => self.record_deletion(&mut state, bucket, key),
            (before, Some(now)) if before.as_ref() != Some(&now) => {
                self.record_put(&mut state, bucket, key, &now);
            }
            _ => {}
        }
        Ok(())
    }

    /// Deletes a key if the precondition holds; deleting what is not there succeeds, as in S3.
    pub(crate) fn delete(
        &self,
        bucket: &str,
        key: &str,
        precondition: &Precondition,
    ) -> Result<(), StoreError> {
        let mut state = lock(&self.state);
        let removed = state.bucket_mut(bucket)?.delete(key, precondition)?;
        if removed.is_some() {
            self.record_deletion(&mut state, bucket, key);
        }
        Ok(())
    }

    /// Replaces the tags of an object, which changes neither its `ETag` nor its date.
    pub(crate) fn set_tags(
        &self,
        bucket: &str,
        key: &str,
        tags: BTreeMap<String, String>,
    ) -> Result<(), StoreError> {
        lock(&self.state).bucket_mut(bucket)?.set_tags(key, tags)
    }

    pub(crate) fn list(
        &self,
        bucket: &str,
        request: &ListingRequest,
    ) -> Result<Listing, StoreError> {
        let state = lock(&self.state);
        let bucket = state.bucket(bucket)?;
        Ok(listing::list(
            &bucket.objects,
            request,
            bucket.options.lists_in_order,
        ))
    }

    /// All objects of a bucket; their bytes and headers are shared, not copied.
    pub(crate) fn snapshot(&self, bucket: &str) -> BTreeMap<String, Arc<Object>> {
        let state = lock(&self.state);
        state
            .bucket(bucket)
            .map(|bucket| bucket.objects.clone())
            .unwrap_or_default()
    }

    pub(crate) fn objects(&self, bucket: &str) -> BTreeMap<String, Object> {
        let state = lock(&self.state);
        let Ok(bucket) = state.bucket(bucket) else {
            return BTreeMap::new();
        };
        bucket
            .objects
            .iter()
            .map(|(key, object)| (key.clone(), Object::clone(object)))
            .collect()
    }

    /// Opens a multipart upload and returns its id.
    pub(crate) fn open_upload(&self, bucket: &str, upload: Upload) -> Result<String, StoreError> {
        let id = crate::random::hex(32);
        lock(&self.state)
            .bucket_mut(bucket)?
            .uploads
            .insert(id.clone(), upload);
        Ok(id)
    }

    pub(crate) fn put_part(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
        number: i32,
        part: Part,
    ) -> Result<(), StoreError> {
        lock(&self.state)
            .bucket_mut(bucket)?
            .upload_mut(key, id)?
            .parts
            .insert(number, part);
        Ok(())
    }

    /// A copy of an open upload; the bytes of its parts are shared, not copied.
    pub(crate) fn upload(&self, bucket: &str, key: &str, id: &str) -> Result<Upload, StoreError> {
        lock(&self.state)
            .bucket_mut(bucket)?
            .upload_mut(key, id)
            .cloned()
    }

    pub(crate) fn abort_upload(&self, bucket: &str, key: &str, id: &str) -> Result<(), StoreError> {
        let mut state = lock(&self.state);
        let bucket = state.bucket_mut(bucket)?;
        bucket.upload_mut(key, id)?;
        bucket.uploads.remove(id);
        Ok(())
    }

    /// Closes an upload by putting the object assembled from it.
    pub(crate) fn complete_upload(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
        object: Object,
        precondition: &Precondition,
    ) -> Result<Arc<Object>, StoreError> {
        let mut state = lock(&self.state);
        let place = state.bucket_mut(bucket)?;
        place.upload_mut(key, id)?;
        let precondition = place.options.conditions.of_parts(precondition);
        let object = place.put(key, object, precondition)?;
        place.uploads.remove(id);
        self.record_put(&mut state, bucket, key, &object);
        Ok(object)
    }

    pub(crate) fn uploads(&self, bucket: &str) -> Result<BTreeMap<String, Upload>, StoreError> {
        Ok(lock(&self.state).bucket(bucket)?.uploads.clone())
    }

    pub(crate) fn changes(&self) -> Vec<Change> {
        lock(&self.state).changes.clone()
    }

    pub(crate) fn clear_changes(&self) {
        lock(&self.state).changes.clear();
    }

    fn record_deletion(&self, state: &mut State, bucket: &str, key: &str) {
        if self.record_changes {
            state.changes.push(Change::Delete {
                sequence: self.clock.tick(),
                bucket: bucket.to_owned(),
                key: key.to_owned(),
            });
        }
    }

    fn record_put(&self, state: &mut State, bucket: &str, key: &str, object: &Object) {
        if self.record_changes {
            state.changes.push(Change::Put {
                sequence: self.clock.tick(),
                bucket: bucket.to_owned(),
                key: key.to_owned(),
                etag: object.etag.clone(),
                bytes: object.bytes.clone(),
            });
        }
    }
}

impl State {
    fn bucket(&self, name: &str) -> Result<&Bucket, StoreError> {
        self.buckets.get(name).ok_or(StoreError::NoSuchBucket)
    }

    fn bucket_mut(&mut self, name: &str) -> Result<&mut Bucket, StoreError> {
        self.buckets.get_mut(name).ok_or(StoreError::NoSuchBucket)
    }
}
