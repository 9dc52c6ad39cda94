//! Credentials and tokens that end before the deploy does. No test waits for that: the server says of
//! every session that it has ended already, so that each request of the deploy renews it, and what
//! really comes with time is in `src/command/deploy/renewal.rs`.

use crate::support::World;
use serde_json::json;
use std::time::Duration;
use test_server::{Fault, Server};

/// How often the step's token was exchanged.
const EXCHANGE: &str = "AssumeRoleWithWebIdentity";

/// A deploy of `files` that renews its session for every request.
fn renewing(files: u32) -> World {
    let mut world = World::with_server(Server::builder().told_lifetime(Duration::ZERO).start());
    for index in 0..files {
        world.write(&format!("{index:04}"), "x");
    }
    world.set("CONCURRENCY", "1");
    world
}

#[test]
fn a_renewal_goes_through_the_whole_chain_of_roles() {
    let mut world = renewing(20).unrecorded();
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
    assert_eq!(world.keys().len(), 20);
    // At the start, for the listing, and for each file.
    assert_eq!(report["requests"][EXCHANGE], 1 + 1 + 20);
    assert_eq!(report["requests"]["AssumeRole"], 1 + 1 + 20);
    assert_eq!(report["requests"]["PutObject"], 20);
    let roles = world.server.sessions().into_iter();
    let last = roles.map(|session| session.role_arn).next_back();
    assert_eq!(last.as_deref(), Some("arn:aws:iam::123456789012:role/site"));
}

#[test]
fn a_deploy_longer_than_its_token_stops_cleanly_and_is_finished_by_the_next() {
    let mut world = renewing(100).unrecorded();
    world.write("index.html", "x");
    let expired = "Token expired: current date/time 1700000000 must be before the expiration date/time 1600000000";
    let expired = Fault::error(400, "ExpiredTokenException", expired);
    // Not before ten files are there.
    world.server.inject(expired.on(EXCHANGE).skip(1 + 1 + 10));
    let ran = world.run_to(3);
    assert_eq!(
        ran.lines("ERROR: ").len(),
        1,
        "one line tells for all: {}",
        ran.stderr
    );
    let refusal = "AssumeRoleWithWebIdentity: ExpiredTokenException: Token expired: ";
    assert!(ran.lines("ERROR: ")[0].contains(refusal), "{}", ran.stderr);
    assert!(ran.says("ERROR: the credentials are no longer accepted"));
    assert!(
        ran.says("  hint: did the step run longer than its token is valid?"),
        "{}",
        ran.stderr
    );
    assert_eq!(
        ran.stdout,
        "✖ Deployment failed: the credentials are no longer accepted. 10 of 101 changes done, 1 failed, 90 not attempted. No page has changed. Running it again with new ones finishes it.\n"
    );
    assert_eq!(world.keys().len(), 10);
    assert!(!world.keys().contains(&"index.html".to_owned()));
    assert_eq!(ran.lines("INFO: + ").len(), 10, "what was sent was done");
    assert_eq!(world.server.count(EXCHANGE), 1 + 1 + 10 + 1);
    world.server.clear_faults();
    world.set("CONCURRENCY", "64").deploy();
    assert_eq!(world.keys().len(), 101);
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
