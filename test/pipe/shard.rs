//! One deploy over several steps: shares of the first phase side by side, and a last step that makes
//! sure of them before it publishes anything.

use crate::support::{PATIENCE, Ran, World};
use deploy_core::record;
use std::collections::BTreeMap;
use test_server::{Change, DEFAULT_BUCKET, Effect, Fault, Object};

/// A site with assets, pages and something to delete, and variables that all its steps share.
fn site() -> World {
    let mut world = World::new();
    for index in 0..60 {
        world.write(&format!("assets/{index}.js"), format!("{index}"));
        world.write(&format!("{index}.html"), format!("src=assets/{index}.js"));
    }
    world.write("index.html", "src=assets/0.js");
    world.server.put_object(DEFAULT_BUCKET, "assets/0.js", "?");
    world.server.put_object(DEFAULT_BUCKET, "old.js", "old");
    world.set("DELETE_FLAG", "true").set("SHARD", "auto");
    world
}

/// What Bitbucket tells the parallel step `index` of four.
fn parallel(world: &mut World, index: usize) -> &mut World {
    world
        .set("BITBUCKET_PARALLEL_STEP", &index.to_string())
        .set("BITBUCKET_PARALLEL_STEP_COUNT", "4")
        .set("REPORT_FILE", &format!("report-{index}.json"))
}

/// What it tells the step behind them.
fn last(world: &mut World) -> &mut World {
    world
        .unset("BITBUCKET_PARALLEL_STEP")
        .unset("BITBUCKET_PARALLEL_STEP_COUNT")
        .set("REPORT_FILE", "report.json")
        .set("SHARD", "final/4")
}

/// Runs the parallel step `index` of four alone.
fn run_share(world: &mut World, index: usize) -> Ran {
    parallel(world, index).run()
}

fn files(world: &World) -> BTreeMap<String, Vec<u8>> {
    let names = (0..60).flat_map(|index| [format!("assets/{index}.js"), format!("{index}.html")]);
    let names = names.chain(["index.html".to_owned()]);
    names
        .map(|name| (name.clone(), std::fs::read(world.path(&name)).unwrap()))
        .collect()
}

fn bucket(world: &World) -> BTreeMap<String, Vec<u8>> {
    let keys = world.keys().into_iter();
    keys.filter_map(|key| Some((key.clone(), world.bytes(&key)?)))
        .collect()
}

#[test]
fn four_steps_at_once_and_a_last_one_make_the_bucket_equal_to_the_folder() {
    let mut world = site();
    let steps: Vec<_> = (0..4)
        .map(|index| parallel(&mut world, index).spawn())
        .collect();
    for (index, step) in steps.into_iter().enumerate() {
        let ran = world.wait(step);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let number = index + 1;
        let last = format!("✔ Share {number} of 4 is in the bucket: ");
        assert!(ran.stdout.starts_with(&last), "{}", ran.stdout);
        assert!(ran.says(&format!("INFO: plan of share {number} of 4 for ")));
    }
    let put: Vec<_> = world
        .server
        .changes()
        .iter()
        .filter_map(|change| match change {
            Change::Put { key, .. } => Some(key.clone()),
            Change::Delete { .. } => None,
        })
        .collect();
    let shared: Vec<_> = put
        .iter()
        .filter(|key| key.starts_with("assets/"))
        .collect();
    // The two that were there before, and each asset once.
    assert_eq!((put.len(), shared.len()), (62, 61));
    assert!(world.keys().contains(&"old.js".to_owned()));

    let report = last(&mut world).deploy();
    assert_eq!(bucket(&world), files(&world));
    assert_eq!(report["planned"]["uploads"], 61);
    assert_eq!(report["planned"]["unchanged"], 60);
    assert_eq!(report["deleted"], serde_json::json!(["old.js"]));
    assert_eq!(
        report["shard"],
        serde_json::json!({"role": "final", "share": null, "shares": 4})
    );
}

#[test]
fn a_repeat_of_every_step_uploads_nothing() {
    let mut world = site().unrecorded();
    for repeat in 0..2 {
        for index in 0..4 {
            let ran = run_share(world.set("SHARD", "auto"), index);
            assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        }
        last(&mut world).deploy();
        assert_eq!(bucket(&world), files(&world));
        if repeat == 0 {
            world.server.clear_requests();
        }
    }
    let counts: Vec<_> = world.server.counts().into_iter().collect();
    assert_eq!(
        counts,
        [
            ("AssumeRoleWithWebIdentity".to_owned(), 5),
            ("ListObjectsV2".to_owned(), 5)
        ]
    );
}

