//! What the benchmark needs of the server: objects that are there from the start, unsigned requests,
//! and an account of a run.

use crate::client::{self, send};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, TcpStream};
use std::time::SystemTime;
use std::time::{Duration, Instant};
use test_server::{DEFAULT_BUCKET, Recording, Server, Tail, Throttle};

#[test]
fn unsigned_requests_are_refused_unless_allowed() {
    let target = format!("/{DEFAULT_BUCKET}/k");
    let refused = send(&Server::start(), "PUT", &target, &[], b"bytes").unwrap();
    assert_eq!(
        (refused.status, refused.element("Code")),
        (403, "AccessDenied")
    );

    let server = Server::builder().anonymous().start();
    let put = send(&server, "PUT", &target, &[], b"bytes").unwrap();
    assert_eq!(put.status, 200);
    assert_eq!(server.object(DEFAULT_BUCKET, "k").unwrap().bytes, "bytes");
    let get = send(&server, "GET", &target, &[], b"").unwrap();
    assert_eq!(get.body, "bytes");
}

#[test]
fn a_folder_is_there_from_the_start() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    std::fs::write(folder.path().join("a"), "hello").unwrap();
    std::fs::write(folder.path().join("sub/é"), "").unwrap();
    let server = Server::start();
    server.preload(DEFAULT_BUCKET, folder.path()).unwrap();
    let objects = server.objects(DEFAULT_BUCKET);
    assert_eq!(objects.keys().collect::<Vec<_>>(), ["a", "sub/é"]);
    assert_eq!(objects["a"].etag, "5d41402abc4b2a76b9719d911017c592");
    let written = std::fs::metadata(folder.path().join("a")).unwrap();
    assert!(objects["a"].last_modified < written.modified().unwrap());
    assert!(
        server
            .preload(DEFAULT_BUCKET, &folder.path().join("a"))
            .is_err()
    );
}

#[test]
fn the_digest_is_of_what_is_stored() {
    let server = Server::start();
    server.put_object("other", "not-asked-for", "");
    server.put_object(DEFAULT_BUCKET, "b c", "hello");
    server.put_object(DEFAULT_BUCKET, "a", "");
    let target = format!("/_test/digest?bucket={DEFAULT_BUCKET}");
    let lines = send(&server, "GET", &target, &[], b"").unwrap().body;
    assert_eq!(
        lines,
        "d41d8cd98f00b204e9800998ecf8427e a\n5d41402abc4b2a76b9719d911017c592 b c\n"
    );
    let none = send(&server, "GET", "/_test/digest?bucket=nothing", &[], b"").unwrap();
    assert_eq!(none.body, "");
}

#[test]
fn measures_tell_of_a_run() {
    let server = Server::builder()
        .recording(Recording::CountsOnly)
        .anonymous()
        .start();
    let measures = || -> Value {
        let answer = send(&server, "GET", "/_test/measures", &[], b"").unwrap();
        serde_json::from_str(&answer.body).unwrap()
    };
    assert_eq!(measures()["first_request_unix_micros"], Value::Null);

    let before = unix_micros();
    client::session(&server).unwrap();
    send(&server, "PUT", &format!("/{DEFAULT_BUCKET}/k"), &[], b"").unwrap();
    let after = unix_micros();

    let told = measures();
    assert_eq!(
        told["counts"],
        serde_json::json!({"AssumeRoleWithWebIdentity": 1, "PutObject": 1})
    );
    assert_eq!(told["max_in_flight"], 1);
    let first = u128::from(told["first_request_unix_micros"].as_u64().unwrap());
    assert!(
        (before..=after).contains(&first),
        "{before} {first} {after}"
    );
    send(&server, "POST", "/_test/clear", &[], b"").unwrap();
    assert_eq!(measures()["counts"], serde_json::json!({}));
}

#[test]
fn what_comes_too_fast_is_asked_to_slow_down() {
    let throttle = Throttle {
        per_second: 1,
        lasts: Duration::from_hours(1),
    };
    let server = Server::builder().anonymous().throttle(throttle).start();
    // Others than S3 are left alone.
    client::session(&server).unwrap();
    let began = Instant::now();
    let mut taken = 0;
    let refused = loop {
        let answer = send(&server, "PUT", &format!("/{DEFAULT_BUCKET}/k"), &[], b"").unwrap();
        if answer.status != 200 {
            break answer;
        }
        taken += 1;
    };
    assert_eq!((refused.status, refused.element("Code")), (503, "SlowDown"));
    assert!(
        f64::from(taken) <= 1.0 + began.elapsed().as_secs_f64(),
        "{taken}"
    );
}

#[test]
fn some_answers_come_late() {
    let tail = Tail {
        one_of: 2,
        delay: Duration::from_millis(300),
    };
    let server = Server::builder().anonymous().tail(tail).start();
    let put = || send(&server, "PUT", &format!("/{DEFAULT_BUCKET}/k"), &[], b"").unwrap();
    assert_eq!(put().status, 200);
    let began = Instant::now();
    assert_eq!(put().status, 200);
    assert!(began.elapsed() >= tail.delay);
}

#[test]
fn connections_are_counted_by_address() {
    let server = Server::builder().addresses(3).start();
    let addresses: BTreeSet<IpAddr> = (1..=3)
        .map(|last| IpAddr::from([127, 0, 0, last]))
        .collect();
    for address in &addresses {
        let mut stream = TcpStream::connect((*address, server.port())).unwrap();
        let request = b"GET /_test/counts HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
        stream.write_all(request).unwrap();
        // Who is answered is accepted.
        stream.read_to_end(&mut Vec::new()).unwrap();
    }
    let connections = server.connections();
    assert_eq!(
        connections.by_address.into_keys().collect::<BTreeSet<_>>(),
        addresses
    );
    assert_eq!(connections.resumed, 0);
}

fn unix_micros() -> u128 {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since_epoch.unwrap_or_default().as_micros()
}
