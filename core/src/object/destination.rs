//! Where the deploy goes: a bucket (or access point) and a prefix that nothing may leave.
//!
//! The prefix is empty or ends in `/`, so that `foo` can never reach into `foobar/`; every key that
//! is sent to S3 is made by [`Destination::key`].

mod address;

use std::fmt;

use crate::base::arn::Arn;
use crate::base::invalid::Invalid;
use crate::base::is_made_of;
use crate::object::key::RelativeKey;

const HELP: &str = "write `bucket`, `bucket/prefix`, `s3://bucket/prefix` or an access point ARN";

/// A bucket and the part of it that this deploy owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Bucket name, access point alias or access point ARN, as the S3 API takes it.
    pub bucket: String,
    /// Empty, or ending in `/`.
    prefix: String,
    /// The last segment of a path that did not end in `/`: the name of a single file.
    name: Option<String>,
}

impl Destination {
    /// Parses the value of `S3_BUCKET`.
    ///
    /// # Errors
    /// When the bucket's name cannot be one, the ARN is not an access point's, or the path holds
    /// an empty, `.` or `..` segment.
    pub fn parse(value: &str) -> Result<Self, Invalid> {
        let refuse = |reason: &str| Invalid::new(format!("`{value}` {reason}"), HELP);
        if let Some(meant) = address::meant(value) {
            return Err(Invalid::new(
                format!("`{value}` is an address of a bucket, not its name"),
                format!("write `{meant}`"),
            ));
        }
        let text = value.strip_prefix("s3://").unwrap_or(value);
        let (bucket, path) = if text.starts_with("arn:") {
            split_arn(text)
                .ok_or_else(|| refuse("is not the ARN of an access point in one region"))?
        } else {
            let (bucket, path) = text.split_once('/').unwrap_or((text, ""));
            if !is_bucket_name(bucket) {
                let mut invalid = refuse(
                    "does not start with a bucket's name (3 to 63 letters, digits, `.`, `-`)",
                );
                if let Some(meant) = address::slip(value) {
                    invalid.help = format!("write `{meant}`");
                } else if value.starts_with("http://") || value.starts_with("https://") {
                    "name the bucket alone, and a server that is not AWS's in AWS_ENDPOINT_URL"
                        .clone_into(&mut invalid.help);
                }
                return Err(invalid);
            }
            if let Some(folder) = path.strip_suffix("**").or_else(|| path.strip_suffix('*'))
                && (folder.is_empty() || folder.ends_with('/'))
            {
                let mut invalid = refuse("ends in a `*`, which would be a part of each key");
                invalid.help = format!("write `{bucket}/{folder}`");
                return Err(invalid);
            }
            (bucket, path)
        };
        let (folder, ends_in_slash) = match path.strip_suffix('/') {
            Some(folder) => (folder, true),
            None => (path, path.is_empty()),
        };
        if folder.is_empty() {
            return Ok(Self::new(bucket, String::new(), None));
        }
        let folder = RelativeKey::parse(folder)
            .map_err(|fault| refuse(&format!("has a path that {fault}")))?;
        if has_stray_blank(folder.as_str()) {
            return Err(refuse(
                "has a line break, or a blank at the end of a segment",
            ));
        }
        let name = (!ends_in_slash).then(|| folder.file_name().to_owned());
        Ok(Self::new(bucket, format!("{folder}/"), name))
    }

    fn new(bucket: &str, prefix: String, name: Option<String>) -> Self {
        Self {
            bucket: bucket.to_owned(),
            prefix,
            name,
        }
    }

    /// Whether AWS can have a bucket of this name in `region`. Other servers, and the oldest buckets in
    /// us-east-1, are less strict.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
    ///
    /// # Errors
    /// With the rule that the name breaks.
    pub fn check_on_aws(&self, region: &str) -> Result<(), Invalid> {
        if self.bucket.starts_with("arn:") {
            return Ok(());
        }
        let name = self.bucket.as_str();
        let is_old = region == "us-east-1";
        let has_capitals = name.contains(|letter: char| letter.is_ascii_uppercase());
        let ends_well = name.ends_with(|end: char| end.is_ascii_alphanumeric());
        let is_address = name.parse::<core::net::Ipv4Addr>().is_ok();
        let rules = [
            (!is_old && name.len() > 63, "is longer than 63 characters"),
            (
                !is_old && has_capitals,
                "has capitals, which no bucket has in this region",
            ),
            (
                !is_old && name.contains('_'),
                "has an underscore, which no bucket has in this region",
            ),
            (name.contains(".."), "has two dots side by side"),
            (!is_old && !ends_well, "does not end in a letter or a digit"),
            (is_address, "is an IP address"),
            (
                name.starts_with("xn--"),
                "begins with `xn--`, as no bucket does",
            ),
        ];
        let Some((_, reason)) = rules.into_iter().find(|(is_broken, _)| *is_broken) else {
            return Ok(());
        };
        let help = if has_capitals || name.contains('_') {
            let likely = name.to_ascii_lowercase().replace('_', "-");
            format!("is it `{likely}`? The console shows it in its list of buckets")
        } else {
            "write it as in the console's list of buckets".to_owned()
        };
        Err(Invalid::new(
            format!("the bucket's name `{name}` {reason}"),
            help,
        ))
    }

