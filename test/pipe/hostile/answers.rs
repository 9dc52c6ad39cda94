//! Servers that mean harm: answers that never end, grow, lead in circles, or quote what they were told.

use std::io::{self, BufRead as _, BufReader, Read as _, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;

use crate::support::{Ran, World};
use test_server::{DEFAULT_BUCKET, Effect, Fault};

/// Kibibytes of address space that a run may take: far more than it needs, and far less than what
/// is sent to it.
const ADDRESS_SPACE_KIB: u32 = 4 << 20;

/// Writes an answer to the connection, for as long as the client takes it.
type Answer = fn(&mut dyn Write) -> io::Result<()>;

/// Base URL of a server that gives every request the same `answer`. It lasts as long as the tests.
fn endpoint(answer: Answer) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || {
                // The client ends the connection in the middle of it.
                drop(serve(&stream, answer));
            });
        }
    });
    format!("http://{address}")
}

fn serve(stream: &TcpStream, answer: Answer) -> io::Result<()> {
    let mut request = BufReader::new(stream);
    let mut body_bytes = 0;
    loop {
        let mut line = String::new();
        request.read_line(&mut line)?;
        let line = line.trim().to_ascii_lowercase();
        if let Some(length) = line.strip_prefix("content-length: ") {
            body_bytes = length.parse().unwrap_or_default();
        }
        if line.is_empty() {
            break;
        }
    }
    io::copy(&mut request.take(body_bytes), &mut io::sink())?;
    let mut stream = stream;
    answer(&mut stream)
}

/// One chunk of a body in chunked encoding, again and again.
fn for_ever(stream: &mut dyn Write, status: &str, start: &str, piece: &str) -> io::Result<()> {
    let piece = piece.repeat(1000);
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: application/xml\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{start}\r\n",
        start.len()
    )?;
    loop {
        write!(stream, "{:x}\r\n{piece}\r\n", piece.len())?;
    }
}

fn listing(stream: &mut dyn Write) -> io::Result<()> {
    let piece = "<Contents><Key>a</Key><Size>1</Size></Contents>";
    for_ever(stream, "200 OK", "<ListBucketResult>", piece)
}

fn refusal(stream: &mut dyn Write) -> io::Result<()> {
    for_ever(stream, "403 Forbidden", "<Error><Message>", "no ")
}

fn trouble(stream: &mut dyn Write) -> io::Result<()> {
    for_ever(stream, "500 Internal Server Error", "<Error>", "<x>")
}

fn headers(stream: &mut dyn Write) -> io::Result<()> {
    write!(stream, "HTTP/1.1 200 OK\r\n")?;
    loop {
        stream.write_all("x-filler: aaaaaaaaaaaaaaaa\r\n".repeat(100).as_bytes())?;
    }
}

fn until_closed(stream: &mut dyn Write) -> io::Result<()> {
    write!(stream, "HTTP/1.1 200 OK\r\n\r\n<ListBucketResult>")?;
    loop {
        stream.write_all(&[b' '; 4096])?;
    }
}

/// Runs `world` with a limit to the memory that it can ask for.
fn run_within_bounds(world: &World) -> Ran {
    let command = world.command();
    let mut limited = Command::new("sh");
    limited
        .arg("-c")
        .arg(format!("ulimit -v {ADDRESS_SPACE_KIB} && exec \"$0\""))
        .arg(command.get_program())
        .env_clear()
        .current_dir(world.working_folder())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for (name, value) in command.get_envs() {
        limited.env(name, value.unwrap());
    }
    world.wait(limited.spawn().unwrap())
}

#[test]
fn answers_that_never_end_are_ended_within_bounded_memory() {
    const TOO_LARGE: &str = "the server's answer has more than 16 MiB";
    for (answer, expected, code_at_sts) in [
        (listing as Answer, TOO_LARGE, 1),
        // The status says that the identity is refused.
        (refusal, TOO_LARGE, 3),
        (trouble, TOO_LARGE, 1),
        (until_closed, TOO_LARGE, 1),
        (headers, "message head is too large", 1),
    ] {
        for (variable, operation, code) in [
            ("AWS_ENDPOINT_URL_S3", "ListObjectsV2", 1),
            (
                "AWS_ENDPOINT_URL_STS",
                "AssumeRoleWithWebIdentity",
                code_at_sts,
            ),
        ] {
            let mut world = World::with_files(&[("a", "a")]);
            world.set("AWS_MAX_ATTEMPTS", "1");
            let ran = run_within_bounds(world.set(variable, &endpoint(answer)));
            let told = ran.stderr.contains(operation) && ran.stderr.contains(expected);
            assert!(told, "{operation}: {}", ran.stderr);
            assert_eq!(ran.code, Some(code), "{ran:?}");
            assert!(world.keys().is_empty());
        }
    }
}

/// Has ListObjectsV2 answer with this body.
fn listed(world: &World, body: &str) {
    let respond = Effect::Respond {
        status: 200,
        headers: vec![("content-type".to_owned(), "application/xml".to_owned())],
        body: body.to_owned().into(),
    };
    world.server.inject(Fault::new(respond).on("ListObjectsV2"));
}

