//! A token claim by claim. The claims are those of Bitbucket (`FACTS.md` section 5).

use super::Issuer;
use crate::sts::ACCOUNT_ID;
use serde_json::{Map, Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(crate) const DEFAULT_ISSUER: &str =
    "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc";
pub(crate) const DEFAULT_AUDIENCE: &str =
    "ari:cloud:bitbucket::workspace/11111111-1111-4111-8111-111111111111";

const WORKSPACE_UUID: &str = "{11111111-1111-4111-8111-111111111111}";
const REPOSITORY_UUID: &str = "{22222222-2222-4222-8222-222222222222}";
const PIPELINE_UUID: &str = "{33333333-3333-4333-8333-333333333333}";
const STEP_UUID: &str = "{44444444-4444-4444-8444-444444444444}";
const LIFETIME: Duration = Duration::from_hours(1);

/// Lets in every step of the default repository, with a deployment environment or without.
pub(crate) fn default_trust_policy() -> Value {
    let provider = DEFAULT_ISSUER.trim_start_matches("https://");
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Federated": format!("arn:aws:iam::{ACCOUNT_ID}:oidc-provider/{provider}") },
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": { format!("{provider}:aud"): DEFAULT_AUDIENCE },
                "StringLike": { format!("{provider}:sub"): format!("{REPOSITORY_UUID}:*") },
            },
        }],
    })
}

/// Builds a token; what is not set is as the default trust policy accepts it.
#[derive(Clone, Debug)]
#[must_use]
pub struct TokenBuilder {
    claims: Map<String, Value>,
    key_id: String,
    tampered: bool,
}

impl TokenBuilder {
    pub(crate) fn new() -> Self {
        let claims = [
            ("iss", DEFAULT_ISSUER),
            ("aud", DEFAULT_AUDIENCE),
            ("sub", &format!("{REPOSITORY_UUID}:{STEP_UUID}")),
            ("branchName", "main"),
            ("repositoryUuid", REPOSITORY_UUID),
            ("stepUuid", STEP_UUID),
            ("pipelineUuid", PIPELINE_UUID),
            ("workspaceUuid", WORKSPACE_UUID),
        ];
        let claims = claims.map(|(name, value)| (name.to_owned(), json!(value)));
        let key_id = Issuer::shared().key_id().to_owned();
        Self {
            claims: claims.into_iter().collect(),
            key_id,
            tampered: false,
        }
        .expires_in(LIFETIME)
    }

    /// `aud`, as a string; for an array use [`claim`](Self::claim).
    pub fn audience(self, audience: &str) -> Self {
        self.claim("aud", json!(audience))
    }

    /// `sub`
    pub fn subject(self, subject: &str) -> Self {
        self.claim("sub", json!(subject))
    }

    /// `iss`
    pub fn issuer(self, url: &str) -> Self {
        self.claim("iss", json!(url))
    }

    /// A step with a deployment environment: its UUID (with braces) becomes a claim and a part of `sub`.
    pub fn deployment_environment(self, uuid: &str) -> Self {
        self.claim("deploymentEnvironmentUuid", json!(uuid))
            .subject(&format!("{REPOSITORY_UUID}:{uuid}:{STEP_UUID}"))
    }

    /// Issued now, expiring so much later.
    pub fn expires_in(self, lifetime: Duration) -> Self {
        let now = seconds_since_epoch();
        self.claim("iat", json!(now))
            .claim("exp", json!(now.saturating_add(lifetime.as_secs())))
    }

    /// Issued two hours ago, expired one hour ago.
    pub fn expired(self) -> Self {
        let now = seconds_since_epoch();
        self.claim("iat", json!(now.saturating_sub(7200)))
            .claim("exp", json!(now.saturating_sub(3600)))
    }

    /// Any claim; `null` removes it.
    pub fn claim(mut self, name: &str, value: Value) -> Self {
        if value.is_null() {
            self.claims.remove(name);
        } else {
            self.claims.insert(name.to_owned(), value);
        }
        self
    }

    /// Another `kid`, which no provider has a key for.
    pub fn key_id(mut self, key_id: &str) -> Self {
        key_id.clone_into(&mut self.key_id);
        self
    }

    /// The claims are changed after signing, so that the signature no longer fits.
    pub fn tampered(mut self) -> Self {
        self.tampered = true;
        self
    }

    /// The token in its compact form.
    #[must_use]
    pub fn sign(self) -> String {
        let token = Issuer::shared().sign(&self.key_id, &self.claims);
        if !self.tampered {
            return token;
        }
        // The claims as they were asked for, beside the signature of other claims.
        let mut other_claims = self.claims;
        other_claims.insert("tampered".to_owned(), json!(true));
        let other = Issuer::shared().sign(&self.key_id, &other_claims);
        let signed_part = token
            .rsplit_once('.')
            .map_or("", |(signed_part, _)| signed_part);
        let signature = other
            .rsplit_once('.')
            .map_or("", |(_, signature)| signature);
        format!("{signed_part}.{signature}")
    }
}

fn seconds_since_epoch() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}
