//! Amazon Resource Names, taken apart in one place. What a service's names look like is not known here.

use std::fmt;

use super::is_made_of;

/// `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`; region and account may be empty.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arn(String);

/// Digits of an account's number.
const ACCOUNT_DIGITS: usize = 12;

impl Arn {
    /// Reads an ARN; `None` for what is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let is_word = |part: &str| part.is_empty() || is_made_of(part, "-");
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        match parts.as_slice() {
            ["arn", partition, service, region, account, resource] => {
                let fits = !partition.is_empty()
                    && !service.is_empty()
                    && !resource.is_empty()
                    && [partition, service, region, account]
                        .into_iter()
                        .all(|part| is_word(part));
                fits.then(|| Self(text.to_owned()))
            }
            _ => None,
        }
    }

    /// The same if it is of `service`, and of an account with a number.
    pub fn of_service(text: &str, service: &str) -> Option<Self> {
        Self::parse(text).filter(|arn| {
            arn.service() == service
                && arn.account().len() == ACCOUNT_DIGITS
                && arn.account().bytes().all(|byte| byte.is_ascii_digit())
                && arn.partition().starts_with("aws")
        })
    }

    /// The whole of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub fn partition(&self) -> &str {
        self.part(1)
    }

    /// `iam`, `s3`.
    pub fn service(&self) -> &str {
        self.part(2)
    }

    /// The region; empty for what has none.
    pub fn region(&self) -> &str {
        self.part(3)
    }

    /// The account; empty for what has none.
    pub fn account(&self) -> &str {
        self.part(4)
    }

    /// What the service calls it, for example `role/deploy`.
    pub fn resource(&self) -> &str {
        self.part(5)
    }

    /// What stands before the resource, with its colon.
    pub fn before_resource(&self) -> &str {
        self.0.strip_suffix(self.resource()).unwrap_or_default()
    }

    fn part(&self, index: usize) -> &str {
        self.0.splitn(6, ':').nth(index).unwrap_or_default()
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Arn;

    #[test]
    fn an_arn_has_six_parts() {
        let arn = Arn::parse("arn:aws-cn:s3:cn-north-1:123456789012:accesspoint/a:b/c").unwrap();
        let parts = [
            arn.partition(),
            arn.service(),
            arn.region(),
            arn.account(),
            arn.resource(),
        ];
        assert_eq!(
            parts,
            [
                "aws-cn",
                "s3",
                "cn-north-1",
                "123456789012",
                "accesspoint/a:b/c"
            ]
        );
        assert_eq!(
            arn.before_resource(),
            "arn:aws-cn:s3:cn-north-1:123456789012:"
        );
        let bucket = Arn::parse("arn:aws:s3:::my-bucket").unwrap();
        assert_eq!((bucket.region(), bucket.account()), ("", ""));
        for text in [
            "",
            "my-bucket",
            "arn:aws:s3",
            "arn:aws:s3:::",
            "arn::s3:::x",
            "urn:aws:s3:::x",
            "arn:a ws:s3:::x",
        ] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_arn_of_a_service_has_an_account() {
        for (text, fits) in [
            ("arn:aws:iam::123456789012:role/x", true),
            ("arn:aws:iam::1234:role/x", false),
            ("arn:aws:iam::12345678901x:role/x", false),
            ("arn:aws:s3::123456789012:role/x", false),
            ("arn:other:iam::123456789012:role/x", false),
        ] {
            assert_eq!(Arn::of_service(text, "iam").is_some(), fits, "{text}");
        }
    }
}
