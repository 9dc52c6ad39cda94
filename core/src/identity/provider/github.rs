//! GitHub Actions: a URL that gives a token to whoever shows the job's own request token.
//! <https://docs.github.com/en/actions/reference/security/oidc>

use super::{Scope, SubjectPart, SubjectPattern, Vendor};

/// The audience that AWS's own action asks for, and that its documentation registers.
/// <https://github.com/aws-actions/configure-aws-credentials#oidc>
pub const AUDIENCE_DEFAULT: &str = "sts.amazonaws.com";

// The container of a pipe has only the variables it is given.
pub(super) const VENDOR: Vendor = Vendor {
    name: "GitHub Actions",
    statement_id: "AllowGitHub",
    branch_claim: "ref",
    environment_claim: Some("environment"),
    missing_token: "the job can get no OIDC token to assume the role with (ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN are not both set)",
    question: "does the job have `permissions: id-token: write`, and are both variables passed to the pipe's container?",
};

/// That of github.com, also with an enterprise's slug behind it; those of enterprises with data
/// residency, below ghe.com; and that of an Enterprise Server.
/// <https://docs.github.com/en/enterprise-cloud@latest/actions/reference/security/oidc>
pub(super) fn issued(issuer: &str) -> bool {
    let url = issuer.strip_prefix("https://").unwrap_or_default();
    let (host, path) = url.split_once('/').unwrap_or((url, ""));
    let has_residency = || {
        let enterprise = host.strip_prefix("token.actions.");
        let enterprise = enterprise.and_then(|rest| rest.strip_suffix(".ghe.com"));
        enterprise.is_some_and(|name| !name.is_empty() && !name.contains('.'))
    };
    host == "token.actions.githubusercontent.com"
        || has_residency()
        || (!host.is_empty() && path == "_services/token")
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
    /// A branch or a tag, for example `refs/heads/main`.
    Ref(String),
    /// A pull request.
    PullRequest,
    /// What the owner's own template of the claim holds.
    Custom(String),
}

impl Subject {
    /// Takes `sub` apart. A `:` inside a value is written `%3A`, so the first ones separate.
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

    /// What accepts the runs in `scope`.
    pub(super) fn pattern_of(&self, scope: Scope) -> Option<SubjectPattern> {
        let path = &self.repository;
        match scope {
            Scope::Workspace => {
                let (owner, _repository) = path.split_once('/')?;
                let start = format!("repo:{owner}/");
                Some(SubjectPattern::pieces([start, String::new()]))
            }
            Scope::Repository => {
                let start = format!("repo:{path}:");
                Some(SubjectPattern::pieces([start, String::new()]))
            }
            Scope::Environment => match &self.context {
                Context::Environment(name) => {
                    let whole = format!("repo:{path}:environment:{name}");
                    Some(SubjectPattern::Exact(whole))
                }
                Context::Ref(_) | Context::PullRequest | Context::Custom(_) => None,
            },
        }
    }
}
