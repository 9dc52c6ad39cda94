//! Proxies: https goes through a tunnel, http goes straight, and a refusal is told without secrets.

use crate::support::{Ran, World};
use std::fs;
use test_server::{Certificate, Connect, ConnectProxy, Server};

const USER: &str = "user:correcthorsebattery";

/// A world behind TLS whose https requests go through `proxy`, the authorities of both in `ca.pem`.
fn world(proxy: &ConnectProxy, user: &str) -> World {
    let server = Server::builder().tls(Certificate::Valid).start();
    let mut world = World::with_server(server);
    let authorities = [world.server.authority_pem(), proxy.authority_pem()];
    let bundle: String = authorities.into_iter().flatten().collect();
    fs::write(world.working_folder().join("ca.pem"), bundle).unwrap();
    world
        .set("AWS_CA_BUNDLE", "ca.pem")
        .set("HTTPS_PROXY", &proxy.url(user))
        .set("AWS_MAX_ATTEMPTS", "1")
        .set("DEBUG", "true")
        .write("a", "a")
        .write("b", "b");
    world
}

fn address(world: &World) -> String {
    world.server.endpoint().replace("https://", "")
}

/// Neither the password of the proxy nor its encoding.
fn assert_silent(ran: &Ran) {
    for secret in ["correcthorse", "dXNlcjpjb3JyZWN0aG9yc2ViYXR0ZXJ5"] {
        assert!(!ran.stderr.contains(secret) && !ran.stdout.contains(secret));
    }
}

#[test]
fn https_goes_through_a_tunnel() {
    for certificate in [None, Some(Certificate::Valid)] {
        let proxy = ConnectProxy::start(Connect::Allow, certificate).unwrap();
        let world = world(&proxy, "");
        world.run_to(0);
        assert_eq!(world.keys(), ["a", "b"]);
        let asked = proxy.asked();
        assert!(!asked.is_empty());
        for connect in asked {
            assert_eq!(connect.target, address(&world));
            assert_eq!(connect.authorization, None);
        }
    }
}

#[test]
fn the_lower_case_name_serves_as_well() {
    let proxy = ConnectProxy::start(Connect::Allow, None).unwrap();
    let mut world = world(&proxy, "");
    world
        .unset("HTTPS_PROXY")
        .set("https_proxy", &proxy.url(""))
        .deploy();
    assert!(!proxy.asked().is_empty());
    let before = proxy.asked().len();
    world.set("no_proxy", "127.0.0.1").deploy();
    assert_eq!(proxy.asked().len(), before);
}

#[test]
fn the_user_of_the_proxy_is_sent_to_it_and_never_printed() {
    let proxy = ConnectProxy::start(Connect::Allow, None).unwrap();
    let world = world(&proxy, USER);
    assert_silent(&world.run_to(0));
    for connect in proxy.asked() {
        let sent = connect.authorization.unwrap_or_default();
        assert_eq!(sent, "Basic dXNlcjpjb3JyZWN0aG9yc2ViYXR0ZXJ5");
    }
    for request in world.server.requests() {
        assert!(!request.headers.contains_key("proxy-authorization"));
    }
}

#[test]
fn hosts_of_no_proxy_are_reached_straight() {
    for (no_proxy, is_straight) in [
        ("127.0.0.1", true),
        ("example.com, 127.0.0.1", true),
        ("127.0.0.0/8", true),
        ("*", true),
        ("example.com", false),
    ] {
        let proxy = ConnectProxy::start(Connect::Allow, None).unwrap();
        let mut world = world(&proxy, "");
        world.set("NO_PROXY", no_proxy).deploy();
        assert_eq!(proxy.asked().is_empty(), is_straight, "{no_proxy}");
    }
}

#[test]
fn a_proxy_that_refuses_is_told_from_a_server_that_does() {
    for (status, expected) in [
        (407, "proxy authorization required"),
        (403, "tunnel error: unsuccessful"),
    ] {
        let proxy = ConnectProxy::start(Connect::Refuse(status), None).unwrap();
        let world = world(&proxy, USER);
        let ran = world.run_to(1);
        assert_silent(&ran);
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
        assert!(
            ran.says("  hint: the proxy of HTTPS_PROXY "),
            "{}",
            ran.stderr
        );
        assert!(world.server.requests().is_empty());
    }
}

#[test]
fn a_proxy_that_is_not_there_is_told() {
    let proxy = ConnectProxy::start(Connect::Allow, None).unwrap();
    let mut world = world(&proxy, "");
    let ran = world.set("HTTPS_PROXY", "http://user:correcthorsebattery@127.0.0.1:1");
    let ran = ran.run_to(1);
    assert_silent(&ran);
    assert!(ran.stderr.contains("Connection refused"), "{}", ran.stderr);
}

#[test]
fn http_goes_straight_whatever_the_proxy() {
    let proxy = ConnectProxy::start(Connect::Allow, None).unwrap();
    let mut world = World::with_files(&[("a", "a")]);
    world
        .set("HTTPS_PROXY", &proxy.url(""))
        .set("HTTP_PROXY", &proxy.url(""))
        .set("http_proxy", &proxy.url(""))
        .deploy();
    assert!(proxy.asked().is_empty());
}

#[test]
fn a_proxy_cannot_stand_in_for_the_server() {
    // The tunnel leads to a server that another authority vouches for.
    let proxy = ConnectProxy::start(Connect::Allow, None).unwrap();
    let mut world = world(&proxy, "");
    let other = Server::builder().tls(Certificate::Valid).start();
    let ca = other.authority_pem().unwrap();
    fs::write(world.working_folder().join("other.pem"), ca).unwrap();
    let ran = world.set("AWS_CA_BUNDLE", "other.pem").run_to(1);
    assert!(
        ran.stderr.contains("invalid peer certificate"),
        "{}",
        ran.stderr
    );
    assert!(world.server.requests().is_empty());
}

#[test]
fn endpoints_without_tls_draw_a_warning_unless_they_are_of_this_machine() {
    // Nothing listens there, and it is not loopback by its address.
    for (variable, value) in [
        ("AWS_ENDPOINT_URL", "http://0.0.0.0:1"),
        ("AWS_ENDPOINT_URL_S3", "http://0.0.0.0:1"),
        ("AWS_ENDPOINT_URL_STS", "http://0.0.0.0:1"),
        ("AWS_ENDPOINT_URL_CLOUDFRONT", "http://0.0.0.0:1"),
        ("EXTRA_ARGS", "--endpoint-url http://0.0.0.0:1"),
    ] {
        for command in ["deploy", "whoami"] {
            let mut world = World::with_files(&[("a", "a")]);
            world.set("AWS_MAX_ATTEMPTS", "1").set("COMMAND", command);
            assert!(world.run().lines("WARNING: ").is_empty());
            let ran = world.set(variable, value).run();
            let warned = ran.lines(&format!("WARNING: {variable}: `http://")).len();
            assert_eq!(warned, 1, "{variable} {command}: {}", ran.stderr);
        }
    }
}
