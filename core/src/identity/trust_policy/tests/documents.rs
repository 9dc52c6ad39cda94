//! Whole documents: those that vendors publish, that IAM answers, and that are proposed.

use super::Outcome::{Accepted, NotAllowed, Unknown};
use super::{AUDIENCE, P, Token, claims, deployment, lines, policy, statement, step};
use crate::iam::RoleArn;
use crate::identity::SessionName;
use crate::identity::claims::Claims;
use crate::identity::trust::accepting;
use crate::identity::trust_policy::{Caller, TrustPolicy};
use serde_json::{Value, json};

/// Atlassian's "Deploy on AWS using Bitbucket Pipelines OpenID Connect" has the first three, for one
/// repository, for one deployment environment, and with Bitbucket's addresses; the fourth is a
/// tutorial's, which accepts the whole workspace.
#[test]
fn the_documents_that_users_start_from() {
    let documented = |operators: &str| -> Value {
        let text = format!(
            r#"{{ "Effect": "Allow", "Principal": {{ "Federated": "arn:aws:iam::123456789012:oidc-provider/{P}" }}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {{ {operators} }} }}"#
        );
        serde_json::from_str(&text).unwrap()
    };
    let repository = documented(&format!(r#""StringLike": {{ "{P}:sub": "{{r}}:*" }}"#));
    let environment = documented(&format!(
        r#""StringLike": {{ "{P}:sub": "{{r}}*:{{e}}:*" }}"#
    ));
    let addresses = documented(&format!(
        r#""StringLike": {{ "{P}:sub": "{{r}}:*" }}, "IpAddress": {{ "aws:SourceIp": [ "34.199.54.113/32", "34.232.25.90/32" ] }}"#
    ));
    let workspace = policy(&json!([statement(
        &json!({ "StringEquals": { format!("{P}:aud"): AUDIENCE } })
    )]));
    for (document, plain, with_environment) in [
        (&repository, Accepted, Accepted),
        (&environment, NotAllowed, Accepted),
        (&addresses, Unknown, Unknown),
        (&workspace, Accepted, Accepted),
    ] {
        assert_eq!(lines(document, &step()).0, plain, "{document}");
        assert_eq!(
            lines(document, &deployment()).0,
            with_environment,
            "{document}"
        );
    }
    insta::assert_snapshot!(lines(&addresses, &step()).1.join("\n"), @"
    statement 1, Allow: may apply
      met: Principal: `arn:aws:iam::123456789012:oidc-provider/api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc` is the token's provider
      met: Action: `sts:AssumeRoleWithWebIdentity` covers `sts:AssumeRoleWithWebIdentity`
      cannot be told: IpAddress aws:SourceIp `34.199.54.113/32` or `34.232.25.90/32`: the address of this step as AWS sees it is not known here
      met: StringLike api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc:sub `{r}:*`: the token has `{r}:{s}`
    whether the trust policy accepts this token depends on what cannot be told here
    ");
    let note =
        "  note: without a condition on `sub`, every repository of this provider is accepted";
    assert!(lines(&workspace, &step()).1.iter().any(|line| line == note));
}

#[test]
fn the_statement_that_is_proposed_accepts_the_token_and_not_another() {
    let role = RoleArn::parse("arn:aws:iam::123456789012:role/deploy").unwrap();
    let github = "https://token.actions.githubusercontent.com";
    for (own, other) in [
        (
            step(),
            claims(&json!({ "iss": format!("https://{P}"), "aud": AUDIENCE, "sub": "{x}:{s}" })),
        ),
        (deployment(), step()),
        (
            Token::Audiences.claims(),
            claims(&json!({ "iss": format!("https://{P}"), "aud": "x", "sub": "{r}:{s}" })),
        ),
        (
            claims(
                &json!({ "iss": github, "aud": "sts.amazonaws.com", "sub": "repo:a/b:ref:refs/heads/$*?" }),
            ),
            claims(
                &json!({ "iss": github, "aud": "sts.amazonaws.com", "sub": "repo:a/b:ref:refs/heads/$xy" }),
            ),
        ),
        (
            claims(
                &json!({ "iss": "https://oidc.circleci.com/org/o", "aud": "o", "sub": "org/o/project/p/user/u/vcs-origin/g/vcs-ref/refs/heads/main" }),
            ),
            claims(
                &json!({ "iss": "https://oidc.circleci.com/org/o", "aud": "o", "sub": "org/o/project/p/user/u/vcs-origin/g/vcs-ref/refs/heads/dev" }),
            ),
        ),
        (
            claims(
                &json!({ "iss": "https://gitlab.com", "aud": "a", "sub": "project_path:g/p:ref_type:branch:ref:main" }),
            ),
            claims(
                &json!({ "iss": "https://gitlab.com", "aud": "a", "sub": "project_path:g/p:ref_type:tag:ref:main" }),
            ),
        ),
        (
            claims(&json!({ "iss": "https://id.example.com", "aud": "a", "sub": "\"me\"" })),
            claims(&json!({ "iss": "https://id.example.com", "aud": "a", "sub": "you" })),
        ),
    ] {
        let statement: Value = serde_json::from_str(&accepting(&own, &role).unwrap()).unwrap();
        assert_eq!(
            lines(&policy(&json!([statement])), &own).0,
            Accepted,
            "{statement}"
        );
        assert_eq!(
            lines(&policy(&json!([statement])), &other).0,
            NotAllowed,
            "{statement}"
        );
    }
    assert_eq!(accepting(&Claims::default(), &role), None);
}

#[test]
fn a_policy_is_read_as_iam_answers_it_too() {
    let document = policy(&json!(statement(&json!({}))));
    let encoded = percent_encoding::utf8_percent_encode(
        &document.to_string(),
        percent_encoding::NON_ALPHANUMERIC,
    )
    .to_string();
    for wrapped in [
        json!({ "Role": { "RoleName": "deploy", "AssumeRolePolicyDocument": document } }),
        json!({ "AssumeRolePolicyDocument": encoded }),
        json!(encoded),
    ] {
        assert_eq!(lines(&wrapped, &step()).0, Accepted, "{wrapped}");
    }
}

#[test]
fn what_is_no_policy_is_refused_with_what_is_wrong() {
    for (text, expected) in [
        ("", "it is not JSON"),
        ("{}", "it has no `Statement`"),
        (
            r#"{"Statement": "x"}"#,
            "a statement of it is not an object",
        ),
        (
            r#"{"Statement": {"Effect": "allow"}}"#,
            "no `Effect` of `Allow` or `Deny`",
        ),
        (r#"{"Statement": {"Effect": "Allow"}}"#, "has no `Action`"),
        (
            r#"{"Statement": {"Effect": "Allow", "Action": "x", "Condition": "y"}}"#,
            "a `Condition` of it is not an object",
        ),
        (
            r#"{"Statement": {"Effect": "Allow", "Action": "x", "Condition": {"Null": 1}}}"#,
            "`Null` in a `Condition` of it is not an object",
        ),
    ] {
        let reason = TrustPolicy::parse(text).unwrap_err().reason;
        assert!(reason.contains(expected), "{text}: {reason}");
    }
}

/// What the documents of each vendor have in their trust policies, with arrays, wildcards and sets.
#[test]
fn the_policies_of_other_vendors_are_judged_as_iam_judges_them() {
    const GITHUB: &str = "token.actions.githubusercontent.com";
    const GITLAB: &str = "gitlab.com";
    const CIRCLE: &str = "oidc.circleci.com/org/o1";
    const BUILDKITE: &str = "agent.buildkite.com";
    let sts = "sts.amazonaws.com";
    let branch = "repo:acme/site:ref:refs/heads/main";
    let circle = "org/o1/project/p1/user/u1";
    let gitlab = "project_path:acme/site:ref_type:branch:ref:main";
    let buildkite = "organization:acme:pipeline:site:ref:refs/heads/main:commit:9f3:step:deploy";
    for (expected, issuer, aud, sub, condition) in [
        (
            Accepted,
            GITHUB,
            sts,
            branch,
            json!({ "StringEquals": { "aud": sts }, "StringLike": { "sub": "repo:acme/*" } }),
        ),
        (
            Accepted,
            GITHUB,
            sts,
            branch,
            json!({ "StringLike": { "sub": ["repo:acme/other:*", "repo:acme/site:*"], "aud": sts } }),
        ),
        (
            Accepted,
            GITHUB,
            sts,
            branch,
            json!({ "ForAllValues:StringLike": { "sub": "repo:acme/site:*", "aud": sts } }),
        ),
        (
            Accepted,
            GITHUB,
            sts,
            branch,
            json!({ "ForAnyValue:StringLike": { "sub": [branch, "repo:acme/site:pull_request"] } }),
        ),
        (
            Accepted,
            GITHUB,
            sts,
            branch,
            json!({ "StringLike": { "sub": "*" } }),
        ),
        (
            NotAllowed,
            GITHUB,
            sts,
            branch,
            json!({ "StringEquals": { "sub": "*" } }),
        ),
        (
            NotAllowed,
            GITHUB,
            sts,
            branch,
            json!({ "StringLike": { "sub": "repo:acme/site" } }),
        ),
        (
            NotAllowed,
            GITHUB,
            sts,
            branch,
            json!({ "StringEquals": { "sub": "repo:acme/site:environment:live" } }),
        ),
        (
            NotAllowed,
            GITHUB,
            sts,
            branch,
            json!({ "StringLike": { "sub": "repo:Acme/site:*" } }),
        ),
        (
            NotAllowed,
            GITHUB,
            sts,
            branch,
            json!({ "StringEquals": { "aud": "https://github.com/acme" } }),
        ),
        (
            Accepted,
            GITLAB,
            "https://gitlab.com",
            gitlab,
            json!({ "StringEquals": { "aud": "https://gitlab.com" }, "StringLike": { "sub": "project_path:acme/*:ref_type:branch:ref:main" } }),
        ),
        (
            NotAllowed,
            GITLAB,
            "https://gitlab.com",
            gitlab,
            json!({ "StringEquals": { "sub": "project_path:acme/site:ref_type:tag:ref:main" } }),
        ),
        (
            Accepted,
            CIRCLE,
            "o1",
            circle,
            json!({ "StringEquals": { "aud": "o1" }, "StringLike": { "sub": "org/o1/project/p1/user/*" } }),
        ),
        (
            NotAllowed,
            CIRCLE,
            "o1",
            circle,
            json!({ "StringLike": { "sub": "org/o1/project/p2/user/*" } }),
        ),
        (
            Accepted,
            BUILDKITE,
            sts,
            buildkite,
            json!({ "StringLike": { "sub": "organization:acme:pipeline:site:ref:refs/heads/main:*" } }),
        ),
        (
            NotAllowed,
            BUILDKITE,
            sts,
            buildkite,
            json!({ "StringEquals": { "sub": "organization:acme:pipeline:site:*" } }),
        ),
    ] {
        for partition in ["aws", "aws-cn", "aws-us-gov"] {
            let keys = |keys: &Value| -> Value {
                let keys = keys.as_object().unwrap().iter();
                keys.map(|(key, value)| (format!("{issuer}:{key}"), value.clone()))
                    .collect()
            };
            let operators = condition.as_object().unwrap().iter();
            let condition: Value = operators
                .map(|(operator, tested)| (operator.clone(), keys(tested)))
                .collect();
            let principal = format!("arn:{partition}:iam::123456789012:oidc-provider/{issuer}");
            let document = policy(&json!({
                "Effect": "Allow",
                "Principal": { "Federated": [principal] },
                "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
                "Condition": condition,
            }));
            let document = TrustPolicy::parse(&document.to_string()).unwrap();
            let token =
                claims(&json!({ "iss": format!("https://{issuer}"), "aud": aud, "sub": sub }));
            let role =
                RoleArn::parse(&format!("arn:{partition}:iam::123456789012:role/deploy")).unwrap();
            let session_name = SessionName::parse("s42").unwrap();
            let caller = Caller {
                claims: &token,
                role: &role,
                session_name: &session_name,
            };
            assert_eq!(
                document.evaluate(&caller).outcome,
                expected,
                "{condition} {sub}"
            );
        }
    }
}
