//! Bitbucket Pipelines: a variable of every step that has `oidc: true`.
//! <https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/>

use super::{Scope, SubjectPart, SubjectPattern, Vendor};
use crate::base::invalid::Invalid;

pub(super) const VENDOR: Vendor = Vendor {
    name: "Bitbucket Pipelines",
    statement_id: "AllowBitbucket",
    branch_claim: "branchName",
    environment_claim: Some("deploymentEnvironmentUuid"),
    missing_token: "the step has no OIDC token to assume the role with (BITBUCKET_STEP_OIDC_TOKEN is not set)",
    question: "is `oidc: true` set on this step?",
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
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    !name.is_empty() && name.bytes().all(is_part)
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

/// The subjects in `scope`. The patterns are Atlassian's own.
/// <https://support.atlassian.com/bitbucket-cloud/docs/deploy-on-aws-using-bitbucket-pipelines-openid-connect/>
pub fn pattern(scope: &Place) -> SubjectPattern {
    match scope {
        Place::Workspace => SubjectPattern::Any,
        Place::Repository { repository } => {
            SubjectPattern::pieces([format!("{{{repository}}}:"), String::new()])
        }
        Place::Environment {
            repository,
            environment,
        } => SubjectPattern::pieces([
            format!("{{{repository}}}"),
            format!(":{{{environment}}}:"),
            String::new(),
        ]),
    }
}

/// A scope with the UUIDs that it needs, without braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The whole workspace.
    Workspace,
    /// One repository, in every deployment environment and none.
    Repository {
        /// UUID of the repository.
        repository: String,
    },
    /// One deployment environment of one repository.
    Environment {
        /// UUID of the repository.
        repository: String,
        /// UUID of the environment.
        environment: String,
    },
}

/// `{REPOSITORY}[:{ENVIRONMENT}]:{STEP}`, each a UUID in braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// UUID of the repository.
    pub repository: String,
    /// UUID of the deployment environment, on a step that has `deployment:`.
    pub environment: Option<String>,
    /// UUID of the step.
    pub step: String,
}

impl Subject {
    /// Takes `sub` apart.
    pub fn parse(sub: &str) -> Option<Self> {
        let parts: Vec<&str> = sub.split(':').collect();
        let in_braces = |part: &&str| part.starts_with('{') && part.ends_with('}');
        if !parts.iter().all(in_braces) {
            return None;
        }
        let (repository, environment, step) = match parts.as_slice() {
            [repository, step] => (repository, None, step),
            [repository, environment, step] => (repository, Some(*environment), step),
            _ => return None,
        };
        Some(Self {
            repository: (*repository).to_owned(),
            environment: environment.map(str::to_owned),
            step: (*step).to_owned(),
        })
    }

    pub(super) fn parts(&self) -> Vec<SubjectPart<'_>> {
        let mut parts = vec![("repository", self.repository.as_str())];
        parts.extend(
            self.environment
                .as_deref()
                .map(|part| ("environment", part)),
        );
        parts.push(("step", &self.step));
        parts
    }

    /// What accepts the runs in `scope`.
    pub(super) fn pattern_of(&self, scope: Scope) -> Option<SubjectPattern> {
        let repository = uuid(&self.repository);
        let place = match scope {
            Scope::Workspace => Place::Workspace,
            Scope::Repository => Place::Repository {
                repository: repository.ok()?,
            },
            Scope::Environment => Place::Environment {
                repository: repository.ok()?,
                environment: uuid(self.environment.as_deref()?).ok()?,
            },
        };
        Some(pattern(&place))
    }

    /// Steps have a UUID of their own, so what stays is the repository, and its environment.
    pub(super) fn pattern(&self) -> SubjectPattern {
        let mut fixed = format!("{}:", self.repository);
        if let Some(environment) = &self.environment {
            fixed = format!("{fixed}{environment}:");
        }
        SubjectPattern::Pieces(vec![fixed, String::new()])
    }
}
