//! The things of AWS that policies name: partitions, keys, repositories, address ranges.

use core::net::IpAddr;
use std::fmt;

use crate::base::invalid::Invalid;

/// The part of AWS that a region belongs to; the second part of every ARN.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition(&'static str);

/// Regions by how their names begin.
const PARTITIONS: &[(&str, Partition)] = &[
    ("cn-", Partition("aws-cn")),
    ("us-gov-", Partition("aws-us-gov")),
    ("us-iso-", Partition("aws-iso")),
    ("us-isob-", Partition("aws-iso-b")),
    ("eu-isoe-", Partition("aws-iso-e")),
    ("us-isof-", Partition("aws-iso-f")),
    ("eusc-", Partition("aws-eusc")),
];

impl Partition {
    /// The partition of `region`.
    #[must_use]
    pub fn of_region(region: &str) -> Self {
        let found = PARTITIONS
            .iter()
            .find(|(start, _)| region.starts_with(start));
        found.map_or(Self("aws"), |(_, partition)| *partition)
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

/// `text` in a policy's resource or condition, standing for itself: `*`, `?` and `$` have a meaning
/// there.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>
#[must_use]
pub(crate) fn iam_literal(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '*' | '?' | '$' => out.extend(['$', '{', character, '}']),
            _ => out.push(character),
        }
    }
    out
}

/// A KMS key as SSE_KMS_KEY_ID names it.
/// <https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id>
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KmsKey {
    /// Id of a key in the role's account and the bucket's region.
    Id(String),
    /// Whole ARN of a key.
    Arn(String),
    /// Alias, with `alias/` in front, in the role's account and the bucket's region.
    Alias(String),
    /// Alias, with `alias/` in front, and the start of the ARN before it.
    AliasArn(String, String),
}

impl KmsKey {
    /// Reads SSE_KMS_KEY_ID.
    ///
    /// # Errors
    /// When it is neither a key nor an alias.
    pub fn parse(value: &str) -> Result<Self, Invalid> {
        let is_name = |name: &str| {
            let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_/".contains(&byte);
            !name.is_empty() && name.bytes().all(is_part)
        };
        let found = if let Some((before, resource)) = split_arn(value, "kms") {
            match resource.split_once('/') {
                Some(("key", id)) if is_name(id) => Some(Self::Arn(value.to_owned())),
                Some(("alias", name)) if is_name(name) => {
                    Some(Self::AliasArn(resource.to_owned(), before.to_owned()))
                }
                _ => None,
            }
        } else {
            match value.strip_prefix("alias/") {
                Some(name) if is_name(name) => Some(Self::Alias(value.to_owned())),
                None if is_name(value) && !value.contains('/') => Some(Self::Id(value.to_owned())),
                _ => None,
            }
        };
        found.ok_or_else(|| {
            Invalid::new(
                format!("`{value}` is not a KMS key"),
                "name it by its id, its ARN or its alias, as `alias/my-key`",
            )
        })
    }
}

/// The ARN of a repository of ECR.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository(String);

impl Repository {
    /// Reads ECR_REPOSITORY_ARN.
    ///
    /// # Errors
    /// When it is not the ARN of a repository.
    pub fn parse(value: &str) -> Result<Self, Invalid> {
        let name =
            split_arn(value, "ecr").and_then(|(_, resource)| resource.strip_prefix("repository/"));
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
        if name.is_some_and(|name| !name.is_empty() && name.bytes().all(is_part)) {
            Ok(Self(value.to_owned()))
        } else {
            Err(Invalid::new(
                format!("`{value}` is not the ARN of an ECR repository"),
                "write it as `arn:aws:ecr:us-east-1:123456789012:repository/my-repo`",
            ))
        }
    }

