//! What a set-up is made from, checked. No policies here.

use md5::{Digest, Md5};

use crate::iam::RoleArn;
use crate::iam::permissions::Needs;
use crate::iam::resources::{IpRange, Repository};
use crate::identity::issuer::Issuer;
use crate::identity::provider::SubjectPattern;
use crate::object::destination::Destination;

/// Everything that a set-up depends on.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Who signs the tokens.
    pub issuer: Issuer,
    /// Whose tokens the role accepts.
    pub subject: SubjectPattern,
    /// Addresses from which the role may be assumed; none means any.
    pub allowed_ip_ranges: Vec<IpRange>,
    /// The role to make.
    pub role: Role,
    /// Roles to assume from there, one from the other; the last one acts.
    pub chain: Vec<RoleArn>,
    /// Where the deploy writes.
    pub destination: Destination,
    /// What the deploy needs.
    pub needs: Needs,
    /// How many releases are kept to be gone back to.
    pub releases: u64,
    /// ECR repository that the image is pulled from.
    pub ecr_repository: Option<Repository>,
    /// Variables of the step that deploys, beside the role, as they stand in YAML.
    pub variables: Vec<(&'static str, String)>,
    /// The pipe's image, with its version.
    pub image: String,
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

/// Hexadecimal digits that tell roles of one destination apart.
const NAME_DIGITS: usize = 8;

/// Sessions of every role may last this long.
const SESSION_SECS_DEFAULT: i32 = 3600;

impl Role {
    /// The role of `arn`, whose sessions last `session_secs`.
    pub fn of_arn(arn: &RoleArn, session_secs: Option<i32>) -> Self {
        Self {
            account: Some(arn.account().to_owned()),
            path: arn.path().to_owned(),
            name: arn.name().to_owned(),
            session_secs_max: session_secs.filter(|secs| *secs > SESSION_SECS_DEFAULT),
        }
    }

    /// A role named after where it deploys to, and told apart by whose tokens it accepts: a second
    /// set-up, for another destination or repository, must not change this one.
    pub fn named_for(
        destination: &Destination,
        issuer: &Issuer,
        subject: &SubjectPattern,
        session_secs: Option<i32>,
    ) -> Self {
        let bucket = destination.bucket.rsplit('/').next().unwrap_or_default();
        let text = format!("deploy-{bucket}-{}", destination.prefix());
        let identity = format!("{destination}\n{}\n{:?}", issuer.url(), subject.condition());
        let digest: [u8; 16] = Md5::digest(identity.as_bytes()).into();
        let digits = format!("{:032x}", u128::from_be_bytes(digest));
        let digits: String = digits.chars().take(NAME_DIGITS).collect();
        let name: String = text
            .chars()
            .map(|character| match character {
                '+' | '=' | ',' | '.' | '@' | '_' => character,
                _ if character.is_ascii_alphanumeric() => character,
                _ => '-',
            })
            .take(ROLE_NAME_LENGTH_MAX - NAME_DIGITS - 1)
            .collect();
        Self {
            account: None,
            path: "/".to_owned(),
            name: format!("{}-{digits}", name.trim_end_matches('-')),
            session_secs_max: session_secs.filter(|secs| *secs > SESSION_SECS_DEFAULT),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Role;
    use crate::iam::RoleArn;
    use crate::identity::issuer::Issuer;
    use crate::identity::provider::SubjectPattern;
    use crate::object::destination::Destination;

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

    fn name(destination: &str, subject: &str) -> String {
        let destination = Destination::parse(destination).unwrap();
        let issuer = Issuer::new(None, "https://ci.example.com", vec!["a".to_owned()]).unwrap();
        let subject = SubjectPattern::Exact(subject.to_owned());
        Role::named_for(&destination, &issuer, &subject, None).name
    }

    #[test]
    fn a_role_without_arn_is_named_after_its_destination() {
        for (value, start) in [
            ("my-bucket", "deploy-my-bucket-"),
            ("my-bucket/docs/v1", "deploy-my-bucket-docs-v1-"),
            (
                "arn:aws:s3:eu-west-1:123456789012:accesspoint/site/é",
                "deploy-site-",
            ),
        ] {
            let name = name(value, "a");
            assert!(name.starts_with(start), "{name}");
            assert_eq!(name.len(), start.len() + 8, "{name}");
        }
        assert_eq!(name(&"a".repeat(63), "a").len(), 64);
    }

    #[test]
    fn no_two_repositories_or_destinations_share_a_role() {
        let long = "a".repeat(63);
        let names = [
            name("my-bucket", "a"),
            name("my-bucket", "b"),
            name("my-bucket/x", "a"),
            name(&format!("{long}/x"), "a"),
            name(&format!("{long}/y"), "a"),
        ];
        for (index, one) in names.iter().enumerate() {
            assert!(names.iter().skip(index + 1).all(|other| other != one));
        }
        assert_eq!(name("my-bucket", "a"), names[0]);
    }
}
