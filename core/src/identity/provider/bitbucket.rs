//! Bitbucket Pipelines: a variable of every step that has `oidc: true`.
//! <https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/>

use super::{Scope, Subject, SubjectPattern, Vendor};
use crate::base::invalid::Invalid;
use crate::base::is_made_of;

pub(super) const VENDOR: Vendor = Vendor {
    name: "Bitbucket Pipelines",
    statement_id: "AllowBitbucket",
    branch_claim: "branchName",
    environment_claim: Some("deploymentEnvironmentUuid"),
    missing_token: "the step has no OIDC token to assume the role with (BITBUCKET_STEP_OIDC_TOKEN is not set)",
    question: "is `oidc: true` set on this step?",
    // Each part is a UUID in braces.
    forms: &["<repository>:<environment>:<step>", "<repository>:<step>"],
    fits: |_, part| part.starts_with('{') && part.ends_with('}') && !part.contains(':'),
    own_part: Some("step"),
    pattern_of,
};

/// What stands before and behind the workspace's name in the URL of its issuer.
/// <https://support.atlassian.com/bitbucket-cloud/docs/deploy-on-aws-using-bitbucket-pipelines-openid-connect/>
const ISSUER: (&str, &str) = (
    "https://api.bitbucket.org/2.0/workspaces/",
    "/pipelines-config/identity/oidc",
);

/// The URL of the workspace's issuer.
///
/// # Errors
/// When `workspace` cannot be one's name.
pub fn issuer(workspace: &str) -> Result<String, Invalid> {
    if is_workspace(workspace) {
        return Ok(format!("{}{workspace}{}", ISSUER.0, ISSUER.1));
    }
    Err(Invalid::new(
        format!("`{workspace}` is not the name of a workspace"),
        "copy it from the workspace's URL",
    ))
}

pub(super) fn issued(issuer: &str) -> bool {
    let rest = issuer.strip_prefix(ISSUER.0);
    rest.and_then(|rest| rest.strip_suffix(ISSUER.1))
        .is_some_and(is_workspace)
}

fn is_workspace(name: &str) -> bool {
    is_made_of(name, "-_")
}

/// The audience of the workspace with this UUID, with or without braces.
///
/// # Errors
/// When it is not a UUID.
pub fn audience(workspace_uuid: &str) -> Result<String, Invalid> {
    let uuid = uuid(workspace_uuid)?;
    Ok(format!("ari:cloud:bitbucket::workspace/{uuid}"))
}

/// `value` without braces, in lower case, if it is a UUID.
///
/// # Errors
/// When it is not.
pub fn uuid(value: &str) -> Result<String, Invalid> {
    let bare = value
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'));
    let uuid = bare.unwrap_or(value).to_ascii_lowercase();
    let is_digit = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
    let lengths = uuid.split('-').map(str::len);
    let is_uuid = lengths.eq([8, 4, 4, 4, 12]) && uuid.bytes().all(is_digit);
    is_uuid.then_some(uuid).ok_or_else(|| {
        Invalid::new(
            format!("`{value}` is not a UUID"),
            "an example is `{1de489be-ce6a-42a0-a8c8-eadbf1174ac7}`",
        )
    })
}

/// The subjects of a workspace, of one repository or one deployment environment of it, by their UUIDs
/// without braces. The patterns are Atlassian's own.
/// <https://support.atlassian.com/bitbucket-cloud/docs/deploy-on-aws-using-bitbucket-pipelines-openid-connect/>
pub fn pattern(repository: Option<&str>, environment: Option<&str>) -> SubjectPattern {
    match (repository, environment) {
        (None, _) => SubjectPattern::Any,
        (Some(repository), None) => SubjectPattern::pieces([&format!("{{{repository}}}:"), ""]),
        (Some(repository), Some(environment)) => SubjectPattern::pieces([
            &format!("{{{repository}}}"),
            &format!(":{{{environment}}}:"),
            "",
        ]),
    }
}

fn pattern_of(subject: &Subject<'_>, scope: Scope) -> Option<SubjectPattern> {
    let part = |name| uuid(subject.part(name)?).ok();
    Some(match scope {
        Scope::Workspace => pattern(None, None),
        Scope::Repository => pattern(Some(&part("repository")?), None),
        Scope::Environment => pattern(Some(&part("repository")?), Some(&part("environment")?)),
    })
}
