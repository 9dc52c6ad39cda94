//! What `rollback` and `releases` need: what a deploy does, but for LOCAL_PATH, of which nothing is read.

use super::deploy;
use super::record::Mode;
use super::variables::Input;
use super::{Config, Job};
use deploy_core::base::invalid::{Invalid, choose};
use deploy_core::plan::rollback::Wanted;

/// What is listed, and how.
#[derive(Clone, Debug)]
pub struct Releases {
    /// Where they are.
    pub config: Config,
    /// How they are written.
    pub format: Format,
}

/// How releases are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// A line for each, for people.
    #[default]
    Text,
    /// One document.
    Json,
}

/// Reads RELEASE, and all that a deploy has beside LOCAL_PATH.
pub(super) fn read(input: &Input) -> Option<Config> {
    let wanted = input.release().parse(Wanted::parse);
    of_record(input, Job::RollBack(wanted.unwrap_or(Wanted::Previous)))
}

/// Reads where the releases are, and how they are to be written.
pub(super) fn releases(input: &Input) -> Option<Releases> {
    let format = input.format().parse(format);
    Some(Releases {
        config: of_record(input, Job::Look)?,
        format: format.unwrap_or_default(),
    })
}

/// What `job` needs, if there is a record: without one nobody knows what a release was.
fn of_record(input: &Input, job: Job) -> Option<Config> {
    let config = deploy::read(input, job)?;
    if config.record.mode == Mode::Off {
        let reason = "without a deploy record there are no releases";
        input.deploy_record().refuse(reason, "unset it");
    }
    Some(config)
}

/// FORMAT; what is `setup`'s default is text here.
fn format(value: &str) -> Result<Format, Invalid> {
    match value.to_ascii_lowercase().as_str() {
        "cli" => Ok(Format::Text),
        _ => choose(value, &[("text", Format::Text), ("json", Format::Json)]),
    }
}
