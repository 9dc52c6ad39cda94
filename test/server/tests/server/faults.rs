//! What each effect does to a connection and to the store.

use crate::client::{Answer, Keys, assume_role, send, session, signed};
use std::io;
use std::time::{Duration, Instant};
use test_server::{DEFAULT_BUCKET, Effect, Fault, Server};

/// Far more than any wait here takes.
const PATIENCE: Duration = Duration::from_secs(20);

fn start() -> io::Result<(Server, Keys)> {
    let server = Server::start();
    let keys = session(&server)?;
    server.clear_requests();
    Ok((server, keys))
}

fn put(server: &Server, keys: &Keys, key: &str) -> io::Result<Answer> {
    signed(
        server,
        keys,
        "PUT",
        &format!("/{DEFAULT_BUCKET}/{key}"),
        &[],
        b"hello",
    )
}

#[test]
fn errors_are_answered_and_nothing_is_done() {
    let (server, keys) = start().unwrap();
    server.inject(
        Fault::error(503, "SlowDown", "Please reduce <your> rate.")
            .on("PutObject")
            .times(1),
    );
    let answer = put(&server, &keys, "k").unwrap();
    assert_eq!((answer.status, answer.element("Code")), (503, "SlowDown"));
    assert_eq!(
        answer.element("Message"),
        "Please reduce &lt;your&gt; rate."
    );
    assert!(server.object(DEFAULT_BUCKET, "k").is_none());
    assert_eq!(put(&server, &keys, "k").unwrap().status, 200);
    let codes: Vec<_> = server
        .requests()
        .into_iter()
        .map(|request| request.error_code)
        .collect();
    assert_eq!(codes, [Some("SlowDown".to_owned()), None]);

    server.inject(Fault::error(400, "IDPCommunicationError", "").on("AssumeRoleWithWebIdentity"));
    let refused = assume_role(&server, &server.token().sign(), &[]).unwrap();
    assert!(
        refused.body.starts_with("<ErrorResponse"),
        "{}",
        refused.body
    );
    assert_eq!(refused.element("Code"), "IDPCommunicationError");
}

#[test]
fn connections_are_cut() {
    let cases = [
        (Effect::CutBeforeBody, false),
        (Effect::CutDuringBody, false),
        (Effect::CutBeforeResponse, true),
        (Effect::CutResponse, true),
    ];
    for (effect, done) in cases {
        let (server, keys) = start().unwrap();
        server.inject(Fault::new(effect.clone()).key("k"));
        assert!(put(&server, &keys, "k").is_err(), "{effect:?}");
        assert_eq!(
            server.object(DEFAULT_BUCKET, "k").is_some(),
            done,
            "{effect:?}"
        );
        assert_eq!(server.requests()[0].status.is_some(), done, "{effect:?}");
        assert_eq!(put(&server, &keys, "other").unwrap().status, 200);
    }
}

