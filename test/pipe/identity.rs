//! The exchange of the token: every way in which STS says no, and the ways around it. How a refusal
//! is explained is in `explain`.

use crate::support::{Ran, World};
use test_server::Fault;

/// A run with `token`, which STS must refuse at the first asking.
fn refused(world: &mut World, token: &str) -> Ran {
    let ran = ended(world, token);
    assert_eq!(world.server.count("AssumeRoleWithWebIdentity"), 1);
    ran
}

/// A run that ends with `token`, before anything is listed.
fn ended(world: &mut World, token: &str) -> Ran {
    world
        .set("BITBUCKET_STEP_OIDC_TOKEN", token)
        .write("a", "a");
    let ran = world.run_to(3);
    assert_eq!(world.server.count("ListObjectsV2"), 0);
    assert!(!ran.stderr.contains(token) && !ran.stdout.contains(token));
    ran
}

fn error(ran: &Ran) -> String {
    ran.lines("ERROR: ").join("\n")
}

#[test]
fn an_expired_token_is_not_even_sent() {
    let mut world = World::new();
    let token = world.server.token().expired().sign();
    let ran = ended(&mut world, &token);
    assert_eq!(world.server.count("AssumeRoleWithWebIdentity"), 0);
    insta::assert_snapshot!(error(&ran), @r#"ERROR: cannot assume the role: AssumeRoleWithWebIdentity: ExpiredTokenException: the step's OIDC token has expired"#);
}

#[test]
fn another_audience_is_explained() {
    let mut world = World::new();
    let token = world
        .server
        .token()
        .audience("ari:cloud:bitbucket::workspace/another")
        .sign();
    insta::assert_snapshot!(error(&refused(&mut world, &token)), @r#"ERROR: cannot assume the role: AssumeRoleWithWebIdentity: InvalidIdentityToken: Incorrect token audience (HTTP 400, request ID)"#);
}

#[test]
fn another_subject_is_explained() {
    let mut world = World::new();
    let token = world
        .server
        .token()
        .subject("{another-repository}:{step}")
        .sign();
    insta::assert_snapshot!(error(&refused(&mut world, &token)), @r#"ERROR: cannot assume the role: AssumeRoleWithWebIdentity: AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity (HTTP 403, request ID)"#);
}

#[test]
fn a_tampered_token_is_refused() {
    let mut world = World::new();
    let token = world.server.token().tampered().sign();
    insta::assert_snapshot!(error(&refused(&mut world, &token)), @r#"ERROR: cannot assume the role: AssumeRoleWithWebIdentity: InvalidIdentityToken: The web identity token's signature could not be verified (HTTP 400, request ID)"#);
}

#[test]
fn an_unknown_provider_is_explained() {
    let mut world = World::new();
    let token = world
        .server
        .token()
        .issuer("https://api.bitbucket.org/2.0/workspaces/other/pipelines-config/identity/oidc")
        .sign();
    insta::assert_snapshot!(error(&refused(&mut world, &token)), @r#"ERROR: cannot assume the role: AssumeRoleWithWebIdentity: InvalidIdentityToken: No OpenIDConnect provider found in your account for https://api.bitbucket.org/2.0/workspaces/other/pipelines-config/identity/oidc (HTTP 400, request ID)"#);
}

#[test]
fn a_session_longer_than_the_role_allows_is_explained() {
    let mut world = World::new();
    let token = world.server.token().sign();
    world.set("AWS_ROLE_DURATION_SECONDS", "43200");
    insta::assert_snapshot!(error(&refused(&mut world, &token)), @r#"ERROR: cannot assume the role: AssumeRoleWithWebIdentity: ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role. (HTTP 400, request ID)"#);
}

#[test]
fn a_step_without_oidc_is_refused_before_anything_is_sent() {
    let mut world = World::with_files(&[("a", "a")]);
    let ran = world.unset("BITBUCKET_STEP_OIDC_TOKEN").run_to(2);
    insta::assert_snapshot!(error(&ran), @r#"ERROR: AWS_OIDC_ROLE_ARN: the step has no OIDC token to assume the role with (BITBUCKET_STEP_OIDC_TOKEN is not set); is `oidc: true` set on this step?"#);
    assert!(world.server.requests().is_empty());
}

#[test]
fn without_a_token_static_keys_are_the_fallback_with_the_official_warning() {
    let mut world = World::with_files(&[("a", "a")]);
    world.server.add_static_keys("AKIAEXAMPLE", "hunter2");
    world
        .set("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .set("AWS_SECRET_ACCESS_KEY", "hunter2");
    let ran = world.unset("BITBUCKET_STEP_OIDC_TOKEN").run_to(0);
    assert!(ran.says("WARNING: Parameter `oidc: true` in the step configuration is required for OIDC authentication"));
    assert!(ran.says(
        "INFO: Using default authentication with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
    ));
    assert_eq!(world.keys(), ["a"]);
}

#[test]
fn with_a_role_and_keys_the_role_wins() {
    let mut world = World::with_files(&[("a", "a")]);
    world
        .set("AWS_ACCESS_KEY_ID", "AKIAUNKNOWN")
        .set("AWS_SECRET_ACCESS_KEY", "hunter2")
        .run_to(0);
    assert_eq!(world.server.count("AssumeRoleWithWebIdentity"), 1);
}

#[test]
fn flaky_answers_of_the_provider_are_retried_and_a_refusal_is_not() {
    for (code, message) in [
        (
            "InvalidIdentityToken",
            "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
        ),
        (
            "IDPCommunicationError",
            "The identity provider could not be reached.",
        ),
    ] {
        let world = World::with_files(&[("a", "a")]);
        world.server.inject(
            Fault::error(400, code, message)
                .on("AssumeRoleWithWebIdentity")
                .times(2),
        );
        world.run_to(0);
        assert_eq!(world.server.count("AssumeRoleWithWebIdentity"), 3, "{code}");
    }
    let world = World::with_files(&[("a", "a")]);
    let denied = Fault::error(
        403,
        "AccessDenied",
        "Not authorized to perform sts:AssumeRoleWithWebIdentity",
    );
    world.server.inject(denied.on("AssumeRoleWithWebIdentity"));
    world.run_to(3);
    assert_eq!(world.server.count("AssumeRoleWithWebIdentity"), 1);
}

#[test]
fn the_exchange_is_unsigned_and_named_after_the_build() {
    let mut world = World::with_files(&[("a", "a")]);
    world
        .set("BITBUCKET_WORKSPACE", "acme")
        .set("BITBUCKET_REPO_SLUG", "my site")
        .set("BITBUCKET_BUILD_NUMBER", "42");
    world.set("AWS_ROLE_DURATION_SECONDS", "1800").run_to(0);
    let exchange = &world.server.requests_of("AssumeRoleWithWebIdentity")[0];
    assert!(!exchange.headers.contains_key("authorization"));
    let session = &world.server.sessions()[0];
    assert_eq!(session.session_name, "acme-my-site-42");
    assert_eq!(session.duration_seconds, 1800);
}

#[test]
fn credentials_of_the_machine_are_never_used() {
    let mut world = World::with_files(&[("a", "a")]);
    world.server.add_static_keys("AKIAEXAMPLE", "hunter2");
    let home = world.working_folder().join("home/.aws");
    std::fs::create_dir_all(&home).unwrap();
    let profile = "[default]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = hunter2\n";
    std::fs::write(home.join("credentials"), profile).unwrap();
    let home = world.working_folder().join("home").display().to_string();
    world.set("HOME", &home).set("AWS_PROFILE", "default");
    world
        .unset("AWS_OIDC_ROLE_ARN")
        .unset("BITBUCKET_STEP_OIDC_TOKEN")
        .run_to(2);
    assert!(world.server.requests().is_empty());
}
