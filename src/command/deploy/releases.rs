//! Releases: the record of each deploy that was complete, kept in a bucket that keeps versions. What a
//! release had is in its copy of the record; what is told of it without reading that, in its metadata.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::found::{self, Found};
use crate::aws::{AskChecksum, AwsError, Bucket, Clients, Copy, Fetched, ListError};
use crate::command::error::RunError;
use crate::command::sign_in::look_where_it_is;
use crate::config::Config;
use deploy_core::answers::listing_page::Listed;
use deploy_core::object::destination::Destination;
use deploy_core::object::headers::ObjectHeaders;
use deploy_core::plan::rollback::{Release, Wanted};
use deploy_core::record::{self, Head, Record, Seconds, State, Who};

/// Releases that are asked about at a time.
const IN_FLIGHT_MAX: usize = 16;

/// Most objects in the folder of the releases that are taken for some: RELEASES has a lower bound.
const RELEASES_MAX: usize = 1_000;

/// What is kept of a deploy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    /// How many objects it has.
    pub(super) objects: u64,
    /// How many bytes they have.
    pub(super) bytes: u64,
}

/// Keeps the record that was just written, as the release of this `slot`: a copy inside the bucket, in the
/// place of the oldest one. Without it this deploy cannot be gone back to, and nothing else is wrong.
pub(super) async fn keep(
    bucket: &Bucket,
    destination: &Destination,
    headers: ObjectHeaders,
    slot: u64,
) -> Result<(), AwsError> {
    let from = destination.key(record::KEY);
    let to = format!("{}{slot:02}", destination.key(record::RELEASES));
    let copied = bucket.copy(Copy {
        from: &from,
        version: None,
        to: &to,
        replaces: None,
        headers: &headers,
        is_relabelled: true,
    });
    copied.await.map(drop)
}

/// What the release of the deploy of this `head` and `size` is stored with, whose record has `headers`.
pub(super) fn kept_with(headers: &ObjectHeaders, head: &Head, size: Size) -> ObjectHeaders {
    ObjectHeaders {
        metadata: metadata(head, size),
        ..headers.clone()
    }
}

fn metadata(head: &Head, size: Size) -> BTreeMap<String, String> {
    let Head {
        deploy,
        began,
        ended,
        who,
        restores,
        ..
    } = head;
    let all = [
        ("deploy", Some(deploy.clone())),
        ("build", who.build.map(|build| build.to_string())),
        ("commit", who.commit.clone()),
        ("ended", Some(ended.unwrap_or(*began).get().to_string())),
        ("objects", Some(size.objects.to_string())),
        ("bytes", Some(size.bytes.to_string())),
        ("restores", restores.as_ref().map(|it| it.deploy.clone())),
    ];
    let set = all
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    // A header takes nothing else.
    let set = set.filter(|(_, value)| value.bytes().all(|byte| matches!(byte, b' '..=b'~')));
    set.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The release whose record is at `key`, by what that is stored with; none if it is no release.
fn release(key: String, mut metadata: BTreeMap<String, String>) -> Option<Release> {
    let number = |metadata: &BTreeMap<String, String>, name: &str| {
        metadata.get(name).and_then(|value| value.parse().ok())
    };
    Some(Release {
        ended: Seconds::since_epoch(number(&metadata, "ended")?),
        objects: number(&metadata, "objects").unwrap_or_default(),
        size_bytes: number(&metadata, "bytes").unwrap_or_default(),
        who: Who {
            build: number(&metadata, "build"),
            commit: metadata.remove("commit"),
            ..Who::default()
        },
        deploy: metadata.remove("deploy")?,
        restores: metadata.remove("restores"),
        key,
    })
}

/// The keys in the folder of the releases.
async fn names(bucket: &Bucket, destination: &Destination) -> Result<Vec<String>, ListError> {
    let folder = destination.key(record::RELEASES);
    let mut names: Vec<String> = Vec::new();
    let mut take = |object: Listed<'_>| -> Result<(), ListError> {
        if names.len() < RELEASES_MAX {
            names.push(format!("{folder}{}", object.key));
        }
        Ok(())
    };
    bucket.list_in_sequence(&folder, &mut take).await?;
    Ok(names)
}