    /// The destination of one file: the path's last segment is the key's name unless the path ends
    /// in `/`, where the file keeps its own. Returns the name with the destination around it.
    pub fn for_single_file(self, own_name: RelativeKey) -> (Self, RelativeKey) {
        match self.name.as_deref().map(RelativeKey::parse) {
            Some(Ok(name)) => {
                let parent = self.prefix.len() - name.as_str().len() - 1;
                let prefix = self.prefix.get(..parent).unwrap_or_default().to_owned();
                (Self::new(&self.bucket, prefix, None), name)
            }
            _ => (Self { name: None, ..self }, own_name),
        }
    }

    /// The prefix: empty, or ending in `/`.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The full key of `relative`, as S3 knows it.
    pub fn key(&self, relative: &str) -> String {
        format!("{}{relative}", self.prefix)
    }

    /// `s3://bucket/prefix/relative`, for people.
    pub fn url(&self, relative: &str) -> String {
        format!("{self}{relative}")
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3://{}/{}", self.bucket, self.prefix)
    }
}

/// Whether `path` has what only a slip puts into one: a line break, or a blank at the end of a segment.
fn has_stray_blank(path: &str) -> bool {
    path.split('/').any(|segment| segment.trim() != segment) || path.contains(['\n', '\t'])
}

/// General purpose buckets have 3 to 63 characters; those made before 2018 in us-east-1 may have
/// up to 255, with capitals and underscores.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
fn is_bucket_name(name: &str) -> bool {
    (3..=255).contains(&name.len())
        && is_made_of(name, ".-_")
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
}

