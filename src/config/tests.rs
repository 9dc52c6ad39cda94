//! The configuration as a whole: what is read, and that every mistake is told in one run.

mod understood;
mod words;

use super::{Command, Config, Request, load};
use crate::console::LogFormat;
use crate::console::Output;
use crate::console::Verbosity;
use crate::execute::Concurrency;
use deploy_core::identity::Identity;
use deploy_core::object::body::Checksum;
use deploy_core::object::headers::Encryption;
use deploy_core::plan::Existing;
use deploy_core::plan::compare::CompareBy;
use deploy_core::plan::{DeleteLimit, Orphans};
use std::ffi::OsString;

const ROLE: &str = "arn:aws:iam::123456789012:role/deploy";

/// The least that deploys, from the current folder, with `more` on top; an empty value unsets.
fn variables(more: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    let least = [
        ("AWS_OIDC_ROLE_ARN", ROLE),
        ("BITBUCKET_STEP_OIDC_TOKEN", "header.payload.signature"),
        ("AWS_DEFAULT_REGION", "eu-west-1"),
        ("S3_BUCKET", "my-bucket/docs"),
        ("LOCAL_PATH", "."),
    ];
    let all = least.iter().chain(more);
    all.map(|(name, value)| (OsString::from(name), OsString::from(value)))
        .collect()
}

fn config(more: &[(&str, &str)]) -> Config {
    let Request::Deploy(config) = load(variables(more), None).request.unwrap() else {
        panic!("another command");
    };
    *config
}

fn problems(more: &[(&str, &str)]) -> Vec<String> {
    let problems = load(variables(more), None).request.unwrap_err();
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn the_least_that_deploys_has_safe_defaults() {
    let config = config(&[]);
    assert!(matches!(config.sign_in.identity, Identity::Role(_)));
    assert_eq!(config.orphans, Orphans::Keep);
    assert!(!config.dry_run);
    assert!(!config.storage.path_style);
    assert_eq!(
        config.storage.checksum,
        Checksum::Crc64Nvme { confirmed: false }
    );
    assert_eq!(config.concurrency, Concurrency::Auto);
    assert_eq!(
        config.headers,
        deploy_core::object::headers::ObjectHeaders::default()
    );
}

#[test]
fn every_mistake_is_told_at_once_in_the_order_of_the_table() {
    let told = problems(&[
        ("AWS_OIDC_ROLE_ARN", "deploy"),
        ("AWS_DEFAULT_REGION", ""),
        ("S3_BUCKET", ""),
        ("LOCAL_PATH", "no/such/folder"),
        ("DELETE_FLAG", "perhaps"),
        ("MAX_DELETE", "lots"),
        ("EXCLUDE", "[z-a]"),
        ("ACL", "everyone"),
        ("EXPIRES", "soon"),
        ("CONCURRENCY", "0"),
        ("DEBUG", "2"),
        ("AWS_ENDPOINT_URL", "localhost"),
        ("AWS_CA_BUNDLE", "Cargo.toml"),
    ]);
    let names: Vec<_> = told
        .iter()
        .filter_map(|problem| problem.split(':').next())
        .collect();
    assert_eq!(
        names,
        [
            "AWS_OIDC_ROLE_ARN",
            "AWS_DEFAULT_REGION",
            "S3_BUCKET",
            "LOCAL_PATH",
            "DELETE_FLAG",
            "MAX_DELETE",
            "EXCLUDE",
            "ACL",
            "EXPIRES",
            "CONCURRENCY",
            "DEBUG",
            "AWS_ENDPOINT_URL",
            "AWS_CA_BUNDLE",
        ]
    );
}

#[test]
fn identities_are_chosen_as_the_official_pipes_do() {
    let keys = [
        ("AWS_ACCESS_KEY_ID", "AKIA"),
        ("AWS_SECRET_ACCESS_KEY", "hunter2"),
    ];
    assert!(matches!(config(&keys).sign_in.identity, Identity::Role(_)));
    let no_token = [keys[0], keys[1], ("BITBUCKET_STEP_OIDC_TOKEN", "")];
    assert!(matches!(
        config(&no_token).sign_in.identity,
        Identity::FallbackKeys(_)
    ));
    let no_role = [keys[0], keys[1], ("AWS_OIDC_ROLE_ARN", "")];
    assert!(matches!(
        config(&no_role).sign_in.identity,
        Identity::Keys(_)
    ));
}

#[test]
fn a_missing_token_asks_the_likely_question() {
    let told = problems(&[("BITBUCKET_STEP_OIDC_TOKEN", "")]);
    assert_eq!(
        told,
        [
            "AWS_OIDC_ROLE_ARN: the step has no OIDC token to assume the role with \
          (BITBUCKET_STEP_OIDC_TOKEN is not set); is `oidc: true` set on this step?"
        ]
    );
}

#[test]
fn half_a_key_pair_is_a_mistake_and_is_not_repeated() {
    let told = problems(&[
        ("AWS_SECRET_ACCESS_KEY", "hunter2"),
        ("AWS_OIDC_ROLE_ARN", ""),
    ]);
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("AWS_ACCESS_KEY_ID: ") && !told[0].contains("hunter2"));
}

