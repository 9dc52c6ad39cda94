//! What GitHub Actions gives a job: a URL that answers with a token to whoever shows the job's own.
//! <https://docs.github.com/en/actions/reference/security/oidc>

use crate::answer::{self, Answer, Service};
use crate::operation::Identified;
use crate::token::TokenBuilder;
use http::header::AUTHORIZATION;
use http::request::Parts;
use serde_json::json;
use std::collections::BTreeMap;

/// Not a bucket's name, because of the underscore.
pub(crate) const PATH: &str = "/_github/token";

/// The one operation, as the history and faults name it.
pub(crate) fn identify() -> Identified {
    Identified {
        operation: "RequestToken",
        bucket: None,
        key: None,
    }
}

/// `iss` of the tokens.
pub const GITHUB_ISSUER: &str = "https://token.actions.githubusercontent.com";

/// `sub` of the tokens.
pub const GITHUB_SUBJECT: &str = "repo:acme/site:ref:refs/heads/main";

/// The job's own token, for ACTIONS_ID_TOKEN_REQUEST_TOKEN.
pub const GITHUB_REQUEST_TOKEN: &str = "github-request-token-of-this-job";

pub(crate) fn answer(parts: &Parts, query: &BTreeMap<String, String>) -> Answer {
    let expected = format!("Bearer {GITHUB_REQUEST_TOKEN}");
    let shown = parts.headers.get(AUTHORIZATION);
    if shown.is_none_or(|shown| shown.as_bytes() != expected.as_bytes()) {
        return answer::error(Service::GitHub, 401, "Unauthorized", "Unauthorized");
    }
    let audience = query
        .get("audience")
        .map_or("https://github.com/acme", String::as_str);
    let token = TokenBuilder::new()
        .issuer(GITHUB_ISSUER)
        .subject(GITHUB_SUBJECT)
        .audience(audience)
        .sign();
    answer::json(json!({ "count": token.len(), "value": token }).to_string())
}
