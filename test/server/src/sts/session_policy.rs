//! Whether a session policy allows an action: what a session may do is what its role may (here:
//! everything) and its policy allows.
//!
//! Known are `Effect`, `Action`, `Resource` and the conditions `StringEquals` and `StringLike`.
//! Whatever else a statement holds works against the session: a test must not pass because of a rule
//! that was not understood.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use super::pattern::{equals, like};
use super::trust_policy::{one_or_many, strings};
use serde_json::Value;

/// What a request wants to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish<'a> {
    /// As `s3:PutObject`.
    pub(crate) action: &'a str,
    pub(crate) resource: &'a str,
    /// Condition keys with their values.
    pub(crate) context: &'a [(&'a str, &'a str)],
}

/// Whether `policy`, the text of a session policy, allows it; no policy allows everything.
pub(crate) fn allows(policy: Option<&str>, wish: Wish<'_>) -> bool {
    let Some(policy) = policy else { return true };
    let Ok(policy) = serde_json::from_str::<Value>(policy) else {
        return false;
    };
    let statements = one_or_many(policy.get("Statement"));
    let any = |effect: &str, unknown: bool| {
        statements
            .iter()
            .filter(|statement| statement.get("Effect").and_then(Value::as_str) == Some(effect))
            .any(|statement| fits(statement, wish).unwrap_or(unknown))
    };
    any("Allow", false) && !any("Deny", true)
}

/// Whether the statement is about the wish; `None` if it cannot be understood.
fn fits(statement: &Value, wish: Wish<'_>) -> Option<bool> {
    let known = ["Sid", "Effect", "Action", "Resource", "Condition"];
    let object = statement.as_object()?;
    if !object.keys().all(|key| known.contains(&key.as_str())) {
        return None;
    }
    let action = wish.action.to_ascii_lowercase();
    let action = strings(statement.get("Action"))
        .iter()
        .any(|pattern| like(&pattern.to_ascii_lowercase(), &action));
    let resource = strings(statement.get("Resource"))
        .iter()
        .any(|pattern| like(pattern, wish.resource));
    let condition = conditions(statement.get("Condition"), wish.context)?;
    Some(action && resource && condition)
}

fn conditions(conditions: Option<&Value>, context: &[(&str, &str)]) -> Option<bool> {
    let Some(conditions) = conditions else {
        return Some(true);
    };
    let mut all = true;
    for (operator, keys) in conditions.as_object()? {
        let matches: fn(&str, &str) -> bool = match operator.as_str() {
            "StringEquals" => equals,
            "StringLike" => like,
            _ => return None,
        };
        for (key, patterns) in keys.as_object()? {
            // A key that the request does not have meets no condition.
            let value = context
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(key));
            all &= value.is_some_and(|(_, value)| {
                strings(Some(patterns))
                    .iter()
                    .any(|pattern| matches(pattern, value))
            });
        }
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wish<'a>(action: &'a str, resource: &'a str) -> Wish<'a> {
        Wish {
            action,
            resource,
            context: &[("s3:prefix", "docs/a")],
        }
    }

    fn allowed(statements: &Value) -> bool {
        let policy = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
        allows(
            Some(&policy),
            wish("s3:PutObject", "arn:aws:s3:::b/docs/a*b"),
        )
    }

    fn with(change: &Value) -> Value {
        let mut statement = json!({ "Effect": "Allow", "Action": "s3:PutObject", "Resource": "*" });
        for (name, value) in change.as_object().unwrap() {
            statement[name] = value.clone();
        }
        statement
    }

    #[test]
    fn statements_table() {
        for (expected, change) in [
            (true, json!({})),
            (true, json!({ "Action": ["s3:GetObject", "S3:Put*"] })),
            (false, json!({ "Action": "s3:PutObjectAcl" })),
            (false, json!({ "Action": [] })),
            (true, json!({ "Resource": "arn:aws:s3:::b/docs/*" })),
            (true, json!({ "Resource": "arn:aws:s3:::b/docs/a${*}b" })),
            (true, json!({ "Resource": "arn:aws:s3:::?/docs/a?b" })),
            (false, json!({ "Resource": "arn:aws:s3:::b/docs" })),
            (false, json!({ "Resource": "arn:aws:s3:::b/docs/a${?}b" })),
            (false, json!({ "Resource": "${aws:username}*" })),
            (
                true,
                json!({ "Condition": { "StringLike": { "s3:prefix": "docs/*" } } }),
            ),
            (
                true,
                json!({ "Condition": { "StringEquals": { "S3:Prefix": ["x", "docs/a"] } } }),
            ),
            (
                false,
                json!({ "Condition": { "StringEquals": { "s3:prefix": "docs/*" } } }),
            ),
            (
                false,
                json!({ "Condition": { "StringLike": { "s3:delimiter": "*" } } }),
            ),
            (
                false,
                json!({ "Condition": { "Bool": { "s3:prefix": "docs/*" } } }),
            ),
            (false, json!({ "NotAction": "s3:Get*" })),
            (false, json!({ "Effect": "Deny" })),
        ] {
            assert_eq!(allowed(&with(&change)), expected, "{change}");
        }
    }

    #[test]
    fn a_denial_wins_and_one_that_is_not_understood_too() {
        let allow = with(&json!({}));
        for (expected, deny) in [
            (false, json!({ "Effect": "Deny" })),
            (true, json!({ "Effect": "Deny", "Action": "s3:GetObject" })),
            (false, json!({ "Effect": "Deny", "NotResource": "x" })),
        ] {
            assert_eq!(allowed(&json!([allow, with(&deny)])), expected, "{deny}");
        }
    }

    #[test]
    fn no_policy_allows_and_nonsense_does_not() {
        let wish = wish("s3:PutObject", "x");
        assert!(allows(None, wish));
        assert!(!allows(Some("{}"), wish));
        assert!(!allows(Some("{"), wish));
    }
}
