//! Parsers of single values: text in, a checked value or its mistake out. No variable names here.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use crate::execute::Concurrency;
use deploy_core::base::endpoint::Endpoint;
use deploy_core::base::invalid::Invalid;
use deploy_core::base::unexpanded;

/// Fewest and most requests in flight that CONCURRENCY may ask for. S3 takes thousands per prefix,
/// but one machine gains nothing beyond a few hundred connections.
const CONCURRENCY_MAX: usize = 512;

/// Attempts per request unless AWS_MAX_ATTEMPTS says otherwise: with their pauses they span about a
/// quarter of a minute, which is what S3 takes to scale a prefix or to pass a hiccup.
pub(super) const ATTEMPTS_DEFAULT: u32 = 6;

/// Most attempts that may be asked for; with pauses of up to 20 seconds that is over five minutes.
const ATTEMPTS_LIMIT: u32 = 20;

/// How many releases are kept unless RELEASES says otherwise.
pub(super) const RELEASES_DEFAULT: u64 = 10;

/// Most releases that may be kept: each is a copy of the deploy record.
const RELEASES_LIMIT: u64 = 100;

/// Longest timeout that may be asked for, in seconds: that of a whole attempt.
const TIMEOUT_SECS_LIMIT: u64 = 15 * 60;

/// The base URL of a server or proxy that is spoken to without TLS.
pub(super) fn http_endpoint(value: &str) -> Result<Endpoint, Invalid> {
    match Endpoint::parse(value) {
        Ok(endpoint) if endpoint.as_str().starts_with("http://") => Ok(endpoint),
        _ => {
            let help = "write it as `http://localhost:29418`";
            Err(Invalid::not(value, "the URL of a proxy without TLS", help))
        }
    }
}

/// The URL of a site, as visitors write it.
pub(super) fn site(value: &str) -> Result<String, Invalid> {
    let help = "write it as `https://www.example.com/`";
    match Endpoint::parse(value) {
        Ok(_) => Ok(value.to_owned()),
        Err(_) => Err(Invalid::not(value, "the URL of a site", help)),
    }
}

/// Booleans as Bitbucket users write them, in any case.
pub(super) fn boolean(value: &str) -> Result<bool, Invalid> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(true),
        "false" | "no" | "off" | "0" => Ok(false),
        _ => Err(Invalid::not(value, "a boolean", "use `true` or `false`")),
    }
}

/// A boolean, or `auto` for none.
pub(super) fn boolean_or_auto(value: &str) -> Result<Option<bool>, Invalid> {
    match boolean(value) {
        Ok(on) => Ok(Some(on)),
        Err(_) if value.eq_ignore_ascii_case("auto") => Ok(None),
        Err(Invalid { reason, .. }) => Err(Invalid::new(reason, "use `true`, `false` or `auto`")),
    }
}

pub(super) fn concurrency(value: &str) -> Result<Concurrency, Invalid> {
    match value.parse() {
        _ if value.eq_ignore_ascii_case("auto") => Ok(Concurrency::Auto),
        Ok(number @ 1..=CONCURRENCY_MAX) => Ok(Concurrency::Fixed(number)),
        _ => {
            let help = format!("use `auto` or 1 to {CONCURRENCY_MAX}");
            Err(Invalid::not(value, "a number of requests", help))
        }
    }
}

pub(super) fn releases(value: &str) -> Result<u64, Invalid> {
    within(value, 0..=RELEASES_LIMIT, "a number of releases", "")
}

pub(super) fn attempts(value: &str) -> Result<u32, Invalid> {
    within(value, 1..=ATTEMPTS_LIMIT, "a number of attempts", "")
}

/// Seconds a role session may last.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>
pub(super) fn role_duration(value: &str) -> Result<i32, Invalid> {
    within(value, 900..=43_200, "a duration that AWS takes", " seconds")
}

/// A number of `range`, which is `what`, in `unit`.
fn within<T: FromStr + PartialOrd + Display>(
    value: &str,
    range: RangeInclusive<T>,
    what: &str,
    unit: &str,
) -> Result<T, Invalid> {
    let number = value.parse().ok().filter(|number| range.contains(number));
    let help = format!("use {} to {}{unit}", range.start(), range.end());
    number.ok_or_else(|| Invalid::not(value, what, help))
}

/// Whole seconds, as aws-cli takes them. Its 0 is no limit at all, which no build should have: it is
/// the longest one.
pub(crate) fn timeout(value: &str) -> Result<Duration, Invalid> {
    match value.parse() {
        Ok(0) => Ok(Duration::from_secs(TIMEOUT_SECS_LIMIT)),
        Ok(seconds @ 1..=TIMEOUT_SECS_LIMIT) => Ok(Duration::from_secs(seconds)),
        _ => {
            let help = format!("use 1 to {TIMEOUT_SECS_LIMIT}, or 0 for as long as that");
            Err(Invalid::not(value, "a number of seconds", help))
        }
    }
}

