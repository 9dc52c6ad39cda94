//! Runs that would end well and wrong: refused before anything is written, or told.

use crate::support::World;

#[test]
fn a_misspelt_variable_stops_a_pipe_before_anything_is_sent() {
    let mut world = World::with_files(&[("index.html", "x")]);
    world.set("DRYRUN", "true");
    world.set("BITBUCKET_PIPE_STORAGE_DIR", ".");
    let ran = world.run_to(2);
    assert!(
        ran.says("ERROR: DRYRUN: not a variable of this pipe; did you mean `DRY_RUN`?"),
        "{}",
        ran.stderr
    );
    assert!(world.server.requests().is_empty());
    world.unset("BITBUCKET_PIPE_STORAGE_DIR");
    let ran = world.run_to(0);
    assert!(ran.says("WARNING: DRYRUN: not a variable of this pipe; did you mean `DRY_RUN`?"));
}

#[test]
fn a_deploy_of_no_files_is_refused() {
    let world = World::new();
    let ran = world.run_to(2);
    assert!(
        ran.stderr.contains("LOCAL_PATH holds no files to deploy"),
        "{}",
        ran.stderr
    );
    let mut world = World::with_files(&[("a.map", "x")]);
    let ran = world.set("EXCLUDE", "*.map").run_to(2);
    assert!(
        ran.stderr.contains("do EXCLUDE and INCLUDE leave any?"),
        "{}",
        ran.stderr
    );
    let ran = world
        .unset("EXCLUDE")
        .set("INCLUDE", "site/*.map")
        .run_to(2);
    assert!(
        ran.says("WARNING: INCLUDE: no file matches `site/*.map`: names begin below LOCAL_PATH; did you mean `*.map`?"),
        "{}",
        ran.stderr
    );
    assert!(world.server.requests().is_empty());
    assert!(world.keys().is_empty());
}

#[test]
fn a_repository_is_told_and_its_pipeline_stays_at_home() {
    let world = World::with_files(&[
        ("bitbucket-pipelines.yml", "x"),
        ("index.html", "x"),
        ("node_modules/a.js", "x"),
        ("package.json", "{}"),
    ]);
    let ran = world.run_to(0);
    assert!(
        ran.stderr
            .contains("EXCLUDE: '/node_modules/ /package.json'"),
        "{}",
        ran.stderr
    );
    let keys = ["index.html", "node_modules/a.js", "package.json"];
    assert_eq!(world.keys(), keys);
}

/// A world with one pattern of each kind that matches nothing, beside those that do.
fn world_of_patterns() -> World {
    let mut world = World::with_files(&[
        ("index.html", "x"),
        ("Img/a.png", "x"),
        ("a.map", "x"),
        ("node_modules/b.js", "x"),
        (
            "_headers",
            "/*\n  Cache-Control: max-age=1\n/img/\n  Cache-Control: max-age=2\n/*.html\n  X-Frame-Options: DENY\n",
        ),
    ]);
    let server = &world.server;
    server.put_object(test_server::DEFAULT_BUCKET, "docs/old.txt", "x");
    let rules =
        "rules:\n- patterns: ['*.html', site/*.css]\n  headers: {cache_control: no-cache}\n";
    std::fs::write(world.working_folder().join("rules.yml"), rules).unwrap();
    world
        .set("S3_BUCKET", "my-bucket/docs")
        .set(
            "EXCLUDE",
            "*.map *.txt node_modules/ site/*.txt node_modules/x",
        )
        .set("INCLUDE", "* *.htm")
        .set("RULES_FILE", "rules.yml")
        .set("EXTRA_ARGS", "--exclude ./a.map --include *.html")
        .set("CLOUDFRONT_DISTRIBUTION_ID", "E1ABCDEF2GHIJK")
        .set("INVALIDATION_PATHS", "/index.html /docs/ /image/*")
        .set("DRY_RUN", "true");
    world
}

#[test]
fn patterns_that_match_nothing_on_either_side_are_told() {
    let ran = world_of_patterns().run_to(0);
    let told = ran
        .stderr
        .lines()
        .filter(|line| line.contains("no file and no object"));
    let told: Vec<&str> = told.collect();
    assert_eq!(
        told,
        [
            "WARNING: EXCLUDE: no file and no object matches `site/*.txt`: names begin below LOCAL_PATH; did you mean `*.txt`?",
            "WARNING: INCLUDE: no file and no object matches `*.htm`",
            "WARNING: EXTRA_ARGS: `--exclude`: no file and no object matches `./a.map`: names do not begin with `./`; did you mean `a.map`?",
            "WARNING: _headers line 3: no file and no object matches `/img/`: what is in a folder is matched by a `*` at the end, and `Img/a.png` differs in capitals; did you mean `/img/*`?",
            "WARNING: RULES_FILE line 2: no file and no object matches `site/*.css`",
            "WARNING: INVALIDATION_PATHS: no file and no object is served at `/image/*`",
        ]
    );
}

#[test]
fn a_share_does_not_say_that_patterns_match_nothing() {
    let mut world = world_of_patterns();
    world
        .unset("CLOUDFRONT_DISTRIBUTION_ID")
        .unset("INVALIDATION_PATHS");
    let ran = world.set("SHARD", "0/2").run_to(0);
    assert!(
        !ran.stderr.contains("no file and no object"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_pointer_of_git_lfs_is_no_picture() {
    let pointer = format!(
        "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12345\n",
        "4d".repeat(32)
    );
    let world = World::with_files(&[("img/a.png", &pointer), ("index.html", "x")]);
    world.write("b.txt", "v".repeat(pointer.len()));
    let ran = world.run_to(0);
    assert!(
        ran.says("WARNING: 1 file uploaded as a pointer of Git LFS instead of the content: `img/a.png`; `clone: lfs: true`"),
        "{}",
        ran.stderr
    );
}

/// DigitalOcean and others show the endpoint of a bucket with the bucket in it.
#[test]
fn an_endpoint_that_names_the_bucket_too_is_told() {
    let mut world = World::with_files(&[("a", "x")]);
    world.set("AWS_ENDPOINT_URL_S3", "https://my-bucket.fra1.example.com");
    let ran = world
        .set("AWS_MAX_ATTEMPTS", "1")
        .set("CONCURRENCY", "none")
        .run_to(2);
    assert!(
        ran.says("WARNING: the endpoint's host begins with the bucket's name"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("write `https://fra1.example.com`"));
}

#[test]
fn files_that_stand_where_they_do_nothing_are_told() {
    let mut world = World::with_files(&[("dist/index.html", "x"), ("dist/_headers", "/*\n")]);
    let ran = world.run_to(0);
    assert!(
        ran.says("WARNING: `dist/_headers`: deployed like any other file"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.says("WARNING: LOCAL_PATH holds nothing but `dist/`"),
        "{}",
        ran.stderr
    );
    let ran = world
        .set("CACHE_CONTROL", "$CACHE")
        .set("CONTENT_ENCODING", "utf-8")
        .run_to(2);
    assert!(
        ran.stderr
            .contains("CACHE_CONTROL: `$CACHE` holds `$CACHE`, which was not replaced"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr
            .contains("CONTENT_ENCODING: `utf-8` is no content coding"),
        "{}",
        ran.stderr
    );
}
