//! First contact: objects that the record does not tell of are asked once, up to a bound, and those that it
//! tells of never, whatever their ETags say.

use super::{read, site};
use crate::support::{Ran, World};
use deploy_core::record::KeyHash;
use serde_json::{Value, json};
use test_server::{DEFAULT_BUCKET, Fault};

/// A site that was deployed before there was a record.
fn stranger() -> World {
    let mut world = site();
    world.set("DEPLOY_RECORD", "off").deploy();
    world.unset("DEPLOY_RECORD");
    world.server.clear_requests();
    world
}

/// What a deploy uploads, and how many objects it asks before it does.
fn deploy(world: &World) -> (Value, usize) {
    world.server.clear_requests();
    let report = world.deploy();
    let requests = world.server.requests();
    let before = requests.iter().map(|request| request.operation.as_str());
    let before = before.take_while(|operation| *operation != "PutObject");
    let asked = before.filter(|operation| *operation == "HeadObject");
    (
        report["planned"]["uploads_by_reason"].clone(),
        asked.count(),
    )
}

#[test]
fn a_change_of_headers_is_noticed_on_first_contact_and_nobody_is_asked_twice() {
    let mut world = stranger();
    world.set("CACHE_CONTROL", "no-cache");
    assert_eq!(deploy(&world), (json!({"headers": 3}), 3));
    assert_eq!(deploy(&world), (json!({}), 0));

    let mut world = stranger();
    let ran = world.run_to(0);
    assert!(
        ran.says("INFO: asked what 3 objects not in the deploy record yet are stored with"),
        "{}",
        ran.stderr
    );
    assert_eq!(world.last_report()["outcome"], "unchanged");
    assert_eq!(world.server.count("HeadObject"), 3);
    assert_eq!(deploy(&world), (json!({}), 0));
    // What was found is as good as what was sent.
    world.set("CACHE_CONTROL", "no-cache");
    assert_eq!(deploy(&world), (json!({"headers": 3}), 0));
    // What somebody else puts there is a stranger again.
    world.server.put_object(DEFAULT_BUCKET, "a.css", "a");
    assert_eq!(
        deploy(&world),
        (json!({}), 0),
        "the same bytes have the same ETag"
    );
    world.server.put_object(DEFAULT_BUCKET, "b.css", "b");
    world.write("b.css", "b");
    assert_eq!(deploy(&world), (json!({"headers": 1}), 1));
}

#[test]
fn beyond_a_bound_the_next_deploys_ask() {
    let mut world = World::new();
    for index in 0..1_002 {
        world.write(&format!("{index}.css"), "a");
    }
    world.set("DEPLOY_RECORD", "off").deploy();
    world.unset("DEPLOY_RECORD");
    let lines = |ran: &Ran| {
        let lines = ran.lines("INFO: asked what ").into_iter();
        // Progress, which a busy machine has time for, is not what they are held to.
        lines
            .filter(|line| line.contains("not in the deploy record"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    for (asked, expected) in [
        (
            1_000,
            Some(
                "INFO: asked what 1000 objects not in the deploy record yet are stored with; the next deploys ask 2 more",
            ),
        ),
        (
            2,
            Some("INFO: asked what 2 objects not in the deploy record yet are stored with"),
        ),
        (0, None),
    ] {
        world.server.clear_requests();
        let ran = world.run_to(0);
        assert_eq!(world.server.count("HeadObject"), asked);
        assert_eq!(lines(&ran), Vec::from_iter(expected));
        assert_eq!(world.last_report()["outcome"], "unchanged");
    }
}

#[test]
fn who_may_not_ask_deploys_all_the_same_and_one_line_names_the_permission() {
    let mut world = stranger();
    world.set("CACHE_CONTROL", "no-cache");
    let denied = Fault::error(403, "AccessDenied", "Access Denied");
    world.server.inject(denied.on("HeadObject"));
    let ran = world.run_to(0);
    let warnings = ran.lines("WARNING: ");
    assert_eq!(warnings.len(), 1, "{}", ran.stderr);
    assert!(
        warnings[0].starts_with("WARNING: cannot tell what 3 objects not in the deploy record yet are stored with: HeadObject: ")
            && warnings[0].contains("allow the role s3:GetObject on `s3://my-bucket/*`"),
        "{}",
        warnings[0]
    );
    assert_eq!(world.last_report()["outcome"], "unchanged");
    // Nothing is taken for known that is not.
    world.server.clear_faults();
    assert_eq!(deploy(&world), (json!({"headers": 3}), 3));
}

/// Some servers do not know the request, and none of what it is for is worth a deploy.
#[test]
fn a_server_that_answers_nothing_to_it_is_deployed_to_all_the_same() {
    let mut world = stranger();
    world.set("AWS_MAX_ATTEMPTS", "1");
    let unknown = Fault::error(501, "NotImplemented", "no");
    world.server.inject(unknown.on("HeadObject"));
    let ran = world.run_to(0);
    let warnings = ran.lines("WARNING: ");
    assert!(
        warnings.len() == 1 && warnings[0].ends_with("COMPARE_HEADERS: 'false' does not ask"),
        "{}",
        ran.stderr
    );
    assert_eq!(world.last_report()["outcome"], "unchanged");
}

#[test]
fn nobody_is_asked_whose_answer_would_be_of_no_use() {
    for (name, value) in [
        ("COMPARE_HEADERS", "false"),
        ("EXTRA_ARGS", "--size-only"),
        // They could not be replaced.
        ("NO_OVERWRITE", "true"),
        // It would not be remembered.
        ("DEPLOY_RECORD", "off"),
        ("SHARD", "0/2"),
    ] {
        let mut world = stranger();
        world.set("CACHE_CONTROL", "no-cache").set(name, value);
        assert_eq!(deploy(&world), (json!({}), 0), "{name}");
    }
}

#[test]
fn a_record_tells_of_objects_under_a_kms_key_what_their_etags_do_not() {
    let mut world = site();
    world.write("large.bin", vec![7; 17 << 20]);
    world.set("SSE", "aws:kms").set("CHECKSUM", "required");
    assert_eq!(deploy(&world), (json!({"new": 4}), 0));
    assert_eq!(deploy(&world), (json!({}), 0));
    // A change is known for certain, and so is one of headers.
    world.write("a.css", "b");
    assert_eq!(deploy(&world), (json!({"content": 1}), 0));
    world.set("CACHE_CONTROL", "no-cache");
    assert_eq!(deploy(&world), (json!({"headers": 4}), 0));
    let record = read(&world);
    let line = record.lines.find(KeyHash::of("a.css")).unwrap();
    assert!(line.content.is_some());
}

#[test]
fn what_was_found_of_an_object_under_a_kms_key_is_recorded() {
    // Without a checksum of its own, the pipe knows only what S3 tells.
    for checksum in ["required", "auto"] {
        let mut world = site();
        world
            .set("SSE", "aws:kms")
            .set("CHECKSUM", checksum)
            .set("DEPLOY_RECORD", "off")
            .deploy();
        world.unset("DEPLOY_RECORD");
        assert_eq!(deploy(&world), (json!({}), 3), "{checksum}");
        assert_eq!(deploy(&world), (json!({}), 0), "{checksum}");
        // Somebody else's bytes have another ETag, of which the record says nothing.
        world.server.put_object(DEFAULT_BUCKET, "a.css", "?");
        assert_eq!(deploy(&world).0, json!({"content": 1}), "{checksum}");
    }
}
