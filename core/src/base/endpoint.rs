//! The base URL of a server.

use super::invalid::Invalid;
use super::partition::is_aws_host;
use super::unexpanded;

/// An absolute http or https URL without user, query or fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(String);

impl Endpoint {
    /// Reads the base URL of a server: scheme, host, and perhaps a path.
    ///
    /// # Errors
    /// When it is anything else, or names a user.
    pub fn parse(value: &str) -> Result<Self, Invalid> {
        unexpanded::check(value)?;
        if is_base_url(value) {
            return Ok(Self(with_whole_path(value.trim_end_matches('/'))));
        }
        let plain = value.trim_matches(['\'', '"', '`', '“', '”', '/']);
        let scheme = if plain.contains(':') { "http" } else { "https" };
        let meant = [plain.to_owned(), format!("{scheme}://{plain}")];
        let is_meant = |url: &&String| is_base_url(url) && url.contains(['.', ':']);
        let is_host = plain.contains('.') || plain.starts_with("localhost");
        let help = match meant.iter().find(is_meant).filter(|_| is_host) {
            Some(meant) => format!("write `{meant}`"),
            None => "write it as `https://s3.example.com`".to_owned(),
        };
        Err(Invalid::new(
            format!("`{value}` is not the base URL of a server"),
            help,
        ))
    }

    /// The URL, with a slash at its end if it has a path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether what is sent there can be read on the way: no TLS, and not this machine.
    pub fn is_exposed(&self) -> bool {
        let uri: Option<http::Uri> = self.0.parse().ok();
        let host = uri.as_ref().and_then(http::Uri::host).unwrap_or_default();
        let address = host.trim_matches(['[', ']']).parse::<core::net::IpAddr>();
        let is_loopback = address.is_ok_and(|address| address.is_loopback())
            || host.eq_ignore_ascii_case("localhost");
        self.0.starts_with("http://") && !is_loopback
    }

    /// Whether the host is one of AWS's own.
    pub fn is_aws(&self) -> bool {
        let uri: Option<http::Uri> = self.0.parse().ok();
        uri.as_ref()
            .and_then(http::Uri::host)
            .is_some_and(is_aws_host)
    }
}

fn is_base_url(url: &str) -> bool {
    let uri: Option<http::Uri> = url.parse().ok();
    uri.is_some_and(|uri| {
        let authority = uri.authority().map(http::uri::Authority::as_str);
        let port = authority.and_then(|authority| authority.rsplit(']').next()?.split(':').nth(1));
        matches!(uri.scheme_str(), Some("http" | "https"))
            && authority.is_some_and(|authority| !authority.contains('@'))
            && port.is_none_or(|port| port.parse::<u16>().is_ok())
            && uri.query().is_none()
            && !url.contains('#')
    })
}

/// `url` with the slash that its path needs: the SDK's rules for S3 put the bucket right behind it.
/// <https://github.com/awslabs/aws-sdk-rust/issues/1387>
fn with_whole_path(url: &str) -> String {
    let has_path = url
        .split_once("://")
        .is_some_and(|(_, rest)| rest.contains('/'));
    format!("{url}{}", if has_path { "/" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::Endpoint;

    #[test]
    fn a_path_ends_in_a_slash_and_a_host_does_not() {
        for (value, expected) in [
            ("http://localhost:9000", "http://localhost:9000"),
            ("http://localhost:9000/", "http://localhost:9000"),
            ("https://h/storage/v1/s3", "https://h/storage/v1/s3/"),
            ("https://h/storage/v1/s3//", "https://h/storage/v1/s3/"),
        ] {
            let endpoint = Endpoint::parse(value);
            assert_eq!(endpoint.as_ref().map(Endpoint::as_str), Ok(expected));
        }
    }

    #[test]
    fn what_is_no_url_is_answered_with_the_url() {
        for (value, meant) in [
            ("localhost:9000", "http://localhost:9000"),
            ("10.0.0.1:9000", "http://10.0.0.1:9000"),
            ("s3.example.com", "https://s3.example.com"),
            ("//s3.example.com/", "https://s3.example.com"),
            ("'https://s3.example.com'", "https://s3.example.com"),
        ] {
            let invalid = Endpoint::parse(value).unwrap_err();
            assert_eq!(invalid.help, format!("write `{meant}`"), "{value}");
        }
        for value in [
            "true",
            "ftp://s3.example.com",
            "https://h.example:99999",
            "http://h#x",
        ] {
            let invalid = Endpoint::parse(value).unwrap_err();
            assert_eq!(
                invalid.help, "write it as `https://s3.example.com`",
                "{value}"
            );
        }
        assert!(
            Endpoint::parse("$S3_URL")
                .unwrap_err()
                .reason
                .contains("holds `$S3_URL`")
        );
        assert!(Endpoint::parse("http://[::1]:9000").is_ok());
    }
}
