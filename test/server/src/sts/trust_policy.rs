//! Whether a role's trust policy lets an identity in.
//!
//! Known are `Principal.Federated`, `Action`, and the conditions `StringEquals` and `StringLike`
//! on `<provider>:aud` and `<provider>:sub`. Whatever else a condition holds, denies: a test must
//! not pass because of a rule that was not understood.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use super::ACCOUNT_ID;
use super::identity::Identity;
use super::pattern::{equals, like};
use serde_json::Value;

const ACTION: &str = "sts:AssumeRoleWithWebIdentity";

/// Whether one part of a statement fits; `Unknown` works against the identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    No,
    Unknown,
    Yes,
}

impl From<bool> for Fit {
    fn from(fits: bool) -> Self {
        if fits { Self::Yes } else { Self::No }
    }
}

pub(crate) fn allows(policy: &Value, identity: &Identity) -> bool {
    let statements = one_or_many(policy.get("Statement"));
    let fits = |effect: &'static str| {
        let statements = statements.iter().filter(move |statement| {
            statement.get("Effect").and_then(Value::as_str) == Some(effect)
        });
        statements.map(|statement| fit(statement, identity))
    };
    fits("Allow").any(|fit| fit == Fit::Yes) && fits("Deny").all(|fit| fit == Fit::No)
}

/// The principal of an OIDC provider in a policy, and the `Provider` of an answer.
pub(crate) fn provider_arn(provider: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT_ID}:oidc-provider/{provider}")
}

fn fit(statement: &Value, identity: &Identity) -> Fit {
    let federated = statement
        .get("Principal")
        .and_then(|principal| principal.get("Federated"));
    let arn = provider_arn(&identity.provider);
    let principal = strings(federated).iter().any(|principal| *principal == arn);
    let action = strings(statement.get("Action"))
        .iter()
        .any(|pattern| like(&pattern.to_ascii_lowercase(), &ACTION.to_ascii_lowercase()));
    // NotAction, NotPrincipal and the like are beyond this evaluation.
    let known = ["Sid", "Effect", "Principal", "Action", "Condition"];
    let only_known = statement
        .as_object()
        .is_some_and(|object| object.keys().all(|key| known.contains(&key.as_str())));
    if !only_known {
        return Fit::Unknown;
    }
    Fit::from(principal && action).min(condition(statement.get("Condition"), identity))
}

/// Every operator and every key in it must fit.
fn condition(condition: Option<&Value>, identity: &Identity) -> Fit {
    let Some(condition) = condition else {
        return Fit::Yes;
    };
    let Some(operators) = condition.as_object() else {
        return Fit::Unknown;
    };
    let tests = operators
        .iter()
        .flat_map(|(operator, keys)| match keys.as_object() {
            Some(keys) => keys
                .iter()
                .map(|(key, wanted)| test(operator, key, wanted, identity))
                .collect(),
            None => vec![Fit::Unknown],
        });
    tests.min().unwrap_or(Fit::Yes)
}

fn test(operator: &str, key: &str, wanted: &Value, identity: &Identity) -> Fit {
    let matches: fn(&str, &str) -> bool = match operator {
        "StringEquals" => equals,
        "StringLike" => like,
        _ => return Fit::Unknown,
    };
    let values = match key.strip_prefix(&format!("{}:", identity.provider)) {
        Some("aud") => identity.audiences.clone(),
        Some("sub") => vec![identity.subject.clone()],
        _ => return Fit::Unknown,
    };
    let fits = |pattern: &&str| values.iter().any(|value| matches(pattern, value));
    Fit::from(strings(Some(wanted)).iter().any(fits))
}

pub(super) fn one_or_many(value: Option<&Value>) -> Vec<&Value> {
    match value {
        Some(Value::Array(many)) => many.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    }
}

