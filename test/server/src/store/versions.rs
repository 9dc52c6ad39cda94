//! The versions of keys: what was replaced or deleted while versions are kept, and what is current.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html>

use super::Object;
use crate::random;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

/// The id of a version that was written while no versions were kept.
pub(crate) const NULL: &str = "null";

/// Whether a bucket keeps what is replaced or deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Versioning {
    /// It never has.
    #[default]
    Off,
    /// It does.
    Enabled,
    /// It did; each write replaces the version `null`.
    Suspended,
}

/// One version of a key.
#[derive(Clone, Debug)]
pub(crate) enum Version {
    Object(Arc<Object>),
    DeleteMarker { id: String, at: SystemTime },
}

/// Of each key the versions, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Versions(BTreeMap<String, Vec<Version>>);

impl Versioning {
    /// The id of the next object.
    pub(crate) fn new_id(self) -> Option<String> {
        match self {
            Self::Off => None,
            Self::Enabled => Some(random::hex(16)),
            Self::Suspended => Some(NULL.to_owned()),
        }
    }
}

impl Version {
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Object(object) => object.version(),
            Self::DeleteMarker { id, .. } => id,
        }
    }
}

impl Versions {
    pub(crate) fn find(&self, name: &str, id: &str) -> Option<&Version> {
        self.0.get(name)?.iter().find(|version| version.id() == id)
    }

    pub(crate) fn last(&self, name: &str) -> Option<&Version> {
        self.0.get(name)?.last()
    }

    /// The versions of `name`, newest first, with `current` where none was noted.
    pub(crate) fn of(&self, name: &str, current: Option<&Arc<Object>>) -> Vec<Version> {
        let noted = self.0.get(name).filter(|versions| !versions.is_empty());
        match noted {
            Some(versions) => versions.iter().rev().cloned().collect(),
            None => current.cloned().map(Version::Object).into_iter().collect(),
        }
    }

    /// The names that have versions.
    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        let all = self.0.iter();
        all.filter(|(_, versions)| !versions.is_empty())
            .map(|(name, _)| name)
    }

    /// Notes that `object` is in the place of `before`.
    pub(crate) fn put(
        &mut self,
        versioning: Versioning,
        name: String,
        before: Option<&Arc<Object>>,
        object: &Arc<Object>,
    ) {
        if let Some(versions) = self.for_writing(versioning, name, before) {
            versions.push(Version::Object(Arc::clone(object)));
        }
    }

    /// Notes that nothing is in the place of `before` any more.
    pub(crate) fn delete(
        &mut self,
        versioning: Versioning,
        name: String,
        before: Option<&Arc<Object>>,
    ) {
        let Some(id) = versioning.new_id() else {
            return;
        };
        if let Some(versions) = self.for_writing(versioning, name, before) {
            let at = SystemTime::now();
            versions.push(Version::DeleteMarker { id, at });
        }
    }

    /// Forgets one version; `false` if it was not noted.
    pub(crate) fn remove(&mut self, name: &str, id: &str) -> bool {
        let Some(versions) = self.0.get_mut(name) else {
            return false;
        };
        let before = versions.len();
        versions.retain(|version| version.id() != id);
        versions.len() < before
    }

    /// Puts `object` in the place of the version that has its id.
    pub(crate) fn replace(&mut self, name: &str, object: &Arc<Object>) {
        let versions = self.0.get_mut(name).into_iter().flatten();
        for version in versions.filter(|version| version.id() == object.version()) {
            *version = Version::Object(Arc::clone(object));
        }
    }

    /// The versions of `name` to add one to; none where none are kept.
    fn for_writing(
        &mut self,
        versioning: Versioning,
        name: String,
        before: Option<&Arc<Object>>,
    ) -> Option<&mut Vec<Version>> {
        if versioning == Versioning::Off {
            return None;
        }
        let versions = self.0.entry(name).or_default();
        if versions.is_empty() {
            versions.extend(before.cloned().map(Version::Object));
        }
        if versioning == Versioning::Suspended {
            versions.retain(|version| version.id() != NULL);
        }
        Some(versions)
    }
}
