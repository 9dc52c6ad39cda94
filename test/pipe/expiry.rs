//! Credentials and tokens that end before the deploy does.

use crate::support::World;
use serde_json::json;
use std::time::Duration;
use test_server::{DEFAULT_BUCKET, Effect, Fault, Server};

/// How often the step's token was exchanged.
const EXCHANGE: &str = "AssumeRoleWithWebIdentity";

/// A server whose sessions are short, and on which `files` uploads, two at a time, take so many
/// seconds at least. Sessions are renewed when a quarter of them is left: that must be more than a
/// busy machine takes for a request.
fn slow(session_secs: u64, files: u32, seconds: u64) -> World {
    let delay = Duration::from_secs(2 * seconds) / files;
    let server = Server::builder()
        .session_lifetime(Duration::from_secs(session_secs))
        .delay(delay)
        .start();
    let mut world = World::with_server(server);
    for index in 0..files {
        world.write(&format!("{index:04}"), "x");
    }
    world.set("CONCURRENCY", "2");
    world
}

#[test]
fn a_deploy_longer_than_its_sessions_renews_them_once_each() {
    let mut world = slow(8, 100, 10);
    world.set("AWS_ROLE_CHAIN", "arn:aws:iam::123456789012:role/site");
    let policy = json!({
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "AWS": world.server.role_arn() },
            "Action": "sts:AssumeRole",
        }],
    });
    world
        .server
        .set_trust_policy("arn:aws:iam::123456789012:role/site", policy);
    let report = world.deploy();
    assert_eq!(world.keys().len(), 100);
    // A session lasts seven to eight seconds, as its end is told to the second, and is renewed after
    // three quarters of them.
    let seconds = report["seconds"].as_f64().unwrap();
    let exchanges = report["requests"][EXCHANGE].as_f64().unwrap();
    assert!(
        exchanges >= 2.0 && exchanges <= 2.0 + seconds / 5.0,
        "{exchanges} in {seconds} s"
    );
    assert_eq!(
        report["requests"]["AssumeRole"],
        report["requests"][EXCHANGE]
    );
    assert_eq!(
        report["requests"]["PutObject"], 100,
        "no request met an ended session"
    );
}

#[test]
fn a_deploy_longer_than_its_token_stops_cleanly_and_is_finished_by_the_next() {
    // The token ends before the session is to be renewed, after eight to nine seconds.
    let mut world = slow(12, 100, 16);
    world.write("index.html", "x");
    let token = world
        .server
        .token()
        .expires_in(Duration::from_secs(8))
        .sign();
    let ran = world.set("BITBUCKET_STEP_OIDC_TOKEN", &token).run_to(3);
    let refusal =
        "AssumeRoleWithWebIdentity: ExpiredTokenException: the step's OIDC token has expired";
    assert_eq!(
        ran.lines("ERROR: ").len(),
        2,
        "one item tells for all: {}",
        ran.stderr
    );
    assert!(ran.lines("ERROR: ")[0].ends_with(&format!(
        "not sent, because the session has ended: {refusal}"
    )));
    assert!(ran.says("ERROR: AWS no longer accepts the credentials"));
    assert!(
        ran.says("INFO: hint: did the step run longer than its token is valid?"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.says("INFO: failed: 1 upload, 0 deletions"),
        "{}",
        ran.stderr
    );
    assert_eq!(
        ran.stdout,
        "✖ Deployment failed: AWS refused the identity. Running it again, with a valid one, finishes it.\n"
    );
    let there = world.keys().len();
    assert!(there > 0 && there < 100, "{there}");
    assert!(!world.keys().contains(&"index.html".to_owned()));
    assert!(
        ran.says(&format!("INFO: done: {there} uploads")),
        "what was sent was done: {}",
        ran.stderr
    );
    assert_eq!(
        world.server.count(EXCHANGE),
        1,
        "an expired token is not sent"
    );
    let token = world.server.token().sign();
    world
        .set("BITBUCKET_STEP_OIDC_TOKEN", &token)
        .set("CONCURRENCY", "64")
        .deploy();
    assert_eq!(world.keys().len(), 101);
}

#[test]
fn a_refused_renewal_is_not_asked_for_again_and_leaves_no_parts() {
    let lifetime = Duration::from_secs(32);
    let mut world = World::with_server(Server::builder().session_lifetime(lifetime).start());
    // Four parts, one at a time. Three quarters of the lifetime pass with the second one, so that the
    // third asks for the renewal and the fourth is not begun; a quarter is left for cleaning up.
    let file = std::fs::File::create(world.path("large.bin")).unwrap();
    file.set_len(32 << 20).unwrap();
    world.set("CONCURRENCY", "1");
    let part = Fault::new(Effect::Delay(Duration::from_millis(24_500)));
    world.server.inject(part.on("UploadPart").skip(1).times(1));
    let denied = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
    let denied = Fault::error(403, "AccessDenied", denied);
    world.server.inject(denied.on(EXCHANGE).skip(1));
    let ran = world.run_to(3);
    assert!(
        ran.says("ERROR: AWS no longer accepts the credentials"),
        "{}",
        ran.stderr
    );
    assert_eq!(world.server.count(EXCHANGE), 2);
    assert_eq!(world.server.count("UploadPart"), 3);
    assert_eq!(
        world.server.open_uploads(DEFAULT_BUCKET),
        0,
        "{}",
        ran.stderr
    );
    assert!(ran.lines("WARNING: ").is_empty());
}

#[test]
fn a_session_that_will_end_too_soon_is_warned_about() {
    let mut world = World::with_files(&[("small", "x")]);
    let token = world
        .server
        .token()
        .expires_in(Duration::from_mins(2))
        .sign();
    world
        .set("BITBUCKET_STEP_OIDC_TOKEN", &token)
        .set("DRY_RUN", "true");
    assert!(world.run_to(0).lines("WARNING: ").is_empty());
    // Sparse: nothing of it is ever written or read. At 10 MiB/s it takes over an hour.
    let file = std::fs::File::create(world.path("large.bin")).unwrap();
    file.set_len(40 << 30).unwrap();
    let warnings = world.run_to(0);
    let warnings = warnings.lines("WARNING: ");
    assert_eq!(warnings.len(), 1);
    assert!(
        warnings[0].starts_with("WARNING: this deploy may take about 68 minutes, but its credentials last about 59 minutes"),
        "{warnings:?}"
    );
    // A token that is valid for longer renews them.
    let token = world
        .server
        .token()
        .expires_in(Duration::from_hours(2))
        .sign();
    world.set("BITBUCKET_STEP_OIDC_TOKEN", &token);
    assert!(world.run_to(0).lines("WARNING: ").is_empty());
}
