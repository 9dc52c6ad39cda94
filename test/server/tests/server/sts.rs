//! STS over the wire: the XML of both answers, and the caller's identity.

use crate::client::{assume_role, send, session};
use serde_json::json;
use std::time::Duration;
use test_server::Server;

#[test]
fn a_token_is_exchanged() {
    let server = Server::start();
    let environment = server.token().deployment_environment("{e}").sign();
    let answer = assume_role(&server, &environment, &[("Policy", "{}")]).unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.element("AccessKeyId").starts_with("ASIA"));
    assert_eq!(answer.element("Audience"), server.audience());
    let sessions = server.sessions();
    assert_eq!(sessions[0].policy.as_deref(), Some("{}"));
    assert_eq!(sessions[0].session_token, answer.element("SessionToken"));
    let request = &server.requests()[0];
    assert_eq!(request.operation, "AssumeRoleWithWebIdentity");
    assert_eq!(request.query["RoleSessionName"], "acme-site-42");
    assert_eq!(request.status, Some(200));
}

#[test]
fn refusals_speak_as_sts_does() {
    let server = Server::start();
    let refused = |token: String| {
        let answer = assume_role(&server, &token, &[]).unwrap();
        (
            answer.status,
            answer.element("Code").to_owned(),
            answer.element("Message").to_owned(),
        )
    };
    let (status, code, message) = refused(server.token().expired().sign());
    assert_eq!((status, code.as_str()), (400, "ExpiredTokenException"));
    assert!(
        message.starts_with("Token expired: current date/time "),
        "{message}"
    );
    let expected =
        |status: u16, code: &str, message: &str| (status, code.to_owned(), message.to_owned());
    assert_eq!(
        refused(server.token().audience("other").sign()),
        expected(400, "InvalidIdentityToken", "Incorrect token audience")
    );
    server.set_trust_policy(server.role_arn(), json!({ "Statement": [] }));
    assert_eq!(
        refused(server.token().sign()),
        expected(
            403,
            "AccessDenied",
            "Not authorized to perform sts:AssumeRoleWithWebIdentity"
        )
    );
    assert_eq!(
        server.requests()[2].error_code.as_deref(),
        Some("AccessDenied")
    );
}

#[test]
fn the_caller_is_told() {
    let server = Server::builder()
        .session_lifetime(Duration::from_mins(1))
        .start();
    let keys = session(&server).unwrap();
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/x/y/sts/aws4_request",
        keys.access
    );
    let token = keys.token.unwrap();
    let headers = [
        ("authorization", authorization.as_str()),
        ("x-amz-security-token", &token),
    ];
    let ask = || send(&server, "POST", "/", &headers, b"Action=GetCallerIdentity").unwrap();
    assert_eq!(
        ask().element("Arn"),
        "arn:aws:sts::123456789012:assumed-role/deploy/acme-site-42"
    );
    server.expire_sessions();
    assert_eq!(ask().element("Code"), "ExpiredToken");
    let unsigned = send(&server, "POST", "/", &[], b"Action=GetCallerIdentity").unwrap();
    assert_eq!(unsigned.element("Code"), "MissingAuthenticationToken");
}

#[test]
fn a_role_is_assumed_from_another() {
    let server = Server::start();
    let next = "arn:aws:iam::210987654321:role/site";
    let keys = session(&server).unwrap();
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/x/y/sts/aws4_request",
        keys.access
    );
    let token = keys.token.unwrap();
    let headers = [
        ("authorization", authorization.as_str()),
        ("x-amz-security-token", &token),
    ];
    let form = format!("Action=AssumeRole&RoleArn={next}&RoleSessionName=acme");
    let ask = |form: &str| send(&server, "POST", "/", &headers, form.as_bytes()).unwrap();
    let refused = ask(&form);
    assert_eq!(
        (refused.status, refused.element("Code")),
        (403, "AccessDenied")
    );
    assert_eq!(
        refused.element("Message"),
        "User: arn:aws:sts::123456789012:assumed-role/deploy/acme-site-42 is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::210987654321:role/site"
    );
    let trust = json!({ "Effect": "Allow", "Principal": { "AWS": "123456789012" }, "Action": "sts:AssumeRole" });
    server.set_trust_policy(next, json!({ "Statement": trust }));
    server.set_max_session_seconds(next, 43_200);
    let answer = ask(&form);
    assert_eq!(
        answer.element("Arn"),
        "arn:aws:sts::210987654321:assumed-role/site/acme"
    );
    assert!(answer.element("AccessKeyId").starts_with("ASIA"));
    let long = ask(&format!("{form}&DurationSeconds=3601"));
    assert_eq!(
        long.element("Message"),
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
    );
}
