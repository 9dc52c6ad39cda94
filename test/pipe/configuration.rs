//! Every mistake in one run, before anything is sent.

use crate::support::World;

#[test]
fn all_mistakes_are_told_at_once() {
    let mut world = World::new();
    world
        .set("AWS_OIDC_ROLE_ARN", "deploy")
        .set("S3_BUCKET", "my-bucket//docs")
        .set("LOCAL_PATH", "dist");
    world
        .set("DELETE_FLAG", "perhaps")
        .set("STORAGE_CLASS", "COLD")
        .set("CONCURRENCY", "9999");
    world.unset("AWS_DEFAULT_REGION");
    let ran = world.run_to(2);
    let folder = world.working_folder().display().to_string();
    insta::assert_snapshot!(ran.stderr.replace(&folder, "FOLDER"), @r#"
    ERROR: AWS_OIDC_ROLE_ARN: `deploy` is not the ARN of a role; copy it from the role's page in IAM, for example `arn:aws:iam::123456789012:role/deploy`.
    ERROR: AWS_DEFAULT_REGION: required, but not set; name the bucket's region, for example `us-east-1`.
    ERROR: S3_BUCKET: `my-bucket//docs` has a path that has an empty, `.` or `..` segment; write `bucket`, `bucket/prefix`, `s3://bucket/prefix` or an access point ARN.
    ERROR: LOCAL_PATH: no `dist` in `FOLDER`; it holds `site` (the path starts in the step's working directory, which a `cd` above the pipe changes); was it built, and its artifact passed on to this step?
    ERROR: DELETE_FLAG: invalid value `perhaps`; expected one of `true`, `false`, `owned`.
    ERROR: STORAGE_CLASS: invalid value `COLD`; expected one of `STANDARD`, `REDUCED_REDUNDANCY`, `STANDARD_IA`, `ONEZONE_IA`, `INTELLIGENT_TIERING`, `GLACIER`, `DEEP_ARCHIVE`, `GLACIER_IR`.
    ERROR: CONCURRENCY: `9999` is not a number of requests; use `auto` or 1 to 512.
    "#);
    insta::assert_snapshot!(ran.stdout, @r#"✖ Configuration refused: 7 mistakes. Nothing was written."#);
    assert!(world.server.requests().is_empty());
}

#[test]
fn an_environment_that_is_not_utf8_disturbs_nobody() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let world = World::with_files(&[("a", "a")]);
    let bad = OsStr::from_bytes(b"\xff\xfe");
    let foreign = world.command().env("SOMETHING_ELSE", bad).output().unwrap();
    assert_eq!(foreign.status.code(), Some(0));
    let own = world.command().env("CACHE_CONTROL", bad).output().unwrap();
    assert_eq!(own.status.code(), Some(2));
    let told = String::from_utf8_lossy(&own.stderr).into_owned();
    assert!(
        told.contains("CACHE_CONTROL: the value of `CACHE_CONTROL` is not UTF-8"),
        "{told}"
    );
}

/// Another pipe without a role prints "Skipping", and succeeds.
#[test]
fn a_missing_role_is_no_success() {
    let mut world = World::with_files(&[("a", "a")]);
    for value in [None, Some("")] {
        world.unset("AWS_OIDC_ROLE_ARN");
        value.map(|value| world.set("AWS_OIDC_ROLE_ARN", value));
        let ran = world.run_to(2);
        assert!(ran.says("ERROR: AWS_OIDC_ROLE_ARN: "), "{}", ran.stderr);
    }
    assert!(world.keys().is_empty());
}
