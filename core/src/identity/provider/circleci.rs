//! CircleCI: two variables of every job; the second version of the token names the branch too.
//! <https://circleci.com/docs/guides/permissions-authentication/openid-connect-tokens/>

use super::{Scope, Vendor};

// The container of a pipe has only the variables it is given.
pub(super) const VENDOR: Vendor = Vendor {
    name: "CircleCI",
    statement_id: "AllowCircleCI",
    branch_claim: "oidc.circleci.com/vcs-ref",
    environment_claim: None,
    missing_token: "the job has no OIDC token to assume the role with (neither CIRCLE_OIDC_TOKEN_V2 nor CIRCLE_OIDC_TOKEN is set)",
    question: "is `CIRCLE_OIDC_TOKEN_V2` passed to the pipe's container, and does the job have one (builds of forks do not)?",
    forms: &[
        "org/<organization>/project/<project>/user/<user>/vcs-origin/<origin>/vcs-ref/<ref>",
        "org/<organization>/project/<project>/user/<user>",
    ],
    fits: |name, part| name != "user" || !part.contains('/'),
    own_part: Some("user"),
    // Contexts are not in a subject.
    pattern_of: |subject, scope| match scope {
        Scope::Workspace => subject.filled("org/<organization>/*"),
        Scope::Repository => subject.filled("org/<organization>/project/<project>/*"),
        Scope::Environment => None,
    },
};

/// `https://oidc.circleci.com/org/ORGANISATION`; a server of one's own has its own host, and the
/// organisation is the subject's.
pub(super) fn issued(issuer: &str, subject: &str) -> bool {
    let url = issuer.strip_prefix("https://");
    let Some((host, organization)) = url.and_then(|url| url.split_once("/org/")) else {
        return false;
    };
    let of_subject = || Some(subject.strip_prefix("org/")?.split_once("/project/")?.0);
    !organization.is_empty()
        && !organization.contains('/')
        && !host.contains('/')
        && (host == "oidc.circleci.com" || of_subject() == Some(organization))
}
