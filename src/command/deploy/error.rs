//! Why a deploy did not succeed, its exit code, and the lines that say so.

use std::io;
use std::path::PathBuf;

use crate::aws::{AwsError, Kind, ListError, SetupError};
use crate::command::hints::{SESSION_POLICY_HINT, hint};
use crate::source::WalkError;
use crate::source::compress::CompressError;
use crate::source::hash::HashError;
use crate::source::leaks::{Leak, LeakError};
use crate::source::site::SiteError;
use deploy_core::base::causes::causes;
use deploy_core::base::exit::Exit;
use deploy_core::base::units::Count;
use deploy_core::iam::session_policy::TooLong;
use deploy_core::identity::OtherAccount;
use deploy_core::object::destination::Destination;
use deploy_core::plan::Refusal;

/// Objects that are named when a deploy would replace them against NO_OVERWRITE.
const REPLACED_LINES_MAX: usize = 100;

/// One variant per stage. `Display` never repeats the source.
#[derive(Debug, thiserror::Error)]
pub(super) enum DeployError {
    #[error("cannot set up the connection")]
    Setup(#[source] SetupError),
    #[error("cannot handle signals")]
    Signals(#[source] io::Error),
    #[error("cannot list LOCAL_PATH")]
    Walk(#[source] WalkError),
    #[error("LOCAL_PATH seems to hold secrets, in {}", Count(.0.len(), "file"))]
    Secrets(Vec<Leak>),
    #[error("cannot tell whether LOCAL_PATH holds secrets")]
    Unread(#[source] LeakError),
    #[error("cannot have the token to assume the role with")]
    Token(#[source] AwsError),
    #[error("cannot read the rules in LOCAL_PATH")]
    Site(#[source] SiteError),
    #[error("cannot compress the files")]
    Compress(#[source] CompressError),
    #[error("cannot assume the role")]
    Identity(#[source] AwsError),
    #[error("cannot tell the account of the static keys")]
    Keys(#[source] AwsError),
    #[error("AWS_ALLOWED_ACCOUNT_IDS: the credentials are of {0}")]
    Account(OtherAccount),
    #[error("cannot narrow the session to this deploy")]
    SessionPolicy(#[source] TooLong),
    #[error("cannot list `{url}`")]
    List {
        url: String,
        #[source]
        source: ListError,
    },
    #[error("cannot compare the files")]
    Hash(#[source] HashError),
    #[error("cannot ask what the objects are stored with")]
    Head(#[source] AwsError),
    #[error("cannot note in the bucket that an invalidation is due")]
    Debt(#[source] AwsError),
    #[error("the plan is refused: {0}")]
    Refused(Refusal),
    #[error("{} failed", Count(*.failures, "item"))]
    Incomplete {
        failures: usize,
        causes: Vec<AwsError>,
    },
    #[error("AWS no longer accepts the credentials")]
    IdentityLost { causes: Vec<AwsError> },
    #[error("interrupted by a signal")]
    Interrupted,
    #[error("the reporter failed")]
    Reporter(#[source] tokio::task::JoinError),
    #[error("cannot write REPORT_FILE `{}`: {source}", .path.display())]
    Report { path: PathBuf, source: io::Error },
}

impl DeployError {
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Refused(_)
            | Self::Walk(WalkError::Names(_))
            | Self::Secrets(_)
            | Self::Site(SiteError::NotText { .. })
            | Self::Account(_)
            | Self::SessionPolicy(_) => Exit::Refused,
            Self::IdentityLost { .. } => Exit::Identity,
            Self::Interrupted
            | Self::Hash(HashError::Interrupted)
            | Self::Compress(CompressError::Interrupted) => Exit::Interrupted,
            _ => match self.aws() {
                Some(error) if error.kind == Kind::Identity => Exit::Identity,
                _ => Exit::Failed,
            },
        }
    }

    /// The error with its causes in one line, and a line per name that cannot be deployed, per
    /// file that looks like a secret, and per object that may not be replaced.
    pub(super) fn messages(&self) -> Vec<String> {
        let chain: Vec<String> = causes(self).map(ToString::to_string).collect();
        let mut messages = vec![chain.join(": ")];
        if let Self::Walk(WalkError::Names(faults)) = self {
            messages.extend(
                faults
                    .iter()
                    .map(|(name, fault)| format!("`{name}` {fault}")),
            );
        }
        if let Self::Secrets(leaks) = self {
            messages.extend(
                leaks
                    .iter()
                    .map(|Leak { name, why }| format!("`{name}` {why}")),
            );
        }
        if let Self::Refused(Refusal::Replacing { objects }) = self {
            let lines = objects
                .iter()
                .map(|(key, reason)| format!("`{key}` exists and differs ({})", reason.word()));
            messages.extend(lines.take(REPLACED_LINES_MAX));
            if let Some(more @ 1..) = objects.len().checked_sub(REPLACED_LINES_MAX) {
                messages.push(format!("and {}", Count(more, "more object")));
            }
        }
        if let Self::Refused(Refusal::SharesMissing { shares }) = self {
            messages.extend(shares.iter().map(|(share, missing)| {
                let files = Count(missing.files, "file");
                let (index, example) = (share.index(), &missing.example);
                format!(
                    "share {share} (BITBUCKET_PARALLEL_STEP {index}) lacks {files}, as `{example}`"
                )
            }));
        }
        messages
    }

    /// What to look at first, without repetition.
    pub(super) fn hints(&self, destination: &Destination) -> Vec<String> {
        let refusals = match self {
            Self::Refused(Refusal::Replacing { .. }) => {
                return vec![
                    "is this version released already? Deploy to another prefix, or unset NO_OVERWRITE"
                        .to_owned(),
                ];
            }
            Self::Refused(Refusal::SharesMissing { .. }) => {
                return vec![
                    "did that parallel step fail, or see other files or variables than this one? Rerun it, then this step"
                        .to_owned(),
                    "does a KMS key encrypt the bucket? Then only COMPARE_HEADERS tells what has arrived"
                        .to_owned(),
                ];
            }
            Self::Walk(WalkError::Names(_)) => {
                return vec![
                    "rename or remove these; EXCLUDE leaves out those whose names are UTF-8"
                        .to_owned(),
                ];
            }
            Self::Secrets(_) => {
                return vec![
                    "EXCLUDE leaves files out; ALLOW_SECRETS=true deploys these, for whoever may read the bucket"
                        .to_owned(),
                ];
            }
            Self::SessionPolicy(_) => return vec![SESSION_POLICY_HINT.to_owned()],
            _ => self.refusals(),
        };
        let mut hints: Vec<String> = refusals
            .iter()
            .filter_map(|error| hint(error, destination))
            .collect();
        hints.dedup();
        hints
    }

    /// What AWS said that ended the run, the first cause first.
    pub(super) fn refusals(&self) -> &[AwsError] {
        match self {
            Self::Incomplete { causes, .. } | Self::IdentityLost { causes } => causes,
            _ => self.aws().map(std::slice::from_ref).unwrap_or_default(),
        }
    }

    fn aws(&self) -> Option<&AwsError> {
        match self {
            Self::Token(error)
            | Self::Identity(error)
            | Self::Head(error)
            | Self::Debt(error)
            | Self::Keys(error)
            | Self::List {
                source: ListError::Aws(error),
                ..
            } => Some(error),
            _ => None,
        }
    }
}
