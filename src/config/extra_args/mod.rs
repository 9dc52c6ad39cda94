//! EXTRA_ARGS: the flags of `aws s3 sync` as a value. Which flag means what is the table in `flags`;
//! what they do to the rest of the configuration is `config`'s.

mod characters;
mod flags;
mod read;
mod split;
mod unknown;

pub use flags::names;
pub use read::read;
pub use split::words;

use std::time::Duration;

use crate::console::{Note, Progress, Verbosity};
use crate::source::Links;
use deploy_core::base::endpoint::Endpoint;
use deploy_core::object::headers::{Encryption, ObjectHeaders};
use deploy_core::plan::compare::CompareBy;
use deploy_core::tree::FlagPatterns;

/// What the flags ask for. A field that no flag named has its default.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of aws s3 sync, and any of them come together"
)]
pub struct ExtraArgs {
    /// `--exclude` and `--include`, in order.
    pub patterns: FlagPatterns,
    /// `--delete`
    pub delete: bool,
    /// `--no-overwrite`
    pub no_overwrite: bool,
    /// `--dryrun`
    pub dry_run: bool,
    /// `--size-only`, `--exact-timestamps`
    pub compare_by: CompareBy,
    /// `--follow-symlinks`, `--no-follow-symlinks`
    pub links: Links,
    /// Headers; their encryption is apart, in the two fields below.
    pub headers: ObjectHeaders,
    /// `--no-guess-mime-type`
    pub no_guessed_types: bool,
    /// `--sse`, without its key.
    pub sse: Option<Encryption>,
    /// `--sse-kms-key-id`
    pub kms_key_id: Option<String>,
    /// `--checksum-algorithm CRC64NVME`
    pub crc64_nvme: bool,
    /// `--quiet`, `--only-show-errors`, `--debug`
    pub verbosity: Verbosity,
    /// `--no-progress`
    pub progress: Progress,
    /// `--endpoint-url`
    pub endpoint: Option<Endpoint>,
    /// `--region`
    pub region: Option<String>,
    /// `--ca-bundle`
    pub ca_bundle: Option<String>,
    /// `--cli-connect-timeout`
    pub connect_timeout: Option<Duration>,
    /// `--cli-read-timeout`
    pub read_timeout: Option<Duration>,
    /// What a user should know about the flags beside what they do.
    pub notes: Vec<Note>,
}

#[cfg(test)]
mod tests;
