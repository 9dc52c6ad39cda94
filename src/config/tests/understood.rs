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
        warnings(&[
            PIPE,
            ("Foo", "x"),
            ("STAGE", "x"),
            ("HOME", "/"),
            ("EXCLUDE_COUNT", "0")
        ]),
        ["of no effect, as the pipe has no variables of these names: `Foo`, `STAGE`"]
    );
    assert_eq!(
        warnings(&[
            ("DRYRUN", "true"),
            ("AWS_ROLE_ARN", "x"),
            ("PATH", "/bin"),
            ("Foo", "x")
        ]),
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
        accounts
            .sign_in
            .allowed_accounts
            .map(|allowed| allowed.0.len()),
        Some(2)
    );
    let order = config(&[("CLOUDFRONT_DISTRIBUTION_ID", "E1, E2,E3")]).invalidation;
    assert_eq!(order.unwrap().distributions, ["E1", "E2", "E3"]);
}

#[test]
fn values_that_cannot_be_meant_are_refused_with_what_was() {
    for (setting, help) in [
        ("CACHE_CONTROL=3600", "write `max-age=3600`"),
        ("EXTRA_ARGS=--cache-control maxage=60", "write `max-age=60`"),
        ("COMPRESS=gz", "did you mean `gzip`?"),
        ("DELETE_FLAG='true'", "did you mean `true`?"),
        ("CONTENT_ENCODING=gzip,", "write `gzip`"),
        ("METADATA=x-amz-meta-a=b", "write `a`"),
        ("MAX_DELETE=none", "or `100%` for no limit"),
        (
            "SSE_KMS_KEY_ID=arn:aws:iam::123456789012:role/x",
            "not a KMS key",
        ),
        (
            "AWS_ENDPOINT_URL=localhost:9000",
            "write `http://localhost:9000`",
        ),
        ("AWS_ENDPOINT_URL_S3=$S3_URL", "holds `$S3_URL`"),
        ("S3_BUCKET='my-bucket'", "write `my-bucket`"),
        ("S3_BUCKET=my-bucket/docs/*", "write `my-bucket/docs/`"),
        ("S3_BUCKET=my-bucket/{{branch}}", "holds `{{branch}}`"),
        ("LOCAL_PATH=$(pwd)/src", "holds `$(pwd)`"),
        ("LOCAL_PATH='src'", "did you mean `src`?"),
        (
            "AWS_DEFAULT_REGION=Frankfurt",
            "did you mean `eu-central-1`?",
        ),
        ("EXTRA_ARGS=--region ''", "`--region`: `` is not"),
        ("EXCLUDE=--exclude *.map", "items: `*.map`"),
        ("EXCLUDE=- *.map\n- *.txt", "items: `*.map *.txt`"),
        (
            "S3_BUCKET=arn:aws:s3:::my-bucket/docs",
            "write `my-bucket/docs`",
        ),
        ("S3_BUCKET=My_Bucket", "is it `my-bucket`?"),
        (
            "S3_BUCKET=my-bucket/$BITBUCKET_BRANCH",
            "holds `$BITBUCKET_BRANCH`",
        ),
        ("LOCAL_PATH=${DIST}", "holds `${DIST}`"),
        ("AWS_OIDC_ROLE_ARN=$ROLE_ARN", "holds `$ROLE_ARN`"),
        ("AWS_DEFAULT_REGION=us-east1", "did you mean `us-east-1`?"),
        ("AWS_DEFAULT_REGION=auto", "not the name of a region"),
        ("EXTRA_ARGS=--region us-east1", "did you mean `us-east-1`?"),
        ("S3_BUCKET=", "passed, but empty"),
        ("AWS_OIDC_ROLE_ARN= ", "passed, but empty"),
    ] {
        let (name, value) = setting.split_once('=').unwrap();
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
    assert_eq!(config.sign_in.region, "eu-west-1");
}

#[test]
fn another_server_has_regions_and_buckets_of_its_own() {
    let server = ("AWS_ENDPOINT_URL", "http://127.0.0.1:9000");
    for region in ["auto", "RegionOne", "us-east1"] {
        assert_eq!(
            config(&[server, ("AWS_DEFAULT_REGION", region)])
                .sign_in
                .region,
            region
        );
    }
    let bucket = config(&[server, ("S3_BUCKET", "My_Bucket")])
        .destination
        .bucket;
    assert_eq!(bucket, "My_Bucket");
}

#[test]
fn static_keys_that_nobody_gave_out_are_refused_and_not_repeated() {
    let (id, secret) = (
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    );
    let told = |id: &str, secret: &str| {
        let keys = [
            ("AWS_OIDC_ROLE_ARN", ""),
            ("AWS_ACCESS_KEY_ID", id),
            ("AWS_SECRET_ACCESS_KEY", secret),
        ];
        problems(&keys)
    };
    for (first, second, reason) in [
        (secret, id, "in the place of AWS_SECRET_ACCESS_KEY"),
        ("'AKIAIOSFODNN7EXAMPLE'", secret, "holds quotes or blanks"),
        ("AKIA IOSFODNN7EXAMPLE", secret, "holds quotes or blanks"),
        ("$AWS_ACCESS_KEY_ID", secret, "not replaced by its value"),
        (id, "${AWS_SECRET_ACCESS_KEY}", "not replaced by its value"),
    ] {
        let told = told(first, second);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("AWS_ACCESS_KEY_ID: it"), "{told:?}");
        assert!(
            told[0].contains(reason) && !told[0].contains("wJalr"),
            "{told:?}"
        );
    }
    let temporary = told("ASIAIOSFODNN7EXAMPLE", secret);
    assert!(
        temporary[0].starts_with("AWS_SESSION_TOKEN: not set, but"),
        "{temporary:?}"
    );
    for (id, secret) in [
        (id, secret),
        ("minio-admin", "pa$$WORD_X"),
        ("GOOG1EX/+=", "s"),
    ] {
        let keys = [
            ("AWS_OIDC_ROLE_ARN", ""),
            ("AWS_ACCESS_KEY_ID", id),
            ("AWS_SECRET_ACCESS_KEY", secret),
        ];
        assert!(matches!(
            config(&keys).sign_in.identity,
            deploy_core::identity::Identity::Keys(_)
        ));
    }
}

