//! Why a deploy did not succeed, and the lines that say so.

use std::io;
use std::path::PathBuf;

use crate::aws::{AwsError, Kind, ListError, SetupError};
use crate::command::hints::{Help, SESSION_POLICY_HINT};
use crate::command::sign_in::SignInError;
use crate::execute::Overtaken;
use crate::report::Cause;
use crate::source::leaks::Leak;
use crate::source::{Fault, SourceError};
use deploy_core::base::units::{Count, listed};
use deploy_core::iam::session_policy::TooLong;
use deploy_core::plan::Refusal;
use deploy_core::plan::compare::Reason;
use deploy_core::plan::rollback::{Obstacle, Wanted};

/// Files that the line to paste leaves out at most.
const EXCLUDED_MAX: usize = 10;

/// One variant per stage. `Display` never repeats the source.
#[derive(Debug, thiserror::Error)]
pub(super) enum DeployError {
    #[error("cannot set up the connection")]
    Setup(#[source] SetupError),
    #[error("cannot handle signals")]
    Signals(#[source] io::Error),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error("LOCAL_PATH seems to hold secrets, in {}", Count(.0.len(), "file"))]
    Secrets(Vec<Leak>),
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
    #[error("cannot ask what the objects are stored with")]
    Head(#[source] AwsError),
    #[error("cannot note in the bucket that an invalidation is due")]
    Debt(#[source] AwsError),
    #[error("cannot read or write the deploy record")]
    Record(#[source] AwsError),
    #[error("other deploys to the same place keep beginning")]
    Raced,
    #[error("{0}")]
    Overtaken(Overtaken),
    #[error("refused: {0}")]
    Refused(Refusal),
    #[error("{} failed", Count(*.failures, "item"))]
    Incomplete { failures: usize, causes: Vec<Cause> },
    #[error("the credentials are no longer accepted")]
    IdentityLost { causes: Vec<AwsError> },
    #[error("cannot ask for the versions of the release")]
    Version(#[source] AwsError),
    #[error("the bucket has not kept {wanted}")]
    NoRelease { wanted: Wanted, known: Vec<String> },
    #[error("the record of {release} is of no use: {reason}")]
    Release { release: String, reason: String },
    #[error("the bucket keeps no versions, of which a release could be put back")]
    NoVersions,
    #[error("the release cannot be put back: {}", Count(*.nameless + .keys.len(), "object"))]
    Unrestorable {
        keys: Vec<(Box<str>, Obstacle)>,
        /// Objects that are gone with their names.
        nameless: usize,
    },
    #[error("the release was deployed with {0}, which this step does not set")]
    Unasked(&'static str),
    #[error("interrupted by a signal")]
    Interrupted,
    #[error("a part of the program failed; please report it")]
    Panicked(#[source] tokio::task::JoinError),
    #[error("cannot write REPORT_FILE `{}`: {source}", .path.display())]
    Report { path: PathBuf, source: io::Error },
}

impl DeployError {
    /// What it is about, with what is wrong with each: names that cannot be deployed, files that look
    /// like secrets, objects that may not be replaced.
    pub(super) fn names(&self) -> Vec<String> {
        match self {
            Self::Source(error) => error.names(),
            Self::Secrets(leaks) => {
                let leaks = leaks.iter();
                leaks
                    .map(|Leak { name, reason }| format!("`{name}` {reason}"))
                    .collect()
            }
            Self::Refused(Refusal::Replacing { objects }) => objects
                .iter()
                .map(|(key, reason)| match reason {
                    Reason::Unverifiable => {
                        format!("`{key}` exists, and whether it differs cannot be told")
                    }
                    reason => format!("`{key}` exists and differs ({})", reason.word()),
                })
                .collect(),
            Self::Refused(Refusal::SharesMissing { shares }) => {
                let shares = shares.iter();
                let missing = shares.map(|(share, missing)| {
                    let files = Count(missing.files, "file");
                    let (index, example) = (share.index(), &missing.example);
                    format!(
                        "share {share} (BITBUCKET_PARALLEL_STEP {index}) lacks {files}, for example `{example}`"
                    )
                });
                missing.collect()
            }
            Self::Unrestorable { keys, nameless } => {
                let keys = keys
                    .iter()
                    .map(|(key, reason)| format!("`{key}`: {reason}"));
                let nameless = (*nameless > 0).then(|| {
                    let objects = Count(*nameless, "object");
                    format!("{objects} of it, and all versions of them, are gone")
                });
                keys.chain(nameless).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What to look at first, where no server's answer is what it is about.
    pub(super) fn hints(&self) -> Help {
        let hints: &[&str] = match self {
            Self::Refused(Refusal::Replacing { .. }) => &[
                "is this version released already? Deploy to another prefix, or unset NO_OVERWRITE",
            ],
            Self::Refused(Refusal::OlderBuild { .. }) => &[
                "to deploy the older build all the same, rerun this step; OLDER_BUILD: 'allow' lets every older build through",
            ],
            Self::Refused(Refusal::SharesMissing { .. }) => &[
                "did that parallel step fail, or see other files or variables than this one? Rerun it, then this step",
                "does a KMS key encrypt the bucket? Then the role needs s3:GetObject and kms:Decrypt, and COMPARE_HEADERS must not be `false`: only checksums tell what has arrived",
            ],
            Self::Source(SourceError {
                fault: Fault::Names(_),
                ..
            }) => &["rename or remove these; EXCLUDE leaves out those whose names are UTF-8"],
            Self::Secrets(leaks) => return Help::lines(leaks_help(leaks)),
            Self::NoRelease { known, .. } if known.is_empty() => &[
                "does the bucket keep versions? Releases are kept from the first deploy after that is switched on: see docs/rollback.md",
            ],
            Self::NoRelease { known, .. } => {
                let known = listed(known.iter().cloned());
                let line = format!("it has kept {known}; `COMMAND: 'releases'` lists them");
                return Help::lines(vec![line]);
            }
            Self::Version(error) if error.kind == Kind::Denied => &[
                "does the role's policy allow s3:GetObjectVersion? `COMMAND: 'setup'` with RELEASE prints what a rollback needs",
            ],
            Self::NoVersions => &[
                "switch versioning on, as `COMMAND: 'setup'` with RELEASE shows: later deploys can then be rolled back",
            ],
            Self::Unrestorable { .. } => &[
                "did a lifecycle rule remove or archive these versions? Another release may be whole, and an older build can be deployed by running its step again",
            ],
            Self::Unasked(name) => {
                let line =
                    format!("set {name} as for that deploy, so that this session may set it again");
                return Help::lines(vec![line]);
            }
            Self::SessionPolicy(_) => &[SESSION_POLICY_HINT],
            _ => &[],
        };
        Help::lines(hints.iter().copied().map(str::to_owned).collect())
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
            Self::Head(error)
            | Self::Version(error)
            | Self::Debt(error)
            | Self::Record(error)
            | Self::Overtaken(Overtaken::Unknown(error)) => Some(error),
            Self::List { source, .. } => source.aws(),
            _ => None,
        }
    }
}

/// How to leave the files out: with a line to paste, if a line can hold them.
fn leaks_help(leaks: &[Leak]) -> Vec<String> {
    let names = leaks.iter().map(|leak| leak.name.as_str());
    let is_plain = |name: &str| !name.contains(|sign: char| " *?[]!\\\"'#,;".contains(sign));
    let paste = if leaks.len() <= EXCLUDED_MAX && names.clone().all(is_plain) {
        let patterns: Vec<String> = names.map(|name| format!("/{name}")).collect();
        format!("to leave them out, set EXCLUDE: '{}'", patterns.join(" "))
    } else {
        "EXCLUDE leaves files out".to_owned()
    };
    let allow = "ALLOW_SECRETS: 'true' deploys them, for whoever may read the bucket";
    vec![paste, allow.to_owned()]
}
