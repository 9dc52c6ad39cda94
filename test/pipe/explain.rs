//! COMMAND=explain: which rules apply, and what comes out. It needs nothing of AWS.

use crate::support::World;

fn site() -> World {
    let mut world = World::with_files(&[
        ("index.html", "<p>"),
        ("assets/index-DiwrgTda.js", "console.log(1)"),
        ("text.txt", &"the same ".repeat(100)),
        ("_headers", "/assets/*\n  Content-Language: en\n"),
        ("_redirects", "/old /new\n"),
    ]);
    let rules = "rules:\n- patterns: ['*.js']\n  headers: {metadata: {by: me}}\n";
    std::fs::write(world.working_folder().join("rules.yml"), rules).unwrap();
    for name in [
        "AWS_OIDC_ROLE_ARN",
        "BITBUCKET_STEP_OIDC_TOKEN",
        "AWS_DEFAULT_REGION",
        "S3_BUCKET",
    ] {
        world.unset(name);
    }
    world
        .set("COMMAND", "explain")
        .set("CACHE_CONTROL", "max-age=60")
        .set("PRESET", "static-site")
        .set("COMPRESS", "gzip")
        .set("RULES_FILE", "rules.yml");
    world
}

#[test]
fn every_file_is_explained_without_any_request() {
    let world = site();
    let ran = world.run_to(0);
    insta::assert_snapshot!(ran.stderr, @r#"
    INFO: assets/index-DiwrgTda.js
    INFO:   rule: variables: Cache-Control: max-age=60
    INFO:   rule: PRESET static-site, a fingerprinted name (changes with the content): Cache-Control: public, max-age=31536000, immutable
    INFO:   rule: _headers line 1, `/assets/*`: Content-Language: en
    INFO:   rule: RULES_FILE line 2, `*.js`: x-amz-meta-by: me
    INFO:   header: Content-Type: text/javascript; charset=utf-8
    INFO:   header: Cache-Control: public, max-age=31536000, immutable
    INFO:   header: Content-Language: en
    INFO:   header: x-amz-meta-by: me
    INFO: index.html
    INFO:   rule: variables: Cache-Control: max-age=60
    INFO:   rule: PRESET static-site, a page (names the files of one version): Cache-Control: no-cache
    INFO:   header: Content-Type: text/html; charset=utf-8
    INFO:   header: Cache-Control: no-cache
    INFO: old redirects to /new
    INFO:   rule: variables: Cache-Control: max-age=60
    INFO:   rule: PRESET static-site, a page (names the files of one version): Cache-Control: no-cache
    INFO:   header: Content-Type: text/html; charset=utf-8
    INFO:   header: Cache-Control: no-cache
    INFO:   header: x-amz-website-redirect-location: /new
    INFO: text.txt is compressed with gzip: 900 B to 48 B
    INFO:   rule: variables: Cache-Control: max-age=60
    INFO:   header: Content-Type: text/plain; charset=utf-8
    INFO:   header: Cache-Control: max-age=60
    INFO:   header: Content-Encoding: gzip
    "#);
    insta::assert_snapshot!(ran.stdout, @"✔ Explained. Nothing was written.");
    assert!(world.server.requests().is_empty());
}

#[test]
fn one_path_is_explained_whether_it_is_there_or_not() {
    let mut world = site();
    let first = |world: &World| {
        let ran = world.run_to(0);
        ran.stderr.lines().next().unwrap_or_default().to_owned()
    };
    for (path, line) in [
        ("/old", "INFO: old redirects to /new"),
        ("/", "INFO: index.html"),
        (
            "text.txt",
            "INFO: text.txt is compressed with gzip: 900 B to ",
        ),
        ("a/b.css", "INFO: a/b.css is not in LOCAL_PATH; "),
        (
            "_headers",
            "INFO: _headers rules the deploy and is never uploaded",
        ),
        (
            ".git/config",
            "INFO: .git/config is left out by EXCLUDE or INCLUDE",
        ),
    ] {
        let found = first(world.set("EXPLAIN_PATH", path));
        assert!(found.starts_with(line), "{path}: {found}");
    }
    world.set("EXPLAIN_PATH", "../x").run_to(2);
}

#[test]
fn many_files_are_explained_up_to_a_bound() {
    let mut world = World::new();
    for index in 0..201 {
        world.write(&format!("{index:03}"), "");
    }
    let ran = world.set("COMMAND", "explain").run_to(0);
    assert!(ran.says("INFO: 199"));
    assert!(!ran.says("INFO: 200"));
    assert!(ran.says("INFO: … 1 file more; EXPLAIN_PATH names one"));
}

#[test]
fn flags_count_as_they_do_in_a_deploy() {
    let mut world = site();
    let flags = "--cache-control max-age=61 --exclude '*.js' --exclude _headers --page-size 5";
    let ran = world.set("EXTRA_ARGS", flags).run_to(0);
    assert!(ran.stderr.contains("--page-size"), "{}", ran.stderr);
    assert!(!ran.says("INFO: assets/index-DiwrgTda.js"));
    assert!(ran.says("INFO:   header: Cache-Control: max-age=61"));
    assert!(!ran.stderr.contains("max-age=60") && !ran.stderr.contains("_headers line"));
}

#[test]
fn what_a_deploy_refuses_because_of_its_prefix_is_refused_here_as_well() {
    let long = "a".repeat(200);
    let mut world = World::with_files(&[(&long, "x")]);
    let prefix = vec!["b".repeat(100); 9].join("/");
    world.set("S3_BUCKET", &format!("my-bucket/{prefix}"));
    for command in ["explain", "deploy"] {
        let ran = world.set("COMMAND", command).run_to(2);
        let refused = "is longer than the 1024 bytes of a key";
        assert!(ran.stderr.contains(refused), "{command}: {}", ran.stderr);
    }
}