#[test]
fn variables_without_their_partner_are_told() {
    let distribution = ("CLOUDFRONT_DISTRIBUTION_ID", "E1");
    for (name, value, partner) in [
        ("INVALIDATION_PATHS", "/*", distribution),
        ("INVALIDATION_PREFIX", "/", distribution),
        ("INVALIDATION_WAIT", "false", distribution),
        ("MAX_DELETE", "5", ("DELETE_FLAG", "true")),
        (
            "CODE_INSIGHTS_PROXY",
            "http://localhost:1",
            ("CODE_INSIGHTS", "true"),
        ),
    ] {
        let told = warnings(&[(name, value)]);
        let start = format!("{name} has no effect");
        assert!(
            matches!(&*told, [one] if one.starts_with(&start)),
            "{told:?}"
        );
        assert_eq!(warnings(&[(name, value), partner]), Vec::<String>::new());
    }
    let default = [("OIDC_AUDIENCE", "sts.amazonaws.com")];
    assert_eq!(warnings(&default), Vec::<String>::new());
    assert_eq!(warnings(&[("OIDC_AUDIENCE", "acme")]).len(), 1);
    assert_eq!(warnings(&[("AWS_DEFAULT_REGION", "eu-central-9")]).len(), 1);
    assert_eq!(warnings(&[("AWS_DEFAULT_REGION", "us-eest-1")]).len(), 1);
    assert_eq!(warnings(&[("METADATA", "cache-control=no-cache")]).len(), 1);
    let path = ("AWS_ENDPOINT_URL", "https://acme.r2.example.com/my-bucket");
    assert_eq!(warnings(&[path]).len(), 1);
}

#[test]
fn endpoints_of_aws_are_chosen_by_switches() {
    let network = config(&[("AWS_USE_FIPS_ENDPOINT", "true")]).sign_in.network;
    assert!(network.fips && !network.dual_stack);
    let told = warnings(&[
        ("AWS_USE_DUALSTACK_ENDPOINT", "true"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9000"),
    ]);
    assert_eq!(told.len(), 1, "{told:?}");
}
