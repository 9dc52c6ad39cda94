//! Which subjects a role accepts, by the form that each vendor gives them.

use super::facts::Scope;
use super::provider::{Vendor, parse_uuid};
use crate::base::invalid::Invalid;
use crate::iam::resources::iam_literal;

/// What the `sub` of an accepted token is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Anything: the provider itself is of one workspace only.
    Any,
    /// A pattern of IAM's `StringLike`.
    Like(String),
}

impl Subject {
    /// The subjects of a Bitbucket workspace in `scope`.
    ///
    /// `{REPOSITORY}:{STEP}`, and `{REPOSITORY}:{ENVIRONMENT}:{STEP}` in a deployment step. The
    /// patterns are Atlassian's own.
    /// <https://support.atlassian.com/bitbucket-cloud/docs/deploy-on-aws-using-bitbucket-pipelines-openid-connect/>
    #[must_use]
    pub fn of_bitbucket(scope: &BitbucketScope) -> Self {
        match scope {
            BitbucketScope::Workspace => Self::Any,
            BitbucketScope::Repository { repository } => Self::Like(format!("{{{repository}}}:*")),
            BitbucketScope::Environment {
                repository,
                environment,
            } => Self::Like(format!("{{{repository}}}*:{{{environment}}}:*")),
        }
    }

    /// The subjects in `scope` that a token of `vendor` with the subject `sub` shows.
    ///
    /// # Errors
    /// When the vendor's subjects do not tell the scope.
    pub fn of_token(vendor: Vendor, scope: Scope, sub: &str) -> Result<Self, Invalid> {
        let pattern = match vendor {
            Vendor::Bitbucket => {
                let scope = BitbucketScope::of_subject(scope, sub);
                return scope.map(|scope| Self::of_bitbucket(&scope));
            }
            Vendor::CircleCi => circle_ci(scope, sub),
            Vendor::GitHub => github(scope, sub),
            Vendor::GitLab => gitlab(scope, sub),
            Vendor::Other => (scope == Scope::Repository).then(|| iam_literal(sub)),
        };
        pattern.map(Self::Like).ok_or_else(|| {
            Invalid::new(
                format!("the subject `{sub}` of the step's token does not tell it"),
                "use another scope, or run setup in a step of the scope that you mean",
            )
        })
    }
}

/// A scope with the UUIDs that it needs, without braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BitbucketScope {
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

impl BitbucketScope {
    fn of_subject(scope: Scope, sub: &str) -> Result<Self, Invalid> {
        let parts: Vec<&str> = sub.split(':').collect();
        let (repository, environment) = match *parts.as_slice() {
            [repository, _step] => (parse_uuid(repository)?, None),
            [repository, environment, _step] => {
                (parse_uuid(repository)?, Some(parse_uuid(environment)?))
            }
            _ => {
                return Err(Invalid::new(
                    format!("the subject `{sub}` of the step's token is not of Bitbucket's form"),
                    "unset BITBUCKET_STEP_OIDC_TOKEN and name workspace and repository",
                ));
            }
        };
        match (scope, environment) {
            (Scope::Workspace, _) => Ok(Self::Workspace),
            (Scope::Repository, _) => Ok(Self::Repository { repository }),
            (Scope::Environment, Some(environment)) => Ok(Self::Environment {
                repository,
                environment,
            }),
            (Scope::Environment, None) => Err(Invalid::new(
                "the step's token is of no deployment environment",
                "does this step have a `deployment:`?",
            )),
        }
    }
}

/// `org/ORG/project/PROJECT/user/USER…`; contexts and restrictions are not in it.
/// <https://circleci.com/docs/openid-connect-tokens/>
fn circle_ci(scope: Scope, sub: &str) -> Option<String> {
    let (organisation, rest) = sub.strip_prefix("org/")?.split_once("/project/")?;
    let (project, _user) = rest.split_once('/')?;
    let organisation = iam_literal(organisation);
    match scope {
        Scope::Workspace => Some(format!("org/{organisation}/*")),
        Scope::Repository => Some(format!(
            "org/{organisation}/project/{}/*",
            iam_literal(project)
        )),
        Scope::Environment => None,
    }
}

