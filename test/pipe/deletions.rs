//! Deletions on AWS: of what was listed, and not of what somebody has put in its place since. Other
//! servers are not asked for that.

use crate::support::{PATIENCE, Ran, World};
use std::fs;
use test_server::{
    BucketOptions, Certificate, Connect, ConnectProxy, DEFAULT_BUCKET, Effect, Fault, Server,
};

/// A world in which the server has the name of AWS's S3.
struct Aws {
    world: World,
    /// Brings the requests to the server.
    _proxy: ConnectProxy,
}

fn aws() -> Aws {
    let server = Server::builder().tls(Certificate::Valid).start();
    let proxy = ConnectProxy::start(Connect::To(server.port()), None).unwrap();
    let mut world = World::with_server(server);
    let bundle = world.working_folder().join("ca.pem");
    fs::write(bundle, world.server.authority_pem().unwrap()).unwrap();
    world
        .set("AWS_CA_BUNDLE", "ca.pem")
        .set("HTTPS_PROXY", &proxy.url(""))
        .set("AWS_ENDPOINT_URL_S3", "https://s3.us-east-1.amazonaws.com")
        .set("S3_FORCE_PATH_STYLE", "true")
        .set("DELETE_FLAG", "true");
    world.write("index.html", "page");
    for key in ["old.css", "old.js"] {
        world.server.put_object(DEFAULT_BUCKET, key, "old");
    }
    Aws {
        world,
        _proxy: proxy,
    }
}

/// What comes of a deploy while whose only upload somebody writes `old.js` anew.
fn replaced(world: &World) -> Ran {
    let hold = Fault::new(Effect::Hold).on("PutObject").key("index.html");
    world.server.inject(hold.times(1));
    let deploy = world.spawn();
    assert!(world.server.wait_until_held(1, PATIENCE));
    world.server.put_object(DEFAULT_BUCKET, "old.js", "new");
    world.server.clear_faults();
    world.server.release();
    world.wait(deploy)
}

#[test]
fn what_somebody_has_replaced_since_it_was_listed_is_kept() {
    let Aws { world, _proxy } = aws();
    let ran = replaced(&world);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(world.keys(), ["index.html", "old.js"]);
    let kept = "INFO: s3://my-bucket/old.js is not deleted, because somebody has replaced it since";
    assert_eq!(ran.lines(kept).len(), 1, "{}", ran.stderr);
    let report = world.last_report();
    assert_eq!(report["deleted"], serde_json::json!(["old.css"]));
    let statuses = report["changes"].as_array().unwrap().iter();
    let statuses: Vec<_> = statuses
        .map(|change| (change["key"].as_str(), change["status"].as_str()))
        .collect();
    assert!(
        statuses.contains(&(Some("old.js"), Some("kept"))),
        "{statuses:?}"
    );
    // The next deploy compares with what is there now.
    world.deploy();
    assert_eq!(world.keys(), ["index.html"]);
}

/// XML cannot carry every character of a key, and those go one by one.
#[test]
fn a_key_that_goes_alone_has_its_condition_too() {
    let Aws { world, _proxy } = aws();
    world
        .server
        .put_object(DEFAULT_BUCKET, "old\u{1}.js", "old");
    world.deploy();
    assert_eq!(world.keys(), ["index.html"]);
    let alone = world.server.requests_of("DeleteObject");
    // The MD5 of `old`.
    assert_eq!(
        alone[0].headers["if-match"],
        "\"149603e6c03516362a8da23f624db945\""
    );
}

#[test]
fn an_object_that_is_gone_by_then_is_deleted() {
    let Aws { world, _proxy } = aws();
    let hold = Fault::new(Effect::Hold).on("PutObject").key("index.html");
    world.server.inject(hold.times(1));
    let deploy = world.spawn();
    assert!(world.server.wait_until_held(1, PATIENCE));
    world.server.delete_object(DEFAULT_BUCKET, "old.js");
    world.server.clear_faults();
    world.server.release();
    let ran = world.wait(deploy);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(world.last_report()["done"]["deletions"], 2);
}

/// The right to read is only there for what else the deploy reads: a role that lacks it deletes all the same.
#[test]
fn who_may_not_read_deletes_without_a_condition_and_one_line_says_so() {
    let Aws { world, _proxy } = aws();
    let refused = Fault::key_errors("AccessDenied", "Access Denied");
    world.server.inject(refused.times(1));
    let ran = world.run_to(0);
    assert_eq!(world.keys(), ["index.html"]);
    let told = ran.lines("INFO: objects are deleted even if somebody has replaced them");
    assert_eq!(told.len(), 1, "{}", ran.stderr);
    assert!(
        told[0].contains("the role needs `s3:GetObject` on them"),
        "{}",
        told[0]
    );
    assert_eq!(world.server.count("DeleteObjects"), 2);
}

#[test]
fn a_session_that_may_not_read_sends_no_condition() {
    let Aws { mut world, _proxy } = aws();
    world
        .set("COMPARE_HEADERS", "false")
        .set("DEPLOY_RECORD", "off");
    let ran = replaced(&world);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(world.keys(), ["index.html"]);
    let policy = world.server.sessions()[0].policy.clone().unwrap();
    let actions = "\"s3:AbortMultipartUpload\",\"s3:DeleteObject\"]";
    assert!(policy.contains(actions), "{policy}");
}

#[test]
fn other_servers_hear_of_no_condition() {
    let mut world = World::with_files(&[("index.html", "page")]);
    world.server.put_object(DEFAULT_BUCKET, "old.js", "old");
    world.set("DELETE_FLAG", "true");
    let ran = replaced(&world);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(world.keys(), ["index.html"]);
}

/// A policy of the bucket may deny whatever is put or deleted without a condition.
#[test]
fn a_bucket_that_demands_conditions_gets_them_or_the_hint_says_what_sends_them() {
    let Aws { mut world, _proxy } = aws();
    let options = BucketOptions {
        demands_conditions: true,
        ..BucketOptions::default()
    };
    world.server.set_bucket_options(DEFAULT_BUCKET, options);
    let ran = world.run_to(1);
    assert!(
        ran.says("  hint: the policy of the bucket or key denies it: does it demand what this deploy does not send, such as SSE, an ACL, a VPC endpoint or a condition (NO_OVERWRITE sends `If-None-Match`)?"),
        "{}",
        ran.stderr
    );
    world.set("NO_OVERWRITE", "true").deploy();
    assert_eq!(world.keys(), ["index.html"]);

    world.server.put_object(DEFAULT_BUCKET, "old.js", "old");
    let ran = world.set("COMPARE_HEADERS", "false").run_to(1);
    assert!(
        ran.says("  hint: the policy of the bucket denies it: does it demand a condition (`s3:if-match`)? The pipe sends one to AWS if it may read the objects"),
        "{}",
        ran.stderr
    );
    world.unset("COMPARE_HEADERS").deploy();
    assert_eq!(world.keys(), ["index.html"]);
}
