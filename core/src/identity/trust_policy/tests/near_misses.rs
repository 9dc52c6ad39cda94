//! What is said about a condition that is nearly met.

use super::{P, claims, deployment, lines, policy, statement, step, sub};
use serde_json::json;

#[test]
fn a_near_miss_is_named() {
    let github = |sub: &str| {
        claims(&json!({ "iss": "https://token.actions.githubusercontent.com", "sub": sub }))
    };
    let on_github = |value: &str| json!({ "StringEquals": { "token.actions.githubusercontent.com:sub": value } });
    for (claims, condition, expected) in [
        (
            step(),
            sub("StringEquals", "{R}:{S}"),
            ", which differs in the case of letters only",
        ),
        (
            step(),
            sub("StringEquals", "{r}:*"),
            ", which would match with StringLike: StringEquals takes `*` and `?` literally",
        ),
        (
            deployment(),
            sub("StringEquals", "{r}:{s}"),
            ", which would match without the deployment environment in it",
        ),
        (
            github("repo:acme@1/site@2:ref:refs/heads/main"),
            on_github("repo:acme/site:ref:refs/heads/main"),
            ", which would match without the ids of owner and repository in it",
        ),
        (
            step(),
            sub("StringLike", "{x}:*"),
            "the token has `{r}:{s}`",
        ),
    ] {
        let (_, lines) = lines(&policy(&json!(statement(&condition))), &claims);
        let line = lines
            .iter()
            .find(|line| line.starts_with("  not met: String"))
            .unwrap();
        assert!(line.ends_with(expected), "{line}");
    }
    for (federated, expected) in [
        (
            format!("arn:aws:iam::999999999999:oidc-provider/{P}"),
            ": it is of another account than the role",
        ),
        (
            format!("arn:aws-us-gov:iam::123456789012:oidc-provider/{P}"),
            ": it is of another partition than the role, by the word behind `arn:`",
        ),
        (
            format!("arn:aws-cn:iam::999999999999:oidc-provider/{P}"),
            ": it is of another partition and another account than the role",
        ),
        (
            format!(
                "arn:aws:iam::123456789012:oidc-provider/{}",
                P.to_uppercase()
            ),
            ": it differs in the case of letters",
        ),
        (
            format!("arn:aws:iam::123456789012:oidc-provider/{P}/"),
            ": it has a `/` at its end",
        ),
        (
            format!("arn:aws:iam::123456789012:oidc-provider/https://{P}"),
            ": the URL stands there without `https://`",
        ),
    ] {
        let mut statement = statement(&json!({}));
        statement["Principal"] = json!({ "Federated": federated });
        let (_, lines) = lines(&policy(&json!(statement)), &step());
        let line = lines
            .iter()
            .find(|line| line.starts_with("  not met: Principal"))
            .unwrap();
        assert!(line.ends_with(expected), "{line}");
    }
}
