//! The name of a role session: how CloudTrail tells which build did what.

use std::fmt;

use crate::base::invalid::Invalid;
use crate::base::{PIPE_NAME, is_made_of};

/// 2 to 64 characters of `[\w+=,.@-]`.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionName(String);

const LENGTH_MAX: usize = 64;

/// What it may hold beside letters and digits.
const OTHERS: &str = "_+=,.@-";

impl SessionName {
    /// Takes a user's choice as it is.
    ///
    /// # Errors
    /// When AWS would refuse it.
    pub fn parse(value: &str) -> Result<Self, Invalid> {
        if (2..=LENGTH_MAX).contains(&value.len()) && is_made_of(value, OTHERS) {
            Ok(Self(value.to_owned()))
        } else {
            Err(Invalid::new(
                format!("`{value}` cannot be a session's name"),
                "use 2 to 64 letters, digits or `_+=,.@-`",
            ))
        }
    }

    /// `workspace-repository-build`, sanitised. The build number is what tells sessions apart, so
    /// it is kept whole where the rest is too long.
    pub fn for_build(
        workspace: Option<&str>,
        repository: Option<&str>,
        build: Option<&str>,
    ) -> Self {
        let names: Vec<&str> = [workspace, repository].into_iter().flatten().collect();
        let place = names.join("-");
        let place = sanitised(if place.is_empty() { PIPE_NAME } else { &place });
        let build = build.map_or(String::new(), |number| format!("-{}", sanitised(number)));
        let build: String = build.chars().take(LENGTH_MAX / 2).collect();
        let place: String = place.chars().take(LENGTH_MAX - build.len()).collect();
        let name = format!("{place}{build}");
        Self(if name.len() < 2 {
            format!("{name}-")
        } else {
            name
        })
    }

    /// The name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn sanitised(text: &str) -> String {
    let is_allowed = |one: char| one.is_ascii_alphanumeric() || OTHERS.contains(one);
    text.replace(|character| !is_allowed(character), "-")
}

impl fmt::Display for SessionName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::SessionName;

    #[test]
    fn a_build_gives_a_name_that_aws_takes() {
        let long = "x".repeat(80);
        for (workspace, repository, build, expected) in [
            (
                Some("acme"),
                Some("site"),
                Some("42"),
                "acme-site-42".to_owned(),
            ),
            (None, None, None, "aws-oidc-s3-deploy".to_owned()),
            (None, None, Some("7"), "aws-oidc-s3-deploy-7".to_owned()),
            (Some("a"), None, None, "a-".to_owned()),
            (Some("ä c"), Some("s/e"), Some("1"), "--c-s-e-1".to_owned()),
            (
                Some("acme"),
                Some(&long),
                Some("1234"),
                format!("acme-{}-1234", "x".repeat(54)),
            ),
        ] {
            let name = SessionName::for_build(workspace, repository, build);
            assert_eq!(name.as_str(), expected);
            assert_eq!(SessionName::parse(name.as_str()), Ok(name));
        }
    }

    #[test]
    fn a_name_that_aws_refuses_is_refused() {
        for value in ["a", "two words", "slash/", &"x".repeat(65)] {
            assert!(SessionName::parse(value).is_err());
        }
    }
}
