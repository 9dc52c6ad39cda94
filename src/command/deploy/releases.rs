//! Releases: the record of each deploy that was complete, kept in a bucket that keeps versions. What a
//! release had is in its copy of the record; what is told of it without reading that, in its metadata.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::error::DeployError;
use super::found::{self, Found};
use super::known::Failed;
use super::sign_in::sign_in;
use super::{ending, known, told};
use crate::aws::{AskChecksum, Bucket, Clients, Copy, Fetched, ListError};
use crate::command::hints::other_region;
use crate::config::Config;
use crate::console;
use crate::report::Activity;
use crate::system::stop::Stop;
use deploy_core::answers::listing_page::Listed;
use deploy_core::base::exit::Exit;
use deploy_core::object::destination::Destination;
use deploy_core::object::headers::ObjectHeaders;
use deploy_core::plan::rollback::{Release, Wanted};
use deploy_core::record::{self, Head, Record, Seconds, State, Who};

/// Releases that are asked about at a time.
const IN_FLIGHT_MAX: usize = 16;

/// Most objects in the folder of the releases that are taken for some: RELEASES has a lower bound.
const RELEASES_MAX: usize = 1_000;

/// How long keeping a release may take: all else is done by then.
const KEEP_TIMEOUT: Duration = Duration::from_mins(1);

/// What is kept of a deploy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    /// How many objects it has.
    pub(super) objects: u64,
    /// How many bytes they have.
    pub(super) bytes: u64,
}

/// Keeps the record that was just written with this `head`, as the release of this `slot`: a copy inside
/// the bucket, in the place of the oldest one. Without it this deploy cannot be gone back to, and nothing
/// else is wrong.
pub(super) async fn keep(
    bucket: &Bucket,
    destination: &Destination,
    headers: &ObjectHeaders,
    head: &Head,
    size: Size,
    slot: u64,
) {
    let headers = ObjectHeaders {
        metadata: metadata(head, size),
        ..headers.clone()
    };
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
    let reason = match tokio::time::timeout(KEEP_TIMEOUT, copied).await {
        Ok(Ok(_)) => return,
        Ok(Err(error)) => error.to_string(),
        Err(_) => "CopyObject: no answer in time".to_owned(),
    };
    tracing::warn!("no rollback can go back to this deploy, because it is not kept: {reason}");
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

/// The releases that there are, the newest first.
pub(super) async fn list(
    bucket: &Bucket,
    destination: &Destination,
) -> Result<Vec<Release>, DeployError> {
    let folder = destination.key(record::RELEASES);
    let mut names: Vec<String> = Vec::new();
    let mut take = |object: Listed<'_>| -> Result<(), ListError> {
        if names.len() < RELEASES_MAX {
            names.push(format!("{folder}{}", object.key));
        }
        Ok(())
    };
    let listed = bucket.list_in_sequence(&folder, &mut take).await;
    listed.map_err(|source| DeployError::List {
        url: destination.url(record::RELEASES),
        source,
    })?;
    let asked = stream::iter(names).map(|key| async move {
        let stored = bucket.head(key.clone(), AskChecksum::No).await?;
        Ok(stored.and_then(|stored| release(key, stored.headers.metadata)))
    });
    let releases: Vec<Option<Release>> = asked
        .buffer_unordered(IN_FLIGHT_MAX)
        .try_collect()
        .await
        .map_err(DeployError::Head)?;
    let mut releases: Vec<Release> = releases.into_iter().flatten().collect();
    releases.sort_by(|one, other| (other.ended, &other.deploy).cmp(&(one.ended, &one.deploy)));
    Ok(releases)
}

/// What the bucket has.
pub(super) struct Looked {
    pub(super) bucket: Bucket,
    /// The newest first.
    pub(super) releases: Vec<Release>,
    pub(super) found: Found,
}

impl Looked {
    /// The run whose release the bucket holds; none after one that did not come to its end.
    pub(super) fn live(&self) -> Option<&str> {
        let head = &self.found.record.as_ref()?.head;
        (head.state == State::Done).then_some(head.deploy.as_str())
    }
}

/// The bucket that is meant, its releases, and its record.
pub(super) async fn look(
    config: &Config,
    clients: &Clients,
    bucket: Bucket,
) -> Result<Looked, DeployError> {
    let destination = &config.destination;
    let (bucket, releases) = match list(&bucket, destination).await {
        Err(DeployError::List {
            source: ListError::OtherRegion { region, .. },
            ..
        }) => {
            tracing::warn!("{}", other_region(&region, &config.sign_in.region));
            let bucket = bucket.moved_to(clients, config.bucket_options(), &region);
            let releases = list(&bucket, destination).await?;
            (bucket, releases)
        }
        releases => (bucket, releases?),
    };
    let found = found::find(config, &bucket, destination).await;
    let found = found.map_err(DeployError::Record)?;
    Ok(Looked {
        found: found.ok_or(DeployError::NoRelease {
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
) -> Result<Record, DeployError> {
    let fetched = bucket.fetch(&release.key, None, record::BYTES_MAX).await;
    let unreadable = |reason: &str| DeployError::Release {
        release: release.to_string(),
        reason: reason.to_owned(),
    };
    let bytes = match fetched.map_err(DeployError::Record)? {
        Fetched::Object(bytes, _) => bytes,
        Fetched::TooLarge(_) => return Err(unreadable("it is larger than a record can be")),
        Fetched::Absent | Fetched::Known => return Err(unreadable("it is gone")),
    };
    let prefix = destination.prefix().to_owned();
    let reading = tokio::task::spawn_blocking(move || record::read(&bytes, &prefix));
    let record = reading.await.map_err(DeployError::Panicked)?;
    let record = record.map_err(|reason| unreadable(&reason.to_string()))?;
    if record.head.deploy != release.deploy {
        return Err(unreadable("it is the record of another deploy"));
    }
    Ok(record)
}

/// What is listed.
#[derive(Debug)]
pub(in crate::command) struct Kept {
    /// The newest first.
    pub releases: Vec<Release>,
    /// The run whose release the bucket holds.
    pub live: Option<String>,
}

/// The releases of the bucket of `config`; what stands in the way is told, and its exit code given.
pub(in crate::command) fn kept(config: &Config) -> Result<Kept, Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let looked = match runtime {
        Ok(runtime) => {
            let looked = runtime.block_on(look_once(config));
            runtime.shutdown_background();
            looked
        }
        Err(error) => Err(DeployError::Signals(error).into()),
    };
    looked.map_err(|Failed { error, known }| {
        told::tell(config, &known.actor, None, &error);
        let ending = ending::ending(&known::Work::default(), true, config.part, Some(&error));
        let exit = ending.exit();
        console::end(exit, "The releases cannot be listed. Nothing was written.");
        exit
    })
}

async fn look_once(config: &Config) -> Result<Kept, Failed> {
    let clients = super::clients(config).map_err(DeployError::Setup)?;
    let mut stop = Stop::on_signals().map_err(DeployError::Signals)?;
    let (activity, signing_in) = (Activity::new(), stop.clone());
    let looking = async {
        let (bucket, actor) = sign_in(config, &clients, &signing_in, &activity).await?;
        let looked = look(config, &clients, bucket).await;
        let looked = looked.map_err(|error| Failed::of(actor, error))?;
        Ok(Kept {
            live: looked.live().map(str::to_owned),
            releases: looked.releases,
        })
    };
    tokio::select! {
        kept = looking => kept,
        () = stop.requested() => Err(DeployError::Interrupted.into()),
    }
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
