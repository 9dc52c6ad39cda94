//! The things that policies name beside buckets: keys, repositories, address ranges.

use core::net::IpAddr;

use crate::base::arn::Arn;
use crate::base::invalid::Invalid;
use crate::base::is_made_of;

/// A KMS key as SSE_KMS_KEY_ID names it.
/// <https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id>
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KmsKey {
    /// Id of a key in the role's account and the bucket's region.
    Id(String),
    /// Whole ARN of a key.
    Arn(Arn),
    /// Alias, with `alias/` in front, in the role's account and the bucket's region.
    Alias(String),
    /// Whole ARN of an alias.
    AliasArn(Arn),
}

impl KmsKey {
    /// Reads SSE_KMS_KEY_ID.
    ///
    /// # Errors
    /// When it is neither a key nor an alias.
    pub fn parse(value: &str) -> Result<Self, Invalid> {
        let is_name = |name: &str| is_made_of(name, "-_/");
        let arn = Arn::of_service(value, "kms").filter(|arn| !arn.region().is_empty());
        let found = if let Some(arn) = arn {
            match arn.resource().split_once('/') {
                Some(("key", id)) if is_name(id) => Some(Self::Arn(arn)),
                Some(("alias", name)) if is_name(name) => Some(Self::AliasArn(arn)),
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
                "name it by its id, its ARN or its alias, for example `alias/my-key`",
            )
        })
    }
}

/// The ARN of a repository of ECR.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository(Arn);

impl Repository {
    /// Reads ECR_REPOSITORY_ARN.
    ///
    /// # Errors
    /// When it is not the ARN of a repository.
    pub fn parse(value: &str) -> Result<Self, Invalid> {
        let is_name = |name: &str| is_made_of(name, "-_./");
        let arn = Arn::of_service(value, "ecr").filter(|arn| {
            let name = arn.resource().strip_prefix("repository/");
            !arn.region().is_empty() && name.is_some_and(is_name)
        });
        arn.map(Self).ok_or_else(|| {
            Invalid::new(
                format!("`{value}` is not the ARN of an ECR repository"),
                "an example is `arn:aws:ecr:us-east-1:123456789012:repository/my-repo`",
            )
        })
    }

    /// The ARN.
    pub fn arn(&self) -> &Arn {
        &self.0
    }
}

/// A range of addresses, for example `198.51.100.0/24`.
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
                "an example is `198.51.100.0/24`",
            )
        })
    }

    /// The range.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{IpRange, KmsKey, Repository};
    use crate::base::arn::Arn;

    #[test]
    fn keys_are_known_by_every_name() {
        let arn = "arn:aws:kms:eu-west-1:123456789012:";
        for (value, key) in [
            ("1234abcd-12ab", KmsKey::Id("1234abcd-12ab".into())),
            ("mrk-1234", KmsKey::Id("mrk-1234".into())),
            ("alias/my/key", KmsKey::Alias("alias/my/key".into())),
            (
                &format!("{arn}key/1234"),
                KmsKey::Arn(Arn::parse(&format!("{arn}key/1234")).unwrap()),
            ),
            (
                &format!("{arn}alias/k"),
                KmsKey::AliasArn(Arn::parse(&format!("{arn}alias/k")).unwrap()),
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
        assert_eq!(Repository::parse(arn).unwrap().arn().as_str(), arn);
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
