//! Who signs the tokens, read from a token or put together from what is known of Bitbucket.

use serde::Deserialize;

use crate::base::invalid::Invalid;
use crate::base::secret::Secret;
use crate::iam::resources::Partition;
use crate::identity::claims::decode_base64url;

/// An OpenID Connect identity provider, as IAM is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Whose it is.
    pub vendor: Vendor,
    /// `https://` and what names the provider in ARNs and condition keys.
    url: String,
    /// Audiences of its tokens, at least one; IAM calls them client ids.
    pub audiences: Vec<Audience>,
}

/// An audience: 1 to 255 printable characters of ASCII.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience(String);

/// CI systems whose subjects are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vendor {
    /// Bitbucket Pipelines.
    Bitbucket,
    /// CircleCI, in the cloud or one's own server.
    CircleCi,
    /// GitHub Actions.
    GitHub,
    /// GitLab, gitlab.com or one's own.
    GitLab,
    /// Any other.
    Other,
}

const SCHEME: &str = "https://";

impl Provider {
    /// The provider at `url` with these `audiences`.
    ///
    /// # Errors
    /// When IAM could not take it.
    pub fn new(vendor: Vendor, url: &str, audiences: Vec<Audience>) -> Result<Self, Invalid> {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
        let name = url.strip_prefix(SCHEME).unwrap_or_default();
        if name.is_empty() || !name.bytes().all(is_part) {
            return Err(Invalid::new(
                format!("`{url}` cannot be the URL of an identity provider in IAM"),
                "use an issuer as `https://example.com/path`, without a port",
            ));
        }
        Ok(Self {
            vendor,
            url: url.trim_end_matches('/').to_owned(),
            audiences,
        })
    }

    /// Bitbucket's provider of a workspace.
    /// <https://support.atlassian.com/bitbucket-cloud/docs/deploy-on-aws-using-bitbucket-pipelines-openid-connect/>
    ///
    /// # Errors
    /// When `workspace` cannot be one's name.
    pub fn of_workspace(workspace: &str, audience: Audience) -> Result<Self, Invalid> {
        Self::check_workspace(workspace)?;
        let url = format!(
            "https://api.bitbucket.org/2.0/workspaces/{workspace}/pipelines-config/identity/oidc"
        );
        Self::new(Vendor::Bitbucket, &url, vec![audience])
    }

    /// Whether `workspace` can be the name of one.
    ///
    /// # Errors
    /// When it cannot.
    pub fn check_workspace(workspace: &str) -> Result<(), Invalid> {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if workspace.bytes().all(is_part) {
            Ok(())
        } else {
            Err(Invalid::new(
                format!("`{workspace}` is not the name of a workspace"),
                "write it as in the workspace's URL",
            ))
        }
    }

    /// The URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What ARNs and condition keys call it: the URL without its scheme.
    #[must_use]
    pub fn name(&self) -> &str {
        self.url.strip_prefix(SCHEME).unwrap_or(&self.url)
    }

    /// The ARN in front of the account's number, and behind it.
    #[must_use]
    pub fn arn(&self, partition: Partition) -> (String, String) {
        let after = format!(":oidc-provider/{}", self.name());
        (format!("arn:{partition}:iam::"), after)
    }
}

impl Audience {
    /// Checks `value`.
    ///
    /// # Errors
    /// When it cannot be a client id of IAM.
    pub fn parse(value: &str) -> Result<Self, Invalid> {
        if (1..=255).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(value.to_owned()))
        } else {
            Err(Invalid::new(
                "its audience cannot be a client id of IAM",
                "use 1 to 255 printable characters without blanks",
            ))
        }
    }

    /// Bitbucket's audience for the workspace with this UUID, with or without braces.
    ///
    /// # Errors
    /// When it is not a UUID.
    pub fn of_workspace(uuid: &str) -> Result<Self, Invalid> {
        let uuid = parse_uuid(uuid)?;
        Self::parse(&format!("ari:cloud:bitbucket::workspace/{uuid}"))
    }

    /// The audience.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `value` without braces, in lower case, if it is a UUID.
///
/// # Errors
/// When it is not.
pub fn parse_uuid(value: &str) -> Result<String, Invalid> {
    let bare = value
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'));
    let uuid = bare.unwrap_or(value).to_ascii_lowercase();
    let lengths = uuid.split('-').map(str::len);
    let is_uuid = lengths.eq([8, 4, 4, 4, 12])
        && uuid
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    is_uuid.then_some(uuid).ok_or_else(|| {
        Invalid::new(
            format!("`{value}` is not a UUID"),
            "write it as `{1de489be-ce6a-42a0-a8c8-eadbf1174ac7}`",
        )
    })
}