/// `repo:OWNER/REPOSITORY:…`, with `environment:NAME` where the job has one.
/// <https://docs.github.com/actions/reference/security/oidc>
fn github(scope: Scope, sub: &str) -> Option<String> {
    let (path, rest) = sub.strip_prefix("repo:")?.split_once(':')?;
    let (owner, _repository) = path.split_once('/')?;
    match scope {
        Scope::Workspace => Some(format!("repo:{}/*", iam_literal(owner))),
        Scope::Repository => Some(format!("repo:{}:*", iam_literal(path))),
        Scope::Environment => {
            let environment = rest.strip_prefix("environment:")?;
            let (path, environment) = (iam_literal(path), iam_literal(environment));
            Some(format!("repo:{path}:environment:{environment}"))
        }
    }
}

/// `project_path:GROUP/PROJECT:ref_type:TYPE:ref:REF`; a workspace is the outermost group.
/// <https://docs.gitlab.com/ci/cloud_services/aws/>
fn gitlab(scope: Scope, sub: &str) -> Option<String> {
    let (path, _ref) = sub.strip_prefix("project_path:")?.split_once(':')?;
    let (group, _project) = path.split_once('/')?;
    match scope {
        Scope::Workspace => Some(format!("project_path:{}/*", iam_literal(group))),
        Scope::Repository => Some(format!("project_path:{}:*", iam_literal(path))),
        Scope::Environment => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Scope, Subject, Vendor};

    const REPOSITORY: &str = "{1de489be-ce6a-42a0-a8c8-eadbf1174ac7}";
    const ENVIRONMENT: &str = "{bd715740-c970-486b-b68a-b421ec2a1f8b}";
    const STEP: &str = "{759de0c6-eaee-4eaa-b7a6-c507eec759a7}";

    fn pattern(vendor: Vendor, scope: Scope, sub: &str) -> Option<String> {
        match Subject::of_token(vendor, scope, sub).ok()? {
            Subject::Like(pattern) => Some(pattern),
            Subject::Any => Some("any".to_owned()),
        }
    }

    /// Vendor, subject, and the patterns for workspace, repository and environment.
    type Case<'a> = (Vendor, &'a str, [Option<&'a str>; 3]);

    #[test]
    fn every_vendor_has_its_scopes() {
        let cases: &[Case<'_>] = &[
            (
                Vendor::CircleCi,
                "org/o-1/project/p-2/user/u-3/vcs-origin/github.com/o/r/vcs-ref/refs/heads/main",
                [Some("org/o-1/*"), Some("org/o-1/project/p-2/*"), None],
            ),
            (
                Vendor::GitHub,
                "repo:acme/site:ref:refs/heads/main",
                [Some("repo:acme/*"), Some("repo:acme/site:*"), None],
            ),
            (
                Vendor::GitHub,
                "repo:acme@1/site@2:environment:prod%3Aeu",
                [
                    Some("repo:acme@1/*"),
                    Some("repo:acme@1/site@2:*"),
                    Some("repo:acme@1/site@2:environment:prod%3Aeu"),
                ],
            ),
            (
                Vendor::GitLab,
                "project_path:acme/web/site:ref_type:branch:ref:main",
                [
                    Some("project_path:acme/*"),
                    Some("project_path:acme/web/site:*"),
                    None,
                ],
            ),
            (Vendor::Other, "job-7*", [None, Some("job-7${*}"), None]),
            (Vendor::GitHub, "customised", [None, None, None]),
        ];
        for (vendor, sub, expected) in cases {
            let scopes = [Scope::Workspace, Scope::Repository, Scope::Environment];
            let found = scopes.map(|scope| pattern(*vendor, scope, sub));
            assert_eq!(found.each_ref().map(Option::as_deref), *expected, "{sub}");
        }
    }

    #[test]
    fn bitbucket_has_the_patterns_of_its_documentation() {
        let deployment = format!("{REPOSITORY}:{ENVIRONMENT}:{STEP}");
        let of = |scope, sub: &str| pattern(Vendor::Bitbucket, scope, sub);
        assert_eq!(of(Scope::Workspace, &deployment).as_deref(), Some("any"));
        assert_eq!(
            of(Scope::Repository, &deployment),
            Some(format!("{REPOSITORY}:*"))
        );
        assert_eq!(
            of(Scope::Environment, &deployment),
            Some(format!("{REPOSITORY}*:{ENVIRONMENT}:*"))
        );
        let ordinary = format!("{REPOSITORY}:{STEP}");
        assert_eq!(
            of(Scope::Repository, &ordinary),
            Some(format!("{REPOSITORY}:*"))
        );
        assert_eq!(of(Scope::Environment, &ordinary), None);
        assert_eq!(of(Scope::Repository, "*:*"), None);
    }
}
