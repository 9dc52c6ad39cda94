//! From a token to the identity in it: signature, issuer, expiry, audience.
//!
//! The order of the checks is AWS's as far as it can be told from outside. Messages are AWS's
//! (`FACTS.md` section 6), except for a wrong signature, whose text is not known.

use super::Sts;
use super::error::Refusal;
use crate::token::Issuer;
use jsonwebtoken::{Algorithm, Validation};
use serde_json::{Map, Value};
use std::time::{SystemTime, UNIX_EPOCH};

/// What a verified token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Issuer without `https://`, as in the condition keys of a trust policy.
    pub(crate) provider: String,
    pub(crate) subject: String,
    /// All of `aud`.
    pub(crate) audiences: Vec<String>,
    /// The one that the provider knows.
    pub(crate) audience: String,
}

pub(crate) fn verify(sts: &Sts, token: &str, now: SystemTime) -> Result<Identity, Refusal> {
    let malformed = || {
        Refusal::invalid_token(
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
        )
    };
    let claims: Map<String, Value> =
        jsonwebtoken::dangerous::insecure_decode_claims(token).map_err(|_| malformed())?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let issuer = text("iss").ok_or_else(malformed)?;
    let client_ids = sts.provider(issuer).ok_or_else(|| {
        Refusal::invalid_token(format!(
            "No OpenIDConnect provider found in your account for {issuer}"
        ))
    })?;
    verify_signature(token)?;
    let expires = claims
        .get("exp")
        .and_then(Value::as_u64)
        .ok_or_else(malformed)?;
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    if now >= expires {
        return Err(Refusal::new(
            400,
            "ExpiredTokenException",
            format!(
                "Token expired: current date/time {now} must be before the expiration date/time {expires}"
            ),
        ));
    }
    let audiences = audiences(claims.get("aud"));
    let audience = audiences
        .iter()
        .find(|audience| client_ids.contains(audience))
        .cloned();
    let audience = audience.ok_or_else(|| Refusal::invalid_token("Incorrect token audience"))?;
    let subject = text("sub").ok_or_else(malformed)?.to_owned();
    let provider = issuer.strip_prefix("https://").unwrap_or(issuer).to_owned();
    Ok(Identity {
        provider,
        subject,
        audiences,
        audience,
    })
}

fn verify_signature(token: &str) -> Result<(), Refusal> {
    let header = jsonwebtoken::decode_header(token);
    let key_id = header.ok().and_then(|header| header.kid);
    if key_id.as_deref() != Some(Issuer::shared().key_id()) {
        return Err(Refusal::invalid_token(
            "Couldn't retrieve verification key from your identity provider,  please reference \
             AssumeRoleWithWebIdentity documentation for requirements",
        ));
    }
    // Only the signature: each claim is checked here, for the sake of AWS's messages.
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    jsonwebtoken::decode::<Value>(token, Issuer::shared().decoding_key(), &validation)
        .map(|_verified| ())
        .map_err(|_| {
            Refusal::invalid_token("The web identity token's signature could not be verified")
        })
}

/// `aud` is a string or an array.
fn audiences(claim: Option<&Value>) -> Vec<String> {
    match claim {
        Some(Value::String(audience)) => vec![audience.clone()],
        Some(Value::Array(all)) => all
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sts::Sessions;
    use crate::token::{DEFAULT_AUDIENCE, DEFAULT_ISSUER, TokenBuilder};
    use serde_json::json;
    use std::time::Duration;

    fn sts() -> Sts {
        let sts = Sts::new(Sessions::default());
        sts.set_provider(DEFAULT_ISSUER, &[DEFAULT_AUDIENCE, "other"]);
        sts
    }

    fn token() -> TokenBuilder {
        TokenBuilder::new()
    }

    #[test]
    fn good_tokens_pass() {
        let identity = verify(&sts(), &token().sign(), SystemTime::now()).unwrap();
        assert_eq!(format!("https://{}", identity.provider), DEFAULT_ISSUER);
        assert_eq!(identity.audience, DEFAULT_AUDIENCE);
        let several = token().claim("aud", json!(["unknown", "other"])).sign();
        assert_eq!(
            verify(&sts(), &several, SystemTime::now())
                .unwrap()
                .audience,
            "other"
        );
    }

    #[test]
    fn refusals_table() {
        let retrieve = "Couldn't retrieve verification key from your identity provider,  please reference \
                        AssumeRoleWithWebIdentity documentation for requirements";
        let not_a_jwt = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)";
        let cases = [
            ("nonsense".to_owned(), not_a_jwt),
            (token().claim("exp", json!(null)).sign(), not_a_jwt),
            (
                token().audience("sts.amazon.com").sign(),
                "Incorrect token audience",
            ),
            (
                token().claim("aud", json!([])).sign(),
                "Incorrect token audience",
            ),
            (
                token().issuer("https://example.com").sign(),
                "No OpenIDConnect provider found in your account for https://example.com",
            ),
            (
                token().tampered().sign(),
                "The web identity token's signature could not be verified",
            ),
            (token().key_id("unknown").sign(), retrieve),
        ];
        for (token, expected) in cases {
            let refusal = verify(&sts(), &token, SystemTime::now()).unwrap_err();
            assert_eq!(refusal, Refusal::new(400, "InvalidIdentityToken", expected));
        }
    }

    #[test]
    fn expired_tokens_say_when() {
        let token = token().claim("exp", json!(1_700_000_000)).sign();
        let at = |seconds| verify(&sts(), &token, UNIX_EPOCH + Duration::from_secs(seconds));
        assert!(at(1_699_999_999).is_ok());
        let refusal = at(1_700_000_000).unwrap_err();
        assert_eq!(refusal.code, "ExpiredTokenException");
        assert_eq!(
            refusal.message,
            "Token expired: current date/time 1700000000 must be before the expiration date/time 1700000000"
        );
    }

    #[test]
    fn an_unsigned_token_is_refused() {
        let signed = token().sign();
        let claims = signed.split('.').nth(1).unwrap();
        let header = "eyJhbGciOiJub25lIiwia2lkIjoidGVzdC1rZXktMSJ9";
        let refusal =
            verify(&sts(), &format!("{header}.{claims}."), SystemTime::now()).unwrap_err();
        assert_eq!(refusal.code, "InvalidIdentityToken");
    }
}
