//! Each answer of STS with its explanation. Here is what the files below share.

mod denied;
mod rows;

use super::{Refusal, claim_lines, explain, other_claim_lines};
use crate::base::secret::Secret;
use crate::iam::RoleArn;
use crate::identity::claims::Claims;
use crate::identity::provider::Provider;
use crate::identity::{SessionName, Step, TokenSource, TrustPolicy, WebIdentity};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const ISSUED: u64 = 1_700_000_000;

/// The codes of STS with the messages that users were told.
const ROWS: &[(&str, &str)] = &[
    (
        "AccessDenied",
        "Not authorized to perform sts:AssumeRoleWithWebIdentity",
    ),
    ("InvalidIdentityToken", "Incorrect token audience"),
    (
        "InvalidIdentityToken",
        "No OpenIDConnect provider found in your account for https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc",
    ),
    (
        "InvalidIdentityToken",
        "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
    ),
    (
        "InvalidIdentityToken",
        "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
    ),
    (
        "InvalidIdentityToken",
        "The ID Token provided is not a valid JWT.",
    ),
    (
        "ExpiredTokenException",
        "Token expired: current date/time 2 must be before the expiration date/time 1",
    ),
    ("ExpiredTokenException", "Token too old: 90000"),
    (
        "IDPCommunicationError",
        "The identity provider could not be reached.",
    ),
    ("IDPRejectedClaim", "The token has been revoked."),
    ("MalformedPolicyDocument", "Syntax errors in policy."),
    (
        "PackedPolicyTooLarge",
        "Packed policy consumes 110% of allotted space",
    ),
    (
        "RegionDisabledException",
        "STS is not activated in this region for account:123456789012.",
    ),
    (
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    ),
    (
        "ValidationError",
        "1 validation error detected: Value 'x' at 'roleSessionName' failed to satisfy constraint: Member must have length less than or equal to 64",
    ),
    (
        "InvalidClientTokenId",
        "The security token included in the request is invalid.",
    ),
];

fn claims(changes: &Value) -> Claims {
    let mut claims = json!({
        "iss": "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc",
        "aud": "ari:cloud:bitbucket::workspace/w",
        "sub": "{r}:{s}",
        "branchName": "main",
        "pipelineUuid": "{p}",
        "iat": ISSUED,
        "exp": ISSUED + 3600,
    });
    let object = claims.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        object.insert(name.clone(), value.clone());
    }
    Claims::from(object.clone())
}

fn deployment() -> Claims {
    claims(&json!({ "sub": "{r}:{e}:{s}", "deploymentEnvironmentUuid": "{e}" }))
}

fn explained(code: &str, message: &str, claims: Option<&Claims>, policy: Option<&str>) -> String {
    let web_identity = WebIdentity {
        role: RoleArn::parse("arn:aws:iam::123456789012:role/ci/deploy").unwrap(),
        token: TokenSource::Variable {
            name: "BITBUCKET_STEP_OIDC_TOKEN".to_owned(),
            token: Secret::new("header.payload.signature".to_owned()),
        },
        session_name: SessionName::parse("acme-site-42").unwrap(),
        duration_secs: Some(7200),
        chain: Vec::new(),
        reach: crate::identity::SessionScope::default(),
    };
    let step = Step {
        system: Provider::Bitbucket,
        environment: None,
        trust_policy: policy.map(|text| TrustPolicy::parse(text).unwrap()),
    };
    let explanation = explain(&Refusal {
        code: Some(code),
        message,
        claims,
        web_identity: &web_identity,
        step: &step,
        region: "eu-south-2",
        now: now(),
    });
    let mut lines: Vec<String> = explanation
        .causes
        .iter()
        .map(|cause| format!("- {cause}"))
        .collect();
    lines.extend(explanation.claims);
    lines.extend(explanation.evaluation);
    lines.extend(explanation.heading);
    lines.extend(explanation.statement);
    lines.join("\n")
}

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(ISSUED + 60)
}

/// The causes only.
fn causes(row: usize, claims: &Claims) -> String {
    let (code, message) = ROWS[row];
    let text = explained(code, message, Some(claims), None);
    let causes: Vec<&str> = text.lines().filter(|line| line.starts_with("- ")).collect();
    causes.join("\n")
}

#[test]
fn claims_as_lines() {
    let later = now() + Duration::from_hours(2);
    let mut lines = claim_lines(&deployment(), Some("production"), later);
    lines.extend(other_claim_lines(&deployment()));
    insta::assert_snapshot!(lines.join("\n"), @r#"
    the OIDC token of Bitbucket Pipelines says:
      iss: https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc
      aud: ari:cloud:bitbucket::workspace/w
      sub: {r}:{e}:{s}
        repository: {r}
        environment: {e}
        step: {s}
      branch: main
      deployment environment: {e} (production)
      issued: 2023-11-14T22:13:20Z
      expires: 2023-11-14T23:13:20Z (it has expired)
      pipelineUuid: {p}
    "#);
    let strange = Claims::default();
    insta::assert_snapshot!(claim_lines(&strange, Some("production"), later).join("\n"), @r#"
    the OIDC token says:
      iss: (none)
      aud: (none)
      sub: (none)
      deployment environment: none in the token, production in the step
    "#);
}
