//! `AssumeRoleWithWebIdentity`: parameters → identity → trust → session → XML.

use super::error::Refusal;
use super::identity::{self, Identity};
use super::parameters::{self, Parameters};
use super::{Role, Session, Sessions, Sts, chain, trust_policy};
use crate::answer::escape;
use crate::random;
use s3s::dto::{Timestamp, TimestampFormat};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

pub(crate) fn answer(
    sts: &Sts,
    form: &BTreeMap<String, String>,
    now: SystemTime,
) -> Result<String, Refusal> {
    let parameters = parameters::parse(form)?;
    let identity = identity::verify(sts, &parameters.token, now)?;
    // A role that does not exist is not told apart from one that does not trust.
    let role = sts
        .role(&parameters.role_arn)
        .ok_or_else(Refusal::not_authorized)?;
    if !trust_policy::allows(&role.trust_policy, &identity) {
        return Err(Refusal::not_authorized());
    }
    if parameters.duration_seconds > role.max_session_seconds {
        return Err(Refusal::validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    let subject = identity.subject.clone();
    let session = session(&sts.sessions, &role, parameters, subject, now);
    let xml = xml(&session, &identity);
    sts.add_session(session);
    Ok(xml)
}

pub(super) fn session(
    sessions: &Sessions,
    role: &Role,
    parameters: Parameters,
    subject: String,
    now: SystemTime,
) -> Session {
    let Parameters {
        role_arn,
        session_name,
        policy,
        duration_seconds,
        token: _,
    } = parameters;
    // `role/path/name` becomes `assumed-role/name`.
    let role_name = role_arn.rsplit('/').next().unwrap_or_default();
    let account = chain::account_of(&role_arn);
    let asked = Duration::from_secs(duration_seconds.into());
    let lifetime = sessions.lifetime.unwrap_or(asked);
    Session {
        assumed_role_id: format!("{}:{session_name}", role.id),
        assumed_role_arn: format!("arn:aws:sts::{account}:assumed-role/{role_name}/{session_name}"),
        role_arn,
        session_name,
        subject,
        policy,
        duration_seconds,
        access_key: random::identifier("ASIA"),
        secret_key: random::base64(30),
        session_token: random::base64(256),
        expires: now + lifetime,
        told_expiration: now + sessions.told_lifetime.unwrap_or(lifetime),
    }
}

fn xml(session: &Session, identity: &Identity) -> String {
    format!(
        r#"<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <Audience>{audience}</Audience>
    {session_xml}
    <Provider>{provider}</Provider>
    <SubjectFromWebIdentityToken>{subject}</SubjectFromWebIdentityToken>
  </AssumeRoleWithWebIdentityResult>
  <ResponseMetadata>
    <RequestId>{request_id}</RequestId>
  </ResponseMetadata>
</AssumeRoleWithWebIdentityResponse>
"#,
        audience = escape(&identity.audience),
        session_xml = session_xml(session),
        provider = escape(&trust_policy::provider_arn(&identity.provider)),
        subject = escape(&session.subject),
        request_id = random::hex(16),
    )
}

/// What the answers of both operations say about the session.
pub(super) fn session_xml(session: &Session) -> String {
    format!(
        "<AssumedRoleUser>
      <AssumedRoleId>{assumed_role_id}</AssumedRoleId>
      <Arn>{assumed_role_arn}</Arn>
    </AssumedRoleUser>
    <Credentials>
      <AccessKeyId>{access_key}</AccessKeyId>
      <SecretAccessKey>{secret_key}</SecretAccessKey>
      <SessionToken>{session_token}</SessionToken>
      <Expiration>{expiration}</Expiration>
    </Credentials>",
        assumed_role_id = escape(&session.assumed_role_id),
        assumed_role_arn = escape(&session.assumed_role_arn),
        access_key = session.access_key,
        secret_key = session.secret_key,
        session_token = session.session_token,
        expiration = date_time(session.told_expiration),
    )
}

/// To the second, as AWS writes it.
fn date_time(time: SystemTime) -> String {
    let mut text = Vec::new();
    // Writing to a vector cannot fail, and every time of this century has a date.
    let _ = Timestamp::from(time).format(TimestampFormat::DateTime, &mut text);
    let text = String::from_utf8_lossy(&text);
    let seconds = text
        .split_once('.')
        .map_or(text.as_ref(), |(seconds, _)| seconds);
    format!("{seconds}Z")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sts::DEFAULT_ROLE_ARN;
    use crate::token::{DEFAULT_AUDIENCE, DEFAULT_ISSUER, TokenBuilder, default_trust_policy};

    fn sts(lifetime: Option<Duration>) -> Sts {
        let sts = Sts::new(Sessions {
            lifetime,
            ..Sessions::default()
        });
        sts.set_provider(DEFAULT_ISSUER, &[DEFAULT_AUDIENCE]);
        sts.set_trust_policy(DEFAULT_ROLE_ARN, default_trust_policy());
        sts
    }

    fn ask(sts: &Sts, changes: &[(&str, &str)]) -> Result<String, Refusal> {
        let token = TokenBuilder::new().sign();
        let mut form: BTreeMap<&str, &str> = BTreeMap::from([
            ("RoleArn", DEFAULT_ROLE_ARN),
            ("RoleSessionName", "acme-site-42"),
            ("WebIdentityToken", &token),
        ]);
        form.extend(changes.iter().copied());
        let form = form
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        answer(sts, &form, SystemTime::now())
    }

    #[test]
    fn a_session_is_given_and_kept() {
        let sts = sts(None);
        let xml = ask(
            &sts,
            &[
                ("Policy", "{\"Statement\":[]}"),
                ("DurationSeconds", "1200"),
            ],
        )
        .unwrap();
        let sessions = sts.sessions();
        let session = sessions.first().unwrap();
        assert!(
            xml.contains(&format!(
                "<AccessKeyId>{}</AccessKeyId>",
                session.access_key
            )),
            "{xml}"
        );
        assert!(session.access_key.starts_with("ASIA") && session.access_key.len() == 20);
        assert_eq!(session.secret_key.len(), 40);
        assert_eq!(session.policy.as_deref(), Some("{\"Statement\":[]}"));
        assert_eq!(session.duration_seconds, 1200);
        assert_eq!(
            session.assumed_role_arn,
            "arn:aws:sts::123456789012:assumed-role/deploy/acme-site-42"
        );
        assert_eq!(
            sts.secret_key(&session.access_key).as_ref(),
            Some(&session.secret_key)
        );
    }

    #[test]
    fn refusals_table() {
        let cases = [
            (
                ("RoleArn", "arn:aws:iam::123456789012:role/unknown"),
                403,
                "AccessDenied",
            ),
            (("DurationSeconds", "3601"), 400, "ValidationError"),
            (
                ("WebIdentityToken", "nonsense"),
                400,
                "InvalidIdentityToken",
            ),
        ];
        for (change, status, code) in cases {
            let refusal = ask(&sts(None), &[change]).unwrap_err();
            assert_eq!((refusal.status, refusal.code), (status, code), "{change:?}");
        }
        let other_repository = TokenBuilder::new().subject("{other}:{step}").sign();
        let refusal = ask(&sts(None), &[("WebIdentityToken", &other_repository)]).unwrap_err();
        assert_eq!(refusal, Refusal::not_authorized());
    }

    #[test]
    fn keys_are_checked_with_their_token() {
        use crate::sts::KeyRefusal;
        let sts = sts(None);
        sts.add_static_keys("AKIASTATIC", "secret");
        ask(&sts, &[]).unwrap();
        let sessions = sts.sessions();
        let session = sessions.first().unwrap();
        let check = |token| sts.check_key(&session.access_key, token);
        assert_eq!(check(Some(session.session_token.as_str())), Ok(()));
        assert_eq!(check(Some("other")), Err(KeyRefusal::WrongToken));
        assert_eq!(check(None), Err(KeyRefusal::Unknown));
        assert_eq!(sts.check_key("AKIASTATIC", None), Ok(()));
        assert_eq!(sts.check_key("AKIAOTHER", None), Err(KeyRefusal::Unknown));
        sts.expire_sessions();
        assert_eq!(
            check(Some(session.session_token.as_str())),
            Err(KeyRefusal::Expired)
        );
    }

    #[test]
    fn sessions_can_end_sooner_than_asked() {
        let sts = sts(Some(Duration::ZERO));
        ask(&sts, &[]).unwrap();
        let sessions = sts.sessions();
        let session = sessions.first().unwrap();
        assert_eq!(session.duration_seconds, 3600);
        assert!(
            sts.check_key(&session.access_key, Some(session.session_token.as_str()))
                .is_err()
        );
    }
}
