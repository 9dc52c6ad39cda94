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
            let reason = match kind(value) {
                Some(kind) => format!("`{value}` is the ARN of a {kind}, not of a role"),
                None => format!("`{value}` is not the ARN of a role"),
            };
            let help = match meant(value) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "copy it from the role's page in IAM, for example `arn:aws:iam::123456789012:role/deploy`".to_owned(),
            };
            Invalid::new(reason, help)
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

/// What else of IAM `value` is the ARN of.
fn kind(value: &str) -> Option<&'static str> {
    let kinds = [
        ("assumed-role/", "role's session"),
        ("group/", "group"),
        ("instance-profile/", "instance profile"),
        ("oidc-provider/", "provider"),
        ("policy/", "policy"),
        ("user/", "user"),
    ];
    let arn = Arn::parse(value).filter(|arn| ["iam", "sts"].contains(&arn.service()))?;
    let found = kinds
        .iter()
        .find(|(start, _)| arn.resource().starts_with(start));
    found.map(|(_, kind)| *kind)
}

/// The role's ARN within blanks and quotes, or that of the role whose session `value` is; roles in a
/// path cannot be told by their sessions.
fn meant(value: &str) -> Option<String> {
    let around = ['\'', '"', '`', '“', '”', ',', ';'];
    let plain: String = value.split_whitespace().collect();
    let plain = plain.trim_matches(around);
    if plain != value && RoleArn::parse(plain).is_ok() {
        return Some(plain.to_owned());
    }
    let arn = Arn::of_service(plain, "sts")?;
    let name = arn
        .resource()
        .strip_prefix("assumed-role/")?
        .split('/')
        .next()?;
    Some(format!(
        "arn:{}:iam::{}:role/{name}",
        arn.partition(),
        arn.account()
    ))
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
    fn what_is_nearly_a_role_is_answered_with_the_role() {
        let role = "arn:aws:iam::123456789012:role/deploy";
        for value in [
            "arn:aws:iam:: 123456789012:role/deploy",
            "arn:aws:iam::123456789012:\nrole/deploy",
            "'arn:aws:iam::123456789012:role/deploy'",
            "\"arn:aws:iam::123456789012:role/deploy\",",
            "arn:aws:sts::123456789012:assumed-role/deploy/session",
        ] {
            let invalid = RoleArn::parse(value).unwrap_err();
            assert_eq!(invalid.help, format!("did you mean `{role}`?"), "{value}");
        }
        for (resource, kind) in [("user/me", "a user"), ("policy/x", "a policy")] {
            let value = format!("arn:aws:iam::123456789012:{resource}");
            let reason = RoleArn::parse(&value).unwrap_err().reason;
            assert!(
                reason.ends_with(&format!("is the ARN of {kind}, not of a role")),
                "{reason}"
            );
        }
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
