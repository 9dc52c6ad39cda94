//! The ARN of an IAM role.

use std::fmt;

use crate::base::arn::Arn;
use crate::base::invalid::Invalid;

/// `arn:PARTITION:iam::ACCOUNT:role/NAME`, 20 to 2048 characters.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleArn(Arn);

impl RoleArn {
    /// Checks the ARN's shape.
    ///
    /// # Errors
    /// When `value` is not the ARN of a role.
    pub fn parse(value: &str) -> Result<Self, Invalid> {
        let arn = Arn::of_service(value, "iam").filter(|arn| {
            let name = arn.resource().strip_prefix("role/");
            arn.region().is_empty()
                && name.is_some_and(is_name)
                && (20..=2048).contains(&value.len())
        });
        arn.map(Self).ok_or_else(|| {
            Invalid::new(
                format!("`{value}` is not the ARN of a role"),
                "copy it from the role's page in IAM, for example `arn:aws:iam::123456789012:role/deploy`",
            )
        })
    }

    /// The ARN.
    pub fn arn(&self) -> &Arn {
        &self.0
    }

    /// The ARN's text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub fn partition(&self) -> &str {
        self.0.partition()
    }

    /// The 12 digits of the account that the role is in.
    pub fn account(&self) -> &str {
        self.0.account()
    }

    /// The role's path: `/`, or what begins and ends in `/`.
    pub fn path(&self) -> &str {
        let resource = self.0.resource().strip_prefix("role").unwrap_or_default();
        resource.strip_suffix(self.name()).unwrap_or("/")
    }

    /// The role's name, without its path.
    pub fn name(&self) -> &str {
        self.as_str().rsplit('/').next().unwrap_or_default()
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b':' && byte != b'*')
}

impl fmt::Display for RoleArn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::RoleArn;

    #[test]
    fn roles_of_every_partition_and_path_are_taken() {
        for arn in [
            "arn:aws:iam::123456789012:role/deploy",
            "arn:aws-cn:iam::123456789012:role/ci/deploy",
            "arn:aws-us-gov:iam::123456789012:role/service-role/d+=,.@_-",
        ] {
            assert_eq!(
                RoleArn::parse(arn).map(|role| role.to_string()).as_deref(),
                Ok(arn)
            );
        }
    }

    #[test]
    fn a_role_knows_its_parts() {
        let role = RoleArn::parse("arn:aws-cn:iam::123456789012:role/ci/deploy").unwrap();
        assert_eq!(role.partition(), "aws-cn");
        assert_eq!(role.account(), "123456789012");
        assert_eq!((role.path(), role.name()), ("/ci/", "deploy"));
        let role = RoleArn::parse("arn:aws:iam::123456789012:role/deploy").unwrap();
        assert_eq!((role.path(), role.name()), ("/", "deploy"));
    }

    #[test]
    fn what_is_not_a_role_is_refused() {
        for arn in [
            "",
            "deploy",
            "arn:aws:iam::123456789012:user/deploy",
            "arn:aws:iam::1234:role/deploy",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::123456789012:role/two words",
            "arn:aws:sts::123456789012:assumed-role/deploy/x",
            " arn:aws:iam::123456789012:role/deploy",
        ] {
            assert!(RoleArn::parse(arn).is_err(), "{arn}");
        }
    }
}