#[test]
fn no_role_and_no_keys_is_a_mistake() {
    let told = problems(&[("AWS_OIDC_ROLE_ARN", "")]);
    assert!(
        told[0].starts_with("AWS_OIDC_ROLE_ARN: passed, but empty"),
        "{told:?}"
    );
    let mut variables = variables(&[]);
    variables.retain(|(name, _)| name != "AWS_OIDC_ROLE_ARN");
    let told = load(variables, None).request.unwrap_err();
    let told = told[0].to_string();
    assert!(told.starts_with("AWS_OIDC_ROLE_ARN: neither"), "{told}");
}

#[test]
fn another_server_is_spoken_to_as_it_understands() {
    let other = config(&[("AWS_ENDPOINT_URL", "http://127.0.0.1:9000")]);
    assert!(other.storage.path_style);
    assert_eq!(other.storage.checksum, Checksum::ContentMd5);
    let chosen = config(&[
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9000"),
        ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9001"),
        ("S3_FORCE_PATH_STYLE", "false"),
        ("CHECKSUM", "off"),
    ]);
    assert!(!chosen.storage.path_style);
    assert_eq!(chosen.storage.checksum, Checksum::Off);
    assert_eq!(
        chosen.sign_in.network.s3_endpoint.unwrap().as_str(),
        "http://127.0.0.1:9001"
    );
    assert_eq!(
        chosen.sign_in.network.sts_endpoint.unwrap().as_str(),
        "http://127.0.0.1:9000"
    );
}

#[test]
fn the_region_falls_back_to_aws_region() {
    assert_eq!(
        config(&[("AWS_DEFAULT_REGION", ""), ("AWS_REGION", "us-east-2")])
            .sign_in
            .region,
        "us-east-2"
    );
    assert_eq!(
        config(&[("AWS_REGION", "us-east-2")]).sign_in.region,
        "eu-west-1"
    );
}

#[test]
fn an_explanation_needs_nothing_of_aws() {
    let variables = [("LOCAL_PATH", "."), ("EXPLAIN_PATH", "/guide/")]
        .map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let Request::Explain(explain) = load(variables, Some(Command::Explain)).request.unwrap() else {
        panic!("a request that is no explanation");
    };
    let path = explain.path.map(|path| path.to_string());
    assert_eq!(path.as_deref(), Some("guide/index.html"));
}

#[test]
fn two_encodings_exclude_each_other() {
    let told = problems(&[("COMPRESS", "gzip"), ("CONTENT_ENCODING", "gzip")]);
    assert!(told[0].starts_with("COMPRESS: "), "{told:?}");
    let told = problems(&[
        ("COMPRESS", "gzip"),
        ("EXTRA_ARGS", "--content-encoding gzip"),
    ]);
    assert!(told[0].starts_with("COMPRESS: "), "{told:?}");
    let none = config(&[("COMPRESS", "none"), ("CONTENT_ENCODING", "gzip")]);
    assert_eq!(none.rules.compress, None);
}

#[test]
fn deletions_are_asked_for_and_limited() {
    let limited = config(&[("DELETE_FLAG", "TRUE"), ("MAX_DELETE", "5")]);
    assert_eq!(limited.orphans, Orphans::Delete(DeleteLimit::Objects(5)));
    assert_eq!(config(&[("MAX_DELETE", "5")]).orphans, Orphans::Keep);
    let one_file = problems(&[("DELETE_FLAG", "true"), ("LOCAL_PATH", "Cargo.toml")]);
    assert!(one_file[0].starts_with("DELETE_FLAG: "));
}

#[test]
fn the_output_is_known_even_when_the_rest_is_refused() {
    let loaded = load(
        variables(&[
            ("DEBUG", "yes"),
            ("NO_COLOR", "1"),
            ("LOG_FORMAT", "JSON"),
            ("ACL", "x"),
        ]),
        None,
    );
    assert!(loaded.request.is_err());
    assert!(matches!(
        loaded.output,
        Output {
            verbosity: Verbosity::Debug,
            colours: false,
            format: LogFormat::Json,
            ..
        }
    ));
}

