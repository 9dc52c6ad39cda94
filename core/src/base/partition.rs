//! The partitions of AWS: which regions they have, and how their servers are called.

use std::fmt;

use super::arn::Arn;
use super::invalid::Invalid;

/// A part of AWS with accounts, credentials and servers of its own; the second part of every ARN.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    name: &'static str,
    /// How the names of its regions begin.
    regions: &'static str,
    /// How the names of its servers end.
    domain: &'static str,
    has_cloudfront: bool,
}

const fn partition(
    name: &'static str,
    regions: &'static str,
    domain: &'static str,
    has_cloudfront: bool,
) -> Partition {
    Partition {
        name,
        regions,
        domain,
        has_cloudfront,
    }
}

/// Names and domains as botocore's `partitions.json` has them; CloudFront by its list of endpoints.
/// <https://docs.aws.amazon.com/general/latest/gr/cf_region.html>
const PARTITIONS: &[Partition] = &[
    partition("aws-cn", "cn-", "amazonaws.com.cn", true),
    partition("aws-us-gov", "us-gov-", "amazonaws.com", false),
    partition("aws-iso", "us-iso-", "c2s.ic.gov", false),
    partition("aws-iso-b", "us-isob-", "sc2s.sgov.gov", false),
    partition("aws-iso-e", "eu-isoe-", "cloud.adc-e.uk", false),
    partition("aws-iso-f", "us-isof-", "csp.hci.ic.gov", false),
    partition("aws-eusc", "eusc-", "amazonaws.eu", false),
    COMMERCIAL,
];

/// The partition of every region that is not another's.
const COMMERCIAL: Partition = partition("aws", "", "amazonaws.com", true);

/// Where services answer over both versions of IP.
const DUAL_STACK_DOMAINS: &[&str] = &["api.aws", "api.amazonwebservices.com.cn"];

impl Partition {
    /// The partition of `region`.
    pub fn of_region(region: &str) -> Self {
        let mut partitions = PARTITIONS.iter();
        let found = partitions.find(|partition| region.starts_with(partition.regions));
        found.copied().unwrap_or(COMMERCIAL)
    }

    /// The partition that ARNs call `name`.
    pub fn named(name: &str) -> Option<Self> {
        let mut partitions = PARTITIONS.iter();
        partitions.find(|partition| partition.name == name).copied()
    }

    /// What ARNs call it.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// How its services call each other, as in the condition `kms:ViaService`. Its documentation has
    /// `amazonaws.com` for every partition, and servers elsewhere have another name: either counts.
    /// <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service>
    pub fn service_domains(self) -> Vec<&'static str> {
        if self.domain == COMMERCIAL.domain {
            vec![self.domain]
        } else {
            vec![self.domain, COMMERCIAL.domain]
        }
    }

    /// Whether `arn` is of this partition, which is `region`'s.
    ///
    /// # Errors
    /// When it is of another: no request of the one reaches anything of the other.
    pub fn check(self, arn: &Arn, region: &str) -> Result<(), Invalid> {
        if arn.partition() == self.name {
            return Ok(());
        }
        Err(Invalid::new(
            format!(
                "`{arn}` is in the partition `{}`, but the region `{region}` is in `{}`",
                arn.partition(),
                self.name
            ),
            "use a region and an ARN of the same partition",
        ))
    }

    /// Whether CloudFront distributions can be invalidated with credentials of this partition.
    ///
    /// # Errors
    /// When the partition of `region` has no CloudFront.
    pub fn check_cloudfront(self, region: &str) -> Result<(), Invalid> {
        if self.has_cloudfront {
            return Ok(());
        }
        Err(Invalid::new(
            format!(
                "the region `{region}` is in the partition `{}`, which has no CloudFront",
                self.name
            ),
            "unset it: a distribution of another partition cannot be invalidated with this one's credentials",
        ))
    }
}

/// Whether `host` is a server of AWS, in any partition.
pub fn is_aws_host(host: &str) -> bool {
    let domains = PARTITIONS.iter().map(|partition| partition.domain);
    let mut domains = domains.chain(DUAL_STACK_DOMAINS.iter().copied());
    domains.any(|domain| {
        let before = host.strip_suffix(domain);
        before.is_some_and(|before| before.ends_with('.'))
    })
}

impl fmt::Display for Partition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::{Partition, is_aws_host};
    use crate::base::arn::Arn;

    #[test]
    fn regions_have_their_partitions() {
        for (region, partition, has_cloudfront) in [
            ("us-east-1", "aws", true),
            ("eu-isoe-west-1", "aws-iso-e", false),
            ("cn-north-1", "aws-cn", true),
            ("us-gov-west-1", "aws-us-gov", false),
            ("us-iso-east-1", "aws-iso", false),
            ("us-isob-east-1", "aws-iso-b", false),
            ("eusc-de-east-1", "aws-eusc", false),
        ] {
            let found = Partition::of_region(region);
            assert_eq!(found.to_string(), partition);
            assert_eq!(Partition::named(partition), Some(found));
            assert_eq!(found.check_cloudfront(region).is_ok(), has_cloudfront);
            let arn = Arn::parse(&format!("arn:{partition}:iam::123456789012:role/x")).unwrap();
            assert_eq!(found.check(&arn, region), Ok(()));
            let other = Arn::parse("arn:aws-x:iam::123456789012:role/x").unwrap();
            assert!(found.check(&other, region).is_err());
        }
    }

    #[test]
    fn services_are_called_by_the_names_of_their_partition() {
        for (region, domains) in [
            ("us-east-1", &["amazonaws.com"][..]),
            ("us-gov-west-1", &["amazonaws.com"]),
            ("cn-north-1", &["amazonaws.com.cn", "amazonaws.com"]),
            ("eusc-de-east-1", &["amazonaws.eu", "amazonaws.com"]),
            ("us-isob-east-1", &["sc2s.sgov.gov", "amazonaws.com"]),
        ] {
            assert_eq!(Partition::of_region(region).service_domains(), domains);
        }
    }

    #[test]
    fn servers_of_aws_are_known_in_every_partition() {
        for (host, is_aws) in [
            ("s3.us-east-1.amazonaws.com", true),
            ("s3.eusc-de-east-1.amazonaws.eu", true),
            ("s3.us-iso-east-1.c2s.ic.gov", true),
            ("s3.dualstack.cn-north-1.amazonaws.com.cn", true),
            ("s3.us-east-1.api.aws", true),
            ("amazonaws.com.example.com", false),
            ("notamazonaws.com", false),
            ("localhost", false),
        ] {
            assert_eq!(is_aws_host(host), is_aws, "{host}");
        }
    }
}
