//! `COMMAND=whoami`: who AWS takes the step for, without a folder, and whether it may list the bucket.

use crate::support::World;
use serde_json::json;
use test_server::{Effect, Fault};

/// A world with what `whoami` needs, and nothing else.
fn world() -> World {
    let mut world = World::new();
    let token = world
        .server
        .token()
        .claim("iat", json!(1_700_000_000))
        .claim("exp", json!(4_102_444_800_u64))
        .sign();
    for name in ["S3_BUCKET", "LOCAL_PATH", "REPORT_FILE"] {
        world.unset(name);
    }
    world
        .set("COMMAND", "whoami")
        .set("BITBUCKET_STEP_OIDC_TOKEN", &token)
        .set("AWS_ROLE_SESSION_NAME", "acme-site-42");
    world
}

#[test]
fn it_says_who_the_step_is_and_what_its_token_says() {
    let world = world();
    let ran = world.run_to(0);
    let (expires, told): (Vec<&str>, Vec<&str>) = ran
        .stderr
        .lines()
        .partition(|line| line.starts_with("INFO: session expires: 2"));
    assert_eq!(expires.len(), 1);
    insta::assert_snapshot!(told.join("\n"), @"
    INFO: account: 123456789012
    INFO: role: arn:aws:iam::123456789012:role/deploy
    INFO: acting as: arn:aws:sts::123456789012:assumed-role/deploy/acme-site-42
    INFO: session name: acme-site-42
    INFO: token from: BITBUCKET_STEP_OIDC_TOKEN
    INFO: the OIDC token of Bitbucket Pipelines says:
    INFO:   iss: https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc
    INFO:   aud: ari:cloud:bitbucket::workspace/11111111-1111-4111-8111-111111111111
    INFO:   sub: {22222222-2222-4222-8222-222222222222}:{44444444-4444-4444-8444-444444444444}
    INFO:     repository: {22222222-2222-4222-8222-222222222222}
    INFO:     step: {44444444-4444-4444-8444-444444444444}
    INFO:   branch: main
    INFO:   issued: 2023-11-14T22:13:20Z
    INFO:   expires: 2100-01-01T00:00:00Z
    INFO:   pipelineUuid: {33333333-3333-4333-8333-333333333333}
    INFO:   workspaceUuid: {11111111-1111-4111-8111-111111111111}
    ");
    insta::assert_snapshot!(ran.stdout, @"✔ The identity is accepted.");
    assert_eq!(world.server.counts().len(), 2);
    assert_eq!(world.server.count("GetCallerIdentity"), 1);
}

#[test]
fn the_first_argument_asks_for_it_too() {
    let mut world = world();
    let output = world
        .unset("COMMAND")
        .command()
        .arg("whoami")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(world.server.count("GetCallerIdentity"), 1);
}

#[test]
fn a_trust_policy_is_checked_against_the_token() {
    let mut world = world();
    let policy = r#"{ "Effect": "Allow", "Principal": "*", "Action": "sts:*", "Condition": { "IpAddress": { "aws:SourceIp": "34.199.54.113/32" } } }"#;
    std::fs::write(world.working_folder().join("trust.json"), policy).unwrap();
    let ran = world.set("TRUST_POLICY_FILE", "trust.json").run_to(0);
    assert!(ran.says("INFO: TRUST_POLICY_FILE says:"));
    assert!(ran.says("INFO:   cannot be told: IpAddress aws:SourceIp `34.199.54.113/32`: "));
    assert!(ran.says("INFO: whether the trust policy accepts this token depends on"));
}

#[test]
fn with_static_keys_only_the_caller_is_told() {
    let mut world = world();
    world.server.add_static_keys("AKIAEXAMPLE", "hunter2");
    let ran = world
        .unset("AWS_OIDC_ROLE_ARN")
        .unset("AWS_ROLE_SESSION_NAME")
        .set("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .set("AWS_SECRET_ACCESS_KEY", "hunter2")
        .run_to(0);
    insta::assert_snapshot!(ran.stderr, @r#"
    INFO: account: 123456789012
    INFO: acting as: arn:aws:iam::123456789012:user/static
    "#);
    assert_eq!(world.server.count("AssumeRoleWithWebIdentity"), 0);
}

/// Ceph and MinIO.
#[test]
fn a_server_that_does_not_tell_whose_keys_are_is_no_refusal() {
    for (status, code) in [
        (405, "MethodNotAllowed"),
        (403, "AccessDenied"),
        (501, "NotImplemented"),
    ] {
        let mut world = world();
        world.server.add_static_keys("AKIAEXAMPLE", "hunter2");
        world
            .unset("AWS_OIDC_ROLE_ARN")
            .unset("AWS_ROLE_SESSION_NAME")
            .set("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
            .set("AWS_SECRET_ACCESS_KEY", "hunter2");
        let refused = Fault::error(status, code, "no");
        world.server.inject(refused.on("GetCallerIdentity"));
        let ran = world.run_to(0);
        assert!(ran.says("INFO: the server does not tell whose the keys are: GetCallerIdentity: "));
        world.set("AWS_ALLOWED_ACCOUNT_IDS", "123456789012");
        let ran = world.run_to(3);
        assert!(
            ran.says("  hint: does this server's STS tell who asks"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn a_refusal_is_explained_and_ends_with_exit_3() {
    let mut world = world();
    let token = world.server.token().subject("{x}:{s}").sign();
    let ran = world.set("BITBUCKET_STEP_OIDC_TOKEN", &token).run_to(3);
    assert!(ran.says("ERROR: cannot assume the role: AssumeRoleWithWebIdentity: AccessDenied: "));
    assert!(ran.says("  hint: the step has no `deployment:`, "));
    assert!(ran.says("INFO:   sub: {x}:{s}"));
    assert!(ran.says("{"));
    assert_eq!(ran.stdout, "✖ The identity was refused.\n");
    let mut keys = self::world();
    let ran = keys
        .unset("AWS_OIDC_ROLE_ARN")
        .set("AWS_ACCESS_KEY_ID", "AKIAUNKNOWN")
        .set("AWS_SECRET_ACCESS_KEY", "hunter2")
        .run_to(3);
    assert!(ran.says(
        "ERROR: cannot ask who the credentials belong to: GetCallerIdentity: InvalidClientTokenId: "
    ));
    assert!(
        ran.says("  hint: is AWS_ACCESS_KEY_ID right, "),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_is_not_aws_word_is_another_exit() {
    let mut world = world();
    let ran = world
        .set("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .set("AWS_MAX_ATTEMPTS", "1")
        .run_to(1);
    assert!(
        ran.says("  hint: can this step reach the server?"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stdout, "✖ STS could not be asked.\n");
}

#[test]
fn a_signal_ends_it() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    let world = world();
    world
        .server
        .inject(Fault::new(test_server::Effect::Hold).on("GetCallerIdentity"));
    let child = world.spawn();
    assert!(world.server.wait_until_held(1, crate::support::PATIENCE));
    let id = Pid::from_raw(child.id().try_into().unwrap());
    kill(id, Signal::SIGTERM).unwrap();
    let ran = world.wait(child);
    assert_eq!(ran.code, Some(4));
    assert_eq!(ran.stdout, "✖ Interrupted.\n");
}

#[test]
fn mistakes_are_told_at_once_and_those_of_a_deploy_are_not() {
    let mut world = world();
    let ran = world
        .unset("AWS_DEFAULT_REGION")
        .set("AWS_OIDC_ROLE_ARN", "deploy")
        .set("ACL", "everyone")
        .run_to(2);
    assert_eq!(ran.lines("ERROR: ").len(), 2, "{}", ran.stderr);
    assert!(world.server.requests().is_empty());
}

#[test]
fn it_says_why_the_token_was_not_used() {
    let mut world = world();
    world.server.add_static_keys("AKIAEXAMPLE", "hunter2");
    let ran = world
        .unset("BITBUCKET_STEP_OIDC_TOKEN")
        .set("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .set("AWS_SECRET_ACCESS_KEY", "hunter2")
        .run_to(0);
    assert!(
        ran.says("WARNING: Parameter `oidc: true` in the step configuration is required for OIDC authentication"),
        "{}",
        ran.stderr
    );
}

#[test]
fn accounts_that_are_not_allowed_are_refused() {
    let mut world = world();
    world.server.add_static_keys("AKIAEXAMPLE", "hunter2");
    let ran = world
        .unset("AWS_OIDC_ROLE_ARN")
        .set("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .set("AWS_SECRET_ACCESS_KEY", "hunter2")
        .set("AWS_ALLOWED_ACCOUNT_IDS", "999999999999")
        .run_to(2);
    assert!(
        ran.says("ERROR: AWS_ALLOWED_ACCOUNT_IDS: the credentials are of "),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stdout, "✖ The credentials are of another account.\n");
}

#[test]
fn it_tries_the_session_policy_of_the_deploy_that_the_variables_ask_for() {
    let mut world = world();
    world.run_to(0);
    assert_eq!(world.server.sessions().pop().unwrap().policy, None);
    std::fs::create_dir(world.working_folder().join("dist")).unwrap();
    world
        .set("S3_BUCKET", "my-bucket/docs")
        .set("LOCAL_PATH", "dist")
        .run_to(0);
    let policy = world.server.sessions().pop().unwrap().policy.unwrap();
    assert!(policy.contains("my-bucket"), "{policy:?}");
}

#[test]
fn the_bucket_is_tried_where_one_is_set() {
    let mut world = world();
    let ran = world.set("S3_BUCKET", "my-bucket/docs").run_to(0);
    assert!(ran.says("INFO: bucket: s3://my-bucket/docs/ can be listed; "));
    assert_eq!(
        ran.stdout,
        "✔ The identity is accepted, and s3://my-bucket/docs/ can be listed.\n"
    );
    let listings = world.server.requests_of("ListObjectsV2");
    let asked: Vec<_> = listings
        .iter()
        .map(|it| (it.query["prefix"].as_str(), it.query["max-keys"].as_str()))
        .collect();
    assert_eq!(asked, [("docs/", "1")]);
    // A single file asks for its own key, which is all that its session may.
    std::fs::write(world.working_folder().join("a.txt"), "a").unwrap();
    world
        .set("S3_BUCKET", "my-bucket/docs/b.txt")
        .set("LOCAL_PATH", "a.txt")
        .run_to(0);
    let listing = &world.server.requests_of("ListObjectsV2")[1];
    assert_eq!(listing.query["prefix"], "docs/b.txt");
    assert_eq!(listing.status, Some(200));
    assert!(world.server.sessions().pop().unwrap().policy.is_some());
}

#[test]
fn a_bucket_that_cannot_be_listed_is_told_as_a_deploy_would() {
    for (fault, exit, says, last) in [
        (
            Fault::error(403, "AccessDenied", "Access Denied"),
            1,
            "  hint: S3 gives no reason, as for a bucket of another account: is `my-bucket` in the account that deploys?",
            "✖ The identity is accepted, but s3://my-bucket/ cannot be listed.\n",
        ),
        (
            Fault::error(404, "NoSuchBucket", "no"),
            1,
            "  hint: is `my-bucket` spelled right",
            "✖ The identity is accepted, but s3://my-bucket/ cannot be listed.\n",
        ),
        (
            Fault::error(403, "InvalidAccessKeyId", "no"),
            3,
            "INFO: account: 123456789012",
            "✖ STS accepts the identity, but S3 does not.\n",
        ),
    ] {
        let mut world = world();
        world.server.inject(fault.on("ListObjectsV2"));
        let ran = world.set("S3_BUCKET", "my-bucket").run_to(exit);
        assert!(ran.says("ERROR: cannot list `s3://my-bucket/`: ListObjectsV2: "));
        assert!(ran.says(says), "{}", ran.stderr);
        assert_eq!(ran.stdout, last);
    }
    let mut world = world();
    let ran = world.set("S3_BUCKET", "/my-bucket").run_to(2);
    assert!(ran.says("ERROR: S3_BUCKET: "), "{}", ran.stderr);
    assert!(world.server.requests().is_empty());
}

#[test]
fn a_bucket_in_another_region_is_found() {
    let mut world = world();
    let moved = Effect::Respond {
        status: 301,
        headers: vec![("x-amz-bucket-region".to_owned(), "eu-west-1".to_owned())],
        body: "<Error><Code>PermanentRedirect</Code><Message>Elsewhere.</Message></Error>".into(),
    };
    world
        .server
        .inject(Fault::new(moved).on("ListObjectsV2").times(1));
    let ran = world.set("S3_BUCKET", "my-bucket").run_to(0);
    assert_eq!(
        ran.lines("WARNING: "),
        [
            "WARNING: the bucket is in `eu-west-1`, not in `us-east-1`: write AWS_DEFAULT_REGION: 'eu-west-1'"
        ]
    );
    assert_eq!(world.server.count("ListObjectsV2"), 2);
}

/// AWS has the last word on which tokens a role accepts.
#[test]
fn a_trust_policy_that_would_refuse_is_not_the_roles() {
    let mut world = world();
    let policy = r#"{ "Effect": "Deny", "Principal": "*", "Action": "sts:*" }"#;
    std::fs::write(world.working_folder().join("trust.json"), policy).unwrap();
    let ran = world.set("TRUST_POLICY_FILE", "trust.json").run_to(0);
    assert!(ran.says("INFO: statement 1, Deny: "), "{}", ran.stderr);
    assert!(ran.says("WARNING: TRUST_POLICY_FILE does not accept this token, but STS does: "));
    assert!(
        !ran.stderr.contains("INFO: the trust policy "),
        "{}",
        ran.stderr
    );
}

/// Ceph's server knows no such request, MinIO's allows it to nobody.
#[test]
fn a_server_that_does_not_tell_the_caller_has_assumed_the_role_all_the_same() {
    for (status, code) in [(405, "MethodNotAllowed"), (403, "AccessDenied")] {
        let world = world();
        let refused = Fault::error(status, code, "no");
        world.server.inject(refused.on("GetCallerIdentity"));
        let ran = world.run_to(0);
        assert!(ran.says("INFO: role: arn:aws:iam::123456789012:role/deploy"));
        assert!(ran.says("INFO: the server tells no more: GetCallerIdentity: "));
        assert!(ran.says("INFO:   sub: "), "{}", ran.stderr);
    }
    let world = world();
    let ended = Fault::error(403, "ExpiredToken", "no");
    world.server.inject(ended.on("GetCallerIdentity"));
    world.run_to(3);
}

/// SeaweedFS leaves AssumedRoleUser out, MinIO sends an empty ARN.
#[test]
fn an_answer_without_an_arn_is_one_with_credentials() {
    for user in [
        "",
        "<AssumedRoleUser><Arn></Arn><AssumedRoleId></AssumedRoleId></AssumedRoleUser>",
    ] {
        let world = world();
        world.server.add_static_keys("ASIAEXAMPLE", "hunter2");
        let body = format!(
            r#"<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>{user}<Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>hunter2</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"#
        );
        let answer = Effect::Respond {
            status: 200,
            headers: vec![("content-type".to_owned(), "text/xml".to_owned())],
            body: body.into(),
        };
        world
            .server
            .inject(Fault::new(answer).on("AssumeRoleWithWebIdentity"));
        let unknown = Fault::error(405, "MethodNotAllowed", "no");
        world.server.inject(unknown.on("GetCallerIdentity"));
        let ran = world.run_to(0);
        let acting =
            "INFO: acting as: arn:aws:iam::123456789012:role/deploy, session `acme-site-42`";
        assert!(ran.says(acting), "{}", ran.stderr);
    }
}

/// Ceph's STS answers with the error document of S3.
#[test]
fn a_refusal_in_another_services_form_keeps_its_code() {
    let world = world();
    let answer = Effect::Respond {
        status: 403,
        headers: vec![("content-type".to_owned(), "application/xml".to_owned())],
        body: "<Error><Code>AccessDenied</Code><Message>no trust</Message></Error>".into(),
    };
    world
        .server
        .inject(Fault::new(answer).on("AssumeRoleWithWebIdentity"));
    let ran = world.run_to(3);
    let error = "ERROR: cannot assume the role: AssumeRoleWithWebIdentity: AccessDenied: no trust (HTTP 403)";
    assert!(ran.says(error), "{}", ran.stderr);
    assert!(ran.says("INFO:   sub: ") && ran.says("{"), "{}", ran.stderr);
}
