//! Files that look like secrets stop a deploy before anything is sent, unless they are allowed.

use crate::support::World;

const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n-----END PRIVATE KEY-----\n";

/// A site with three secrets, and some files that only look so.
fn site() -> World {
    World::with_files(&[
        (".env", "TOKEN=x"),
        (".env.example", "TOKEN="),
        (".npmrc", "//registry.npmjs.org/:_authToken=${NPM_TOKEN}\n"),
        ("certs/ca.pem", "-----BEGIN CERTIFICATE-----\n"),
        ("certs/server.pem", KEY),
        ("deploy/id_rsa", "x"),
        ("deploy/id_rsa.pub", "ssh-rsa AAAA"),
        ("index.html", "x"),
    ])
}

#[test]
fn secrets_refuse_the_deploy_together_before_anything_is_sent() {
    let world = site();
    let ran = world.run_to(2);
    insta::assert_snapshot!(ran.stderr, @"
    INFO: aws-oidc-s3-deploy VERSION, as deploy/aws-oidc-s3-deploy of account 123456789012, in us-east-1
    ERROR: LOCAL_PATH seems to hold secrets, in 3 files
      `.env` is a file of environment variables, which is where secrets are kept
      `certs/server.pem` holds a private key
      `deploy/id_rsa` is a private key of SSH by its name
      hint: to leave them out, set EXCLUDE: '/.env /certs/server.pem /deploy/id_rsa'
      hint: ALLOW_SECRETS: 'true' deploys them, for whoever may read the bucket
    ");
    insta::assert_snapshot!(ran.stdout, @"✖ Deployment refused. Nothing was written. Fix the cause, then run it again.");
    assert!(world.server.requests().is_empty());
}

#[test]
fn a_dry_run_is_refused_as_the_deploy_would_be() {
    let mut world = site();
    world.set("DRY_RUN", "true").run_to(2);
    assert!(world.server.requests().is_empty());
}

#[test]
fn what_is_excluded_by_either_syntax_is_no_leak() {
    let mut world = site();
    world
        .set("EXCLUDE", ".env server.pem")
        .set("EXTRA_ARGS", "--exclude 'deploy/*'");
    world.deploy();
    assert_eq!(
        world.keys(),
        [".env.example", ".npmrc", "certs/ca.pem", "index.html"]
    );
}

#[test]
fn secrets_that_are_allowed_are_deployed_with_a_warning() {
    let mut world = site();
    let ran = world.set("ALLOW_SECRETS", "true").run_to(0);
    assert_eq!(world.keys().len(), 8);
    assert_eq!(
        ran.lines("WARNING: "),
        [
            "WARNING: ALLOW_SECRETS: what seems to be secrets is deployed, in 3 files: `.env`, `certs/server.pem`, `deploy/id_rsa`"
        ]
    );
}

#[test]
fn one_file_is_looked_at_whatever_key_it_gets() {
    let mut world = site();
    world.set("S3_BUCKET", "my-bucket/config.txt");
    for (path, code) in [
        ("site/.env", 2),
        ("site/certs/server.pem", 2),
        ("site/.env.example", 0),
    ] {
        world.set("LOCAL_PATH", path).run_to(code);
    }
    assert_eq!(world.keys(), ["config.txt"]);
}

#[test]
fn the_content_of_a_secret_is_never_printed() {
    let mut world = site();
    world.set("DEBUG", "true");
    for allowed in ["false", "true"] {
        let ran = world.set("ALLOW_SECRETS", allowed).run();
        assert!(!ran.stderr.contains("MC4CAQ"), "{}", ran.stderr);
    }
}
