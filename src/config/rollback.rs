//! What `rollback` and `releases` need: what a deploy does, but for LOCAL_PATH, of which nothing is read.

use super::deploy;
use super::environment::Variables;
use super::extra_args::ExtraArgs;
use super::problem::Problems;
use super::record::Mode;
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
pub(super) fn read(
    variables: &Variables,
    args: &ExtraArgs,
    problems: &mut Problems,
) -> Option<Config> {
    let wanted = variables.release().parse(Wanted::parse, problems);
    let job = Job::RollBack(wanted.unwrap_or(Wanted::Previous));
    with_record(
        deploy::read(variables, args, job, problems)?,
        variables,
        problems,
    )
}

/// Reads where the releases are, and how they are to be written.
pub(super) fn releases(
    variables: &Variables,
    args: &ExtraArgs,
    problems: &mut Problems,
) -> Option<Releases> {
    let format = variables.format().parse(format, problems);
    let config = deploy::read(variables, args, Job::Look, problems)?;
    Some(Releases {
        config: with_record(config, variables, problems)?,
        format: format.unwrap_or_default(),
    })
}

/// `config`, if there is a record: without one nobody knows what a release was.
fn with_record(config: Config, variables: &Variables, problems: &mut Problems) -> Option<Config> {
    if config.record.mode == Mode::Off {
        let invalid = Invalid::new("without a deploy record there are no releases", "unset it");
        problems.push(variables.deploy_record().name, invalid);
        return None;
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