#[test]
fn entities_are_not_expanded() {
    let bomb = r#"<?xml version="1.0"?>
<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>
<ListBucketResult><Contents><Key>&d;</Key><Size>1</Size></Contents></ListBucketResult>"#;
    let file = r#"<?xml version="1.0"?>
<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<ListBucketResult><Contents><Key>&a;</Key><Size>1</Size></Contents></ListBucketResult>"#;
    for body in [bomb, file] {
        let mut world = World::with_files(&[("a", "a")]);
        listed(&world, body);
        let ran = world.set("AWS_MAX_ATTEMPTS", "1").run_to(1);
        assert!(
            ran.says("ERROR: cannot list `s3://my-bucket/`: ListObjectsV2: "),
            "{}",
            ran.stderr
        );
        assert!(!ran.stderr.contains("aaaaaaaaaa") && !ran.stderr.contains("root:"));
        assert!(world.keys().is_empty());
    }
}

#[test]
fn a_listing_that_leads_in_a_circle_is_ended() {
    for (pages, expected, requests) in [
        (
            "<NextContinuationToken>x</NextContinuationToken>",
            "its own next one",
            2,
        ),
        ("", "a truncated page without a continuation token", 1),
    ] {
        let world = World::with_files(&[("a", "a")]);
        // An empty page each time, so that only the token tells.
        let body =
            format!("<ListBucketResult><IsTruncated>true</IsTruncated>{pages}</ListBucketResult>");
        listed(&world, &body);
        let ran = world.run_to(1);
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
        assert_eq!(world.server.count("ListObjectsV2"), requests);
    }
}

#[test]
fn keys_from_elsewhere_are_neither_believed_nor_deleted() {
    for key in ["elsewhere/x", "docsx", "docs", "../docs/x", "/docs/x"] {
        let mut world = World::with_files(&[("a", "a")]);
        world.server.put_object(DEFAULT_BUCKET, key, "x");
        let object = format!("<Contents><Key>{key}</Key><Size>1</Size></Contents>");
        listed(
            &world,
            &format!("<ListBucketResult>{object}</ListBucketResult>"),
        );
        let ran = world
            .set("S3_BUCKET", "my-bucket/docs")
            .set("DELETE_FLAG", "true")
            .run_to(1);
        assert!(
            ran.stderr
                .contains("a key is outside the prefix that was asked for"),
            "{}",
            ran.stderr
        );
        assert_eq!(world.keys(), [key]);
    }
}

/// The first characters of a secret.
fn start(secret: &str, characters: usize) -> &str {
    secret.get(..characters).unwrap()
}

#[test]
fn secrets_that_a_server_repeats_are_masked() {
    for (format, operation) in [
        ("pipe", "AssumeRoleWithWebIdentity"),
        ("json", "AssumeRoleWithWebIdentity"),
        ("pipe", "ListObjectsV2"),
        ("json", "PutObject"),
    ] {
        let mut world = World::with_files(&[("a", "a")]);
        let token = world.server.token().sign();
        let session = "FwoGZXIvYXdzEBYaDNnE/example+session+token==";
        let message = format!("{token} and {session} and {} are bad", start(&token, 40));
        world.set("LOG_FORMAT", format).set("DEBUG", "true");
        if operation == "AssumeRoleWithWebIdentity" {
            world.set("BITBUCKET_STEP_OIDC_TOKEN", &token);
        } else {
            world
                .server
                .add_static_keys("AKIAEXAMPLE", "hunter2hunter2");
            world
                .unset("AWS_OIDC_ROLE_ARN")
                .set("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
                .set("AWS_SECRET_ACCESS_KEY", "hunter2hunter2")
                .set("AWS_SESSION_TOKEN", session);
            let listing = "<ListBucketResult></ListBucketResult>";
            if operation == "PutObject" {
                listed(&world, listing);
            }
        }
        world
            .server
            .inject(Fault::error(403, "AccessDenied", &message).on(operation));
        let ran = world.run();
        let report = std::fs::read(world.working_folder().join("report.json")).unwrap();
        let traces = format!(
            "{}{}{}",
            ran.stdout,
            ran.stderr,
            String::from_utf8_lossy(&report)
        );
        let secret = if operation == "AssumeRoleWithWebIdentity" {
            start(&token, 16)
        } else {
            start(session, 16)
        };
        assert!(!traces.contains(secret), "{operation}: {traces}");
        assert!(traces.contains("*** and "), "{operation}: {traces}");
    }
}

#[test]
fn what_a_server_says_cannot_forge_a_line_or_steer_a_terminal() {
    let message = "no\n::error::x\n✔ Deployment successful.\u{202e}\u{9b}31m";
    for operation in ["AssumeRoleWithWebIdentity", "ListObjectsV2", "PutObject"] {
        let world = World::with_files(&[("a", "a")]);
        world
            .server
            .inject(Fault::error(400, "Bad\nCode", message).on(operation));
        let ran = world.run();
        for line in ran.stderr.lines() {
            assert!(!line.trim_start().starts_with("::"), "{line}");
            assert!(!line.starts_with('✔'), "{line}");
        }
        assert!(
            !ran.stderr.contains(['\u{202e}', '\u{9b}']),
            "{}",
            ran.stderr
        );
        assert!(ran.stdout.starts_with("✖ "), "{}", ran.stdout);
    }
}
