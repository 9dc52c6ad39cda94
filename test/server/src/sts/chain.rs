//! `AssumeRole`: from one role's session to the next role. As with `GetCallerIdentity` the signature
//! itself is not verified; whose key it is, the key's session token and its end are.

use super::error::Refusal;
use super::parameters::{self, Parameters};
use super::session_policy::{self, Wish};
use super::trust_policy::{one_or_many, strings};
use super::{ACCOUNT_ID, Sts, assume_role, caller};
use crate::answer::escape;
use crate::random;
use http::HeaderMap;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::SystemTime;

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining>
const CHAINED_SECONDS_MAX: u32 = 3600;

pub(crate) fn answer(
    sts: &Sts,
    headers: &HeaderMap,
    form: &BTreeMap<String, String>,
    now: SystemTime,
) -> Result<String, Refusal> {
    let caller = caller::identify(sts, headers)?;
    // The same parameters, but for the token.
    let mut form = form.clone();
    form.insert("WebIdentityToken".to_owned(), "none".to_owned());
    let parameters = parameters::parse(&form)?;
    let denied = || {
        Refusal::new(
            403,
            "AccessDenied",
            format!(
                "User: {} is not authorized to perform: sts:AssumeRole on resource: {}",
                caller.arn, parameters.role_arn
            ),
        )
    };
    let wish = Wish {
        action: "sts:AssumeRole",
        resource: &parameters.role_arn,
        context: &[],
    };
    let policy = caller
        .session
        .as_ref()
        .and_then(|session| session.policy.as_deref());
    if !session_policy::allows(policy, wish) {
        return Err(denied());
    }
    let role = sts.role(&parameters.role_arn).ok_or_else(denied)?;
    let role_of_caller = caller
        .session
        .as_ref()
        .map(|session| session.role_arn.as_str());
    let principals = [Some(caller.arn.as_str()), role_of_caller];
    if !trusts(&role.trust_policy, &principals) {
        return Err(denied());
    }
    check_duration(
        &parameters,
        role.max_session_seconds,
        caller.session.is_some(),
    )?;
    let subject = caller.session.map(|session| session.subject);
    let session = assume_role::session(
        &sts.sessions,
        &role,
        parameters,
        subject.unwrap_or_default(),
        now,
    );
    let xml = format!(
        r#"<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleResult>
    {}
  </AssumeRoleResult>
  <ResponseMetadata>
    <RequestId>{}</RequestId>
  </ResponseMetadata>
</AssumeRoleResponse>
"#,
        assume_role::session_xml(&session),
        escape(&random::hex(16)),
    );
    sts.add_session(session);
    Ok(xml)
}

fn check_duration(
    parameters: &Parameters,
    max_session_seconds: u32,
    is_chained: bool,
) -> Result<(), Refusal> {
    if is_chained && parameters.duration_seconds > CHAINED_SECONDS_MAX {
        return Err(Refusal::validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        ));
    }
    if parameters.duration_seconds > max_session_seconds {
        return Err(Refusal::validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    Ok(())
}

/// Whether a statement without conditions lets one of `principals` in, or their whole account.
fn trusts(policy: &Value, principals: &[Option<&str>]) -> bool {
    let accounts: Vec<&str> = principals
        .iter()
        .flatten()
        .filter_map(|arn| arn.split(':').nth(4))
        .collect();
    let fits = |principal: &str| {
        let account = principal
            .strip_prefix("arn:aws:iam::")
            .and_then(|rest| rest.strip_suffix(":root"))
            .unwrap_or(principal);
        principal == "*" || accounts.contains(&account) || principals.contains(&Some(principal))
    };
    one_or_many(policy.get("Statement"))
        .iter()
        .any(|statement| {
            let aws = statement
                .get("Principal")
                .and_then(|principal| principal.get("AWS"));
            statement.get("Effect").and_then(Value::as_str) == Some("Allow")
                && statement.get("Condition").is_none()
                && strings(statement.get("Action")).contains(&"sts:AssumeRole")
                && strings(aws).into_iter().any(fits)
        })
}

/// The account in a role's ARN.
pub(super) fn account_of(role_arn: &str) -> &str {
    role_arn.split(':').nth(4).unwrap_or(ACCOUNT_ID)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn trust_table() {
        let role = "arn:aws:iam::123456789012:role/deploy";
        let session = "arn:aws:sts::123456789012:assumed-role/deploy/s";
        for (expected, principal) in [
            (true, json!(role)),
            (true, json!([session, "x"])),
            (true, json!("123456789012")),
            (true, json!("arn:aws:iam::123456789012:root")),
            (true, json!("*")),
            (false, json!("arn:aws:iam::123456789012:role/other")),
            (false, json!("arn:aws:iam::210987654321:root")),
            (false, json!([])),
        ] {
            let statement = json!({
                "Effect": "Allow",
                "Principal": { "AWS": principal },
                "Action": "sts:AssumeRole",
            });
            let trusts = |statement: &Value| {
                super::trusts(
                    &json!({ "Statement": statement }),
                    &[Some(session), Some(role)],
                )
            };
            assert_eq!(trusts(&statement), expected, "{principal}");
            let mut conditional = statement.clone();
            conditional["Condition"] = json!({ "StringEquals": { "sts:ExternalId": "x" } });
            assert!(!trusts(&conditional));
        }
    }
}