/// The claims that AWS decides by. Decoded, not verified.
#[derive(Clone, Debug, Deserialize)]
pub struct TokenClaims {
    iss: String,
    aud: OneOrMany,
    /// Subject: which repository, which step, in the vendor's own form.
    pub sub: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl TokenClaims {
    /// Decodes the middle part of a JWT.
    ///
    /// # Errors
    /// When it is not one, or lacks a claim. The token is not repeated.
    pub fn decode(token: &Secret) -> Result<Self, Invalid> {
        let payload = token.reveal().split('.').nth(1);
        let payload = payload.and_then(decode_base64url);
        payload
            .and_then(|payload| serde_json::from_slice(&payload).ok())
            .ok_or_else(|| {
                Invalid::new(
                    "its value is not a token with the claims `iss`, `aud` and `sub`",
                    "give the step `oidc: true`, or unset it and name workspace and repository",
                )
            })
    }

    /// Who signed the token.
    ///
    /// # Errors
    /// When IAM could not take such a provider.
    pub fn provider(&self) -> Result<Provider, Invalid> {
        let audiences = match &self.aud {
            OneOrMany::One(audience) => std::slice::from_ref(audience),
            OneOrMany::Many(audiences) => audiences,
        };
        let audiences: Result<Vec<Audience>, Invalid> =
            audiences.iter().map(|text| Audience::parse(text)).collect();
        let audiences = audiences?;
        if audiences.is_empty() {
            return Err(Invalid::new(
                "its token has no audience",
                "ask for a token with an audience",
            ));
        }
        Provider::new(self.vendor(), &self.iss, audiences)
    }

    /// Servers of one's own have an issuer of their own, but the vendor's form of subjects.
    fn vendor(&self) -> Vendor {
        let issued_by = |start| self.iss.starts_with(start);
        if issued_by("https://api.bitbucket.org/2.0/workspaces/") {
            Vendor::Bitbucket
        } else if issued_by("https://token.actions.githubusercontent.com") {
            Vendor::GitHub
        } else if issued_by("https://oidc.circleci.com/org/")
            || (self.sub.starts_with("org/") && self.sub.contains("/project/"))
        {
            Vendor::CircleCi
        } else if issued_by("https://gitlab.com") || self.sub.starts_with("project_path:") {
            Vendor::GitLab
        } else {
            Vendor::Other
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Audience, Provider, TokenClaims, Vendor, parse_uuid};
    use crate::base::secret::Secret;
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;

    const UUID: &str = "922e118c-f34f-4226-a897-0e0afbec553d";

    fn claims(json: &str) -> Result<TokenClaims, crate::base::invalid::Invalid> {
        let payload = BASE64_STANDARD
            .encode(json)
            .replace('+', "-")
            .replace('/', "_");
        let token = format!("e30.{}.sig", payload.trim_end_matches('='));
        TokenClaims::decode(&Secret::new(token))
    }

    #[test]
    fn vendors_are_known_by_issuer_or_subject() {
        for (iss, sub, vendor) in [
            (
                "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc",
                "{a}:{b}",
                Vendor::Bitbucket,
            ),
            (
                "https://oidc.circleci.com/org/1",
                "org/1/project/2/user/3",
                Vendor::CircleCi,
            ),
            (
                "https://circleci.example.com/org/1",
                "org/1/project/2/user/3",
                Vendor::CircleCi,
            ),
            (
                "https://token.actions.githubusercontent.com",
                "repo:o/r:ref:refs/heads/main",
                Vendor::GitHub,
            ),
            (
                "https://git.example.com",
                "project_path:g/p:ref_type:branch:ref:main",
                Vendor::GitLab,
            ),
            ("https://ci.example.com", "job", Vendor::Other),
        ] {
            let json = format!(r#"{{"iss":"{iss}","aud":["a","b"],"sub":"{sub}"}}"#);
            let provider = claims(&json).unwrap().provider().unwrap();
            assert_eq!((provider.vendor, provider.url()), (vendor, iss));
            assert_eq!(provider.audiences.len(), 2);
        }
    }

    #[test]
    fn what_iam_could_not_take_is_refused() {
        for json in [
            r#"{"iss":"http://ci.example.com","aud":"a","sub":"s"}"#,
            r#"{"iss":"https://ci.example.com:8443","aud":"a","sub":"s"}"#,
            r#"{"iss":"https://ci.example.com/$(id)","aud":"a","sub":"s"}"#,
            r#"{"iss":"https://ci.example.com","aud":"a b","sub":"s"}"#,
            r#"{"iss":"https://ci.example.com","aud":[],"sub":"s"}"#,
        ] {
            assert!(claims(json).unwrap().provider().is_err(), "{json}");
        }
        assert!(claims(r#"{"iss":"https://ci.example.com"}"#).is_err());
        let invalid = TokenClaims::decode(&Secret::new("hunter2".to_owned())).unwrap_err();
        assert!(!format!("{invalid:?}").contains("hunter2"));
    }

    #[test]
    fn a_workspace_is_enough_for_bitbucket() {
        let audience = Audience::of_workspace(&format!("{{{UUID}}}")).unwrap();
        assert_eq!(audience, Audience::of_workspace(UUID).unwrap());
        let provider = Provider::of_workspace("bbcitest", audience).unwrap();
        assert_eq!(
            provider.name(),
            "api.bitbucket.org/2.0/workspaces/bbcitest/pipelines-config/identity/oidc"
        );
        let audience = Audience::of_workspace(UUID).unwrap();
        assert!(Provider::of_workspace("a/b", audience).is_err());
    }

    #[test]
    fn uuids_come_with_or_without_braces() {
        assert_eq!(parse_uuid(UUID).as_deref(), Ok(UUID));
        assert_eq!(
            parse_uuid(&format!("{{{}}}", UUID.to_uppercase())).as_deref(),
            Ok(UUID)
        );
        for value in [
            "",
            "{}",
            "acme",
            "922e118c-f34f-4226-a897-0e0afbec553",
            "{*}",
        ] {
            assert!(parse_uuid(value).is_err(), "{value}");
        }
    }
}
