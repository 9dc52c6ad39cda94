//! Why a command did not do what it was for: what is said of it, the section of the documents on it, and how
//! it ends a run. Pure.

use std::io;
use std::path::PathBuf;

use super::hints::{SESSION_POLICY_HINT, meaning};
use crate::aws::{AwsError, Kind, ListError, SetupError};
use crate::execute::Overtaken;
use crate::report::{Cause, Ending, Finding, Trouble, Written};
use crate::source::leaks::Leak;
use crate::source::{Fault, SourceError};
use deploy_core::base::units::{Count, listed};
use deploy_core::iam::session_policy::TooLong;
use deploy_core::identity::OtherAccount;
use deploy_core::plan::compare::Reason;
use deploy_core::plan::rollback::{Obstacle, Wanted};
use deploy_core::plan::{Plan, Refusal};

/// Files that the line to paste leaves out at most.
const EXCLUDED_MAX: usize = 10;

/// `Display` never repeats the source.
#[derive(Debug, thiserror::Error)]
pub(super) enum RunError {
    #[error("cannot start")]
    Start(#[source] io::Error),
    #[error("cannot set up the connection")]
    Setup(#[source] SetupError),
    #[error("cannot handle signals")]
    Signals(#[source] io::Error),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error("LOCAL_PATH seems to hold secrets, in {}", Count(.0.len(), "file"))]
    Secrets(Vec<Leak>),
    #[error("AWS_ALLOWED_ACCOUNT_IDS: the credentials are of {0}")]
    Account(OtherAccount),
    /// One request without which something cannot be done.
    #[error("cannot {doing}")]
    Request {
        doing: &'static str,
        #[source]
        source: AwsError,
    },
    #[error("cannot narrow the session to this deploy")]
    SessionPolicy(#[source] TooLong),
    #[error("cannot list `{url}`")]
    List {
        url: String,
        #[source]
        source: ListError,
    },
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
    #[error("cannot write REPORT_FILE `{}`", .path.display())]
    Report { path: PathBuf, source: io::Error },
}

impl RunError {
    /// Makes an error of a request without which this cannot be done.
    pub(super) fn doing(doing: &'static str) -> impl Fn(AwsError) -> Self {
        move |source| Self::Request { doing, source }
    }

    /// The deploy record cannot be had.
    pub(super) fn record(source: AwsError) -> Self {
        Self::doing("read or write the deploy record")(source)
    }

    /// What objects are stored with cannot be asked.
    pub(super) fn head(source: AwsError) -> Self {
        Self::doing("ask what the objects are stored with")(source)
    }

    /// The files that it is about.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let finding = |kind, path: &str, message: String| Finding {
            kind,
            path: path.to_owned(),
            message,
        };
        match self {
            Self::Secrets(leaks) => leaks
                .iter()
                .map(|leak| finding("secret", &leak.name, leak.reason.to_owned()))
                .collect(),
            Self::Source(SourceError {
                fault: Fault::Names(faults),
                ..
            }) => faults
                .iter()
                .map(|(name, fault)| finding("name", name, fault.to_string()))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// What it is about, with what is wrong with each: names that cannot be deployed, files that look
    /// like secrets, objects that may not be replaced.
    pub(super) fn names(&self) -> Vec<String> {
        match self {
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
            _ => {
                let findings = self.findings().into_iter();
                findings
                    .map(|Finding { path, message, .. }| format!("`{path}` {message}"))
                    .collect()
            }
        }
    }

    /// What to look at first, where no server's answer is what it is about.
    pub(super) fn hints(&self) -> Vec<String> {
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
            Self::Secrets(leaks) => return leaks_help(leaks),
            Self::NoRelease { known, .. } if known.is_empty() => &[
                "does the bucket keep versions? Releases are kept from the first deploy after that is switched on: see docs/rollback.md",
            ],
            Self::NoRelease { known, .. } => {
                let known = listed(known.iter().cloned());
                let line = format!("it has kept {known}; `COMMAND: 'releases'` lists them");
                return vec![line];
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
                return vec![line];
            }
            Self::SessionPolicy(_) => &[SESSION_POLICY_HINT],
            _ => &[],
        };
        hints.iter().copied().map(str::to_owned).collect()
    }

    /// What AWS said that ended the run, the first cause first.
    pub(super) fn refusals(&self) -> Vec<&AwsError> {
        match self {
            Self::Incomplete { causes, .. } => {
                let causes = causes.iter();
                causes.filter_map(|cause| cause.aws.as_ref()).collect()
            }
            Self::IdentityLost { causes } => causes.iter().collect(),
            Self::Request { source, .. }
            | Self::Version(source)
            | Self::Overtaken(Overtaken::Unknown(source)) => vec![source],
            Self::List { source, .. } => source.aws().into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// The section of the documents on it, and how it ends a run that has `written` so much.
    pub(super) fn verdict(&self, written: Written) -> (Trouble, Ending) {
        let passing = Ending::Passing(written);
        let permanent = |fix: &str| permanent(written, fix);
        match self {
            Self::Setup(_) | Self::Panicked(_) => (Trouble::Fault, permanent("Fix the cause")),
            Self::Start(_) | Self::Signals(_) => (Trouble::Fault, passing),
            Self::Source(error) => match error.fault {
                Fault::Names(_) => (Trouble::Names, Ending::Refused),
                Fault::NotText { .. } => (Trouble::Rules, Ending::Refused),
                Fault::Interrupted => (Trouble::Interrupted, Ending::Interrupted(written)),
                Fault::Read { .. } | Fault::TooMany => {
                    (Trouble::Unreadable, permanent("Make LOCAL_PATH readable"))
                }
            },
            Self::Secrets(_) => (Trouble::Secrets, Ending::Refused),
            Self::Account(_) => (Trouble::Account, Ending::Refused),
            Self::SessionPolicy(_) => (Trouble::SessionPolicy, Ending::Refused),
            Self::Request { source, .. }
            | Self::Version(source)
            | Self::Overtaken(Overtaken::Unknown(source))
            | Self::List {
                source: ListError::Aws(source),
                ..
            } => of_aws(source, written),
            Self::List {
                source: ListError::OtherRegion { error, .. },
                ..
            } => (Trouble::Region, of_aws(error, written).1),
            Self::List { .. } => (Trouble::Malformed, passing),
            Self::Raced => (Trouble::TakenOver, passing),
            Self::Overtaken(Overtaken::By(_)) => (Trouble::TakenOver, Ending::Overtaken(written)),
            Self::Refused(refusal) => of_refusal(refusal),
            Self::Incomplete { causes, .. } => {
                let lasting = causes.iter().find(|cause| cause.is_permanent);
                let trouble = causes.first().map_or(Trouble::Fault, of_cause);
                let ending = lasting.map_or(passing, |cause| {
                    permanent(match &cause.aws {
                        Some(error) => meaning(error).1,
                        None => "Make the files readable",
                    })
                });
                (trouble, ending)
            }
            Self::IdentityLost { .. } => (Trouble::CredentialsEnded, Ending::Identity(written)),
            Self::NoRelease { .. }
            | Self::Release { .. }
            | Self::NoVersions
            | Self::Unrestorable { .. }
            | Self::Unasked(_) => (Trouble::Release, Ending::Refused),
            Self::Interrupted => (Trouble::Interrupted, Ending::Interrupted(written)),
            Self::Report { .. } => (Trouble::Report, passing),
        }
    }
}

fn permanent(written: Written, fix: &str) -> Ending {
    Ending::Permanent {
        written,
        fix: fix.to_owned(),
    }
}

fn of_aws(error: &AwsError, written: Written) -> (Trouble, Ending) {
    let (trouble, fix) = meaning(error);
    let ending = match error.kind {
        Kind::Identity => Ending::Identity(written),
        _ if error.is_permanent() => permanent(written, fix),
        _ => Ending::Passing(written),
    };
    (trouble, ending)
}

/// What `plan` was to delete later and is why the server has failed to store something, as far as that can
/// be known: servers that keep objects as files have no other words for it than for trouble of their own.
pub(super) fn in_the_way<'a>(cause: &Cause, plan: &'a Plan) -> Option<&'a str> {
    let is_fault = cause.aws.as_ref().is_some_and(|it| it.status == Some(500));
    let keys = cause.first.iter().filter(|_| is_fault);
    keys.into_iter().find_map(|key| plan.in_the_way(key))
}

/// The section on one of several causes.
pub(super) fn of_cause(cause: &Cause) -> Trouble {
    match &cause.aws {
        Some(error) => meaning(error).0,
        None if cause.is_permanent => Trouble::Unreadable,
        None => Trouble::Changing,
    }
}

fn of_refusal(refusal: &Refusal) -> (Trouble, Ending) {
    let trouble = match refusal {
        Refusal::EmptySource => Trouble::NoFiles,
        Refusal::TooManyDeletions { .. } => Trouble::Deletions,
        Refusal::Replacing { .. } => Trouble::Overwrite,
        Refusal::SharesMissing { .. } => Trouble::Shares,
        Refusal::OlderBuild { .. } => return (Trouble::OlderBuild, Ending::Older),
    };
    (trouble, Ending::Refused)
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