#[test]
fn a_killed_share_is_named_by_the_last_step_and_brought_by_its_repeat() {
    let mut world = site();
    for index in [0, 1, 3] {
        assert_eq!(run_share(&mut world, index).code, Some(0));
    }
    let hold = Fault::new(Effect::Hold).on("PutObject");
    world.server.inject(hold.skip(3));
    let mut step = parallel(&mut world, 2).set("CONCURRENCY", "1").spawn();
    assert!(world.server.wait_until_held(1, PATIENCE));
    step.kill().unwrap();
    step.wait().unwrap();
    // The request that is held is released only after the last step has looked.
    world.server.clear_faults();

    let before = bucket(&world);
    let missing = 60
        - before
            .keys()
            .filter(|key| key.starts_with("assets/"))
            .count();
    world.server.clear_requests();
    let ran = last(&mut world).run_to(2);
    assert!(missing > 1, "{missing}");
    assert_eq!(
        ran.lines("ERROR: ")[0],
        format!(
            "ERROR: refused: the parallel steps left out {missing} files, or uploaded others; nothing may follow until they are there"
        )
    );
    let line = format!(
        "  share 3 of 4 (BITBUCKET_PARALLEL_STEP 2) lacks {missing} files, for example `assets/"
    );
    assert!(ran.says(&line), "{}", ran.stderr);
    assert_eq!(ran.lines("ERROR: ").len(), 1, "{}", ran.stderr);
    assert!(ran.says("  hint: did that parallel step fail"));
    assert_eq!(
        ran.stdout,
        "✖ Deployment refused. Nothing was written. Fix the cause, then run it again.\n"
    );
    assert_eq!(bucket(&world), before);
    assert_eq!(world.server.count("PutObject"), 0);
    assert_eq!(world.server.count("DeleteObjects"), 0);

    world.server.release();
    assert_eq!(run_share(world.set("SHARD", "auto"), 2).code, Some(0));
    last(&mut world).deploy();
    assert_eq!(bucket(&world), files(&world));
}

#[test]
fn shares_may_be_named_where_the_step_is_not_told_its_place() {
    let mut world = site();
    for index in 0..4 {
        world.set("SHARD", &format!("{index}/4"));
        let report = world.deploy();
        assert_eq!(
            report["shard"],
            serde_json::json!({"role": "share", "share": index + 1, "shares": 4})
        );
        assert_eq!(report["not_attempted"]["deletions"], 0);
    }
    last(&mut world).deploy();
    assert_eq!(bucket(&world), files(&world));
}

#[test]
fn outside_of_parallel_steps_auto_is_a_whole_deploy() {
    let world = site();
    let report = world.deploy();
    assert_eq!(bucket(&world), files(&world));
    assert_eq!(report["shard"], serde_json::Value::Null);
}

#[test]
fn parallel_steps_are_whole_deploys_unless_they_are_to_be_shares() {
    let mut world = site();
    parallel(&mut world, 1).unset("SHARD").run_to(0);
    assert_eq!(bucket(&world), files(&world));
}

#[test]
fn what_makes_no_share_is_refused() {
    let mut world = site();
    for value in ["4/4", "/", "final", "yes"] {
        let ran = world.set("SHARD", value).run_to(2);
        assert!(ran.says(&format!("ERROR: SHARD: `{value}` is not a share")));
    }
    world
        .set("SHARD", "auto")
        .set("BITBUCKET_PARALLEL_STEP", "1");
    assert!(world.run_to(2).says("ERROR: SHARD: `auto` finds "));
    world
        .set("BITBUCKET_PARALLEL_STEP_COUNT", "4")
        .unset("DELETE_FLAG");
    let ran = world.set("LOCAL_PATH", "site/index.html").run_to(2);
    assert!(ran.says("ERROR: SHARD: one file cannot be divided"));
    assert!(world.server.requests().is_empty());
}

#[test]
fn the_session_of_a_share_can_neither_delete_nor_invalidate() {
    let mut world = site();
    world.set("CLOUDFRONT_DISTRIBUTION_ID", "E1");
    assert_eq!(run_share(&mut world, 0).code, Some(0));
    last(&mut world);
    for index in 1..4 {
        world.set("SHARD", &format!("{index}/4")).deploy();
    }
    last(&mut world).deploy();
    let policies: Vec<_> = world.server.sessions();
    let allows = |index: usize, action: &str| {
        let policy = policies[index].policy.as_deref();
        policy.unwrap().contains(action)
    };
    for action in ["s3:DeleteObject", "cloudfront:CreateInvalidation"] {
        assert!((0..4).all(|index| !allows(index, action)), "{action}");
        assert!(allows(4, action), "{action}");
    }
}