/// Those of the releases `names` that there are, the newest first.
async fn releases(bucket: &Bucket, names: Vec<String>) -> Result<Vec<Release>, RunError> {
    let asked = stream::iter(names).map(|key| async move {
        let stored = bucket.head(key.clone(), AskChecksum::No).await?;
        Ok(stored.and_then(|stored| release(key, stored.headers.metadata)))
    });
    let releases: Vec<Option<Release>> = asked
        .buffer_unordered(IN_FLIGHT_MAX)
        .try_collect()
        .await
        .map_err(RunError::head)?;
    let mut releases: Vec<Release> = releases.into_iter().flatten().collect();
    releases.sort_by(|one, other| (other.ended, &other.deploy).cmp(&(one.ended, &one.deploy)));
    Ok(releases)
}

/// What the bucket has.
pub(in crate::command) struct Looked {
    pub(super) bucket: Bucket,
    /// The newest first.
    pub(in crate::command) releases: Vec<Release>,
    pub(super) found: Found,
}

impl Looked {
    /// The run whose release the bucket holds; none after one that did not come to its end.
    pub(in crate::command) fn live(&self) -> Option<&str> {
        let head = &self.found.record.as_ref()?.head;
        (head.state == State::Done).then_some(head.deploy.as_str())
    }
}

/// The bucket that is meant, its releases, and its record.
pub(in crate::command) async fn look(
    config: &Config,
    clients: &Clients,
    bucket: Bucket,
) -> Result<Looked, RunError> {
    let destination = &config.destination;
    let names = async |bucket: &Bucket| names(bucket, destination).await;
    let options = config.bucket_options();
    let listed = look_where_it_is(bucket, clients, options, &config.sign_in.region, names).await;
    let (bucket, names) = listed.map_err(|source| RunError::List {
        url: destination.url(record::RELEASES),
        source,
    })?;
    let releases = releases(&bucket, names).await?;
    let found = found::find(config, &bucket, destination).await;
    let found = found.map_err(RunError::record)?;
    Ok(Looked {
        found: found.ok_or(RunError::NoRelease {
            wanted: Wanted::Previous,
            known: Vec::new(),
        })?,
        bucket,
        releases,
    })
}

/// The record of `release`.
pub(super) async fn read(
    bucket: &Bucket,
    destination: &Destination,
    release: &Release,
) -> Result<Record, RunError> {
    let fetched = bucket.fetch(&release.key, None, record::BYTES_MAX).await;
    let unreadable = |reason: &str| RunError::Release {
        release: release.to_string(),
        reason: reason.to_owned(),
    };
    let bytes = match fetched.map_err(RunError::record)? {
        Fetched::Object(bytes, _) => bytes,
        Fetched::TooLarge(_) => return Err(unreadable("it is larger than a record can be")),
        Fetched::Absent | Fetched::Known => return Err(unreadable("it is gone")),
    };
    let record = found::parse(bytes, destination.prefix()).await;
    let record = record.map_err(|reason| unreadable(&reason.to_string()))?;
    if record.head.deploy != release.deploy {
        return Err(unreadable("it is the record of another deploy"));
    }
    Ok(record)
}

#[cfg(test)]
mod tests {
    use super::{Size, metadata, release};
    use deploy_core::record::{Head, Restored, Seconds, Who};

    #[test]
    fn a_release_says_in_its_metadata_what_it_is() {
        let head = Head {
            deploy: "812-18a5".to_owned(),
            ended: Some(Seconds::since_epoch(1_000)),
            who: Who {
                build: Some(812),
                commit: Some("1f0c2aa".to_owned()),
                ..Who::default()
            },
            restores: Some(Restored {
                deploy: "806-1".to_owned(),
                commit: None,
                build: Some(806),
            }),
            ..Head::new("")
        };
        let size = Size {
            objects: 3,
            bytes: 70,
        };
        let told = release("k".to_owned(), metadata(&head, size)).unwrap();
        assert_eq!(told.to_string(), "build 812 (commit 1f0c2aa)");
        assert_eq!((told.objects, told.size_bytes), (3, 70));
        assert_eq!(
            (told.deploy.as_str(), told.ended.get()),
            ("812-18a5", 1_000)
        );
        assert_eq!(told.restores.as_deref(), Some("806-1"));
        assert_eq!(release("k".to_owned(), [].into()), None);
    }
}
