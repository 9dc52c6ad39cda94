//! NO_OVERWRITE: an object that exists is never replaced, neither by plan nor by race.

use crate::support::{PATIENCE, World};
use test_server::{DEFAULT_BUCKET, Effect, Fault};

fn protecting(files: &[(&str, &str)]) -> World {
    let mut world = World::with_files(files);
    world.set("NO_OVERWRITE", "true");
    world
}

#[test]
fn what_differs_is_refused_before_anything_is_written() {
    let mut world = protecting(&[("1.0.zip", "new"), ("1.0.sig", "grown"), ("1.1.zip", "new")]);
    world.server.put_object(DEFAULT_BUCKET, "1.0.zip", "old");
    world.server.put_object(DEFAULT_BUCKET, "1.0.sig", "old");
    let ran = world.run_to(2);
    let flag = world
        .unset("NO_OVERWRITE")
        .set("EXTRA_ARGS", "--no-overwrite")
        .run_to(2);
    assert!(flag.says("INFO: EXTRA_ARGS: `--no-overwrite` is NO_OVERWRITE here: "));
    assert_eq!(flag.lines("ERROR: "), ran.lines("ERROR: "));
    let error =
        "ERROR: refused: 2 objects would be replaced, and NO_OVERWRITE protects what exists";
    assert_eq!(ran.lines("ERROR: "), [error]);
    assert_eq!(
        ran.lines("  `"),
        [
            "  `1.0.sig` exists and differs (size)",
            "  `1.0.zip` exists and differs (content)",
        ]
    );
    assert_eq!(world.keys(), ["1.0.sig", "1.0.zip"]);
    assert_eq!(world.server.count("PutObject"), 0);
}

#[test]
fn what_is_the_same_is_left_and_what_is_new_is_put_with_a_condition() {
    let world = protecting(&[("1.0.zip", "same"), ("1.1.zip", "new")]).unrecorded();
    world.server.put_object(DEFAULT_BUCKET, "1.0.zip", "same");
    world.deploy();
    let puts = world.server.requests_of("PutObject");
    // The second is to tell whether this server heeds the condition: AWS is not asked.
    assert_eq!(puts.len(), 2);
    for put in puts {
        assert_eq!(
            (&*put.headers["if-none-match"], put.key.as_deref()),
            ("*", Some("1.1.zip"))
        );
    }
    assert_eq!(world.deploy()["outcome"], "unchanged");
}

#[test]
fn an_object_whose_bytes_cannot_be_told_is_not_replaced_either() {
    let mut world = protecting(&[("1.0.zip", "same")]);
    world.set("COMPARE_HEADERS", "false");
    let mut object = test_server::Object::new("same");
    object.etag = format!("{}-7", object.etag);
    object.content_type = Some("application/zip".to_owned());
    world.server.put(DEFAULT_BUCKET, "1.0.zip", object);
    let ran = world.run_to(2);
    assert!(ran.says("  `1.0.zip` exists, and whether it differs cannot be told"));
    assert_eq!(
        world.set("COMPARE_HEADERS", "auto").deploy()["outcome"],
        "unchanged"
    );
}

/// Another tool asks with a condition per file, and takes `412 Precondition Failed` for "unchanged".
#[test]
fn an_object_that_comes_up_meanwhile_is_not_replaced() {
    for size in [3, 17 * 1024 * 1024] {
        let world = protecting(&[]);
        world.write("1.0.zip", vec![b'x'; size]);
        let operation = if size > 3 {
            "CompleteMultipartUpload"
        } else {
            "PutObject"
        };
        let hold = Fault::new(Effect::Hold).on(operation);
        world.server.inject(hold.times(1));
        let child = world.spawn();
        assert!(world.server.wait_until_held(1, PATIENCE));
        world.server.put_object(DEFAULT_BUCKET, "1.0.zip", "other");
        world.server.release();
        let ran = world.wait(child);
        assert_eq!(ran.code, Some(1), "{}", ran.stderr);
        assert!(ran.stderr.contains("PreconditionFailed"), "{}", ran.stderr);
        assert!(
            ran.says("  hint: did another deploy put the object"),
            "{}",
            ran.stderr
        );
        assert_eq!(world.bytes("1.0.zip").as_deref(), Some(&b"other"[..]));
    }
}

#[test]
fn one_released_file_is_protected_at_its_own_key() {
    let mut world = protecting(&[("app.zip", "1.0")]);
    world
        .set("LOCAL_PATH", "site/app.zip")
        .set("S3_BUCKET", "my-bucket/releases/app-1.0.zip");
    world.deploy();
    assert_eq!(world.deploy()["outcome"], "unchanged");
    world.write("app.zip", "1.0 again").run_to(2);
    assert_eq!(
        world.bytes("releases/app-1.0.zip").as_deref(),
        Some(&b"1.0"[..])
    );
}