#[test]
fn a_get_breaks_off_in_the_middle() {
    let (server, keys) = start().unwrap();
    server.put_object(DEFAULT_BUCKET, "k", "x".repeat(100_000));
    let get = || signed(&server, &keys, "GET", "/my-bucket/k", &[], b"");
    server.inject(Fault::new(Effect::CutResponse).on("GetObject").times(1));
    assert_eq!(get().unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    assert_eq!(get().unwrap().body.len(), 100_000);
}

#[test]
fn single_keys_fail_inside_a_delete() {
    let (server, keys) = start().unwrap();
    for key in ["a", "b", "c"] {
        server.put_object(DEFAULT_BUCKET, key, "");
    }
    server.inject(Fault::key_errors("AccessDenied", "Access Denied").key("b"));
    let delete = |xml: &str| {
        let checksum = content_md5(xml);
        let headers = [("content-md5", checksum.as_str())];
        signed(
            &server,
            &keys,
            "POST",
            "/my-bucket?delete=",
            &headers,
            xml.as_bytes(),
        )
        .unwrap()
    };
    let answer = delete(
        "<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object>\
         <Object><Key>never</Key></Object></Delete>",
    );
    assert_eq!(answer.status, 200);
    assert!(
        answer
            .body
            .contains("<Error><Code>AccessDenied</Code><Key>b</Key>"),
        "{}",
        answer.body
    );
    assert_eq!(answer.elements("Key"), ["a", "never", "b"]);
    let left: Vec<String> = server.objects(DEFAULT_BUCKET).into_keys().collect();
    assert_eq!(left, ["b", "c"]);
    let quiet = delete("<Delete><Quiet>true</Quiet><Object><Key>c</Key></Object></Delete>");
    assert!(quiet.elements("Key").is_empty(), "{}", quiet.body);
    assert_eq!(server.objects(DEFAULT_BUCKET).len(), 1);
}

fn content_md5(text: &str) -> String {
    use s3s::crypto::{Checksum as _, Md5};
    aws_smithy_types::base64::encode(Md5::checksum(text.as_bytes()))
}

#[test]
fn held_requests_wait_for_their_release() {
    let (server, keys) = start().unwrap();
    server.inject(
        Fault::new(Effect::Hold)
            .on("PutObject")
            .key_containing("held")
            .times(2),
    );
    std::thread::scope(|scope| {
        let requests = ["held/1", "held/2"].map(|key| {
            let (server, keys) = (&server, &keys);
            scope.spawn(move || put(server, keys, key))
        });
        assert!(server.wait_until_held(2, PATIENCE));
        assert!(server.wait_for("PutObject", 2, PATIENCE));
        assert!(server.objects(DEFAULT_BUCKET).is_empty());
        server.release();
        for request in requests {
            assert_eq!(request.join().unwrap().unwrap().status, 200);
        }
    });
    assert_eq!((server.held(), server.max_in_flight()), (0, 2));
    assert_eq!(server.objects(DEFAULT_BUCKET).len(), 2);
}

#[test]
fn a_dropped_server_lets_go_of_held_requests() {
    let (server, keys) = start().unwrap();
    server.inject(Fault::new(Effect::Hold));
    let port = server.port();
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    io::Write::write_all(&mut stream, b"GET /my-bucket/k HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    assert!(server.wait_until_held(1, PATIENCE));
    drop((server, keys));
    assert_eq!(io::Read::read(&mut stream, &mut [0; 10]).unwrap_or(0), 0);
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn answers_are_delayed_or_made_up() {
    let (server, keys) = start().unwrap();
    server.inject(Fault::new(Effect::Delay(Duration::from_millis(50))).times(1));
    let body = "<Error><Code>InternalError</Code></Error>".into();
    let headers = vec![("x-made-up".to_owned(), "yes".to_owned())];
    server.inject(
        Fault::new(Effect::Respond {
            status: 200,
            headers,
            body,
        })
        .key("made-up"),
    );
    let began = Instant::now();
    assert_eq!(put(&server, &keys, "k").unwrap().status, 200);
    assert!(began.elapsed() >= Duration::from_millis(50));
    let answer = put(&server, &keys, "made-up").unwrap();
    assert_eq!(
        (answer.status, answer.element("Code")),
        (200, "InternalError")
    );
    assert_eq!(answer.headers["x-made-up"], "yes");
    assert!(server.object(DEFAULT_BUCKET, "made-up").is_none());
}

#[test]
fn counts_are_served_to_other_processes() {
    let (server, keys) = start().unwrap();
    put(&server, &keys, "k").unwrap();
    let counts = send(&server, "GET", "/_test/counts", &[], b"").unwrap();
    assert_eq!(counts.body, r#"{"PutObject":1}"#);
    send(&server, "POST", "/_test/clear", &[], b"").unwrap();
    assert_eq!(server.count("PutObject"), 0);
}
