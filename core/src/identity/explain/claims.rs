//! The claims of a token as lines: what trust policies see of it first.

use std::time::{SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::identity::claims::Claims;
use crate::identity::provider::{Provider, Subject};

/// Issuer, audience, subject with its parts, branch, deployment environment, and the token's time.
/// `environment` is the name of the environment, which Bitbucket's tokens have the UUID of only.
pub fn claim_lines(claims: &Claims, environment: Option<&str>, now: SystemTime) -> Vec<String> {
    let vendor = Provider::of(claims).map(Provider::vendor);
    let of = vendor.map_or_else(String::new, |vendor| format!(" of {}", vendor.name));
    let none = "(none)";
    let mut lines = vec![
        format!("the OIDC token{of} says:"),
        format!("  iss: {}", claims.issuer().unwrap_or(none)),
    ];
    let audiences = claims.audiences();
    if audiences.is_empty() {
        lines.push(format!("  aud: {none}"));
    }
    lines.extend(
        audiences
            .iter()
            .map(|audience| format!("  aud: {audience}")),
    );
    lines.push(format!("  sub: {}", claims.subject().unwrap_or(none)));
    if let Some(subject) = Subject::of(claims) {
        let parts = subject.parts.iter();
        lines.extend(parts.map(|(name, text)| format!("    {name}: {text}")));
    }
    if let Some(branch) = vendor.and_then(|vendor| claims.text(vendor.branch_claim)) {
        lines.push(format!("  branch: {branch}"));
    }
    let claim = vendor.and_then(|vendor| vendor.environment_claim);
    match (claim.and_then(|claim| claims.text(claim)), environment) {
        (Some(id), Some(name)) => lines.push(format!("  deployment environment: {id} ({name})")),
        (Some(id), None) => lines.push(format!("  deployment environment: {id}")),
        (None, Some(name)) => {
            lines.push(format!(
                "  deployment environment: none in the token, {name} in the step"
            ));
        }
        (None, None) => {}
    }
    lines.extend(
        claims
            .issued_at()
            .map(|time| format!("  issued: {}", date_time(time))),
    );
    lines.extend(claims.expires_at().map(|time| {
        let past = if time <= now { " (it has expired)" } else { "" };
        format!("  expires: {}{past}", date_time(time))
    }));
    lines
}

/// The claims that [`claim_lines`] has no line for: neither their own, nor as a part of the subject.
pub fn other_claim_lines(claims: &Claims) -> Vec<String> {
    let vendor = Provider::of(claims).map(Provider::vendor);
    let mut told = vec!["iss", "aud", "sub", "iat", "exp"];
    told.extend(vendor.map(|vendor| vendor.branch_claim));
    told.extend(vendor.and_then(|vendor| vendor.environment_claim));
    let parts = Subject::of(claims).map_or(Vec::new(), |subject| subject.parts);
    let is_part = |value: &str| parts.iter().any(|(_, text)| *text == value);
    claims
        .iter()
        .filter(|(name, value)| !told.contains(name) && !value.as_str().is_some_and(is_part))
        .map(|(name, value)| match value.as_str() {
            Some(text) => format!("  {name}: {text}"),
            None => format!("  {name}: {value}"),
        })
        .collect()
}

/// RFC 3339, to the second.
pub fn date_time(time: SystemTime) -> String {
    // Before 1970 and after the year 9999 there is no token.
    let seconds = time
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_else(|| format!("{seconds} seconds after 1970"))
}
