//! Refusals of STS as their reader meets them: causes, claims, and a statement that works.

use crate::support::{Ran, World};
use serde_json::{Value, json};
use test_server::{DEFAULT_ROLE_ARN, Fault};

const REPOSITORY: &str = "{22222222-2222-4222-8222-222222222222}";
const ENVIRONMENT: &str = "{55555555-5555-4555-8555-555555555555}";
const PROVIDER: &str = "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc";

/// A step of the environment `production`, and a role that trusts another environment.
fn other_environment() -> World {
    let mut world = World::with_files(&[("a", "a")]);
    let token = world
        .server
        .token()
        .deployment_environment(ENVIRONMENT)
        .claim("iat", json!(1_700_000_000))
        .claim("exp", json!(4_102_444_800_u64))
        .sign();
    world
        .set("BITBUCKET_STEP_OIDC_TOKEN", &token)
        .set("BITBUCKET_DEPLOYMENT_ENVIRONMENT", "production");
    let policy = trust(&format!(
        "{REPOSITORY}:{{66666666-6666-4666-8666-666666666666}}:*"
    ));
    world
        .server
        .set_trust_policy(DEFAULT_ROLE_ARN, policy.clone());
    let path = world.working_folder().join("trust.json");
    std::fs::write(path, policy.to_string()).unwrap();
    world
}

fn trust(subject: &str) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Federated": format!("arn:aws:iam::123456789012:oidc-provider/{PROVIDER}") },
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": { "StringLike": { format!("{PROVIDER}:sub"): subject } },
        }],
    })
}

