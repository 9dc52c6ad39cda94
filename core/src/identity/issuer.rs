//! Who signs the tokens, as IAM is told of it: an identity provider.

use super::claims::Claims;
use super::provider::Provider;
use crate::base::invalid::Invalid;
use crate::base::is_made_of;

/// An OpenID Connect identity provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// Whose it is, if that is known.
    pub provider: Option<Provider>,
    /// `https://` and what names it in ARNs and condition keys.
    url: String,
    /// Audiences of its tokens, at least one; IAM calls them client ids.
    audiences: Vec<String>,
}

const SCHEME: &str = "https://";

/// Characters of a client id.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html>
const AUDIENCE_LENGTH_MAX: usize = 255;

impl Issuer {
    /// The issuer at `url` with these `audiences`.
    ///
    /// # Errors
    /// When IAM could not take it.
    pub fn new(
        provider: Option<Provider>,
        url: &str,
        audiences: Vec<String>,
    ) -> Result<Self, Invalid> {
        let name = url.strip_prefix(SCHEME).unwrap_or_default();
        if !is_made_of(name, "-._~/") {
            return Err(Invalid::new(
                format!("`{url}` cannot be the URL of an identity provider in IAM"),
                "use an issuer such as `https://example.com/path`, without a port",
            ));
        }
        if audiences.is_empty() {
            return Err(Invalid::new(
                "its token has no audience",
                "ask for a token with an audience",
            ));
        }
        let fits = |audience: &String| {
            (1..=AUDIENCE_LENGTH_MAX).contains(&audience.len())
                && audience.bytes().all(|byte| byte.is_ascii_graphic())
        };
        if !audiences.iter().all(fits) {
            return Err(Invalid::new(
                "its audience cannot be a client id of IAM",
                "use 1 to 255 printable characters without blanks",
            ));
        }
        Ok(Self {
            provider,
            url: url.trim_end_matches('/').to_owned(),
            audiences,
        })
    }

    /// Who signed the token with these claims.
    ///
    /// # Errors
    /// When IAM could not take such a provider.
    pub fn of(claims: &Claims) -> Result<Self, Invalid> {
        let audiences = claims.audiences().into_iter().map(str::to_owned);
        let url = claims.issuer().unwrap_or_default();
        Self::new(Provider::of(claims), url, audiences.collect())
    }

    /// The URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The audiences.
    pub fn audiences(&self) -> &[String] {
        &self.audiences
    }

    /// What ARNs and condition keys call it.
    pub fn name(&self) -> &str {
        name(&self.url)
    }
}

/// What ARNs and condition keys call the issuer at `url`: the URL without its scheme.
pub(super) fn name(url: &str) -> &str {
    url.strip_prefix(SCHEME).unwrap_or(url)
}

/// The ARN of the identity provider called `name` in an account.
pub(crate) fn arn(partition: &str, account: &str, name: &str) -> String {
    format!("arn:{partition}:iam::{account}:oidc-provider/{name}")
}

#[cfg(test)]
mod tests {
    use super::Issuer;
    use crate::identity::claims::Claims;
    use serde_json::json;

    #[test]
    fn what_iam_could_not_take_is_refused() {
        for (url, audiences, fits) in [
            ("https://ci.example.com", json!("a"), true),
            ("https://ci.example.com/org/", json!(["a", "b"]), true),
            ("http://ci.example.com", json!("a"), false),
            ("https://ci.example.com:8443", json!("a"), false),
            ("https://ci.example.com/$(id)", json!("a"), false),
            ("https://ci.example.com", json!("a b"), false),
            ("https://ci.example.com", json!([]), false),
        ] {
            let claims = json!({ "iss": url, "aud": audiences, "sub": "s" });
            let claims = Claims::from(claims.as_object().cloned().unwrap());
            assert_eq!(Issuer::of(&claims).is_ok(), fits, "{url} {audiences}");
        }
    }
}
