//! Which of the releases that a bucket has is meant. Pure.

use std::fmt;

use crate::base::invalid::Invalid;
use crate::record::{Seconds, Who};

/// One release, by what is told of it without reading its record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The name of the run that made it, which no other has.
    pub deploy: String,
    /// Whose it was.
    pub who: Who,
    /// When it was complete.
    pub ended: Seconds,
    /// How many objects it had.
    pub objects: u64,
    /// How many bytes they had.
    pub size_bytes: u64,
    /// The run whose release it put back, if it was a rollback.
    pub restores: Option<String>,
    /// Key of its record.
    pub key: String,
}

/// What RELEASE asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The one before that which is live.
    Previous,
    /// The last one of this build.
    Build(u64),
    /// The last one of this commit, or of the one that begins so.
    Commit(String),
}

/// Digits of a commit that are enough to tell it from others, and most that there are.
const COMMIT_DIGITS: std::ops::RangeInclusive<usize> = 7..=64;

impl Wanted {
    /// Reads RELEASE.
    ///
    /// # Errors
    /// When it is none of the three.
    pub fn parse(value: &str) -> Result<Self, Invalid> {
        if value.eq_ignore_ascii_case("previous") {
            return Ok(Self::Previous);
        }
        if let Ok(build) = value.parse() {
            return Ok(Self::Build(build));
        }
        let is_commit = COMMIT_DIGITS.contains(&value.len())
            && value.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_commit {
            return Ok(Self::Commit(value.to_ascii_lowercase()));
        }
        Err(Invalid::new(
            format!("`{value}` is neither a build number nor a commit"),
            "use `previous`, a build number such as `806`, or a commit of at least 7 digits",
        ))
    }

    fn fits(&self, release: &Release) -> bool {
        match self {
            Self::Previous => true,
            Self::Build(build) => release.who.build == Some(*build),
            Self::Commit(commit) => {
                let other = release.who.commit.as_deref().unwrap_or_default();
                other.to_ascii_lowercase().starts_with(commit)
            }
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Previous => formatter.write_str("a release before the live one"),
            Self::Build(build) => write!(formatter, "a release of build {build}"),
            Self::Commit(commit) => write!(formatter, "a release of commit `{commit}`"),
        }
    }
}

/// A release for people: `build 806 (commit 1f0c2aa)`.
impl fmt::Display for Release {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.who.build {
            Some(build) => write!(formatter, "build {build}")?,
            None => write!(formatter, "the release of {}", self.ended)?,
        }
        match &self.who.commit {
            Some(commit) => write!(formatter, " (commit {commit})"),
            None => Ok(()),
        }
    }
}

/// The release that is `wanted` of `releases`, which are there newest first, while the run `live` was
/// the last that was complete; none if there is no such one.
pub fn choose<'a>(
    releases: &'a [Release],
    live: Option<&str>,
    wanted: &Wanted,
) -> Option<&'a Release> {
    let mut releases = releases.iter();
    if *wanted != Wanted::Previous {
        return releases.find(|release| wanted.fits(release));
    }
    let mut before = releases.clone();
    let is_live = |release: &&Release| live == Some(release.deploy.as_str());
    match before.find(is_live) {
        // Those behind it in the list are older.
        Some(_) => before.next(),
        // What is in the bucket is none of them, as after a deploy that did not come to its end.
        None => releases.next(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Release, Wanted, choose};
    use crate::record::{Seconds, Who};

    fn release(deploy: &str, build: u64, commit: &str) -> Release {
        Release {
            deploy: deploy.to_owned(),
            who: Who {
                build: Some(build),
                commit: Some(commit.to_owned()),
                ..Who::default()
            },
            ended: Seconds::since_epoch(build),
            objects: 1,
            size_bytes: 1,
            restores: None,
            key: deploy.to_owned(),
        }
    }

    #[test]
    fn releases_are_meant_by_build_commit_and_place() {
        let releases = [
            release("d", 9, "aaaaaaa9"),
            release("c", 8, "bbbbbbb8"),
            release("b", 7, "ccccccc7"),
            release("a", 7, "ccccccc7"),
        ];
        for (live, wanted, expected) in [
            (Some("d"), "previous", Some("c")),
            (Some("c"), "Previous", Some("b")),
            (Some("a"), "previous", None),
            (Some("unfinished"), "previous", Some("d")),
            (None, "previous", Some("d")),
            (Some("d"), "7", Some("b")),
            (Some("d"), "9", Some("d")),
            (Some("d"), "10", None),
            (Some("d"), "BBBBBBB", Some("c")),
            (Some("d"), "ddddddd", None),
        ] {
            let wanted = Wanted::parse(wanted).unwrap();
            let found = choose(&releases, live, &wanted).map(|it| it.deploy.as_str());
            assert_eq!(found, expected, "{wanted} while {live:?} is live");
        }
    }

    #[test]
    fn what_is_no_release_is_refused() {
        for value in ["", "latest", "abcdef", "-1", "main", "12.5"] {
            assert!(Wanted::parse(value).is_err(), "{value}");
        }
    }
}