#[test]
fn a_flag_wins_over_the_variable_of_the_same_meaning() {
    let config = config(&[
        ("CACHE_CONTROL", "no-cache"),
        ("ACL", "private"),
        ("METADATA", "a=1"),
        ("AWS_DEFAULT_REGION", "us-east-2"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("DELETE_FLAG", "false"),
        ("DRY_RUN", "false"),
        ("CHECKSUM", "off"),
        (
            "EXTRA_ARGS",
            "--cache-control max-age=60 --metadata b=2 --region us-west-2 --endpoint-url \
             http://127.0.0.1:2 --delete --dryrun --checksum-algorithm CRC64NVME --size-only",
        ),
    ]);
    assert_eq!(config.headers.cache_control.as_deref(), Some("max-age=60"));
    assert_eq!(config.headers.acl.as_deref(), Some("private"));
    assert_eq!(config.headers.metadata.keys().collect::<Vec<_>>(), ["b"]);
    assert_eq!(config.sign_in.region, "us-west-2");
    assert!(matches!(config.orphans, Orphans::Delete(_)) && config.dry_run);
    assert_eq!(config.compare_by, CompareBy::Size);
    assert_eq!(
        config.storage.checksum,
        Checksum::Crc64Nvme { confirmed: false }
    );
    // As with aws-cli, the flag is about S3 alone.
    let network = config.sign_in.network;
    assert_eq!(network.s3_endpoint.unwrap().as_str(), "http://127.0.0.1:2");
    assert_eq!(network.sts_endpoint.unwrap().as_str(), "http://127.0.0.1:1");
}

#[test]
fn mistakes_of_flags_are_told_with_those_of_the_variables() {
    let told = problems(&[
        ("ACL", "everyone"),
        ("METADATA", "x"),
        ("TAGGING", "x"),
        ("SSE", "rot13"),
        ("NO_OVERWRITE", "perhaps"),
        ("EXTRA_ARGS", "--acl everyone --exlude x"),
        ("DEBUG", "2"),
    ]);
    let names: Vec<_> = told
        .iter()
        .filter_map(|problem| problem.split(':').next())
        .collect();
    assert_eq!(
        names,
        [
            "ACL",
            "SSE",
            "METADATA",
            "TAGGING",
            "NO_OVERWRITE",
            "EXTRA_ARGS",
            "EXTRA_ARGS",
            "DEBUG"
        ]
    );
}

#[test]
fn encryption_is_made_of_its_two_halves() {
    let kms = |key: &str| Some(Encryption::Kms(Some(key.to_owned())));
    for (sse, key, flags, expected) in [
        ("", "", "", None),
        ("AES256", "", "", Some(Encryption::S3)),
        ("aws:kms", "", "", Some(Encryption::Kms(None))),
        ("aws:kms", "k", "", kms("k")),
        ("", "k", "", kms("k")),
        ("aws:kms", "k", "--sse-kms-key-id f", kms("f")),
        ("aws:kms", "k", "--sse", Some(Encryption::S3)),
        ("AES256", "", "--sse aws:kms", Some(Encryption::Kms(None))),
    ] {
        let variables = [("SSE", sse), ("SSE_KMS_KEY_ID", key), ("EXTRA_ARGS", flags)];
        assert_eq!(
            config(&variables).headers.encryption,
            expected,
            "{variables:?}"
        );
    }
    for (sse, key, flags, place) in [
        ("AES256", "k", "", "SSE_KMS_KEY_ID"),
        ("", "k", "--sse AES256 --sse-kms-key-id f", "EXTRA_ARGS"),
    ] {
        let variables = [("SSE", sse), ("SSE_KMS_KEY_ID", key), ("EXTRA_ARGS", flags)];
        let told = problems(&variables);
        assert!(told[0].starts_with(place), "{told:?}");
    }
}

#[test]
fn what_exists_is_protected_only_from_what_can_tell_it() {
    let protected = config(&[("NO_OVERWRITE", "true")]).storage.existing;
    assert_eq!(protected, Existing::Protect);
    let told = problems(&[
        ("NO_OVERWRITE", "true"),
        ("EXTRA_ARGS", "--exact-timestamps"),
    ]);
    assert!(told[0].starts_with("NO_OVERWRITE: "), "{told:?}");
}

#[test]
fn a_list_of_flags_has_one_flag_per_item() {
    let given = |items: &[&str]| {
        let names = ["EXTRA_ARGS_0", "EXTRA_ARGS_1", "EXTRA_ARGS_2"];
        let mut variables: Vec<_> = names.into_iter().zip(items.iter().copied()).collect();
        let count = items.len().to_string();
        variables.push(("EXTRA_ARGS_COUNT", &count));
        load(self::variables(&variables), None).request
    };
    assert!(given(&["--exclude", "a b", "--delete"]).is_ok());
    let told = given(&["--exclude=*.map --delete"]).unwrap_err();
    assert_eq!(told.len(), 1);
}
