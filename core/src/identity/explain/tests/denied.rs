//! AccessDenied, for every form of `sub`.

use super::{ROWS, causes, claims, deployment, explained};
use serde_json::json;

#[test]
fn access_denied_in_full() {
    let (code, message) = ROWS[0];
    insta::assert_snapshot!(explained(code, message, Some(&deployment()), None), @r#"
    - the step has a `deployment:`, so that `sub` has its environment in the middle: a policy for `{r}:STEP` or another environment cannot match; `{r}:{e}:*` does, and `{r}:*` for every environment and none
    - does the policy have a `*` below `StringEquals`? `StringEquals` takes it literally; use `StringLike`
    - is every letter of `sub` and `aud` in the same case in the policy?
    - is the policy's Principal `arn:aws:iam::123456789012:oidc-provider/api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc`, the provider in the role's own account?
    - is `arn:aws:iam::123456789012:role/ci/deploy` spelled right? STS answers the same for a role that is not there, and for one that was made or changed a moment ago
    the OIDC token of Bitbucket Pipelines says:
      iss: https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc
      aud: ari:cloud:bitbucket::workspace/w
      sub: {r}:{e}:{s}
        repository: {r}
        environment: {e}
        step: {s}
      branch: main
      deployment environment: {e}
      issued: 2023-11-14T22:13:20Z
      expires: 2023-11-14T23:13:20Z
    a statement for the trust policy of `arn:aws:iam::123456789012:role/ci/deploy` that accepts this step:
    {
      "Effect": "Allow",
      "Principal": {
        "Federated": "arn:aws:iam::123456789012:oidc-provider/api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"
      },
      "Action": "sts:AssumeRoleWithWebIdentity",
      "Condition": {
        "StringEquals": {
          "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc:aud": "ari:cloud:bitbucket::workspace/w"
        },
        "StringLike": {
          "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc:sub": "{r}:{e}:*"
        }
      }
    }
    "#);
}

#[test]
fn access_denied_with_the_policy_at_hand() {
    let (code, message) = ROWS[0];
    let policy = json!({ "Version": "2012-10-17", "Statement": {
        "Sid": "Site",
        "Effect": "Allow",
        "Principal": { "Federated": "arn:aws:iam::123456789012:oidc-provider/api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc" },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": { "StringLike": {
            "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc:sub": "{r}:{s}",
        } },
    } });
    let text = explained(
        code,
        message,
        Some(&deployment()),
        Some(&policy.to_string()),
    );
    let (causes, rest) = text.split_once("\n- ").unwrap();
    assert_eq!(
        causes,
        "- TRUST_POLICY_FILE does not accept this token: the lines below show which condition is not met"
    );
    let (_, evaluation) = rest.split_once("statement 1").unwrap();
    let (evaluation, _) = evaluation.split_once("\na statement for").unwrap();
    insta::assert_snapshot!(evaluation, @r#"
     (Site), Allow: does not apply
      met: Principal: `arn:aws:iam::123456789012:oidc-provider/api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc` is the token's provider
      met: Action: `sts:AssumeRoleWithWebIdentity` covers `sts:AssumeRoleWithWebIdentity`
      not met: StringLike api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc:sub `{r}:{s}`: the token has `{r}:{e}:{s}`, which would match without the deployment environment in it
    the trust policy does not accept this token
    "#);
}

