//! The first line of a record: which deploy wrote it, and how far that had come.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::digest::NameHash;

/// The schema that is written. What only adds to it stays this number: readers skip what they do not
/// know.
pub const SCHEMA: u32 = 1;

/// The version of this pipe.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The head of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// [`SCHEMA`] of the pipe that wrote it.
    pub schema: u32,
    /// Version of that pipe.
    pub pipe: String,
    /// Of the prefix that it is about.
    pub prefix: NameHash,
    /// A name that no other run has.
    pub deploy: String,
    /// How far the deploy had come.
    pub state: State,
    /// When it began.
    pub began: Seconds,
    /// When it ended; none while it is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Seconds>,
    /// Whether changes were made, or may have been, that no invalidation followed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub owed: bool,
    /// Whose deploy it was.
    #[serde(flatten)]
    pub who: Who,
    /// Whether the server was seen to heed the conditions of a PUT; none where nobody has looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conditional: Option<bool>,
    /// How many releases were kept until then, this one included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<u64>,
    /// The release that it put back, if it was a rollback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restores: Option<Restored>,
    /// How many lines of objects follow: fewer is a record that was cut off.
    pub objects: u64,
}

/// A release that was put back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// The name of the run that made it.
    pub deploy: String,
    /// Its commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The number of its build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<u64>,
}

impl std::fmt::Display for Restored {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.build {
            Some(build) => write!(formatter, "build {build}")?,
            None => write!(formatter, "the deploy `{}`", self.deploy)?,
        }
        match &self.commit {
            Some(commit) => write!(formatter, " (commit `{commit}`)"),
            None => Ok(()),
        }
    }
}

impl Head {
    /// The head of a deploy to `prefix` of which nothing else is known.
    pub fn new(prefix: &str) -> Self {
        Self {
            schema: SCHEMA,
            pipe: VERSION.to_owned(),
            prefix: NameHash::of("prefix", prefix),
            deploy: String::new(),
            state: State::Deploying,
            began: Seconds::EPOCH,
            ended: None,
            owed: false,
            who: Who::default(),
            conditional: None,
            release: None,
            restores: None,
            objects: 0,
        }
    }
}

/// How far a deploy had come when its record was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It had begun to change the bucket, or was about to.
    Deploying,
    /// It was complete.
    Done,
}

/// Which build a deploy is of, as far as the CI tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// Its repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<NameHash>,
    /// Its branch or tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<NameHash>,
    /// Its commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Its number, which grows with every build of the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<u64>,
    /// How many times its step has been run, this one included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step_run: Option<u64>,
}

/// A time in whole seconds since the epoch. JSON has it in RFC 3339, in UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seconds(u32);

impl Seconds {
    /// When time began.
    pub const EPOCH: Self = Self(0);

    /// So many seconds since the epoch.
    pub fn since_epoch(seconds: u64) -> Self {
        Self(u32::try_from(seconds).unwrap_or(u32::MAX))
    }

    /// Seconds since the epoch.
    pub fn get(self) -> u64 {
        u64::from(self.0)
    }

    /// So many `seconds` later.
    #[must_use]
    pub fn later(self, seconds: u64) -> Self {
        Self::since_epoch(self.get().saturating_add(seconds))
    }

    /// How long after `earlier` it is, in seconds; 0 if it is not.
    pub fn after(self, earlier: Self) -> u64 {
        u64::from(self.0.saturating_sub(earlier.0))
    }
}

impl std::fmt::Display for Seconds {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let time = OffsetDateTime::from_unix_timestamp(i64::from(self.0));
        let text = time.ok().and_then(|time| time.format(&Rfc3339).ok());
        formatter.write_str(text.as_deref().unwrap_or_default())
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let time = OffsetDateTime::parse(&text, &Rfc3339).map_err(de::Error::custom)?;
        let seconds = u32::try_from(time.unix_timestamp()).map_err(de::Error::custom)?;
        Ok(Self(seconds))
    }
}
