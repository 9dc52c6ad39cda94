//! Requests that are sent without the SDK's orchestration are the SDK's own, and what they meet is
//! dealt with as the SDK does.

use std::collections::BTreeMap;

use crate::support::World;
use test_server::Fault;

/// Headers that belong to one attempt, those that only the SDK's orchestration adds, and those that say
/// which of its features were used.
const OF_ONE_ATTEMPT: [&str; 6] = [
    "amz-sdk-invocation-id",
    "amz-sdk-request",
    "authorization",
    "user-agent",
    "x-amz-date",
    "x-amz-user-agent",
];

/// The first attempt of each request goes the short way, the second is the SDK's.
#[test]
fn both_ways_send_the_same() {
    let large = vec![7; 20 << 20];
    let mut world = World::with_files(&[("a b+c/ä.html", "<p>")]).unrecorded();
    world.write("large.bin", &large);
    world
        .set("CACHE_CONTROL", "max-age=60")
        .set("ACL", "bucket-owner-full-control")
        .set("STORAGE_CLASS", "STANDARD_IA")
        .set("TAGGING", "team=web")
        .set("METADATA", "commit=1")
        .set("EXPECTED_BUCKET_OWNER", "123456789012")
        .set("CONCURRENCY", "1");
    for operation in ["PutObject", "UploadPart"] {
        let error = Fault::error(503, "SlowDown", "Please reduce your request rate.");
        world.server.inject(error.on(operation).times(1));
    }
    let report = world.deploy();
    assert_eq!(report["requests"]["PutObject"], 2);
    assert_eq!(report["requests"]["UploadPart"], 4);
    for operation in ["PutObject", "UploadPart"] {
        let requests = world.server.requests_of(operation);
        let [direct, orchestrated, ..] = &requests[..] else {
            panic!("{operation} was not sent again");
        };
        let is_orchestrated =
            |headers: &BTreeMap<String, String>| headers.contains_key("amz-sdk-request");
        assert!(!is_orchestrated(&direct.headers), "{operation}");
        assert!(is_orchestrated(&orchestrated.headers), "{operation}");
        let sent = |headers: &BTreeMap<String, String>| {
            let mut headers = headers.clone();
            headers.retain(|name, _| !OF_ONE_ATTEMPT.contains(&name.as_str()));
            headers
        };
        assert_eq!(sent(&direct.headers), sent(&orchestrated.headers));
        assert!(direct.headers["user-agent"].ends_with("app/aws-oidc-s3-deploy"));
        assert_eq!(
            (&direct.key, &direct.query),
            (&orchestrated.key, &orchestrated.query)
        );
    }
    assert!(world.bytes("large.bin") == Some(large));
}

/// One attempt is one attempt, whichever way it goes.
#[test]
fn a_first_attempt_counts_among_the_attempts() {
    let mut world = World::with_files(&[("a", "a")]);
    let error = Fault::error(500, "InternalError", "We encountered an internal error.");
    world.server.inject(error.on("PutObject"));
    let report = world.set("AWS_MAX_ATTEMPTS", "2").report(1);
    assert_eq!(report["requests"]["PutObject"], 2);
    assert_eq!(world.server.requests_of("PutObject").len(), 2);
}
