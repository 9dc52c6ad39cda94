//! No secret is ever printed or written to disk, at any log level.

use crate::support::World;
use test_server::{Fault, GITHUB_ISSUER, GITHUB_REQUEST_TOKEN};

/// Everything of a run that somebody could read afterwards.
fn traces(world: &World) -> String {
    let output = world.command().output().unwrap();
    let mut traces = String::from_utf8_lossy(&output.stdout).into_owned();
    traces.push_str(&String::from_utf8_lossy(&output.stderr));
    for entry in std::fs::read_dir(world.working_folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            traces.push_str(&String::from_utf8_lossy(&std::fs::read(path).unwrap()));
        }
    }
    traces
}

fn assert_silent(traces: &str, secrets: &[&str]) {
    assert!(traces.contains("INFO: "), "the run said something at all");
    for secret in secrets {
        // A leak of a part would be a leak: look for the first 16 characters too.
        let start: String = secret.chars().take(16).collect();
        assert!(
            !secret.is_empty() && !traces.contains(&start),
            "a secret was printed"
        );
    }
}

#[test]
fn tokens_and_sessions_stay_secret_at_debug_level_in_good_and_bad_runs() {
    for fault in [
        None,
        Some(Fault::error(403, "AccessDenied", "Access Denied").on("PutObject")),
        Some(Fault::error(500, "InternalError", "no").on("ListObjectsV2")),
        Some(Fault::error(403, "AccessDenied", "Not authorized").on("AssumeRoleWithWebIdentity")),
    ] {
        let mut world = World::with_files(&[("a", "a")]);
        world
            .set("DEBUG", "true")
            .set("RUST_LOG", "trace")
            .set("AWS_MAX_ATTEMPTS", "2");
        let token = world.server.token().sign();
        world.set("BITBUCKET_STEP_OIDC_TOKEN", &token);
        let signature = token.rsplit('.').next().unwrap().to_owned();
        let payload = token.split('.').nth(1).unwrap().to_owned();
        world.server.inject(
            fault.unwrap_or_else(|| Fault::error(500, "none", "none").on("NoSuchOperation")),
        );
        let traces = traces(&world);
        assert_silent(&traces, &[&token, &signature, &payload]);
        for session in world.server.sessions() {
            assert_silent(&traces, &[&session.secret_key, &session.session_token]);
        }
    }
}

#[test]
fn tokens_of_every_source_stay_secret_in_every_command() {
    for source in ["CIRCLE_OIDC_TOKEN_V2", "MY_TOKEN", "file", "github"] {
        for (command, fault) in [
            ("deploy", None),
            ("whoami", None),
            ("deploy", Some("AssumeRoleWithWebIdentity")),
            ("whoami", Some("AssumeRoleWithWebIdentity")),
            ("whoami", Some("GetCallerIdentity")),
            ("whoami", Some("RequestToken")),
        ] {
            let mut world = World::with_files(&[("a", "a")]);
            let token = world.server.token().sign();
            world
                .unset("BITBUCKET_STEP_OIDC_TOKEN")
                .set("COMMAND", command)
                .set("OIDC_TOKEN_VARIABLE", "MY_TOKEN")
                .set("DEBUG", "true")
                .set("RUST_LOG", "trace")
                .set("AWS_MAX_ATTEMPTS", "1");
            match source {
                "github" => {
                    let url = world.server.github_request_url();
                    world
                        .set("ACTIONS_ID_TOKEN_REQUEST_URL", &url)
                        .set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", GITHUB_REQUEST_TOKEN);
                    let issuer = [world.server.audience(), "sts.amazonaws.com"];
                    world.server.set_provider(GITHUB_ISSUER, &issuer);
                }
                "file" => {
                    // Where the test's search of the working folder does not find it.
                    let folder = world.working_folder().join("elsewhere");
                    std::fs::create_dir(&folder).unwrap();
                    std::fs::write(folder.join("token"), &token).unwrap();
                    world.set("AWS_WEB_IDENTITY_TOKEN_FILE", "elsewhere/token");
                }
                name => {
                    world.set(name, &token);
                }
            }
            if let Some(operation) = fault {
                let fault = Fault::error(403, "AccessDenied", "Not authorized").on(operation);
                world.server.inject(fault);
            }
            let traces = traces(&world);
            let signature = token.rsplit('.').next().unwrap();
            assert_silent(&traces, &[&token, signature, GITHUB_REQUEST_TOKEN]);
            for request in world.server.requests_of("AssumeRoleWithWebIdentity") {
                assert_silent(&traces, &[&request.query["WebIdentityToken"]]);
            }
            for session in world.server.sessions() {
                assert_silent(&traces, &[&session.secret_key, &session.session_token]);
            }
        }
    }
}

#[test]
fn static_keys_and_proxy_passwords_stay_secret() {
    let mut world = World::with_files(&[("a", "a")]);
    world
        .server
        .add_static_keys("AKIAEXAMPLE", "hunter2hunter2hunter2");
    world.unset("AWS_OIDC_ROLE_ARN").set("DEBUG", "true");
    world
        .set("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .set("AWS_SECRET_ACCESS_KEY", "hunter2hunter2hunter2");
    let proxy = "http://user:correcthorsebattery@127.0.0.1:1";
    world.set("HTTPS_PROXY", proxy).set("AWS_MAX_ATTEMPTS", "1");
    assert_silent(
        &traces(&world),
        &["hunter2hunter2hunter2", "correcthorsebattery"],
    );
    world.set("HTTPS_PROXY", "user:correcthorsebattery@127.0.0.1:1");
    assert_silent(
        &traces(&world),
        &["hunter2hunter2hunter2", "correcthorsebattery"],
    );
}