/// Splits `arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME/prefix` behind the name.
/// Multi-region access points have no region and need another signature, so they are not taken.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-access-points.html>
fn split_arn(text: &str) -> Option<(&str, &str)> {
    let arn = Arn::of_service(text, "s3").filter(|arn| !arn.region().is_empty())?;
    let rest = arn
        .resource()
        .strip_prefix("accesspoint/")
        .or_else(|| arn.resource().strip_prefix("accesspoint:"))?;
    let (name, path) = rest.split_once('/').unwrap_or((rest, ""));
    let bucket_length = text.len() - rest.len() + name.len();
    let bucket = text.get(..bucket_length).filter(|_| is_bucket_name(name))?;
    Some((bucket, text.get(text.len() - path.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::Destination;
    use crate::object::key::RelativeKey;

    fn shown(value: &str) -> Result<String, String> {
        Destination::parse(value)
            .map(|destination| format!("{} | {}", destination.bucket, destination.prefix()))
            .map_err(|invalid| invalid.reason)
    }

    #[test]
    fn every_form_is_read() {
        let arn = "arn:aws:s3:eu-west-1:123456789012:accesspoint/site";
        for (value, expected) in [
            ("my-bucket", "my-bucket | "),
            ("my-bucket/", "my-bucket | "),
            ("my-bucket/docs", "my-bucket | docs/"),
            ("my-bucket/docs/", "my-bucket | docs/"),
            ("s3://my-bucket/docs/v1", "my-bucket | docs/v1/"),
            ("Legacy_Bucket/x", "Legacy_Bucket | x/"),
            (arn, &format!("{arn} | ")),
            (&format!("{arn}/docs"), &format!("{arn} | docs/")),
        ] {
            assert_eq!(shown(value).as_deref(), Ok(expected), "{value}");
        }
    }

    #[test]
    fn what_cannot_be_a_destination_is_refused() {
        for value in [
            "ab",
            "/docs",
            "s3://",
            "bucket name/x",
            "my-bucket//docs",
            "my-bucket/docs//",
            "my-bucket/../other",
            "my-bucket/./x",
            "arn:aws:s3::123456789012:accesspoint/m.mrap",
            "arn:aws:s3:::my-bucket",
            "my-bucket/site ",
            "my-bucket/ site",
            "my-bucket/site\n/x",
            "my-bucket/a\tb",
            "arn:aws:s3:eu-west-1:1234:accesspoint/site",
        ] {
            assert!(shown(value).is_err(), "{value}");
        }
    }

    #[test]
    fn names_that_no_bucket_of_aws_has_are_refused() {
        for (name, region, reason) in [
            ("My_Bucket", "eu-west-1", Some("capitals")),
            ("my_bucket", "eu-west-1", Some("underscore")),
            ("My_Bucket", "us-east-1", None),
            ("my..bucket", "us-east-1", Some("two dots")),
            ("my-bucket-", "eu-west-1", Some("end in a letter")),
            ("192.168.5.4", "eu-west-1", Some("IP address")),
            ("xn--bucket", "eu-west-1", Some("xn--")),
            ("my.dotted.site", "eu-west-1", None),
            ("my-ap-s3alias", "eu-west-1", None),
            ("my-bucket--use1-az4--x-s3", "eu-west-1", None),
        ] {
            let told = Destination::parse(name).unwrap().check_on_aws(region);
            let told = told.map_err(|invalid| invalid.reason);
            match reason {
                None => assert_eq!(told, Ok(()), "{name}"),
                Some(reason) => assert!(told.unwrap_err().contains(reason), "{name}"),
            }
        }
    }

    #[test]
    fn addresses_are_answered_with_the_name() {
        for (value, meant) in [
            ("arn:aws:s3:::my-bucket", "my-bucket"),
            ("arn:aws-cn:s3:::my-bucket/docs/*", "my-bucket/docs"),
            (
                "https://my-bucket.s3.eu-west-1.amazonaws.com/docs/",
                "my-bucket/docs",
            ),
            (
                "https://s3.eu-west-1.amazonaws.com/my-bucket/docs",
                "my-bucket/docs",
            ),
            ("https://s3.amazonaws.com/my-bucket", "my-bucket"),
            ("my-bucket.s3.amazonaws.com", "my-bucket"),
            ("s3://my-bucket.s3.amazonaws.com/a", "my-bucket/a"),
            (
                "my.site.example.s3-eu-west-1.amazonaws.com",
                "my.site.example",
            ),
            (
                "my-bucket.s3.dualstack.us-west-2.amazonaws.com",
                "my-bucket",
            ),
            ("my-bucket.s3-fips.us-gov-west-1.amazonaws.com", "my-bucket"),
            ("my-bucket.s3-accelerate.amazonaws.com", "my-bucket"),
            (
                "http://my-bucket.s3-website-us-east-1.amazonaws.com",
                "my-bucket",
            ),
            (
                "http://my-bucket.s3-website.eu-central-1.amazonaws.com/index.html",
                "my-bucket/index.html",
            ),
            (
                "my-bucket.s3-website.cn-north-1.amazonaws.com.cn",
                "my-bucket",
            ),
            (
                "https://s3.console.aws.amazon.com/s3/buckets/my-bucket?region=us-east-1&tab=objects",
                "my-bucket",
            ),
            (
                "https://us-east-1.console.aws.amazon.com/s3/buckets/my-bucket?prefix=docs/",
                "my-bucket",
            ),
        ] {
            let invalid = Destination::parse(value).unwrap_err();
            assert_eq!(invalid.help, format!("write `{meant}`"), "{value}");
        }
        for (value, meant) in [
            ("'my-bucket'", "my-bucket"),
            ("\"my-bucket/docs\"", "my-bucket/docs"),
            ("/my-bucket/docs", "my-bucket/docs"),
            ("s3:/my-bucket", "my-bucket"),
            ("S3://my-bucket/docs", "my-bucket/docs"),
            ("s3://s3://my-bucket", "my-bucket"),
            ("s3//my-bucket", "my-bucket"),
            ("my-bucket\\docs", "my-bucket/docs"),
            ("my-bucket /docs", "my-bucket/docs"),
            ("<my-bucket>", "my-bucket"),
            ("my-bucket/*", "my-bucket/"),
            ("my-bucket/docs/**", "my-bucket/docs/"),
        ] {
            let invalid = Destination::parse(value).unwrap_err();
            assert_eq!(invalid.help, format!("write `{meant}`"), "{value}");
        }
        for value in ["https://example.com/x", "http://localhost:9000/b"] {
            let invalid = Destination::parse(value).unwrap_err();
            assert!(invalid.help.contains("AWS_ENDPOINT_URL"), "{value}");
        }
        for value in ["my bucket", "my-bucket,other"] {
            let invalid = Destination::parse(value).unwrap_err();
            assert!(invalid.help.starts_with("write `bucket`,"), "{value}");
        }
        assert!(Destination::parse("my-bucket/a*").is_ok());
        assert!(Destination::parse("www.example.com").is_ok());
    }

    #[test]
    fn the_key_of_one_file_is_the_path_unless_it_ends_in_a_slash() {
        for (value, key) in [
            ("my-bucket", "app.zip"),
            ("my-bucket/releases/", "releases/app.zip"),
            ("my-bucket/releases/1.0.zip", "releases/1.0.zip"),
            ("my-bucket/1.0.zip", "1.0.zip"),
        ] {
            let own_name = RelativeKey::parse("app.zip").unwrap();
            let destination = Destination::parse(value).unwrap();
            let (destination, name) = destination.for_single_file(own_name);
            assert_eq!(destination.key(name.as_str()), key);
        }
    }

    #[test]
    fn keys_and_urls_stay_below_the_prefix() {
        let destination = Destination::parse("my-bucket/docs").unwrap();
        assert_eq!(destination.key("a/b"), "docs/a/b");
        assert_eq!(destination.url("a/b"), "s3://my-bucket/docs/a/b");
    }
}