pub(super) fn strings(value: Option<&Value>) -> Vec<&str> {
    one_or_many(value)
        .into_iter()
        .filter_map(Value::as_str)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const PROVIDER: &str = "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc";

    fn identity() -> Identity {
        Identity {
            provider: PROVIDER.to_owned(),
            subject: "{repo}:{environment}:{step}".to_owned(),
            audiences: vec!["ari:acme".to_owned(), "second".to_owned()],
            audience: "ari:acme".to_owned(),
        }
    }

    fn statement(condition: &Value) -> Value {
        json!({
            "Effect": "Allow",
            "Principal": { "Federated": provider_arn(PROVIDER) },
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": condition,
        })
    }

    fn allowed(statement: &Value) -> bool {
        allows(
            &json!({ "Version": "2012-10-17", "Statement": statement }),
            &identity(),
        )
    }

    #[test]
    fn conditions_table() {
        let (aud, sub) = (format!("{PROVIDER}:aud"), format!("{PROVIDER}:sub"));
        let cases = [
            (true, json!({})),
            (true, json!({ "StringEquals": { &aud: "ari:acme" } })),
            (true, json!({ "StringEquals": { &aud: "second" } })),
            (
                true,
                json!({ "StringEquals": { &aud: ["no", "ari:acme"] } }),
            ),
            (false, json!({ "StringEquals": { &aud: "ari:other" } })),
            (false, json!({ "StringEquals": { &aud: [] } })),
            (true, json!({ "StringLike": { &sub: "{repo}:*" } })),
            (
                true,
                json!({ "StringLike": { &sub: "{repo}:{e?vironment}:*" } }),
            ),
            (true, json!({ "StringLike": { &sub: ["{other}:*", "*"] } })),
            (false, json!({ "StringLike": { &sub: "{other}:*" } })),
            (false, json!({ "StringLike": { &sub: "{repo}" } })),
            (false, json!({ "StringEquals": { &sub: "{repo}:*" } })),
            (
                false,
                json!({ "StringEquals": { &sub: "{REPO}:{environment}:{step}" } }),
            ),
            (
                false,
                json!({ "StringEquals": { &aud: "ari:acme", &sub: "no" } }),
            ),
            (
                false,
                json!({ "StringEquals": { &aud: "ari:acme" }, "StringLike": { &sub: "no" } }),
            ),
            (
                false,
                json!({ "StringEquals": { "other.example:aud": "ari:acme" } }),
            ),
            (
                false,
                json!({ "StringEquals": { format!("{PROVIDER}:branchName"): "main" } }),
            ),
            (false, json!({ "StringNotEquals": { &sub: "no" } })),
            (
                false,
                json!({ "ForAnyValue:StringEquals": { &aud: "ari:acme" } }),
            ),
            (
                false,
                json!({ "IpAddress": { "aws:SourceIp": "0.0.0.0/0" } }),
            ),
            (false, json!("nonsense")),
        ];
        for (expected, condition) in cases {
            assert_eq!(allowed(&statement(&condition)), expected, "{condition}");
        }
    }

    #[test]
    fn principals_and_actions_table() {
        let with = |name: &str, value: Value| {
            let mut statement = statement(&json!({}));
            statement
                .as_object_mut()
                .unwrap()
                .insert(name.to_owned(), value);
            allowed(&statement)
        };
        assert!(with(
            "Principal",
            json!({ "Federated": ["x", provider_arn(PROVIDER)] })
        ));
        assert!(!with(
            "Principal",
            json!({ "Federated": provider_arn("elsewhere") })
        ));
        assert!(!with("Principal", json!({ "AWS": "*" })));
        assert!(!with("Principal", json!("*")));
        assert!(with(
            "Action",
            json!(["sts:TagSession", "sts:AssumeRoleWithWebIdentity"])
        ));
        assert!(with("Action", json!("STS:*")));
        assert!(!with("Action", json!("sts:AssumeRole")));
        assert!(!with("NotAction", json!("s3:*")));
    }

    #[test]
    fn statements_combine() {
        let fits = statement(&json!({}));
        let mut denies = fits.clone();
        denies["Effect"] = json!("Deny");
        let mut unclear = denies.clone();
        unclear["Condition"] = json!({ "Bool": { "aws:SecureTransport": "false" } });
        let mut elsewhere = denies.clone();
        elsewhere["Principal"] = json!({ "Federated": "elsewhere" });
        assert!(allowed(&json!([{ "Effect": "Allow" }, &fits])));
        assert!(!allowed(&json!([&fits, &denies])));
        assert!(!allowed(&json!([&fits, &unclear])));
        assert!(allowed(&json!([&fits, &elsewhere])));
        assert!(!allowed(&json!([])));
        assert!(!allows(&Value::Null, &identity()));
    }
}
