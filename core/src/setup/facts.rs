//! What a set-up is made from, checked. No policies here.

use super::provider::Provider;
use super::subject::Subject;
use crate::base::invalid::Invalid;
use crate::iam::RoleArn;
use crate::iam::resources::{IpRange, KmsKey, Partition, Repository};
use crate::object::destination::Destination;

/// Everything the policies depend on.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Who signs the tokens.
    pub provider: Provider,
    /// Whose tokens the role accepts.
    pub subject: Subject,
    /// Addresses from which the role may be assumed; none means any.
    pub allowed_ip_ranges: Vec<IpRange>,
    /// The role to make.
    pub role: Role,
    /// Partition of the region.
    pub partition: Partition,
    /// Region of the bucket.
    pub region: String,
    /// Where the deploy writes.
    pub destination: Destination,
    /// Which keys of it.
    pub objects: Objects,
    /// Whether the deploy deletes.
    pub deletes: bool,
    /// What the deploy reads of objects.
    pub reads: Reads,
    /// Whether the deploy sets ACLs.
    pub sets_acl: bool,
    /// Whether the deploy sets tags.
    pub sets_tags: bool,
    /// CloudFront distributions to invalidate, by their ids.
    pub distributions: Vec<String>,
    /// Key that encrypts the objects.
    pub kms_key: Option<KmsKey>,
    /// ECR repository that the image is pulled from.
    pub ecr_repository: Option<Repository>,
}

/// What the deploy reads of objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// Nothing: the listing tells enough.
    Nothing,
    /// What they are stored with.
    Headers,
}

/// Which tokens the role accepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Those of the whole workspace, organisation, owner or group.
    Workspace,
    /// Those of one repository or project.
    #[default]
    Repository,
    /// Those of one deployment environment of one repository.
    Environment,
}

impl Scope {
    /// Reads SCOPE.
    ///
    /// # Errors
    /// When it is none of the scopes.
    pub fn parse(value: &str) -> Result<Self, Invalid> {
        match value.to_ascii_lowercase().as_str() {
            "workspace" => Ok(Self::Workspace),
            "repository" => Ok(Self::Repository),
            "environment" => Ok(Self::Environment),
            _ => Err(Invalid::choice(
                value,
                &["workspace", "repository", "environment"],
            )),
        }
    }
}

/// How the set-up is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// The documents alone.
    Json,
    /// A shell script of AWS CLI commands.
    #[default]
    Cli,
    /// A CloudFormation template.
    CloudFormation,
    /// A Terraform configuration.
    Terraform,
}

impl Format {
    /// Reads FORMAT.
    ///
    /// # Errors
    /// When it is none of the formats.
    pub fn parse(value: &str) -> Result<Self, Invalid> {
        match value.to_ascii_lowercase().as_str() {
            "json" => Ok(Self::Json),
            "cli" => Ok(Self::Cli),
            "cloudformation" => Ok(Self::CloudFormation),
            "terraform" => Ok(Self::Terraform),
            _ => Err(Invalid::choice(
                value,
                &["cli", "json", "cloudformation", "terraform"],
            )),
        }
    }
}

/// The keys that the deploy may touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Objects {
    /// Everything that starts with this: empty, or ending in `/`.
    Below(String),
    /// This one.
    One(String),
}

/// The role to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Account number, where it is known.
    pub account: Option<String>,
    /// `/`, or a path that begins and ends in `/`.
    pub path: String,
    /// Its name.
    pub name: String,
    /// Longest session in seconds, where it is more than AWS's default.
    pub session_secs_max: Option<i32>,
}

/// Longest name of a role.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>
const ROLE_NAME_LENGTH_MAX: usize = 64;

/// Sessions of every role may last this long.
const SESSION_SECS_DEFAULT: i32 = 3600;

impl Role {
    /// The role of `arn`, whose sessions last `session_secs`.
    #[must_use]
    pub fn of_arn(arn: &RoleArn, session_secs: Option<i32>) -> Self {
        let mut parts = arn.as_str().splitn(6, ':').skip(4);
        let account = parts.next().map(str::to_owned);
        let resource = parts.next().unwrap_or_default();
        let (path, name) = resource.rsplit_once('/').unwrap_or(("", resource));
        Self {
            account,
            path: format!("{}/", path.strip_prefix("role").unwrap_or(path)),
            name: name.to_owned(),
            session_secs_max: session_secs.filter(|secs| *secs > SESSION_SECS_DEFAULT),
        }
    }

    /// A role named after where it deploys to, so that a second set-up for another destination does
    /// not change this one.
    #[must_use]
    pub fn for_destination(destination: &Destination, session_secs: Option<i32>) -> Self {
        let bucket = destination.bucket.rsplit('/').next().unwrap_or_default();
        let text = format!("deploy-{bucket}-{}", destination.prefix());
        let name: String = text
            .chars()
            .map(|character| match character {
                '+' | '=' | ',' | '.' | '@' | '_' => character,
                _ if character.is_ascii_alphanumeric() => character,
                _ => '-',
            })
            .take(ROLE_NAME_LENGTH_MAX)
            .collect();
        Self {
            account: None,
            path: "/".to_owned(),
            name: name.trim_end_matches('-').to_owned(),
            session_secs_max: session_secs.filter(|secs| *secs > SESSION_SECS_DEFAULT),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Format, Role, Scope};
    use crate::iam::RoleArn;
    use crate::object::destination::Destination;

    #[test]
    fn words_are_known_in_any_case() {
        assert_eq!(Scope::parse("Environment"), Ok(Scope::Environment));
        assert!(Scope::parse("branch").is_err());
        assert_eq!(Format::parse("CloudFormation"), Ok(Format::CloudFormation));
        assert!(Format::parse("yaml").is_err());
    }

    #[test]
    fn a_role_is_what_its_arn_says() {
        let arn = RoleArn::parse("arn:aws-cn:iam::123456789012:role/ci/web/deploy").unwrap();
        let expected = Role {
            account: Some("123456789012".to_owned()),
            path: "/ci/web/".to_owned(),
            name: "deploy".to_owned(),
            session_secs_max: None,
        };
        assert_eq!(Role::of_arn(&arn, Some(3600)), expected);
        let arn = RoleArn::parse("arn:aws:iam::123456789012:role/deploy").unwrap();
        let role = Role::of_arn(&arn, Some(7200));
        assert_eq!((&*role.path, role.session_secs_max), ("/", Some(7200)));
    }

    #[test]
    fn a_role_without_arn_is_named_after_its_destination() {
        for (value, name) in [
            ("my-bucket", "deploy-my-bucket"),
            ("my-bucket/docs/v1", "deploy-my-bucket-docs-v1"),
            (
                "arn:aws:s3:eu-west-1:123456789012:accesspoint/site/é",
                "deploy-site",
            ),
        ] {
            let destination = Destination::parse(value).unwrap();
            assert_eq!(Role::for_destination(&destination, None).name, name);
        }
        let long = Destination::parse(&"a".repeat(63)).unwrap();
        assert_eq!(Role::for_destination(&long, None).name.len(), 64);
    }
}