#[test]
fn access_denied_without_an_environment() {
    insta::assert_snapshot!(causes(0, &claims(&json!({}))), @r#"
    - the step has no `deployment:`, so that `sub` has no environment: a policy that expects one cannot match; is it missing on the step? `{r}:*` matches with and without
    - does the policy have a `*` below `StringEquals`? `StringEquals` takes it literally; use `StringLike`
    - is every letter of `sub` and `aud` in the same case in the policy?
    - is the policy's Principal `arn:aws:iam::123456789012:oidc-provider/api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc`, the provider in the role's own account?
    - is `arn:aws:iam::123456789012:role/ci/deploy` spelled right? STS answers the same for a role that is not there, and for one that was made or changed a moment ago
    "#);
}

#[test]
fn access_denied_elsewhere() {
    let of = |issuer: &str, subject: &str| {
        let text = causes(0, &claims(&json!({ "iss": issuer, "sub": subject })));
        let causes: Vec<String> = text.lines().take(2).map(str::to_owned).collect();
        causes.join("\n")
    };
    let github = "https://token.actions.githubusercontent.com";
    let told = [
        of(github, "repo:acme@1/site@2:environment:production"),
        of(github, "repo:acme/site:ref:refs/heads/main"),
        of(github, "repo:acme/site:pull_request"),
        of(github, "repo:acme/site:actor:me"),
        of("https://oidc.circleci.com/org/o", "org/o/project/p/user/u"),
        of(
            "https://oidc.circleci.com/org/o",
            "org/o/project/p/user/u/vcs-origin/g/vcs-ref/r",
        ),
        of(
            "https://gitlab.com",
            "project_path:g/p:ref_type:branch:ref:main",
        ),
        of("https://id.example.com", "me"),
    ];
    insta::assert_snapshot!(told.join("\n\n"), @r#"
    - `sub` has the ids of owner and repository, as repositories made or moved since July 2026 have: does the policy expect it without?
    - the job has `environment: production`, so that `sub` has no branch: a policy for `ref:` cannot match

    - does the policy accept `ref:refs/heads/main`? A policy for `environment:` matches only jobs that have one
    - does the policy have a `*` below `StringEquals`? `StringEquals` takes it literally; use `StringLike`

    - the job runs for a pull request, so that `sub` ends in `pull_request`: a policy for a branch cannot match
    - does the policy have a `*` below `StringEquals`? `StringEquals` takes it literally; use `StringLike`

    - the owner has set a template for `sub`: is the policy written for that form?
    - does the policy have a `*` below `StringEquals`? `StringEquals` takes it literally; use `StringLike`

    - CIRCLE_OIDC_TOKEN has no origin and ref in `sub`: does the policy expect those of CIRCLE_OIDC_TOKEN_V2?
    - does the policy have a `*` below `StringEquals`? `StringEquals` takes it literally; use `StringLike`

    - CIRCLE_OIDC_TOKEN_V2 has origin and ref in `sub`: does the policy end in `/user/*`, which matches both versions of the token, or name this ref?
    - does the policy have a `*` below `StringEquals`? `StringEquals` takes it literally; use `StringLike`

    - does the policy accept the branch `main` of `g/p`, or another one only?
    - does the policy have a `*` below `StringEquals`? `StringEquals` takes it literally; use `StringLike`

    - does the policy's condition on `sub` match the one below?
    - does the policy have a `*` below `StringEquals`? `StringEquals` takes it literally; use `StringLike`
    "#);
}

#[test]
fn another_policy_than_the_trust_policy_is_named_and_no_statement_printed() {
    let denied = "Not authorized to perform sts:AssumeRoleWithWebIdentity with an explicit deny in";
    for (policy, is_of_trust) in [
        ("a resource control policy", false),
        (
            "a service control policy: arn:aws:organizations::1:policy/o-1/p-1",
            false,
        ),
        ("the role trust policy", true),
        ("a resource-based policy", true),
    ] {
        let told = explained(
            "AccessDenied",
            &format!("{denied} {policy}"),
            Some(&claims(&json!({}))),
            None,
        );
        assert_eq!(told.contains("accepts this step:"), is_of_trust, "{told}");
        let named = format!("- {policy} does not let the role be assumed like this");
        assert_eq!(told.starts_with(&named), !is_of_trust, "{told}");
    }
}

/// Buildkite and others put session tags into the token on demand.
#[test]
fn a_token_with_session_tags_needs_another_action() {
    let tagged =
        claims(&json!({ "https://aws.amazon.com/tags": { "principal_tags": { "a": ["b"] } } }));
    let (code, message) = ROWS[0];
    let told = explained(code, message, Some(&tagged), None);
    assert!(told.starts_with("- the token has the claim `https://aws.amazon.com/tags`: does the trust policy allow `sts:TagSession` beside"), "{told}");
    assert!(
        told.contains(
            "\"Action\": [\n    \"sts:AssumeRoleWithWebIdentity\",\n    \"sts:TagSession\"\n  ],"
        ),
        "{told}"
    );
    let plain = explained(code, message, Some(&claims(&json!({}))), None);
    assert!(!plain.contains("TagSession"), "{plain}");
}

/// Keycloak and Auth0.
#[test]
fn an_authorized_party_stands_for_the_audience() {
    let token = claims(&json!({ "azp": "web-client" }));
    let told = causes(1, &token);
    assert!(
        told.starts_with("- the token has `azp`: STS then looks for `web-client`"),
        "{told}"
    );
}