    /// The ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A range of addresses, as `198.51.100.0/24`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IpRange(String);

impl IpRange {
    /// Reads an item of ALLOWED_IP_RANGES; an address alone is a range of one.
    ///
    /// # Errors
    /// When it is not a range, or has bits behind its prefix.
    pub fn parse(value: &str) -> Result<Self, Invalid> {
        let (address, length) = value
            .split_once('/')
            .map_or((value, None), |(address, length)| (address, Some(length)));
        let range = address.parse().ok().and_then(|address: IpAddr| {
            let (bits, length_max) = match address {
                IpAddr::V4(address) => (u128::from(address.to_bits()) << 96, 32),
                IpAddr::V6(address) => (address.to_bits(), 128),
            };
            let length = length.map_or(Some(length_max), |length| length.parse().ok())?;
            let rest = bits.checked_shl(length).unwrap_or_default();
            (length <= length_max && rest == 0).then(|| Self(format!("{address}/{length}")))
        });
        range.ok_or_else(|| {
            Invalid::new(
                format!("`{value}` is not a range of addresses"),
                "write each as `198.51.100.0/24`",
            )
        })
    }

    /// The range.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `value` in front of its resource, and the resource, if it is an ARN of `service` in one region and
/// account.
fn split_arn<'a>(value: &'a str, service: &str) -> Option<(&'a str, &'a str)> {
    let mut parts = value.splitn(6, ':');
    let (arn, partition, named) = (parts.next()?, parts.next()?, parts.next()?);
    let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
    let is_word = |text: &str| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !text.is_empty() && text.bytes().all(is_part)
    };
    let fits = arn == "arn"
        && partition.starts_with("aws")
        && is_word(partition)
        && named == service
        && is_word(region)
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit());
    fits.then_some((value.strip_suffix(resource)?, resource))
}

#[cfg(test)]
mod tests {
    use super::{IpRange, KmsKey, Partition, Repository, iam_literal};

    #[test]
    fn regions_have_their_partitions() {
        for (region, partition) in [
            ("us-east-1", "aws"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("us-isob-east-1", "aws-iso-b"),
        ] {
            assert_eq!(Partition::of_region(region).to_string(), partition);
        }
    }

    #[test]
    fn wildcards_and_policy_variables_can_be_meant_literally() {
        assert_eq!(iam_literal("a*b?c${aws:x}"), "a${*}b${?}c${$}{aws:x}");
        assert_eq!(iam_literal("docs/v1"), "docs/v1");
    }

    #[test]
    fn keys_are_known_by_every_name() {
        let arn = "arn:aws:kms:eu-west-1:123456789012:";
        for (value, key) in [
            ("1234abcd-12ab", KmsKey::Id("1234abcd-12ab".into())),
            ("mrk-1234", KmsKey::Id("mrk-1234".into())),
            ("alias/my/key", KmsKey::Alias("alias/my/key".into())),
            (
                &format!("{arn}key/1234"),
                KmsKey::Arn(format!("{arn}key/1234")),
            ),
            (
                &format!("{arn}alias/k"),
                KmsKey::AliasArn("alias/k".into(), arn.into()),
            ),
        ] {
            assert_eq!(KmsKey::parse(value), Ok(key), "{value}");
        }
        for value in ["alias/", "a*b", "key/1", "arn:aws:kms:x:1:key/1", "*"] {
            assert!(KmsKey::parse(value).is_err(), "{value}");
        }
    }

    #[test]
    fn repositories_are_named_by_arn() {
        let arn = "arn:aws:ecr:us-east-1:123456789012:repository/team/pipe";
        assert_eq!(Repository::parse(arn).unwrap().as_str(), arn);
        for value in [
            "team/pipe",
            "arn:aws:ecr:us-east-1:123456789012:repository/*",
            "arn:aws:s3:us-east-1:123456789012:repository/x",
            "123456789012.dkr.ecr.us-east-1.amazonaws.com/pipe",
        ] {
            assert!(Repository::parse(value).is_err(), "{value}");
        }
    }

    #[test]
    fn ranges_are_networks() {
        for (value, range) in [
            ("34.199.54.113/32", "34.199.54.113/32"),
            ("198.51.100.0/24", "198.51.100.0/24"),
            ("198.51.100.7", "198.51.100.7/32"),
            ("2001:db8::/32", "2001:db8::/32"),
            ("0.0.0.0/0", "0.0.0.0/0"),
        ] {
            assert_eq!(IpRange::parse(value).unwrap().as_str(), range);
        }
        for value in [
            "",
            "198.51.100.7/24",
            "1.2.3.4/33",
            "1.2.3/8",
            "1.2.3.4/",
            "x/1",
        ] {
            assert!(IpRange::parse(value).is_err(), "{value}");
        }
    }
}
