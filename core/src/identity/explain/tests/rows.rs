//! Every answer of STS, and the causes of each.

use super::super::table::ANSWERS;
use super::{ROWS, causes, claims, explained};
use serde_json::json;

#[test]
fn every_row_has_causes_and_claims_and_those_about_trust_a_statement() {
    for (code, message) in ROWS {
        let text = explained(code, message, Some(&claims(&json!({}))), None);
        assert!(text.starts_with("- "), "{code}: {text}");
        for part in [
            "  sub: {r}:{s}",
            "    step: {s}",
            "  branch: main",
            "  expires: 2023",
        ] {
            assert!(text.contains(part), "{code}: {text}");
        }
        let about_trust = ["AccessDenied", "InvalidIdentityToken", "IDPRejectedClaim"];
        // A statement to paste would lead astray where something else refused.
        assert_eq!(
            text.contains("accepts this step:\n{\n"),
            about_trust.contains(code),
            "{code}: {text}"
        );
        assert!(!text.contains("header.payload.signature"));
        // Without claims there is still a cause to look at.
        let blind = explained(code, message, None, None);
        assert!(blind.ends_with("its claims cannot be decoded"), "{blind}");
    }
}

#[test]
fn every_answer_of_the_table_is_met_and_its_causes_are_filled_in() {
    for block in ANSWERS.trim().split("\n\n") {
        let (causes, heads): (Vec<_>, Vec<_>) =
            block.lines().partition(|line| line.starts_with("- "));
        assert!(!causes.is_empty() && !heads.is_empty(), "{block}");
        for head in heads {
            let (code, words) = head.split_once(':').unwrap();
            let text = explained(code, words.trim(), None, None);
            assert_eq!(text.lines().count(), causes.len() + 1, "{head}: {text}");
            assert!(!text.contains('{'), "{head}: {text}");
        }
    }
}

#[test]
fn an_audience_is_looked_at() {
    insta::assert_snapshot!(causes(1, &claims(&json!({}))), @r#"
    - is `ari:cloud:bitbucket::workspace/w` among the client ids (audiences) of the provider? `aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn 'arn:aws:iam::123456789012:oidc-provider/api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc' --client-id 'ari:cloud:bitbucket::workspace/w'` adds it
    - does the step ask for audiences of its own (`oidc: audiences:`)? The workspace's is on the repository's page OpenID Connect, without braces
    "#);
    let several = claims(&json!({ "aud": ["sts.amazon.com", "ari:w"] }));
    insta::assert_snapshot!(causes(1, &several), @r#"
    - the audience is `sts.amazon.com`: AWS's name is `sts.amazonaws.com`
    - is `ari:w` among the client ids (audiences) of the provider? `aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn 'arn:aws:iam::123456789012:oidc-provider/api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc' --client-id 'ari:w'` adds it
    - does the step ask for audiences of its own (`oidc: audiences:`)? The workspace's is on the repository's page OpenID Connect, without braces
    "#);
    insta::assert_snapshot!(causes(0, &several).lines().skip(1).take(2).collect::<Vec<_>>().join("\n"), @r#"
    - the audience is `sts.amazon.com`: AWS's name is `sts.amazonaws.com`
    - the token has several audiences: does the policy compare `aud` with `ForAnyValue:StringEquals`?
    "#);
}

#[test]
fn a_missing_provider() {
    insta::assert_snapshot!(causes(2, &claims(&json!({}))), @r#"
    - does the role's account, 123456789012, have an identity provider with exactly this URL? `aws iam create-open-id-connect-provider --url 'https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc' --client-id-list 'ari:cloud:bitbucket::workspace/w'` makes it
    - is `arn:aws:iam::123456789012:role/ci/deploy` in the account that you mean? The provider must be in the same one
    - was the workspace renamed? Its name is part of the URL
    "#);
}

#[test]
fn a_stale_thumbprint() {
    insta::assert_snapshot!(causes(3, &claims(&json!({}))), @r#"
    - is the thumbprint of the provider in IAM the current one of the topmost certificate? `aws iam update-open-id-connect-provider-thumbprint --open-id-connect-provider-arn 'arn:aws:iam::123456789012:oidc-provider/api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc' --thumbprint-list THUMBPRINT` sets it
    - is it that of the server's own certificate, which changes, instead of the authority's?
    "#);
}

#[test]
fn a_provider_out_of_reach() {
    insta::assert_snapshot!(causes(4, &claims(&json!({}))), @r#"
    - STS could not fetch the provider's keys, several times: usually that passes, so run it again
    - can the internet reach the provider's `/.well-known/openid-configuration`, and the keys that it names, within a few seconds?
    "#);
    assert_eq!(
        causes(8, &claims(&json!({}))),
        causes(4, &claims(&json!({})))
    );
}

#[test]
fn what_is_no_token() {
    insta::assert_snapshot!(causes(5, &claims(&json!({}))), @r#"
    - is what is in BITBUCKET_STEP_OIDC_TOKEN whole, and an OIDC (id) token, not an access token?
    - has the provider changed its keys since it signed the token?
    "#);
}

#[test]
fn an_expired_token() {
    insta::assert_snapshot!(causes(6, &claims(&json!({}))), @r#"
    - did the step run longer than its token is valid? Deploy in a step of its own, or earlier in this one
    - is the clock of the machine that runs this step right?
    "#);
    insta::assert_snapshot!(causes(7, &claims(&json!({}))), @r#"
    - STS takes tokens for some time after they were issued only, whatever their expiry
    - did the step run longer than its token is valid? Deploy in a step of its own, or earlier in this one
    - is the clock of the machine that runs this step right?
    "#);
}

#[test]
fn a_rejected_claim() {
    insta::assert_snapshot!(causes(9, &claims(&json!({}))), @"- the identity provider took the token back, or a claim of it is not valid: run the step again for a new one");
}

#[test]
fn a_session_policy_that_is_not_taken() {
    insta::assert_snapshot!(causes(10, &claims(&json!({}))), @"- STS did not take the policy that narrows the session: what is wrong in it stands in the message above");
    insta::assert_snapshot!(causes(11, &claims(&json!({}))), @"- STS did not take the policy that narrows the session: it is too large, by the percentage in the message above");
}

#[test]
fn a_region_that_is_not_enabled() {
    insta::assert_snapshot!(causes(12, &claims(&json!({}))), @r#"
    - is the region `eu-south-2` enabled in the account 123456789012? Opt-in regions are not until someone does
    - is STS activated in `eu-south-2` (IAM, account settings)?
    "#);
}

#[test]
fn parameters_that_are_not_taken() {
    insta::assert_snapshot!(causes(13, &claims(&json!({}))), @"- does the role allow sessions of 7200 seconds? Lower AWS_ROLE_DURATION_SECONDS, or raise the role's limit: `aws iam update-role --role-name 'deploy' --max-session-duration SECONDS`");
    insta::assert_snapshot!(causes(14, &claims(&json!({}))), @"- does STS take `acme-site-42` as a session's name? AWS_ROLE_SESSION_NAME sets another: 2 to 64 letters, digits or `_+=,.@-`");
}

#[test]
fn a_session_that_is_not_known_yet() {
    insta::assert_snapshot!(causes(15, &claims(&json!({}))), @"- was the role made a moment ago? AWS needs some seconds until all of it knows: run it again");
}