#[test]
fn the_last_step_invalidates_what_the_shares_replaced() {
    let mut world = site();
    world.set("CLOUDFRONT_DISTRIBUTION_ID", "E1");
    for index in 0..4 {
        assert_eq!(run_share(&mut world, index).code, Some(0));
    }
    assert!(world.server.invalidations().is_empty());
    // `assets/0.js` was replaced; the last step cannot see that, and the note tells it.
    last(&mut world).deploy();
    assert_eq!(world.server.invalidations()[0].paths, ["/*"]);
    assert_eq!(bucket(&world), files(&world));
}

#[test]
fn the_guards_of_the_last_step_hold() {
    let mut world = site();
    for index in 0..4 {
        assert_eq!(run_share(world.set("MAX_DELETE", "0"), index).code, Some(0));
    }
    let before = bucket(&world);
    let ran = last(&mut world).run_to(2);
    assert!(ran.stderr.contains("more than MAX_DELETE (0) allows"));
    world.set("EXCLUDE", "*").run_to(2);
    assert_eq!(bucket(&world), before);
}

#[test]
fn a_share_replaces_nothing_against_no_overwrite() {
    let mut world = site();
    world.set("NO_OVERWRITE", "true").unset("DELETE_FLAG");
    let codes: Vec<_> = (0..4)
        .map(|index| run_share(&mut world, index).code)
        .collect();
    let refused = codes.iter().filter(|code| **code == Some(2)).count();
    assert_eq!((refused, codes.contains(&Some(1))), (1, false), "{codes:?}");
    assert_eq!(world.bytes("assets/0.js").as_deref(), Some(&b"?"[..]));
}

/// Shares write no record: the last step does, for all of them, and what they have sent it has looked at.
#[test]
fn the_last_step_keeps_the_record_for_all_shares() {
    let mut world = site();
    let deploy = |world: &mut World| {
        for index in 0..4 {
            let before = world.server.object(DEFAULT_BUCKET, record::KEY);
            let ran = run_share(world.set("SHARD", "auto"), index);
            assert_eq!(ran.code, Some(0), "{}", ran.stderr);
            let after = world.server.object(DEFAULT_BUCKET, record::KEY);
            let bytes = |object: Option<Object>| object.map(|object| object.bytes.to_vec());
            assert_eq!(bytes(after), bytes(before), "share {index}");
        }
        world.server.clear_requests();
        last(world).deploy()
    };
    let known = |world: &World| {
        let object = world.server.object(DEFAULT_BUCKET, record::KEY).unwrap();
        let record = record::read(&object.bytes, "").unwrap();
        let lines = record.lines.iter();
        let sent = lines.filter(|(_, entry)| entry.set.is_some()).count();
        (record.head.state, record.lines.len(), sent)
    };
    // With a fingerprint, so that it stays for DELETE_GRACE.
    let chunk = "assets/chunk.3f2a9c1b.js";
    world.write(chunk, "chunk");
    let report = deploy(&mut world);
    assert_eq!(report["planned"]["uploads"], 61);
    // 61 pages were sent by this step, and 61 assets by others.
    assert_eq!(known(&world), (record::State::Done, 122, 122));
    assert_eq!(world.server.count("HeadObject"), 61);

    // Nothing is left to be asked, and headers are the last step's business.
    world.set("CACHE_CONTROL", "no-cache").remove(chunk);
    let report = deploy(&mut world);
    assert_eq!(
        report["planned"]["uploads_by_reason"],
        serde_json::json!({"headers": 121})
    );
    // The one that the server is asked after an upload, whether it keeps this header.
    assert_eq!(world.server.count("HeadObject"), 1);
    assert!(world.keys().contains(&chunk.to_owned()));
    assert_eq!(known(&world), (record::State::Done, 122, 122));
    let report = deploy(&mut world);
    assert_eq!(report["outcome"], "unchanged");

    world.set("DELETE_GRACE", "0");
    let report = deploy(&mut world);
    assert_eq!(report["deleted"], serde_json::json!([chunk]));
    assert_eq!(known(&world), (record::State::Done, 121, 121));
}
