//! GitLab CI/CD: a variable that the job's `id_tokens:` names, with an audience that it chooses.
//! <https://docs.gitlab.com/ci/secrets/id_token_authentication/>

use super::{Scope, SubjectPart, SubjectPattern, Vendor};

pub(super) const VENDOR: Vendor = Vendor {
    name: "GitLab",
    statement_id: "AllowGitLab",
    branch_claim: "ref",
    environment_claim: Some("environment"),
    missing_token: "the job has no OIDC token to assume the role with (OIDC_TOKEN_VARIABLE is not set)",
    question: "does the job define `id_tokens:`, and does OIDC_TOKEN_VARIABLE name the variable that it sets?",
};

/// The issuer is the URL of the instance, which can be any; the subject tells.
pub(super) fn issued(subject: &str) -> bool {
    subject.starts_with("project_path:")
}

/// `project_path:GROUP/PROJECT:ref_type:TYPE:ref:REF`; a project can be set to another form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// `GROUP/PROJECT`.
    pub project: String,
    /// `branch` or `tag`.
    pub ref_type: String,
    /// Name of the branch or tag.
    pub reference: String,
}

impl Subject {
    /// Takes `sub` apart.
    pub fn parse(sub: &str) -> Option<Self> {
        let (project, rest) = sub
            .strip_prefix("project_path:")?
            .split_once(":ref_type:")?;
        let (ref_type, reference) = rest.split_once(":ref:")?;
        Some(Self {
            project: project.to_owned(),
            ref_type: ref_type.to_owned(),
            reference: reference.to_owned(),
        })
    }

    pub(super) fn parts(&self) -> Vec<SubjectPart<'_>> {
        vec![
            ("project", &self.project),
            ("ref type", &self.ref_type),
            ("ref", &self.reference),
        ]
    }

    /// What accepts the runs in `scope`; a workspace is the outermost group.
    pub(super) fn pattern_of(&self, scope: Scope) -> Option<SubjectPattern> {
        let start = match scope {
            Scope::Workspace => {
                let (group, _project) = self.project.split_once('/')?;
                format!("project_path:{group}/")
            }
            Scope::Repository => format!("project_path:{}:", self.project),
            Scope::Environment => return None,
        };
        Some(SubjectPattern::pieces([start, String::new()]))
    }
}
