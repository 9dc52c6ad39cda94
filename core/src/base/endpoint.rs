//! The base URL of a server.

use super::invalid::Invalid;
use super::partition::is_aws_host;

/// An absolute http or https URL without user, query or fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(String);

impl Endpoint {
    /// Reads the base URL of a server: scheme, host, and perhaps a path.
    ///
    /// # Errors
    /// When it is anything else, or names a user.
    pub fn parse(value: &str) -> Result<Self, Invalid> {
        let uri: Option<http::Uri> = value.parse().ok();
        let fits = uri.is_some_and(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https"))
                && uri
                    .authority()
                    .is_some_and(|authority| !authority.as_str().contains('@'))
                && uri.query().is_none()
        });
        if fits {
            Ok(Self(with_whole_path(value.trim_end_matches('/'))))
        } else {
            Err(Invalid::new(
                format!("`{value}` is not the base URL of a server"),
                "write it as `https://s3.example.com`",
            ))
        }
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
}