/// The lines between the line that begins with `start` and the last `}` at the margin.
fn statement(ran: &Ran) -> Value {
    let mut lines = ran.stderr.lines().skip_while(|line| *line != "{");
    let mut text = String::new();
    for line in lines.by_ref() {
        text.push_str(line);
        if line == "}" {
            break;
        }
    }
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_refusal_is_explained() {
    let world = other_environment();
    let ran = world.run_to(3);
    let told = ran.stderr.lines().skip(1).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(told, @r#"
    ERROR: cannot assume the role: AssumeRoleWithWebIdentity: AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity (HTTP 403, request ID)
      hint: the step has a `deployment:`, so that `sub` has its environment in the middle: a policy for `{22222222-2222-4222-8222-222222222222}:STEP` or another environment cannot match; `{22222222-2222-4222-8222-222222222222}:{55555555-5555-4555-8555-555555555555}:*` does, and `{22222222-2222-4222-8222-222222222222}:*` for every environment and none
      hint: does the policy have a `*` below `StringEquals`? `StringEquals` takes it literally; use `StringLike`
      hint: is every letter of `sub` and `aud` in the same case in the policy?
      hint: is the policy's Principal `arn:aws:iam::123456789012:oidc-provider/api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc`, the provider in the role's own account?
      hint: is `arn:aws:iam::123456789012:role/deploy` spelled right? STS answers the same for a role that is not there, and for one that was made or changed a moment ago
    INFO: the OIDC token of Bitbucket Pipelines says:
    INFO:   iss: https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc
    INFO:   aud: ari:cloud:bitbucket::workspace/11111111-1111-4111-8111-111111111111
    INFO:   sub: {22222222-2222-4222-8222-222222222222}:{55555555-5555-4555-8555-555555555555}:{44444444-4444-4444-8444-444444444444}
    INFO:     repository: {22222222-2222-4222-8222-222222222222}
    INFO:     environment: {55555555-5555-4555-8555-555555555555}
    INFO:     step: {44444444-4444-4444-8444-444444444444}
    INFO:   branch: main
    INFO:   deployment environment: {55555555-5555-4555-8555-555555555555} (production)
    INFO:   issued: 2023-11-14T22:13:20Z
    INFO:   expires: 2100-01-01T00:00:00Z
    INFO: a statement for the trust policy of `arn:aws:iam::123456789012:role/deploy` that accepts this step:
    {
      "Effect": "Allow",
      "Principal": {
        "Federated": "arn:aws:iam::123456789012:oidc-provider/api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"
      },
      "Action": "sts:AssumeRoleWithWebIdentity",
      "Condition": {
        "StringEquals": {
          "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc:aud": "ari:cloud:bitbucket::workspace/11111111-1111-4111-8111-111111111111"
        },
        "StringLike": {
          "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc:sub": "{22222222-2222-4222-8222-222222222222}:{55555555-5555-4555-8555-555555555555}:*"
        }
      }
    }
    "#);
    insta::assert_snapshot!(ran.stdout, @"✖ Deployment failed: the identity was refused. Nothing was written. Fix the cause, then run it again.");
}

#[test]
fn the_statement_that_is_printed_works_when_it_is_pasted() {
    let world = other_environment();
    let statement = statement(&world.run_to(3));
    let policy = json!({ "Version": "2012-10-17", "Statement": [statement] });
    world.server.set_trust_policy(DEFAULT_ROLE_ARN, policy);
    world.run_to(0);
    assert_eq!(world.keys(), ["a"]);
}

#[test]
fn the_policy_at_hand_is_checked_condition_by_condition() {
    let mut world = other_environment();
    let ran = world.set("TRUST_POLICY_FILE", "trust.json").run_to(3);
    let policy = "  hint: TRUST_POLICY_FILE does not accept this token: the lines below show which condition is not met";
    assert!(ran.says(policy), "{}", ran.stderr);
    assert!(ran.says("INFO: statement 1, Allow: does not apply"));
    assert_eq!(ran.lines("INFO:   not met: ").len(), 1);
    assert_eq!(ran.lines("INFO:   met: ").len(), 2);
}

#[test]
fn the_report_has_the_causes_as_hints() {
    let world = other_environment();
    let report = world.report(3);
    let hints = report["hints"].as_array().unwrap();
    assert!(
        hints[0]
            .as_str()
            .unwrap()
            .starts_with("the step has a `deployment:`")
    );
    assert!(hints.len() > 1);
}

#[test]
fn as_json_the_statement_is_one_object() {
    let mut world = other_environment();
    let ran = world.set("LOG_FORMAT", "json").run_to(3);
    let lines = ran
        .stderr
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let statements: Vec<Value> = lines
        .filter_map(|line| serde_json::from_str(line["message"].as_str()?).ok())
        .filter(Value::is_object)
        .collect();
    assert_eq!(statements.len(), 1);
    assert_eq!(statements[0]["Effect"], "Allow");
}

#[test]
fn claims_cannot_forge_lines() {
    let mut world = World::with_files(&[("a", "a")]);
    let token = world
        .server
        .token()
        .subject("{x}\nERROR: forged:{s}\u{1b}[31m")
        .sign();
    let ran = world.set("BITBUCKET_STEP_OIDC_TOKEN", &token).run_to(3);
    assert!(
        ran.says("INFO:   sub: {x}\\nERROR: forged:{s}\\u{1b}[31m"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.lines("ERROR: ").len(), 1);
    assert!(!ran.stderr.contains('\u{1b}'));
}

/// A run whose token STS answers so: told with this cause, asked once, and exit code 3.
fn ends_with_a_cause(status: u16, code: &str, message: &str, cause: &str) {
    let world = World::with_files(&[("a", "a")]);
    let fault = Fault::error(status, code, message).on("AssumeRoleWithWebIdentity");
    world.server.inject(fault);
    let ran = world.run_to(3);
    assert!(
        ran.says(&format!("  hint: {cause}")),
        "{code}: {}",
        ran.stderr
    );
    assert!(ran.says("INFO:   sub: "), "{code}");
    assert_eq!(world.server.count("AssumeRoleWithWebIdentity"), 1);
}

#[test]
fn every_code_of_sts_ends_with_exit_3_and_a_cause() {
    for (status, code, message, cause) in [
        (
            400,
            "InvalidIdentityToken",
            "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
            "is the thumbprint ",
        ),
        (
            400,
            "ExpiredTokenException",
            "Token too old: 90000",
            "STS takes tokens ",
        ),
        (
            403,
            "IDPRejectedClaim",
            "revoked",
            "the identity provider took the token back",
        ),
        (
            400,
            "MalformedPolicyDocument",
            "Syntax errors in policy.",
            "STS did not take the policy ",
        ),
        (
            400,
            "PackedPolicyTooLarge",
            "110%",
            "STS did not take the policy ",
        ),
        (
            403,
            "RegionDisabledException",
            "STS is not activated",
            "is the region `us-east-1` enabled ",
        ),
        (
            400,
            "ValidationError",
            "1 validation error: 'roleSessionName'",
            "does STS take ",
        ),
        (
            400,
            "ValidationError",
            "1 validation error detected: Value 'x' at 'webIdentityToken' failed to satisfy constraint: Member must have length greater than or equal to 4",
            "is what is in BITBUCKET_STEP_OIDC_TOKEN whole",
        ),
        (
            400,
            "ValidationError",
            "1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less than or equal to 2048",
            "STS did not take the policy ",
        ),
        (
            400,
            "ValidationError",
            "Request ARN is invalid",
            "is `arn:aws:iam::123456789012:role/deploy` the ARN of a role",
        ),
        (
            400,
            "InvalidIdentityToken",
            "Missing a required claim: aud",
            "STS needs `iss`, `aud` and `sub` in the token",
        ),
    ] {
        ends_with_a_cause(status, code, message, cause);
    }
}

#[test]
fn a_role_or_a_policy_that_is_in_the_way_is_named() {
    for (status, code, message, cause) in [
        (
            404,
            "NoSuchEntity",
            "The role with name deploy cannot be found.",
            "is `arn:aws:iam::123456789012:role/deploy` there",
        ),
        (
            400,
            "InvalidParameterValue",
            "invalid policy",
            "the message above names the parameter",
        ),
        (
            403,
            "AccessDenied",
            "User: anonymous is not authorized to perform: sts:AssumeRoleWithWebIdentity on resource: arn:aws:iam::123456789012:role/deploy with an explicit deny in a resource control policy",
            "a resource control policy does not let the role be assumed",
        ),
        (
            403,
            "AccessDenied",
            "Not authorized to perform sts:AssumeRoleWithWebIdentity because no VPC endpoint policy allows the sts:AssumeRoleWithWebIdentity action",
            "VPC endpoint policy does not let the role be assumed",
        ),
    ] {
        ends_with_a_cause(status, code, message, cause);
    }
}

#[test]
fn a_role_that_is_not_known_yet_everywhere_is_no_matter_of_trust() {
    let world = World::with_files(&[("a", "a")]);
    let fault = Fault::error(
        403,
        "InvalidAccessKeyId",
        "The AWS Access Key Id you provided does not exist in our records.",
    );
    world.server.inject(fault.on("ListObjectsV2"));
    let ran = world.run_to(3);
    assert!(
        ran.says("  hint: was the role made a moment ago?"),
        "{}",
        ran.stderr
    );
    assert!(!ran.says("INFO:   sub: ") && !ran.says("{"));
}

#[test]
fn a_renewal_that_is_refused_is_explained_too() {
    let server = test_server::Server::builder()
        .told_lifetime(std::time::Duration::ZERO)
        .start();
    let world = World::with_server(server).unrecorded();
    world.write("a", "a");
    let denied = Fault::error(
        403,
        "AccessDenied",
        "Not authorized to perform sts:AssumeRoleWithWebIdentity",
    );
    world
        .server
        .inject(denied.on("AssumeRoleWithWebIdentity").skip(2));
    let ran = world.run_to(3);
    assert_eq!(world.server.count("ListObjectsV2"), 1);
    assert!(ran.says("INFO:   sub: "), "{}", ran.stderr);
}