pub(super) fn account(value: &str) -> Result<String, Invalid> {
    let is_account = |text: &str| text.len() == 12 && text.bytes().all(|it| it.is_ascii_digit());
    let plain = value.replace(['-', '\'', '"', ' '], "");
    let help = if is_account(value) {
        return Ok(plain);
    } else if is_account(&plain) {
        format!("write `{plain}`")
    } else {
        "use its 12 digits, quoted in YAML so that leading zeros stay".to_owned()
    };
    Err(Invalid::not(value, "an AWS account number", help))
}

/// What `parse` makes of a value in which no reference to a variable was left as it is.
pub(super) fn expanded<T>(
    parse: impl FnOnce(&str) -> Result<T, Invalid>,
) -> impl FnOnce(&str) -> Result<T, Invalid> {
    |value| unexpanded::check(value).and_then(|()| parse(value))
}

/// A proxy's URL may hold a password, so the value is never repeated.
pub(super) fn proxy(value: &str) -> Result<String, Invalid> {
    let uri: Option<http::Uri> = value.parse().ok();
    let uri = uri.filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")));
    if uri.is_some_and(|uri| uri.host().is_some()) {
        return Ok(value.to_owned());
    }
    let help = "write it as `http://proxy.example.com:3128`";
    Err(Invalid::new("its value is not the URL of a proxy", help))
}

#[cfg(test)]
mod tests {
    use super::{
        Concurrency, Endpoint, account, boolean, boolean_or_auto, concurrency, proxy,
        role_duration, timeout,
    };
    use std::time::Duration;

    #[test]
    fn booleans_come_in_every_spelling() {
        for value in ["true", "TRUE", "Yes", "on", "1"] {
            assert_eq!(boolean(value), Ok(true));
        }
        for value in ["false", "No", "OFF", "0"] {
            assert_eq!(boolean(value), Ok(false));
        }
        for value in ["2", "maybe", " true", "t"] {
            assert!(boolean(value).is_err());
        }
        assert_eq!(boolean_or_auto("Auto"), Ok(None));
    }

    #[test]
    fn numbers_have_their_bounds() {
        assert_eq!(concurrency("auto"), Ok(Concurrency::Auto));
        assert_eq!(concurrency("512"), Ok(Concurrency::Fixed(512)));
        for value in ["0", "513", "-1", "many"] {
            assert!(concurrency(value).is_err());
        }
        assert_eq!(timeout("5"), Ok(Duration::from_secs(5)));
        assert_eq!(timeout("0"), timeout("900"));
        for value in ["901", "-1", "1.5", "long"] {
            assert!(timeout(value).is_err());
        }
        assert_eq!(role_duration("900"), Ok(900));
        for value in ["899", "43201", "1h"] {
            assert!(role_duration(value).is_err());
        }
    }

    #[test]
    fn endpoints_are_base_urls() {
        for (value, is_aws) in [
            ("https://s3.eu-west-1.amazonaws.com", true),
            ("https://s3.cn-north-1.amazonaws.com.cn/", true),
            ("http://127.0.0.1:9000", false),
            ("https://amazonaws.com.evil.example", false),
        ] {
            assert_eq!(
                Endpoint::parse(value).map(|endpoint| endpoint.is_aws()),
                Ok(is_aws),
                "{value}"
            );
        }
        for value in [
            "127.0.0.1:9000",
            "ftp://x",
            "https://user:pw@x",
            "https://x?y",
            "https://",
        ] {
            assert!(Endpoint::parse(value).is_err(), "{value}");
        }
    }

    #[test]
    fn only_loopback_is_safe_without_tls() {
        for (value, is_exposed) in [
            ("https://minio.example:9000", false),
            ("http://127.0.0.1:9000", false),
            ("http://127.8.8.8", false),
            ("http://[::1]:9000", false),
            ("http://LocalHost:9000/base", false),
            ("http://minio.example:9000", true),
            ("http://localhost.example", true),
            ("http://127.0.0.1.example", true),
            ("http://10.0.0.1:9000", true),
            ("http://[2001:db8::1]", true),
        ] {
            let endpoint = Endpoint::parse(value).unwrap();
            assert_eq!(endpoint.is_exposed(), is_exposed, "{value}");
        }
    }

    #[test]
    fn a_bad_proxy_is_not_repeated() {
        let invalid = proxy("user:hunter2@proxy").unwrap_err();
        assert!(!format!("{invalid:?}").contains("hunter2"));
    }

    #[test]
    fn accounts_have_twelve_digits() {
        assert!(account("012345678901").is_ok());
        assert!(account("1234").unwrap_err().help.starts_with("use its"));
        let help = "write `012345678901`";
        assert_eq!(account("0123-4567-8901").unwrap_err().help, help);
    }
}
