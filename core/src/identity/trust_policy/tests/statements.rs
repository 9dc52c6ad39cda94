//! Statements: principals, actions, and how several add up.

use super::Outcome::{Accepted, Denied, NotAllowed, Unknown};
use super::{P, lines, policy, statement, step, sub};
use serde_json::{Value, json};

#[test]
fn statements_table() {
    let allow = statement(&json!({}));
    let with = |name: &str, value: Value| {
        let mut statement = allow.clone();
        statement[name] = value;
        statement
    };
    let deny = |condition: Value| {
        let mut statement = statement(&condition);
        statement["Effect"] = json!("Deny");
        statement
    };
    let arn = |account: &str| format!("arn:aws:iam::{account}:oidc-provider/{P}");
    for (expected, statements) in [
        (Accepted, json!(allow)),
        (
            Accepted,
            json!([with("Action", json!("sts:AssumeRole")), allow]),
        ),
        (NotAllowed, json!([])),
        (Denied, json!([allow, deny(json!({}))])),
        (Denied, json!([deny(sub("StringLike", "{r}:*")), allow])),
        (Accepted, json!([allow, deny(sub("StringLike", "{x}:*"))])),
        (
            Unknown,
            json!([
                allow,
                deny(json!({ "NotIpAddress": { "aws:SourceIp": "10.0.0.0/8" } }))
            ]),
        ),
        (
            NotAllowed,
            json!([deny(
                json!({ "NotIpAddress": { "aws:SourceIp": "10.0.0.0/8" } })
            )]),
        ),
        (
            NotAllowed,
            json!(with(
                "Principal",
                json!({ "Federated": arn("999999999999") })
            )),
        ),
        (
            Accepted,
            json!(with(
                "Principal",
                json!({ "Federated": ["x", arn("123456789012")] })
            )),
        ),
        (
            Accepted,
            json!(with(
                "Principal",
                json!({ "AWS": "x", "Federated": arn("123456789012") })
            )),
        ),
        (
            NotAllowed,
            json!(with(
                "Principal",
                json!({ "Federated": "accounts.google.com" })
            )),
        ),
        (
            NotAllowed,
            json!(with("Principal", json!({ "Service": "ec2.amazonaws.com" }))),
        ),
        (Unknown, json!(with("Principal", json!("*")))),
        (Unknown, json!(with("Principal", json!({ "AWS": "*" })))),
        (
            Accepted,
            json!(with(
                "Action",
                json!(["sts:TagSession", "sts:AssumeRoleWithWebIdentity"])
            )),
        ),
        (
            Accepted,
            json!(with("Action", json!("STS:assumerolewith*"))),
        ),
        (NotAllowed, json!(with("Action", json!("sts:AssumeRole")))),
        (Unknown, json!(with("Resource", json!("*")))),
    ] {
        let (outcome, lines) = lines(&policy(&statements), &step());
        assert_eq!(outcome, expected, "{statements} {lines:#?}");
    }
}

#[test]
fn what_is_not_named_is_covered_by_not_action() {
    let mut not_action = statement(&json!({}));
    let elements = not_action.as_object_mut().unwrap();
    elements.remove("Action");
    elements.insert("NotAction".to_owned(), json!("sts:TagSession"));
    assert_eq!(lines(&policy(&json!(not_action)), &step()).0, Accepted);
}

#[test]
fn the_old_version_has_no_variables() {
    let old = json!({ "Statement": statement(&sub("StringLike", "{r}:${*}")) });
    assert_eq!(
        lines(&old, &step()).0,
        NotAllowed,
        "no variables in the old version"
    );
}

#[test]
fn a_statement_that_accepts_every_repository_is_told() {
    let any = "any `sub` meets its condition";
    let without = "without a condition on `sub`";
    for (condition, reason) in [
        (json!({}), Some(without)),
        (sub("StringLike", "*"), Some(any)),
        (sub("StringLike", "**"), Some(any)),
        (sub("StringLike", "*:*"), Some(any)),
        (sub("StringLike", "{*}:*"), Some(any)),
        (sub("StringLike", "{?}:{s}"), Some(any)),
        (sub("StringLikeIfExists", "*"), Some(any)),
        (sub("ForAllValues:StringLike", "{*"), Some(any)),
        (sub("StringNotEquals", "{z}:{s}"), Some(any)),
        (sub("StringNotLike", "{z}:*"), Some(any)),
        (
            json!({ "StringLike": { format!("{P}:sub"): ["{r}:*", "*"] } }),
            Some(any),
        ),
        (
            json!({ "Null": { format!("{P}:sub"): "false" } }),
            Some(any),
        ),
        (sub("StringLike", "{r}:*"), None),
        (sub("StringLike", "{r}*"), None),
        (sub("StringLike", "{r*"), None),
        (sub("StringEquals", "{r}:{s}"), None),
        (sub("StringLike", "${*}"), None),
        (
            json!({ "StringLike": { format!("{P}:sub"): "*" }, "StringEquals": { format!("{P}:SUB"): "{r}:{s}" } }),
            None,
        ),
    ] {
        let (_, lines) = lines(&policy(&json!(statement(&condition))), &step());
        let note = lines.iter().find(|line| line.starts_with("  note: "));
        let expected = reason.map(|reason| {
            let so = if reason == any { ", so" } else { "," };
            format!("  note: {reason}{so} every repository of this provider is accepted")
        });
        assert_eq!(note, expected.as_ref(), "{condition}");
    }
    // Another statement keeps strangers out.
    let mut deny = statement(&sub("StringNotLike", "{r}:*"));
    deny["Effect"] = json!("Deny");
    let allow = statement(&sub("StringLike", "*"));
    let (outcome, lines) = lines(&policy(&json!([allow, deny])), &step());
    assert_eq!(outcome, Accepted);
    assert!(!lines.iter().any(|line| line.contains("note")), "{lines:?}");
}
