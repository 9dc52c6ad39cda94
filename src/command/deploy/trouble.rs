//! Which section of docs/troubleshooting.md an error of a deploy belongs to. Pure.

use super::error::DeployError;
use crate::command::trouble::{of_aws, of_listing, of_sign_in, of_source};
use crate::execute::Overtaken;
use crate::report::{Cause, Trouble};
use deploy_core::plan::Refusal;

/// The section on `error`, where it is not one of several causes.
pub(super) fn trouble(error: &DeployError) -> Trouble {
    match error {
        DeployError::Source(error) => of_source(error),
        DeployError::Secrets(_) => Trouble::Secrets,
        DeployError::SignIn(error) => of_sign_in(error),
        DeployError::SessionPolicy(_) => Trouble::SessionPolicy,
        DeployError::List { source, .. } => of_listing(source),
        DeployError::Head(error)
        | DeployError::Version(error)
        | DeployError::Debt(error)
        | DeployError::Record(error)
        | DeployError::Overtaken(Overtaken::Unknown(error)) => of_aws(error),
        DeployError::Raced | DeployError::Overtaken(Overtaken::By(_)) => Trouble::TakenOver,
        DeployError::NoRelease { .. }
        | DeployError::Release { .. }
        | DeployError::NoVersions
        | DeployError::Unrestorable { .. }
        | DeployError::Unasked(_) => Trouble::Release,
        DeployError::Refused(refusal) => of_refusal(refusal),
        DeployError::IdentityLost { .. } => Trouble::CredentialsEnded,
        DeployError::Interrupted => Trouble::Interrupted,
        DeployError::Incomplete { causes, .. } => causes.first().map_or(Trouble::Fault, of_cause),
        DeployError::Report { .. } => Trouble::Report,
        DeployError::Setup(_) | DeployError::Signals(_) | DeployError::Panicked(_) => {
            Trouble::Fault
        }
    }
}

/// The section on one of several causes.
pub(super) fn of_cause(cause: &Cause) -> Trouble {
    match &cause.aws {
        Some(error) => of_aws(error),
        None if cause.is_permanent => Trouble::Unreadable,
        None => Trouble::Changing,
    }
}

fn of_refusal(refusal: &Refusal) -> Trouble {
    match refusal {
        Refusal::EmptySource => Trouble::NoFiles,
        Refusal::TooManyDeletions { .. } => Trouble::Deletions,
        Refusal::Replacing { .. } => Trouble::Overwrite,
        Refusal::SharesMissing { .. } => Trouble::Shares,
        Refusal::OlderBuild { .. } => Trouble::OlderBuild,
    }
}
