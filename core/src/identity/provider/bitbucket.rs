//! Bitbucket Pipelines: a variable of every step that has `oidc: true`.
//! <https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/>

use super::{MissingToken, SubjectPart, SubjectPattern};

/// What to ask where a step has no token.
pub(super) const MISSING_TOKEN: MissingToken = MissingToken {
    why: "the step has no OIDC token to assume the role with (BITBUCKET_STEP_OIDC_TOKEN is not set)",
    question: "is `oidc: true` set on this step?",
};

/// `https://api.bitbucket.org/2.0/workspaces/WORKSPACE/pipelines-config/identity/oidc`
pub(super) fn issued(issuer: &str) -> bool {
    issuer
        .strip_prefix("https://api.bitbucket.org/2.0/workspaces/")
        .is_some_and(|rest| rest.ends_with("/pipelines-config/identity/oidc"))
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
    #[must_use]
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

    /// Steps have a UUID of their own, so what stays is the repository, and its environment.
    pub(super) fn pattern(&self) -> SubjectPattern {
        let mut fixed = format!("{}:", self.repository);
        if let Some(environment) = &self.environment {
            fixed = format!("{fixed}{environment}:");
        }
        SubjectPattern::Pieces(vec![fixed, String::new()])
    }
}
