//! Every operator, against every form of key.

use super::Outcome;
use super::Outcome::{Accepted, NotAllowed, Unknown};
use super::Token;
use super::Token::{Audiences, Deployment, Step};
use super::{P, lines, policy, statement};
use serde_json::{Value, json};

/// What is expected for which token; operator, key, and the value as JSON. Keys without `:` are of
/// the token's provider.
#[rustfmt::skip]
const CASES: &[(Outcome, Token, &str, &str, &str)] = &[
    (Accepted, Step, "StringEquals", "sub", r#""{r}:{s}""#),
    (NotAllowed, Step, "StringEquals", "sub", r#""{R}:{S}""#),
    (NotAllowed, Step, "StringEquals", "sub", r#""{r}:*""#),
    (Accepted, Step, "StringEquals", "sub", r#"["{x}:{s}", "{r}:{s}"]"#),
    (NotAllowed, Step, "StringEquals", "sub", "[]"),
    (NotAllowed, Deployment, "StringEquals", "sub", r#""{r}:{s}""#),
    (Accepted, Step, "StringLike", "sub", r#""{r}:*""#),
    (Accepted, Deployment, "StringLike", "sub", r#""{r}:*""#),
    (NotAllowed, Step, "StringLike", "sub", r#""{x}:*""#),
    (NotAllowed, Step, "StringLike", "sub", r#""{R}:*""#),
    (NotAllowed, Step, "StringLike", "sub", r#""{r}""#),
    (Accepted, Step, "StringLike", "sub", r#"["{x}:*", "{r}:*"]"#),
    (Accepted, Step, "StringLike", "sub", r#""{?}:{?}""#),
    (NotAllowed, Deployment, "StringLike", "sub", r#""{?}:{?}""#),
    (Accepted, Step, "StringLike", "sub", r#""*""#),
    (NotAllowed, Step, "StringLike", "sub", r#""{r}:${*}""#),
    (Unknown, Step, "StringLike", "sub", r#""{r}:${aws:username}""#),
    (Accepted, Step, "StringEqualsIgnoreCase", "sub", r#""{R}:{S}""#),
    (NotAllowed, Step, "StringEqualsIgnoreCase", "sub", r#""{R}:*""#),
    (NotAllowed, Step, "StringNotEquals", "sub", r#""{r}:{s}""#),
    (Accepted, Step, "StringNotEquals", "sub", r#""{x}:{s}""#),
    (NotAllowed, Step, "StringNotEquals", "sub", r#"["{x}:{s}", "{r}:{s}"]"#),
    (NotAllowed, Step, "StringNotEqualsIgnoreCase", "sub", r#""{R}:{s}""#),
    (NotAllowed, Step, "StringNotLike", "sub", r#""{r}:*""#),
    (Accepted, Step, "StringNotLike", "sub", r#""{x}:*""#),
    (Accepted, Step, "StringEqualsIfExists", "sub", r#""{r}:{s}""#),
    (NotAllowed, Step, "StringEqualsIfExists", "sub", r#""{x}:{s}""#),
    (Accepted, Step, "StringEqualsIfExists", "email", r#""me""#),
    (NotAllowed, Step, "StringEquals", "email", r#""me""#),
    (Accepted, Step, "StringNotEquals", "email", r#""me""#),
    (Accepted, Step, "ForAllValues:StringEquals", "amr", r#""me""#),
    (NotAllowed, Step, "ForAnyValue:StringEquals", "amr", r#""me""#),
    (Unknown, Step, "StringEquals", "branchName", r#""main""#),
    (NotAllowed, Step, "StringEquals", "token.example.com:sub", r#""{r}:{s}""#),
    (Accepted, Step, "StringEquals", "API.BITBUCKET.ORG/2.0/workspaces/acme/pipelines-config/identity/OIDC:SUB", r#""{r}:{s}""#),
    (Accepted, Step, "StringEquals", "aud", r#""ari:w""#),
    (NotAllowed, Step, "StringEquals", "aud", r#""sts.amazon.com""#),
    (Unknown, Audiences, "StringEquals", "aud", r#""ari:w""#),
    (Accepted, Audiences, "StringEquals", "aud", r#"["ari:w", "sts.amazonaws.com"]"#),
    (NotAllowed, Audiences, "StringEquals", "aud", r#""x""#),
    (Accepted, Audiences, "ForAnyValue:StringEquals", "aud", r#""ari:w""#),
    (NotAllowed, Audiences, "ForAnyValue:StringEquals", "aud", r#""x""#),
    (NotAllowed, Audiences, "ForAllValues:StringEquals", "aud", r#""ari:w""#),
    (Accepted, Audiences, "ForAllValues:StringLike", "aud", r#"["ari:*", "sts.*"]"#),
    (Accepted, Audiences, "ForAnyValue:StringNotEquals", "aud", r#""ari:w""#),
    (NotAllowed, Audiences, "ForAllValues:StringNotEquals", "aud", r#""ari:w""#),
    (Accepted, Step, "Null", "email", r#""true""#),
    (NotAllowed, Step, "Null", "sub", "true"),
    (Accepted, Step, "Null", "sub", "false"),
    (Accepted, Step, "StringEquals", "sts:RoleSessionName", r#""acme-site-42""#),
    (NotAllowed, Step, "StringLike", "sts:RoleSessionName", r#""other-*""#),
    (Unknown, Step, "StringEquals", "aws:RequestedRegion", r#""us-east-1""#),
    (Unknown, Step, "IpAddress", "aws:SourceIp", r#"["34.199.54.113/32"]"#),
    (Unknown, Step, "NotIpAddress", "aws:SourceIp", r#""0.0.0.0/0""#),
    (Unknown, Step, "Bool", "aws:SecureTransport", r#""true""#),
    (Unknown, Step, "stringequals", "sub", r#""{r}:{s}""#),
];

#[test]
fn conditions_table() {
    assert!(CASES.len() >= 40);
    for (expected, token, operator, key, value) in CASES {
        let key = if key.contains(':') {
            (*key).to_owned()
        } else {
            format!("{P}:{key}")
        };
        let value: Value = serde_json::from_str(value).unwrap();
        let condition = json!({ *operator: { key: value } });
        let document = policy(&json!([statement(&condition)]));
        let (outcome, lines) = lines(&document, &token.claims());
        assert_eq!(outcome, *expected, "{condition} {token:?} {lines:#?}");
    }
}

#[test]
fn all_conditions_of_a_statement_have_to_be_met() {
    let (aud, sub) = (format!("{P}:aud"), format!("{P}:sub"));
    for (expected, condition) in [
        (Accepted, json!({})),
        (
            Accepted,
            json!({ "StringEquals": { &aud: "ari:w", &sub: "{r}:{s}" } }),
        ),
        (
            NotAllowed,
            json!({ "StringEquals": { &aud: "ari:w", &sub: "no" } }),
        ),
        (
            NotAllowed,
            json!({ "StringEquals": { &aud: "ari:w" }, "StringLike": { &sub: "no" } }),
        ),
        (
            Unknown,
            json!({ "StringLike": { &sub: "*" }, "IpAddress": { "aws:SourceIp": "::/0" } }),
        ),
        (
            NotAllowed,
            json!({ "StringLike": { &sub: "{x}:*" }, "IpAddress": { "aws:SourceIp": "::/0" } }),
        ),
    ] {
        let document = policy(&json!([statement(&condition)]));
        assert_eq!(lines(&document, &Step.claims()).0, expected, "{condition}");
    }
}
