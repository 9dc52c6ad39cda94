//! Tokens of every CI system that is known: which one is used, and that it reaches STS.

use crate::support::World;
use serde_json::json;
use std::time::Duration;
use test_server::{
    DEFAULT_ROLE_ARN, Fault, GITHUB_ISSUER, GITHUB_REQUEST_TOKEN, GITHUB_SUBJECT, Server,
};

/// A world without Bitbucket's token.
fn elsewhere() -> World {
    let mut world = World::with_files(&[("a", "a")]);
    world.unset("BITBUCKET_STEP_OIDC_TOKEN");
    world
}

/// A job of GitHub Actions that the role trusts.
fn github(server: Server) -> World {
    let mut world = World::with_server(server);
    world.unset("BITBUCKET_STEP_OIDC_TOKEN").write("a", "a");
    let url = world.server.github_request_url();
    world
        .set("GITHUB_ACTIONS", "true")
        .set("ACTIONS_ID_TOKEN_REQUEST_URL", &url)
        .set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", GITHUB_REQUEST_TOKEN);
    world
        .server
        .set_provider(GITHUB_ISSUER, &["sts.amazonaws.com"]);
    world.server.set_trust_policy(
        DEFAULT_ROLE_ARN,
        json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": { "Federated": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" },
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": { "StringEquals": {
                    "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                    "token.actions.githubusercontent.com:sub": GITHUB_SUBJECT,
                } },
            }],
        }),
    );
    world
}

/// The token that the last exchange sent.
fn sent(world: &World) -> String {
    let exchanges = world.server.requests_of("AssumeRoleWithWebIdentity");
    exchanges.last().unwrap().query["WebIdentityToken"].clone()
}

#[test]
fn the_first_source_that_is_there_is_used() {
    let mut world = elsewhere();
    let token = |subject: &str| {
        let subject = format!("{{22222222-2222-4222-8222-222222222222}}:{{{subject}}}");
        world.server.token().subject(&subject).sign()
    };
    let (file, named) = (token("file"), token("named"));
    let variables = [
        ("CIRCLE_OIDC_TOKEN", token("circle")),
        ("CIRCLE_OIDC_TOKEN_V2", token("circle-v2")),
        ("BITBUCKET_STEP_OIDC_TOKEN", token("bitbucket")),
    ];
    world.set("OIDC_TOKEN_VARIABLE", "MY_TOKEN");
    world.set("MY_TOKEN", &named).run_to(0);
    assert_eq!(sent(&world), named);
    std::fs::write(world.working_folder().join("token"), format!("{file}\n")).unwrap();
    world.set("AWS_WEB_IDENTITY_TOKEN_FILE", "token").run_to(0);
    assert_eq!(sent(&world), file, "without the line break at its end");
    for (name, token) in &variables {
        let ran = world.set(name, token).run_to(0);
        assert_eq!(sent(&world), *token, "{name}");
        assert!(
            ran.says(&format!("INFO: the OIDC token is from {name}"))
                || *name == "BITBUCKET_STEP_OIDC_TOKEN"
        );
    }
}

#[test]
fn github_actions_is_asked_for_a_token_with_the_jobs_own() {
    let world = github(Server::start());
    let ran = world.run_to(0);
    let asked = &world.server.requests_of("RequestToken")[0];
    assert_eq!(asked.query["audience"], "sts.amazonaws.com");
    assert_eq!(asked.query["api-version"], "2.0");
    assert_eq!(asked.headers["accept"], "application/json");
    assert!(
        ran.says(
            "INFO: the OIDC token is from GitHub Actions, for the audience `sts.amazonaws.com`"
        )
    );
    assert_eq!(world.keys(), ["a"]);
    // The job's own token went to that address only.
    for request in world.server.requests() {
        let seen = format!("{request:?}").contains(GITHUB_REQUEST_TOKEN);
        assert_eq!(seen, request.operation == "RequestToken");
    }
}

#[test]
fn github_actions_is_asked_again_after_a_passing_failure_and_not_after_a_refusal() {
    let world = github(Server::start());
    let fault = |status| Fault::error(status, "x", "x").on("RequestToken");
    world.server.inject(fault(503).times(2));
    world.run_to(0);
    assert_eq!(world.server.count("RequestToken"), 3);
    let mut world = github(Server::start());
    world.set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "another-token");
    let ran = world.run_to(3);
    assert_eq!(world.server.count("RequestToken"), 1);
    insta::assert_snapshot!(ran.lines("ERROR: ").join("\n"), @"ERROR: cannot get the OIDC token: the step's OIDC token: GitHub Actions answered HTTP 401 (HTTP 401)");
}

