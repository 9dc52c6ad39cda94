//! Why a deploy did not succeed, and the lines that say so.

use std::io;
use std::path::PathBuf;

use crate::aws::{AwsError, ListError, SetupError};
use crate::command::hints::{SESSION_POLICY_HINT, hint};
use crate::command::sign_in::SignInError;
use crate::report::Cause;
use crate::source::WalkError;
use crate::source::compress::CompressError;
use crate::source::hash::HashError;
use crate::source::leaks::{Leak, LeakError};
use crate::source::site::SiteError;
use deploy_core::base::causes::causes;
use deploy_core::base::units::Count;
use deploy_core::iam::session_policy::TooLong;
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
    #[error("cannot read the rules in LOCAL_PATH")]
    Site(#[source] SiteError),
    #[error("cannot compress the files")]
    Compress(#[source] CompressError),
    #[error(transparent)]
    SignIn(SignInError),
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
    Incomplete { failures: usize, causes: Vec<Cause> },
    #[error("AWS no longer accepts the credentials")]
    IdentityLost { causes: Vec<AwsError> },
    #[error("interrupted by a signal")]
    Interrupted,
    #[error("a part of the program failed; please report it")]
    Panicked(#[source] tokio::task::JoinError),
    #[error("cannot write REPORT_FILE `{}`: {source}", .path.display())]
    Report { path: PathBuf, source: io::Error },
}

impl DeployError {
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
        if let Self::Incomplete { causes, .. } = self {
            let of_several = causes.iter().filter(|cause| cause.items > 1);
            messages.extend(of_several.map(ToString::to_string));
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
                    "share {share} (BITBUCKET_PARALLEL_STEP {index}) lacks {files}, for example `{example}`"
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
                    "does a KMS key encrypt the bucket? Then the role needs s3:GetObject and kms:Decrypt, and COMPARE_HEADERS must not be `false`: only checksums tell what has arrived"
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
    pub(super) fn refusals(&self) -> Vec<&AwsError> {
        match self {
            Self::Incomplete { causes, .. } => causes
                .iter()
                .filter_map(|cause| cause.aws.as_ref())
                .collect(),
            Self::IdentityLost { causes } => causes.iter().collect(),
            _ => self.aws().into_iter().collect(),
        }
    }

    /// What AWS said, where one request alone ended the run.
    pub(super) fn aws(&self) -> Option<&AwsError> {
        match self {
            Self::SignIn(error) => error.aws(),
            Self::Head(error) | Self::Debt(error) => Some(error),
            Self::List { source, .. } => source.aws(),
            _ => None,
        }
    }
}
