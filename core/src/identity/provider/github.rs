//! GitHub Actions: a URL that gives a token to whoever shows the job's own request token.
//! <https://docs.github.com/en/actions/reference/security/oidc>

use super::{Scope, Vendor};

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
    // Repositories made since July 2026 have `OWNER@ID/REPOSITORY@ID`; the last form is that of templates
    // of the owner's. A `:` inside a value is written `%3A`, so the first ones separate.
    forms: &[
        "repo:<repository>:environment:<environment>",
        "repo:<repository>:ref:<ref>",
        "repo:<repository>:<event>",
        "repo:<repository>:<context>",
    ],
    fits: |name, part| match name {
        "repository" => !part.contains(':'),
        "event" => part == "pull_request",
        _ => true,
    },
    own_part: None,
    pattern_of: |subject, scope| match scope {
        Scope::Workspace => subject.filled("repo:<repository/>*"),
        Scope::Repository => subject.filled("repo:<repository>:*"),
        Scope::Environment => subject.filled("repo:<repository>:environment:<environment>"),
    },
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