#[test]
fn github_actions_is_asked_anew_at_each_renewal() {
    let mut world = github(Server::builder().told_lifetime(Duration::ZERO).start()).unrecorded();
    world.set("CONCURRENCY", "1").write("b", "b").run_to(0);
    // At the start, for the listing, and for each file.
    let exchanges = world.server.count("AssumeRoleWithWebIdentity");
    assert_eq!(exchanges, 1 + 1 + 2);
    assert_eq!(world.server.count("RequestToken"), exchanges);
}

#[test]
fn the_file_is_read_anew_at_each_renewal() {
    let server = Server::builder().told_lifetime(Duration::ZERO).start();
    let mut world = World::with_server(server);
    world.unset("BITBUCKET_STEP_OIDC_TOKEN").write("a", "a");
    let first = world.server.token().sign();
    let second = world.server.token().claim("jti", json!("second")).sign();
    let path = world.working_folder().join("token");
    std::fs::write(&path, &first).unwrap();
    world.set("AWS_WEB_IDENTITY_TOKEN_FILE", "token");
    world.server.inject(
        Fault::new(test_server::Effect::Hold)
            .on("ListObjectsV2")
            .times(1),
    );
    let child = world.spawn();
    assert!(world.server.wait_until_held(1, crate::support::PATIENCE));
    // Written whole under another name first, as those who renew such files do.
    std::fs::write(path.with_extension("new"), &second).unwrap();
    std::fs::rename(path.with_extension("new"), &path).unwrap();
    world.server.release();
    assert_eq!(world.wait(child).code, Some(0));
    assert_eq!(sent(&world), second);
}

#[test]
fn a_missing_token_is_asked_about_in_the_words_of_the_system() {
    for (system, question) in [
        (
            "BITBUCKET_BUILD_NUMBER",
            "is `oidc: true` set on this step?",
        ),
        (
            "GITHUB_ACTIONS",
            "does the job have `permissions: id-token: write`, ",
        ),
        (
            "CIRCLECI",
            "is `CIRCLE_OIDC_TOKEN_V2` passed to the pipe's container, ",
        ),
        ("GITLAB_CI", "does the job define `id_tokens:`, "),
    ] {
        let mut world = elsewhere();
        let ran = world.set(system, "1").run_to(2);
        let errors = ran.lines("ERROR: AWS_OIDC_ROLE_ARN: ").join("\n");
        assert!(errors.contains(question), "{system}: {errors}");
        assert!(world.server.requests().is_empty());
    }
}

#[test]
fn a_source_that_leads_nowhere_is_refused_before_anything_is_sent() {
    for (name, value, expected) in [
        (
            "OIDC_TOKEN_VARIABLE",
            "MY_TOKEN",
            "OIDC_TOKEN_VARIABLE: the variable `MY_TOKEN` that it names is not set; ",
        ),
        (
            "OIDC_TOKEN_VARIABLE",
            "S3_BUCKET",
            "OIDC_TOKEN_VARIABLE: the variable `S3_BUCKET` that it names holds no OIDC token; ",
        ),
        (
            "OIDC_TOKEN_VARIABLE",
            "eyJh.eyJp.c2ln",
            "OIDC_TOKEN_VARIABLE: its value is not the name of a variable; ",
        ),
        (
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "nowhere",
            "AWS_WEB_IDENTITY_TOKEN_FILE: `nowhere` cannot be read ",
        ),
        (
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "site",
            "AWS_WEB_IDENTITY_TOKEN_FILE: `site` cannot be read (it is a folder, not a file); ",
        ),
    ] {
        let mut world = elsewhere();
        let ran = world.set(name, value).run_to(2);
        assert!(ran.says(&format!("ERROR: {expected}")), "{}", ran.stderr);
        assert!(!ran.stderr.contains("eyJh"));
    }
    let mut world = elsewhere();
    world
        .set("ACTIONS_ID_TOKEN_REQUEST_URL", "http://example.com/")
        .set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "x");
    let ran = world.run_to(2);
    assert!(
        ran.says("ERROR: ACTIONS_ID_TOKEN_REQUEST_URL: `http://example.com/` is not an https URL"),
        "{}",
        ran.stderr
    );
}
