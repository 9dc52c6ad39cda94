//! GitHub Actions: a URL that gives a token to whoever shows the job's own request token.
//! <https://docs.github.com/en/actions/reference/security/oidc>

use super::{MissingToken, SubjectPart, SubjectPattern};

/// The audience that AWS's own action asks for, and that its documentation registers.
/// <https://github.com/aws-actions/configure-aws-credentials#oidc>
pub const AUDIENCE_DEFAULT: &str = "sts.amazonaws.com";

/// What to ask where a job has no token. The pipe's container has only the variables it is given.
pub(super) const MISSING_TOKEN: MissingToken = MissingToken {
    why: "the job can get no OIDC token to assume the role with (ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN are not both set)",
    question: "has the job `permissions: id-token: write`, and does the pipe's container get both variables?",
};

/// That of github.com, also with an enterprise's slug behind it, and that of an Enterprise Server.
pub(super) fn issued(issuer: &str) -> bool {
    issuer
        .strip_prefix("https://token.actions.githubusercontent.com")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        || issuer.ends_with("/_services/token")
}

/// `repo:OWNER/REPOSITORY:CONTEXT`; repositories made since July 2026 have `OWNER@ID/REPOSITORY@ID`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// `OWNER/REPOSITORY`, with ids or without.
    pub repository: String,
    /// What the job runs for.
    pub context: Context,
}

/// What a job runs for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Context {
    /// A deployment environment.
    Environment(String),
    /// A branch or a tag, as `refs/heads/main`.
    Ref(String),
    /// A pull request.
    PullRequest,
    /// What the owner's own template of the claim holds.
    Custom(String),
}

impl Subject {
    /// Takes `sub` apart. A `:` inside a value is written `%3A`, so the first ones separate.
    #[must_use]
    pub fn parse(sub: &str) -> Option<Self> {
        let (repository, context) = sub.strip_prefix("repo:")?.split_once(':')?;
        let context = match context.split_once(':') {
            Some(("environment", name)) => Context::Environment(name.to_owned()),
            Some(("ref", reference)) => Context::Ref(reference.to_owned()),
            None if context == "pull_request" => Context::PullRequest,
            _ => Context::Custom(context.to_owned()),
        };
        Some(Self {
            repository: repository.to_owned(),
            context,
        })
    }

    /// Whether the claim holds the ids of owner and repository.
    #[must_use]
    pub fn is_immutable(&self) -> bool {
        self.repository.contains('@')
    }

    pub(super) fn parts(&self) -> Vec<SubjectPart<'_>> {
        let context = match &self.context {
            Context::Environment(name) => ("environment", name.as_str()),
            Context::Ref(reference) => ("ref", reference.as_str()),
            Context::PullRequest => ("event", "pull_request"),
            Context::Custom(text) => ("context", text.as_str()),
        };
        vec![("repository", &self.repository), context]
    }

    /// The same for every run of the same branch, tag, environment or for every pull request.
    pub(super) fn pattern(&self) -> SubjectPattern {
        let context = match &self.context {
            Context::Environment(name) => format!("environment:{name}"),
            Context::Ref(reference) => format!("ref:{reference}"),
            Context::PullRequest => "pull_request".to_owned(),
            Context::Custom(text) => text.clone(),
        };
        SubjectPattern::Exact(format!("repo:{}:{context}", self.repository))
    }
}
