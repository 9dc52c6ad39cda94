//! Whether this run still is the one that deploys. Looked at where a deploy that was overtaken would do
//! harm: before pages, which would name the files of an older build, and before deletions.

use crate::aws::{AwsError, Bucket, Fetched};
use deploy_core::plan::Phase;
use deploy_core::record::{self, Deployed, Head};

/// The record that this run has written.
#[derive(Clone, Debug)]
pub struct Fence {
    /// Its key.
    pub key: String,
    /// Its ETag.
    pub etag: String,
    /// The prefix that it is about.
    pub prefix: String,
    /// The name of this run in it.
    pub deploy: String,
}

/// Why this run may not go on.
#[derive(Debug, thiserror::Error)]
pub enum Overtaken {
    /// Another deploy has written its record; which one, if that can be read.
    #[error("another deploy has taken over, and this one has stopped{}", named(.0.as_deref()))]
    By(Option<Box<Head>>),
    /// It cannot be told.
    #[error("cannot tell whether another deploy has taken over, so that this one has stopped: {0}")]
    Unknown(AwsError),
}

fn named(head: Option<&Head>) -> String {
    let named = head.map(|head| format!(": {}", Deployed(head)));
    named.unwrap_or_default()
}

impl Fence {
    /// Whether it is to be looked at between steps of these phases.
    pub(super) fn stands_between(before: Phase, phase: Phase) -> bool {
        let stage = |phase| match phase {
            Phase::Assets => 0,
            Phase::NewPages | Phase::KnownPages | Phase::EntryPoints | Phase::Invalidation => 1,
            Phase::StalePages | Phase::StaleAssets => 2,
        };
        stage(before) < stage(phase)
    }

    /// Looks whether the record is still this run's. That it is gone is nobody's deploy.
    pub(super) async fn look(&self, bucket: &Bucket) -> Result<(), Overtaken> {
        let known = Some(self.etag.as_str());
        let fetched = bucket.fetch(&self.key, known, record::BYTES_MAX).await;
        let bytes = match fetched.map_err(Overtaken::Unknown)? {
            Fetched::Absent | Fetched::Known => return Ok(()),
            Fetched::TooLarge(_) => return Err(Overtaken::By(None)),
            Fetched::Object(bytes, _) => bytes,
        };
        let read = tokio::task::block_in_place(|| record::read(&bytes, &self.prefix));
        match read.ok().map(|record| record.head) {
            // Not every server compares ETags when it is asked for an object.
            Some(head) if head.deploy == self.deploy => Ok(()),
            head => Err(Overtaken::By(head.map(Box::new))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Fence;
    use deploy_core::plan::Phase;

    #[test]
    fn it_stands_before_pages_and_before_deletions() {
        let between = |before, phase| Fence::stands_between(before, phase);
        for (before, phase, expected) in [
            (Phase::Assets, Phase::NewPages, true),
            (Phase::Assets, Phase::EntryPoints, true),
            (Phase::Assets, Phase::StaleAssets, true),
            (Phase::NewPages, Phase::KnownPages, false),
            (Phase::KnownPages, Phase::Invalidation, false),
            (Phase::Invalidation, Phase::StalePages, true),
            (Phase::StalePages, Phase::StaleAssets, false),
        ] {
            assert_eq!(between(before, phase), expected, "{before:?} {phase:?}");
        }
    }
}
