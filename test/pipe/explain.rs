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
fn a_folder_is_explained_in_groups_without_any_request() {
    let world = site();
    world
        .write("about/index.html", "<p>")
        .write("404.html", "<p>");
    let ran = world.run_to(0);
    insta::assert_snapshot!(ran.stdout, @"
    INFO: 3 files  no-cache  (*.html)
    INFO:   header: Content-Type: text/html; charset=utf-8
    INFO:     from the file's name
    INFO:   header: Cache-Control: no-cache
    INFO:     from PRESET static-site: a page (names the files of one version)
    INFO:     overrides Cache-Control: max-age=60, from the variables
    INFO:   for example 404.html
    INFO: assets/index-DiwrgTda.js
    INFO:   header: Content-Type: text/javascript; charset=utf-8
    INFO:     from the file's name
    INFO:   header: Cache-Control: public, max-age=31536000, immutable
    INFO:     from PRESET static-site: a fingerprinted name (changes with the content)
    INFO:     overrides Cache-Control: max-age=60, from the variables
    INFO:   header: Content-Language: en
    INFO:     from _headers line 1, `/assets/*`
    INFO:   header: x-amz-meta-by: me
    INFO:     from RULES_FILE line 2, `*.js`
    INFO: old
    INFO:   header: Content-Type: text/html; charset=utf-8
    INFO:     from _redirects
    INFO:   header: Cache-Control: no-cache
    INFO:     from PRESET static-site: a page (names the files of one version)
    INFO:     overrides Cache-Control: max-age=60, from the variables
    INFO:   old redirects to /new
    INFO: text.txt
    INFO:   compressed: 900 B to 48 B
    INFO:   header: Content-Type: text/plain; charset=utf-8
    INFO:     from the file's name
    INFO:   header: Cache-Control: max-age=60
    INFO:     from the variables
    INFO:     overrides Cache-Control: public, max-age=300, must-revalidate, from PRESET static-site: a file without a fingerprint (keeps its name when it changes)
    INFO:   header: Content-Encoding: gzip
    INFO:     from COMPRESS
    ✔ Explained. Nothing was written.
    ");
    assert_eq!(ran.stderr, "");
    assert!(world.server.requests().is_empty());
}

/// What nothing says anything of is remarked on; names without an ending, and many endings, too.
#[test]
fn files_that_nobody_rules_are_one_group() {
    let mut world = World::new();
    for name in [
        "a.png", "b.png", "c.css", "d.js", "e.txt", "f.pdf", "LICENSE",
    ] {
        world.write(name, "x");
    }
    let ran = world.set("COMMAND", "explain").run_to(0);
    insta::assert_snapshot!(ran.stdout, @"
    INFO: 7 files  no Cache-Control  (*.png, *.css, *.js, *.pdf, …)
    INFO:   header: Content-Type: application/pdf (1), binary/octet-stream (1), image/png (2), text/css; charset=utf-8 (1), text/javascript; charset=utf-8 (1), text/plain; charset=utf-8 (1)
    INFO:     from the file's name
    INFO:   no Cache-Control: each browser decides how long it keeps it, and CloudFront keeps it for a day unless its cache policy says otherwise
    INFO:   for example LICENSE
    ✔ Explained. Nothing was written.
    ");
}

#[test]
fn one_path_is_explained_whether_it_is_there_or_not() {
    let mut world = site();
    world.set("EXPLAIN_PATH", "assets/index-DiwrgTda.js");
    insta::assert_snapshot!(world.run_to(0).stdout, @"
    INFO: assets/index-DiwrgTda.js  14 B
    INFO:   header: Content-Type: text/javascript; charset=utf-8
    INFO:     from the file's name
    INFO:   header: Cache-Control: public, max-age=31536000, immutable
    INFO:     from PRESET static-site: a fingerprinted name (changes with the content)
    INFO:     overrides Cache-Control: max-age=60, from the variables
    INFO:   header: Content-Language: en
    INFO:     from _headers line 1, `/assets/*`
    INFO:   header: x-amz-meta-by: me
    INFO:     from RULES_FILE line 2, `*.js`
    ✔ Explained. Nothing was written.
    ");
    let first = |world: &World| {
        let ran = world.run_to(0);
        let first = ran.stdout.lines().next().unwrap_or_default();
        first.trim_start_matches("INFO: ").to_owned()
    };
    for (path, line) in [
        ("/old", "old  "),
        ("/", "index.html  3 B"),
        ("text.txt", "text.txt  48 B"),
        ("a/b.css", "a/b.css is not in LOCAL_PATH; "),
        (
            "_headers",
            "_headers rules the deploy and is never uploaded",
        ),
        (
            ".git/config",
            ".git/config is left out by EXCLUDE or INCLUDE",
        ),
    ] {
        let found = first(world.set("EXPLAIN_PATH", path));
        assert!(found.starts_with(line), "{path}: {found}");
    }
    world.set("EXPLAIN_PATH", "../x").run_to(2);
}

#[test]
fn many_groups_are_shown_up_to_a_bound() {
    let mut world = World::new();
    let rules = (0..101).map(|index| {
        world.write(&format!("{index:03}.txt"), "");
        format!("- patterns: ['{index:03}.txt']\n  headers: {{cache_control: max-age={index}}}\n")
    });
    let rules = format!("rules:\n{}", rules.collect::<String>());
    std::fs::write(world.working_folder().join("rules.yml"), rules).unwrap();
    world.set("RULES_FILE", "rules.yml");
    let ran = world.set("COMMAND", "explain").run_to(0);
    let groups: Vec<&str> = ran
        .stdout
        .lines()
        .filter(|line| line.starts_with("INFO: 0"))
        .collect();
    assert_eq!(groups.len(), 100);
    assert_eq!(groups.last(), Some(&"INFO: 099.txt"));
    assert!(
        ran.stdout
            .contains("\nINFO: … 1 more group; EXPLAIN_PATH names one file\n")
    );
}

#[test]
fn flags_count_as_they_do_in_a_deploy() {
    let mut world = site();
    let flags = "--cache-control max-age=61 --exclude '*.js' --exclude _headers --page-size 5";
    let ran = world.set("EXTRA_ARGS", flags).run_to(0);
    assert!(ran.stderr.contains("--page-size"), "{}", ran.stderr);
    let told = &ran.stdout;
    assert!(
        told.contains(
            "\nINFO:   header: Cache-Control: max-age=61\nINFO:     from the variables\n"
        ),
        "{told}"
    );
    for gone in ["index-DiwrgTda.js", "max-age=60", "_headers line"] {
        assert!(!told.contains(gone), "{told}");
    }
}

/// What is asked for is told whatever is left out of the log, and as JSON where that is wanted.
#[test]
fn the_answer_is_no_part_of_the_log() {
    let mut world = site();
    let told = world.run_to(0).stdout;
    let quiet = world.set("EXTRA_ARGS", "--quiet").run_to(0);
    assert_eq!(quiet.stdout, told);
    let ran = world.set("LOG_FORMAT", "json").run_to(0);
    let blocks = ran.stdout.lines().map(|line| {
        let block: serde_json::Value = serde_json::from_str(line).unwrap();
        let message = block["message"].as_str().unwrap();
        message.replace('\n', "\nINFO: ")
    });
    let blocks: Vec<String> = blocks.collect();
    let (last, blocks) = blocks.split_last().unwrap();
    let blocks = blocks.join(
        "
INFO: ",
    );
    assert_eq!(
        format!(
            "INFO: {blocks}
✔ {last}
"
        ),
        told
    );
}

/// Where a redirect leads back to depends on the prefix, as it does in a deploy.
#[test]
fn redirects_are_placed_below_the_prefix() {
    let mut world = World::with_files(&[
        ("index.html", "<p>"),
        ("_redirects", "/about /docs/about\n/team /elsewhere\n"),
    ]);
    for (bucket, made) in [("my-bucket/docs", "team"), ("my-bucket", "about, team")] {
        world.set("S3_BUCKET", bucket);
        let deployed = world.set("COMMAND", "deploy").run_to(0);
        let explained = world.set("COMMAND", "explain").run_to(0);
        assert_eq!(
            explained.lines("WARNING: _redirects"),
            deployed.lines("WARNING: _redirects")
        );
        let told = explained
            .stdout
            .lines()
            .filter_map(|line| line.split_once(" redirects to "));
        let told: Vec<&str> = told
            .map(|(key, _)| key.trim_start_matches("INFO:").trim())
            .collect();
        assert_eq!(told.join(", "), made, "{bucket}");
        let prefix = bucket
            .trim_start_matches("my-bucket")
            .trim_start_matches('/');
        for key in told {
            let key = format!("{prefix}/{key}");
            let object = world.bytes(key.trim_start_matches('/'));
            assert!(object.is_some(), "{key}: {:?}", world.keys());
        }
    }
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

#[test]
fn patterns_of_rules_that_match_no_file_are_told_as_by_a_deploy() {
    let mut world = site();
    world.write("_headers", "/asset/*\n  Content-Language: en\n");
    let rules = "rules:\n- patterns: ['*.js', site/*.html]\n  headers: {metadata: {by: me}}\n";
    std::fs::write(world.working_folder().join("rules.yml"), rules).unwrap();
    let ran = world.run_to(0);
    assert_eq!(
        ran.lines("WARNING"),
        [
            "WARNING: _headers line 1: no file matches `/asset/*`",
            "WARNING: RULES_FILE line 2: no file matches `site/*.html`: names begin below LOCAL_PATH; did you mean `*.html`?",
        ]
    );
    // One file is too little to say so.
    world.set("LOCAL_PATH", "site/index.html");
    assert!(world.run_to(0).lines("WARNING").is_empty());
}
