//! Roles that are assumed one from the other, as for a bucket in another account.

use crate::support::{Ran, World};
use serde_json::json;

const FIRST: &str = "arn:aws:iam::123456789012:role/deploy";
const SECOND: &str = "arn:aws:iam::210987654321:role/path/site";
const THIRD: &str = "arn:aws:iam::333333333333:role/bucket";

/// Makes `role` trust `principal`.
fn trust(world: &World, role: &str, principal: &str) {
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "AWS": principal },
            "Action": "sts:AssumeRole",
        }],
    });
    world.server.set_trust_policy(role, policy);
}

fn errors(ran: &Ran) -> String {
    let mut lines = ran.lines("ERROR: ");
    lines.extend(ran.lines("  hint: "));
    lines.join("\n")
}

#[test]
fn a_bucket_of_another_account_is_reached_role_by_role() {
    let mut world = World::with_files(&[("a", "a")]);
    trust(&world, SECOND, FIRST);
    trust(&world, THIRD, "arn:aws:iam::210987654321:root");
    world
        .set("AWS_ROLE_CHAIN", &format!("{SECOND} {THIRD}"))
        .set("AWS_ROLE_DURATION_SECONDS", "1800")
        .set("AWS_ALLOWED_ACCOUNT_IDS", "333333333333")
        .set("AWS_ROLE_SESSION_NAME", "build-42");
    let report = world.deploy();
    assert_eq!(
        report["assumed_role"],
        "arn:aws:sts::333333333333:assumed-role/bucket/build-42"
    );
    assert_eq!(world.keys(), ["a"]);
    let sessions = world.server.sessions();
    let durations: Vec<u32> = sessions
        .iter()
        .map(|session| session.duration_seconds)
        .collect();
    assert_eq!(durations, [900, 900, 1800]);
    for (session, next) in sessions.iter().zip([SECOND, THIRD]) {
        let policy = session.policy.as_deref().unwrap();
        assert!(
            policy.contains("sts:AssumeRole") && policy.contains(next),
            "{policy}"
        );
        assert!(!policy.contains("s3:"), "{policy}");
    }
    assert!(
        sessions[2]
            .policy
            .as_deref()
            .unwrap()
            .contains("s3:PutObject")
    );
    let hop = &world.server.requests_of("AssumeRole")[0];
    assert!(hop.headers["authorization"].contains(&sessions[0].access_key));
    assert!(!hop.query.contains_key("WebIdentityToken"));
}

#[test]
fn sessions_on_the_way_can_do_nothing_but_go_on() {
    let mut world = World::with_files(&[("a", "a")]);
    trust(&world, SECOND, FIRST);
    trust(&world, THIRD, FIRST);
    world.set("AWS_ROLE_CHAIN", SECOND).deploy();
    let first = world.server.sessions().remove(0);
    world
        .unset("AWS_OIDC_ROLE_ARN")
        .unset("AWS_ROLE_CHAIN")
        .set("AWS_ACCESS_KEY_ID", &first.access_key)
        .set("AWS_SECRET_ACCESS_KEY", &first.secret_key)
        .set("AWS_SESSION_TOKEN", &first.session_token);
    assert!(
        world
            .run_to(1)
            .says("ERROR: cannot list `s3://my-bucket/`: ListObjectsV2: AccessDenied")
    );
}

#[test]
fn a_refused_hop_is_named() {
    let mut world = World::with_files(&[("a", "a")]);
    trust(&world, SECOND, FIRST);
    trust(&world, THIRD, FIRST);
    let ran = world
        .set("AWS_ROLE_CHAIN_COUNT", "2")
        .set("AWS_ROLE_CHAIN_0", SECOND)
        .set("AWS_ROLE_CHAIN_1", THIRD)
        .run_to(3);
    insta::assert_snapshot!(errors(&ran), @r#"
    ERROR: cannot assume the role: AssumeRole: AccessDenied: User: arn:aws:sts::210987654321:assumed-role/site/aws-oidc-s3-deploy is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::333333333333:role/bucket (for `arn:aws:iam::333333333333:role/bucket` of AWS_ROLE_CHAIN) (HTTP 403, request ID)
      hint: does the trust policy of that role accept the role before it in the chain, and may the role before it do sts:AssumeRole on it?
    "#);
    assert_eq!(world.server.count("AssumeRole"), 2);
    assert_eq!(world.server.count("ListObjectsV2"), 0);
}

#[test]
fn what_cannot_be_a_chain_is_refused_before_anything_is_sent() {
    let mut world = World::with_files(&[("a", "a")]);
    world
        .set("AWS_ROLE_CHAIN", "site")
        .set("AWS_ROLE_DURATION_SECONDS", "3601");
    insta::assert_snapshot!(errors(&world.run_to(2)), @r#"
    ERROR: AWS_ROLE_DURATION_SECONDS: too long for a session of AWS_ROLE_CHAIN; use 3600 seconds at most.
    ERROR: AWS_ROLE_CHAIN: `site` is not the ARN of a role; copy it from the role's page in IAM, for example `arn:aws:iam::123456789012:role/deploy`.
    "#);
    world
        .unset("AWS_ROLE_DURATION_SECONDS")
        .unset("AWS_OIDC_ROLE_ARN");
    world
        .set("AWS_ROLE_CHAIN", SECOND)
        .set("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .set("AWS_SECRET_ACCESS_KEY", "hunter2");
    insta::assert_snapshot!(errors(&world.run_to(2)), @"ERROR: AWS_ROLE_CHAIN: static keys assume no roles; set AWS_OIDC_ROLE_ARN, and `oidc: true` on the step.");
    assert!(world.server.requests().is_empty());
}
