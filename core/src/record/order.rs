//! Whether this run is of an older build than the record's. Builds are compared by number, never by
//! time: which pipeline is slower says nothing of which commit is newer.

use std::fmt;

use super::head::{Head, State, Who};

/// Where a run stands beside the deploy that wrote a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing says that it should not deploy.
    Newer,
    /// The record's build is newer than this one.
    Older,
    /// The same, and this step is run again, which somebody has asked for.
    OlderAgain,
}

/// Which deploy a record is of, for people: `build 812 (commit 1f0c2aa) is deployed since …`.
#[derive(Clone, Copy, Debug)]
pub struct Deployed<'a>(pub &'a Head);

impl fmt::Display for Deployed<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Head {
            state,
            began,
            ended,
            who,
            ..
        } = self.0;
        match who.build {
            Some(build) => write!(formatter, "build {build}")?,
            None => formatter.write_str("another deploy")?,
        }
        if let Some(commit) = &who.commit {
            write!(formatter, " (commit `{commit}`)")?;
        }
        match (state, ended) {
            (State::Done, Some(ended)) => write!(formatter, " is deployed since {ended}"),
            _ => write!(formatter, " has been deploying since {began}"),
        }
    }
}

/// Whether a record is of the same repository as a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// It is, or one of the two does not tell.
    Same,
    /// Another repository deploys to this prefix.
    Other,
}

/// Where a run of `who` stands beside the deploy of `head`.
pub fn standing(head: &Head, who: &Who) -> (Standing, Whose) {
    let whose = match (head.who.repository, who.repository) {
        (Some(there), Some(here)) if there != here => Whose::Other,
        _ => Whose::Same,
    };
    let is_older = match (head.who.build, who.build) {
        (Some(there), Some(here)) => whose == Whose::Same && there > here,
        _ => false,
    };
    let standing = match (is_older, who.step_run) {
        (false, _) => Standing::Newer,
        (true, Some(2..)) => Standing::OlderAgain,
        (true, _) => Standing::Older,
    };
    (standing, whose)
}
