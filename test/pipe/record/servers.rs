//! Servers that take conditions otherwise than S3: all of them work, and what is missing is told.

use super::{read, site, stored};
use deploy_core::record::State;
use test_server::{BucketOptions, Conditions, DEFAULT_BUCKET, Fault};

const UNPROTECTED: &str = "WARNING: the server does not heed conditions of PUT requests";

#[test]
fn every_server_has_its_record_and_one_line_says_what_protection_is_missing() {
    for (conditions, is_protected) in [
        (Conditions::Heeded, true),
        (Conditions::OnlyUnquoted, true),
        (Conditions::Conflict, true),
        (Conditions::Ignored, false),
        (Conditions::NoIfMatch, false),
    ] {
        let world = site();
        let options = BucketOptions {
            conditions,
            ..BucketOptions::default()
        };
        world.server.set_bucket_options(DEFAULT_BUCKET, options);
        for content in ["a", "b", "b", "c"] {
            world.write("a.css", content);
            let ran = world.run_to(0);
            let told = ran.lines(UNPROTECTED).len();
            assert_eq!(
                told,
                usize::from(!is_protected),
                "{conditions:?} {}",
                ran.stderr
            );
            assert_eq!(read(&world).head.state, State::Done, "{conditions:?}");
        }
        let conditional = read(&world).head.conditional;
        assert_eq!(conditional, Some(is_protected), "{conditions:?}");
    }
}

#[test]
fn a_server_that_is_never_content_does_not_keep_a_deploy() {
    let world = site();
    world.run_to(0);
    world.write("a.css", "b");
    let conflict = Fault::error(409, "ConditionalRequestConflict", "try again");
    let record = deploy_core::record::KEY;
    world
        .server
        .inject(conflict.on("PutObject").key(record).times(3));
    let ran = world.run_to(0);
    assert_eq!(ran.lines(UNPROTECTED).len(), 1, "{}", ran.stderr);
    assert_eq!(read(&world).head.state, State::Done);
}

#[test]
fn a_lost_answer_is_not_taken_for_another_deploy() {
    let world = site();
    world.run_to(0);
    world.write("a.css", "b");
    let cut = Fault::new(test_server::Effect::CutBeforeResponse).on("PutObject");
    world
        .server
        .inject(cut.key(deploy_core::record::KEY).times(1));
    let ran = world.run_to(0);
    assert!(!ran.says("WARNING"), "{}", ran.stderr);
    assert_eq!(read(&world).head.state, State::Done);
    assert!(stored(&world).is_some());
}
