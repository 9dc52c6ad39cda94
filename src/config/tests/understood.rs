//! That what is accepted is understood: mistakes of every kind are refused or told, and what only looks
//! like one is taken.

use super::{config, load, problems, variables};
use crate::console::Note;

const PIPE: (&str, &str) = ("BITBUCKET_PIPE_STORAGE_DIR", "/tmp");

fn warnings(more: &[(&str, &str)]) -> Vec<String> {
    let notes = load(variables(more), None).notes.into_iter();
    notes
        .filter_map(|note| match note {
            Note::Warning(line) => Some(line),
            Note::Info(_) => None,
        })
        .collect()
}

#[test]
fn names_that_are_not_known_are_mistakes_of_a_pipe_and_told_elsewhere() {
    let told = problems(&[PIPE, ("DRYRUN", "true"), ("MAX_DELETES", "1"), ("Foo", "x")]);
    assert_eq!(
        told,
        [
            "DRYRUN: not a variable of this pipe; did you mean `DRY_RUN`?",
            "MAX_DELETES: not a variable of this pipe; did you mean `MAX_DELETE`?",
        ]
    );
    assert_eq!(
        warnings(&[("DRYRUN", "true"), ("AWS_ROLE_ARN", "x"), ("PATH", "/bin")]),
        ["DRYRUN: not a variable of this pipe; did you mean `DRY_RUN`?"]
    );
    let token = [PIPE, ("OIDC_TOKEN_VARIABLE", "DRYRUN"), ("DRYRUN", "a.b.c")];
    assert!(config(&token).destination.prefix() == "docs/");
}

#[test]
fn a_list_is_written_as_the_pipe_reads_it() {
    for (name, value) in [
        ("EXCLUDE", "*.map,*.txt"),
        ("EXCLUDE", "['*.map']"),
        ("INCLUDE", "\"*.html\""),
        ("INVALIDATION_PATHS", "/a,/b"),
    ] {
        let told = problems(&[(name, value)]);
        assert!(
            told[0].starts_with(name) && told[0].contains("YAML list"),
            "{told:?}"
        );
    }
    let accounts = config(&[("AWS_ALLOWED_ACCOUNT_IDS", "123456789012,210987654321")]);
    assert_eq!(
        accounts.allowed_accounts.map(|allowed| allowed.0.len()),
        Some(2)
    );
    let order = config(&[("CLOUDFRONT_DISTRIBUTION_ID", "E1, E2,E3")]).invalidation;
    assert_eq!(order.unwrap().distributions, ["E1", "E2", "E3"]);
}

#[test]
fn values_that_cannot_be_meant_are_refused_with_what_was() {
    for (name, value, help) in [
        ("CACHE_CONTROL", "3600", "write `max-age=3600`"),
        (
            "EXTRA_ARGS",
            "--cache-control maxage=60",
            "write `max-age=60`",
        ),
        ("COMPRESS", "gz", "did you mean `gzip`?"),
        (
            "S3_BUCKET",
            "arn:aws:s3:::my-bucket/docs",
            "write `my-bucket/docs`",
        ),
        ("S3_BUCKET", "My_Bucket", "is it `my-bucket`?"),
        (
            "S3_BUCKET",
            "my-bucket/$BITBUCKET_BRANCH",
            "holds `$BITBUCKET_BRANCH`",
        ),
        ("LOCAL_PATH", "${DIST}", "holds `${DIST}`"),
        ("AWS_OIDC_ROLE_ARN", "$ROLE_ARN", "holds `$ROLE_ARN`"),
        (
            "AWS_DEFAULT_REGION",
            "us-east1",
            "did you mean `us-east-1`?",
        ),
        ("AWS_DEFAULT_REGION", "auto", "not the name of a region"),
        (
            "EXTRA_ARGS",
            "--region us-east1",
            "did you mean `us-east-1`?",
        ),
        ("S3_BUCKET", "", "passed, but empty"),
        ("AWS_OIDC_ROLE_ARN", " ", "passed, but empty"),
    ] {
        let told = problems(&[(name, value)]);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with(name) && told[0].contains(help),
            "{told:?}"
        );
    }
}

#[test]
fn what_is_around_a_value_is_no_part_of_it() {
    let config = config(&[
        ("S3_BUCKET", "my-bucket/site \n"),
        ("AWS_DEFAULT_REGION", " eu-west-1\n"),
        ("DELETE_FLAG", "true "),
        ("LOCAL_PATH", ".\n"),
    ]);
    assert_eq!(config.destination.prefix(), "site/");
    assert_eq!(config.region, "eu-west-1");
}

#[test]
fn another_server_has_regions_and_buckets_of_its_own() {
    let server = ("AWS_ENDPOINT_URL", "http://127.0.0.1:9000");
    for region in ["auto", "RegionOne", "us-east1"] {
        assert_eq!(
            config(&[server, ("AWS_DEFAULT_REGION", region)]).region,
            region
        );
    }
    let bucket = config(&[server, ("S3_BUCKET", "My_Bucket")])
        .destination
        .bucket;
    assert_eq!(bucket, "My_Bucket");
}

#[test]
fn variables_without_their_partner_are_told() {
    for (name, value, partner) in [
        (
            "INVALIDATION_PATHS",
            "/*",
            ("CLOUDFRONT_DISTRIBUTION_ID", "E1"),
        ),
        (
            "INVALIDATION_PREFIX",
            "/",
            ("CLOUDFRONT_DISTRIBUTION_ID", "E1"),
        ),
        (
            "INVALIDATION_WAIT",
            "false",
            ("CLOUDFRONT_DISTRIBUTION_ID", "E1"),
        ),
        ("MAX_DELETE", "5", ("DELETE_FLAG", "true")),
        (
            "CODE_INSIGHTS_PROXY",
            "http://localhost:1",
            ("CODE_INSIGHTS", "true"),
        ),
    ] {
        let told = warnings(&[(name, value)]);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with(&format!("{name} has no effect")),
            "{told:?}"
        );
        assert_eq!(warnings(&[(name, value), partner]), Vec::<String>::new());
    }
    let default = [("OIDC_AUDIENCE", "sts.amazonaws.com")];
    assert_eq!(warnings(&default), Vec::<String>::new());
    assert_eq!(warnings(&[("OIDC_AUDIENCE", "acme")]).len(), 1);
    assert_eq!(warnings(&[("AWS_DEFAULT_REGION", "eu-central-9")]).len(), 1);
}

#[test]
fn endpoints_of_aws_are_chosen_by_switches() {
    let network = config(&[("AWS_USE_FIPS_ENDPOINT", "true")]).network;
    assert!(network.fips && !network.dual_stack);
    let told = warnings(&[
        ("AWS_USE_DUALSTACK_ENDPOINT", "true"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9000"),
    ]);
    assert_eq!(told.len(), 1, "{told:?}");
}
