//! CircleCI: two variables of every job; the second version of the token names the branch too.
//! <https://circleci.com/docs/guides/permissions-authentication/openid-connect-tokens/>

use super::{Scope, SubjectPart, SubjectPattern, Vendor};

// The container of a pipe has only the variables it is given.
pub(super) const VENDOR: Vendor = Vendor {
    name: "CircleCI",
    statement_id: "AllowCircleCI",
    branch_claim: "oidc.circleci.com/vcs-ref",
    environment_claim: None,
    missing_token: "the job has no OIDC token to assume the role with (neither CIRCLE_OIDC_TOKEN_V2 nor CIRCLE_OIDC_TOKEN is set)",
    question: "is `CIRCLE_OIDC_TOKEN_V2` passed to the pipe's container, and does the job have one (builds of forks do not)?",
};

/// `https://oidc.circleci.com/org/ORGANISATION`; a server of one's own has its own host, and the
/// organisation is the subject's.
pub(super) fn issued(issuer: &str, subject: &str) -> bool {
    let url = issuer.strip_prefix("https://");
    let Some((host, organization)) = url.and_then(|url| url.split_once("/org/")) else {
        return false;
    };
    let of_subject = || Subject::parse(subject).map(|subject| subject.organization);
    !organization.is_empty()
        && !organization.contains('/')
        && !host.contains('/')
        && (host == "oidc.circleci.com" || of_subject().as_deref() == Some(organization))
}

/// `org/ORGANISATION/project/PROJECT/user/USER[/vcs-origin/ORIGIN/vcs-ref/REF]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Id of the organisation.
    pub organization: String,
    /// Id of the project.
    pub project: String,
    /// Id of the user who started the job.
    pub user: String,
    /// Repository and ref, in the second version of the token.
    pub source: Option<Source>,
}

/// Where a job's code is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The repository, for example `github.com/acme/site`.
    pub origin: String,
    /// The ref, for example `refs/heads/main`.
    pub reference: String,
}

impl Subject {
    /// Takes `sub` apart.
    pub fn parse(sub: &str) -> Option<Self> {
        let (organization, rest) = sub.strip_prefix("org/")?.split_once("/project/")?;
        let (project, rest) = rest.split_once("/user/")?;
        let (user, source) = match rest.split_once("/vcs-origin/") {
            None => (rest, None),
            Some((user, rest)) => {
                let (origin, reference) = rest.split_once("/vcs-ref/")?;
                let source = Source {
                    origin: origin.to_owned(),
                    reference: reference.to_owned(),
                };
                (user, Some(source))
            }
        };
        Some(Self {
            organization: organization.to_owned(),
            project: project.to_owned(),
            user: user.to_owned(),
            source,
        })
    }

    pub(super) fn parts(&self) -> Vec<SubjectPart<'_>> {
        let mut parts = vec![
            ("organization", self.organization.as_str()),
            ("project", &self.project),
            ("user", &self.user),
        ];
        if let Some(source) = &self.source {
            parts.push(("origin", &source.origin));
            parts.push(("ref", &source.reference));
        }
        parts
    }

    /// What accepts the runs in `scope`; contexts are not in a subject.
    pub(super) fn pattern_of(&self, scope: Scope) -> Option<SubjectPattern> {
        let (organization, project) = (&self.organization, &self.project);
        let start = match scope {
            Scope::Workspace => format!("org/{organization}/"),
            Scope::Repository => format!("org/{organization}/project/{project}/"),
            Scope::Environment => return None,
        };
        Some(SubjectPattern::pieces([start, String::new()]))
    }

    /// Whoever started the job.
    pub(super) fn pattern(&self) -> SubjectPattern {
        let start = format!("org/{}/project/{}/user/", self.organization, self.project);
        let end = match &self.source {
            Some(source) => format!("/vcs-origin/{}/vcs-ref/{}", source.origin, source.reference),
            None => String::new(),
        };
        SubjectPattern::Pieces(vec![start, end])
    }
}
