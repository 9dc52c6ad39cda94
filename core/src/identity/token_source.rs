//! Where a step's OIDC token comes from. A value: reading and fetching is `aws::token`.

use std::fmt;
use std::path::PathBuf;

use crate::base::invalid::Invalid;
use crate::base::secret::Secret;

/// Longest token that STS takes, in characters.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>
pub const TOKEN_LENGTH_MAX: usize = 20_000;

/// The one place this run has its token from, at the start and at each renewal of the session.
#[derive(Clone, Debug)]
pub enum TokenSource {
    /// A variable: the same token for the whole run.
    Variable {
        /// Name of the variable.
        name: String,
        /// Its value.
        token: Secret,
    },
    /// A file that something else renews; read anew each time.
    File(PathBuf),
    /// GitHub Actions, asked for a new token each time.
    GitHub(GitHubRequest),
}

/// What GitHub Actions gives a job so that it can ask for tokens.
#[derive(Clone, Debug)]
pub struct GitHubRequest {
    /// The URL to ask.
    pub url: RequestUrl,
    /// The job's own token. It goes to that URL and nowhere else.
    pub request_token: Secret,
    /// The audience to ask for.
    pub audience: String,
}

/// An absolute URL that a secret may be sent to: https, or http to this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestUrl(http::Uri);

impl RequestUrl {
    /// Checks the URL.
    ///
    /// # Errors
    /// When it is none, or a secret sent to it could be read on the way.
    pub fn parse(value: &str) -> Result<Self, Invalid> {
        let is_safe = |uri: &http::Uri| match (uri.scheme_str(), uri.host()) {
            (Some("https"), Some(_)) => true,
            (Some("http"), Some(host)) => ["127.0.0.1", "[::1]", "localhost"].contains(&host),
            _ => false,
        };
        match value.parse::<http::Uri>() {
            Ok(uri) if is_safe(&uri) => Ok(Self(uri)),
            _ => Err(Invalid::new(
                format!("`{value}` is not an https URL"),
                "hand over the value that GitHub Actions gives the job",
            )),
        }
    }

    /// `https://host:port`.
    pub fn origin(&self) -> String {
        let authority = self.0.authority().map_or("", http::uri::Authority::as_str);
        format!("{}://{authority}", self.0.scheme_str().unwrap_or("https"))
    }

    /// Path and query, with `audience` added to the latter.
    pub fn path_with_audience(&self, audience: &str) -> String {
        let path = self.0.path_and_query().map_or("/", |path| path.as_str());
        let separator = if path.contains('?') { '&' } else { '?' };
        let audience =
            percent_encoding::utf8_percent_encode(audience, percent_encoding::NON_ALPHANUMERIC);
        format!("{path}{separator}audience={audience}")
    }
}

impl TokenSource {
    /// Whether it gives the same token at every asking: a session can then be renewed only as long as
    /// that token is valid.
    pub fn is_fixed(&self) -> bool {
        matches!(self, Self::Variable { .. })
    }

    /// Whether it is what every step of Bitbucket with `oidc: true` has.
    pub fn is_bitbucket(&self) -> bool {
        matches!(self, Self::Variable { name, .. } if name == "BITBUCKET_STEP_OIDC_TOKEN")
    }
}

impl fmt::Display for TokenSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable { name, .. } => formatter.write_str(name),
            Self::File(path) => write!(formatter, "the file `{}`", path.display()),
            Self::GitHub(request) => write!(
                formatter,
                "GitHub Actions, for the audience `{}`",
                request.audience
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RequestUrl;

    #[test]
    fn the_audience_is_added_to_the_query() {
        for (url, origin, path) in [
            (
                "https://pipelines.actions.githubusercontent.com/a/b?api-version=2.0",
                "https://pipelines.actions.githubusercontent.com",
                "/a/b?api-version=2.0&audience=sts%2Eamazonaws%2Ecom",
            ),
            (
                "http://127.0.0.1:8080/token",
                "http://127.0.0.1:8080",
                "/token?audience=sts%2Eamazonaws%2Ecom",
            ),
            (
                "http://[::1]:1",
                "http://[::1]:1",
                "/?audience=sts%2Eamazonaws%2Ecom",
            ),
        ] {
            let parsed = RequestUrl::parse(url).unwrap();
            assert_eq!(parsed.origin(), origin);
            assert_eq!(parsed.path_with_audience("sts.amazonaws.com"), path);
        }
    }

    #[test]
    fn a_request_token_is_not_sent_in_the_clear() {
        for url in [
            "",
            "token",
            "/token",
            "http://example.com/token",
            "http://localhost.example.com",
            "ftp://localhost/x",
        ] {
            assert!(RequestUrl::parse(url).is_err(), "{url}");
        }
    }
}
