//! GitLab CI/CD: a variable that the job's `id_tokens:` names, with an audience that it chooses.
//! <https://docs.gitlab.com/ci/secrets/id_token_authentication/>

use super::{Scope, Vendor};

pub(super) const VENDOR: Vendor = Vendor {
    name: "GitLab",
    statement_id: "AllowGitLab",
    branch_claim: "ref",
    environment_claim: Some("environment"),
    missing_token: "the job has no OIDC token to assume the role with (OIDC_TOKEN_VARIABLE is not set)",
    question: "does the job define `id_tokens:`, and does OIDC_TOKEN_VARIABLE name the variable that it sets?",
    // A project can be set to another form.
    forms: &["project_path:<project>:ref_type:<ref type>:ref:<ref>"],
    fits: |_, _| true,
    own_part: None,
    // A workspace is the outermost group.
    pattern_of: |subject, scope| match scope {
        Scope::Workspace => subject.filled("project_path:<project/>*"),
        Scope::Repository => subject.filled("project_path:<project>:*"),
        Scope::Environment => None,
    },
};

/// The issuer is the URL of the instance, which can be any; the subject tells.
pub(super) fn issued(subject: &str) -> bool {
    subject.starts_with("project_path:")
}
