//! HTTPS: whom the pipe trusts, and what goes over an encrypted connection.

use crate::support::{Ran, World};
use test_server::{Certificate, Effect, Fault, Server};

/// A world behind TLS, whose authority is in the file `ca.pem`.
fn world(certificate: Certificate) -> World {
    let mut world = World::with_server(Server::builder().tls(certificate).start());
    let authority = world.server.authority_pem().unwrap().to_owned();
    std::fs::write(world.working_folder().join("ca.pem"), authority).unwrap();
    world
        .set("AWS_MAX_ATTEMPTS", "1")
        .write("a", "a")
        .write("b", "b");
    world
}

fn refused(world: &World) -> Ran {
    let ran = world.run_to(1);
    assert!(world.server.requests().is_empty());
    ran
}

#[test]
fn a_private_authority_is_trusted_when_a_variable_names_it() {
    for variable in ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
        let mut world = world(Certificate::Valid);
        world.set(variable, "ca.pem").deploy();
        assert_eq!(world.keys(), ["a", "b"]);
        assert_eq!(world.deploy()["outcome"], "unchanged");
    }
}

#[test]
fn a_bundle_may_hold_certificates_that_cannot_be_read() {
    let mut world = world(Certificate::Valid);
    let bundle = world.working_folder().join("ca.pem");
    let mut pem =
        "-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n"
            .to_owned();
    pem.push_str(&std::fs::read_to_string(&bundle).unwrap());
    std::fs::write(bundle, pem).unwrap();
    world.set("AWS_CA_BUNDLE", "ca.pem").deploy();
}

#[test]
fn encrypted_bodies_are_proven_by_their_checksum_not_hashed_twice() {
    let mut world = world(Certificate::Valid);
    world.set("AWS_CA_BUNDLE", "ca.pem").deploy();
    for put in world.server.requests_of("PutObject") {
        assert_eq!(put.headers["x-amz-content-sha256"], "UNSIGNED-PAYLOAD");
        assert!(put.headers.contains_key("content-md5"));
    }
    world.set("CHECKSUM", "off").write("c", "c").deploy();
    let put = world.server.requests_of("PutObject").pop().unwrap();
    assert_ne!(put.headers["x-amz-content-sha256"], "UNSIGNED-PAYLOAD");
}

/// On the loopback interface nobody stands in between. Its address as one of IPv6 does not look like
/// loopback to this program, and so stands for a network here.
#[test]
fn bodies_are_signed_where_they_could_be_changed_on_the_way() {
    for (host, signed) in [("127.0.0.1", false), ("[::ffff:127.0.0.1]", true)] {
        let mut world = World::with_files(&[("a", "a"), ("b", "b")]);
        let endpoint = format!("http://{host}:{}", world.server.port());
        world.set("AWS_ENDPOINT_URL", &endpoint).deploy();
        for put in world.server.requests_of("PutObject") {
            let is_signed = put.headers["x-amz-content-sha256"] != "UNSIGNED-PAYLOAD";
            assert_eq!(is_signed, signed, "{endpoint}");
            assert!(put.headers.contains_key("content-md5"));
        }
    }
}

#[test]
fn a_certificate_that_signs_itself_is_trusted_when_a_variable_names_it() {
    let mut world = world(Certificate::SelfSigned);
    let ran = refused(&world);
    assert!(hints(&ran).contains("or with its own if it is self-signed, in AWS_CA_BUNDLE"));
    world.set("AWS_CA_BUNDLE", "ca.pem").deploy();
}

#[test]
fn an_authority_that_shows_itself_is_refused_with_the_cure() {
    let mut world = world(Certificate::SelfSignedAuthority);
    let ran = refused(world.set("AWS_CA_BUNDLE", "ca.pem"));
    assert!(
        hints(&ran).contains("`-addext basicConstraints=critical,CA:FALSE`"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stdout
            .contains("Fix the certificate or the endpoint, then run it again"),
        "{}",
        ran.stdout
    );
}

#[test]
fn tls_at_a_port_without_it_is_told_as_such_and_the_other_way_round() {
    let plain = World::with_files(&[("a", "a")]);
    let mut world = world(Certificate::Valid);
    let https = format!("https://127.0.0.1:{}", plain.server.port());
    let ran = refused(world.set("AWS_ENDPOINT_URL", &https));
    assert!(hints(&ran).contains("should the endpoint begin with `http://`?"));

    let mut plain = plain;
    let answer = Fault::new(Effect::Respond {
        status: 400,
        headers: Vec::new(),
        body: "Client sent an HTTP request to an HTTPS server.\n".into(),
    });
    plain.server.inject(answer);
    let ran = plain.set("AWS_MAX_ATTEMPTS", "1").run_to(1);
    assert!(
        hints(&ran).contains("begin the endpoint with `https://`"),
        "{}",
        ran.stderr
    );
}

fn hints(ran: &Ran) -> String {
    ran.lines("  hint: ").join("\n")
}

#[test]
fn an_unknown_authority_is_refused() {
    let mut world = world(Certificate::Valid);
    let other = Server::builder().tls(Certificate::Valid).start();
    std::fs::write(
        world.working_folder().join("other.pem"),
        other.authority_pem().unwrap(),
    )
    .unwrap();
    let ran = refused(world.set("AWS_CA_BUNDLE", "other.pem"));
    assert!(
        ran.stderr.contains("invalid peer certificate"),
        "{}",
        ran.stderr
    );
    assert!(hints(&ran).contains("nobody who is trusted here has signed"));
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let mut world = world(Certificate::WrongName);
    let ran = refused(world.set("AWS_CA_BUNDLE", "ca.pem"));
    assert!(ran.stderr.contains("not valid for name"), "{}", ran.stderr);
    assert!(hints(&ran).contains("is for other names"));
}

#[test]
fn an_expired_certificate_is_refused() {
    let mut world = world(Certificate::Expired);
    let ran = refused(world.set("AWS_CA_BUNDLE", "ca.pem"));
    assert!(ran.stderr.contains("certificate expired"), "{}", ran.stderr);
    assert!(hints(&ran).contains("out of date"));
}
