//! What an OIDC token says about itself. Decoded, not verified (STS does that), never printed whole.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::base::secret::Secret;

/// The claims of a token, as they stand in it.
/// <https://openid.net/specs/openid-connect-core-1_0.html#IDToken>
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// Decodes the middle part of a JWT; `None` for what is not one.
    pub fn decode(token: &Secret) -> Option<Self> {
        let payload = token.reveal().split('.').nth(1)?;
        let claims = serde_json::from_slice(&decode_base64url(payload)?).ok()?;
        Some(Self(claims))
    }

    /// `iss`: URL of the identity provider.
    pub fn issuer(&self) -> Option<&str> {
        self.text("iss")
    }

    /// `sub`: what AWS's trust policies tell steps apart by.
    pub fn subject(&self) -> Option<&str> {
        self.text("sub")
    }

    /// `aud`: one or several.
    pub fn audiences(&self) -> Vec<&str> {
        match self.0.get("aud") {
            Some(Value::Array(audiences)) => audiences.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(audience)) => vec![audience],
            _ => Vec::new(),
        }
    }

    /// When the token stops being valid, if it says so.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.time("exp")
    }

    /// When the token was issued, if it says so.
    pub fn issued_at(&self) -> Option<SystemTime> {
        self.time("iat")
    }

    /// A claim that is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// Every claim, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The same claims with another `sub`.
    #[must_use]
    pub fn with_subject(&self, subject: String) -> Self {
        let mut claims = self.0.clone();
        claims.insert("sub".to_owned(), Value::String(subject));
        Self(claims)
    }

    /// A `NumericDate`, which may have a fraction (RFC 7519, section 2).
    fn time(&self, name: &str) -> Option<SystemTime> {
        let seconds = Duration::try_from_secs_f64(self.0.get(name)?.as_f64()?).ok()?;
        SystemTime::UNIX_EPOCH.checked_add(seconds)
    }
}

impl From<Map<String, Value>> for Claims {
    fn from(claims: Map<String, Value>) -> Self {
        Self(claims)
    }
}

/// JWTs use the URL-safe alphabet without padding (RFC 7515, section 2).
pub(crate) fn decode_base64url(text: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::Claims;
    use crate::base::secret::Secret;
    use serde_json::json;
    use std::time::{Duration, UNIX_EPOCH};

    fn decode(token: &str) -> Option<Claims> {
        Claims::decode(&Secret::new(token.to_owned()))
    }

    #[test]
    fn expiry_is_read_from_the_payload() {
        // {"exp":1700000000,"sub":"?>"} holds both characters of the URL-safe alphabet's own.
        let claims = decode("e30.eyJleHAiOjE3MDAwMDAwMDAsInN1YiI6Ij8-In0.sig");
        let expiry = claims.as_ref().and_then(Claims::expires_at);
        assert_eq!(
            expiry,
            Some(UNIX_EPOCH + Duration::from_secs(1_700_000_000))
        );
        assert_eq!(claims.as_ref().and_then(Claims::subject), Some("?>"));
    }

    #[test]
    fn what_is_not_a_token_has_no_claims() {
        for token in ["", "abc", "a.b.c", "a..c", "e30.W10.x"] {
            assert!(
                decode(token)
                    .and_then(|claims| claims.expires_at())
                    .is_none(),
                "{token}"
            );
        }
    }

    #[test]
    fn an_audience_is_one_or_several() {
        for (aud, expected) in [
            (json!("a"), vec!["a"]),
            (json!(["a", "b"]), vec!["a", "b"]),
            (json!(7), vec![]),
        ] {
            let claims = json!({ "aud": aud });
            let claims = Claims::from(claims.as_object().cloned().unwrap());
            assert_eq!(claims.audiences(), expected);
        }
    }

    #[test]
    fn times_that_cannot_be_are_none() {
        for time in [json!(-1), json!(1e300), json!("soon"), json!(null)] {
            let claims = json!({ "exp": time });
            let claims = Claims::from(claims.as_object().cloned().unwrap());
            assert_eq!(claims.expires_at(), None);
        }
    }
}
