//! `GetCallerIdentity`: who the access key in the signature belongs to. The signature itself is not
//! verified; it is on S3 requests.

use super::error::Refusal;
use super::{ACCOUNT_ID, KeyRefusal, Session, Sts, chain};
use crate::answer::escape;
use crate::random;
use http::HeaderMap;

/// Whose key signed a request.
pub(super) struct Caller {
    pub(super) arn: String,
    user_id: String,
    /// `None` for static keys.
    pub(super) session: Option<Session>,
}

pub(crate) fn answer(sts: &Sts, headers: &HeaderMap) -> Result<String, Refusal> {
    let Caller { arn, user_id, .. } = identify(sts, headers)?;
    let account = chain::account_of(&arn);
    Ok(format!(
        r#"<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>{arn}</Arn>
    <UserId>{user_id}</UserId>
    <Account>{account}</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata>
    <RequestId>{request_id}</RequestId>
  </ResponseMetadata>
</GetCallerIdentityResponse>
"#,
        arn = escape(&arn),
        user_id = escape(&user_id),
        request_id = random::hex(16),
    ))
}

pub(super) fn identify(sts: &Sts, headers: &HeaderMap) -> Result<Caller, Refusal> {
    let access_key = checked_key(sts, headers)?;
    let session = sts.session(access_key);
    let (arn, user_id) = match &session {
        Some(session) => (
            session.assumed_role_arn.clone(),
            session.assumed_role_id.clone(),
        ),
        None => (
            format!("arn:aws:iam::{ACCOUNT_ID}:user/static"),
            "AIDASTATICSTATICSTAT".to_owned(),
        ),
    };
    Ok(Caller {
        arn,
        user_id,
        session,
    })
}

/// The access key of a request, if it may be used.
pub(super) fn checked_key<'a>(sts: &Sts, headers: &'a HeaderMap) -> Result<&'a str, Refusal> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let access_key = text("authorization").and_then(access_key).ok_or_else(|| {
        Refusal::new(
            403,
            "MissingAuthenticationToken",
            "Request is missing Authentication Token",
        )
    })?;
    sts.check_key(access_key, text("x-amz-security-token"))
        .map_err(|refusal| match refusal {
            KeyRefusal::Expired => Refusal::new(
                403,
                "ExpiredToken",
                "The security token included in the request is expired",
            ),
            KeyRefusal::Unknown | KeyRefusal::WrongToken => Refusal::new(
                403,
                "InvalidClientTokenId",
                "The security token included in the request is invalid.",
            ),
        })?;
    Ok(access_key)
}

/// The key in `AWS4-HMAC-SHA256 Credential=KEY/date/region/service/aws4_request, …`.
fn access_key(authorization: &str) -> Option<&str> {
    let (_, credential) = authorization.split_once("Credential=")?;
    credential.split_once('/').map(|(key, _scope)| key)
}
