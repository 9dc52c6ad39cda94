//! What `setup` takes, and that every mistake is told in one run.

use super::SetupConfig;
use crate::config::Request;
use crate::config::command::Command;
use crate::config::load;
use deploy_core::iam::permissions::{Encryption, ObjectAction};
use deploy_core::iam::resources::KmsKey;
use deploy_core::identity::provider::SubjectPattern;
use deploy_core::setup::Format;
use std::ffi::OsString;

const REPOSITORY: &str = "{1de489be-ce6a-42a0-a8c8-eadbf1174ac7}";
const ENVIRONMENT: &str = "{bd715740-c970-486b-b68a-b421ec2a1f8b}";

/// {"iss":"https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc",
/// "aud":"ari:cloud:bitbucket::workspace/922e118c-f34f-4226-a897-0e0afbec553d",
/// "sub":"{1de489be-ce6a-42a0-a8c8-eadbf1174ac7}:{759de0c6-eaee-4eaa-b7a6-c507eec759a7}"}
const TOKEN: &str = "e30.eyJpc3MiOiJodHRwczovL2FwaS5iaXRidWNrZXQub3JnLzIuMC93b3Jrc3BhY2VzL2FjbWUvcGlwZWxpbmVzLWNvbmZpZy9pZGVudGl0eS9vaWRjIiwiYXVkIjoiYXJpOmNsb3VkOmJpdGJ1Y2tldDo6d29ya3NwYWNlLzkyMmUxMThjLWYzNGYtNDIyNi1hODk3LTBlMGFmYmVjNTUzZCIsInN1YiI6InsxZGU0ODliZS1jZTZhLTQyYTAtYThjOC1lYWRiZjExNzRhYzd9Ons3NTlkZTBjNi1lYWVlLTRlYWEtYjdhNi1jNTA3ZWVjNzU5YTd9In0.sig";

/// A laptop: no token, no credentials, no LOCAL_PATH.
const LAPTOP: &[(&str, &str)] = &[
    ("BITBUCKET_WORKSPACE", "acme"),
    (
        "BITBUCKET_WORKSPACE_UUID",
        "922e118c-f34f-4226-a897-0e0afbec553d",
    ),
    ("BITBUCKET_REPO_UUID", REPOSITORY),
    ("AWS_DEFAULT_REGION", "us-east-1"),
    ("S3_BUCKET", "my-bucket"),
];

fn read(sets: &[&[(&str, &str)]]) -> Result<SetupConfig, Vec<String>> {
    let all = sets.iter().copied().flatten();
    let all = all.map(|(name, value)| (OsString::from(name), OsString::from(value)));
    match load(all, Some(Command::Setup)).request {
        Ok(Request::Setup(config)) => Ok(*config),
        Ok(_) => panic!("another command"),
        Err(problems) => Err(problems.iter().map(ToString::to_string).collect()),
    }
}

#[test]
fn variables_alone_are_enough() {
    let facts = read(&[LAPTOP]).unwrap().facts;
    assert_eq!(
        facts.issuer.url(),
        "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"
    );
    let repository = SubjectPattern::Pieces(vec![format!("{REPOSITORY}:"), String::new()]);
    assert_eq!(facts.subject, repository);
    assert_eq!(facts.role.account, None);
    let owner = [
        ("BITBUCKET_WORKSPACE_UUID", ""),
        (
            "BITBUCKET_REPO_OWNER_UUID",
            "{922E118C-F34F-4226-A897-0E0AFBEC553D}",
        ),
    ];
    let same = read(&[LAPTOP, &owner]).unwrap().facts;
    assert_eq!(same.issuer, facts.issuer);
}

/// A role for a bucket that AWS cannot have would help nobody.
#[test]
fn names_that_no_bucket_has_are_refused_as_by_a_deploy() {
    for (bucket, region, is_refused) in [
        ("My_Bucket", "eu-west-1", true),
        ("My_Bucket", "us-east-1", false),
        ("my..bucket", "us-east-1", true),
    ] {
        let named = [("S3_BUCKET", bucket), ("AWS_DEFAULT_REGION", region)];
        let told = read(&[LAPTOP, &named]).err().unwrap_or_default();
        let told = told.iter().filter(|line| line.starts_with("S3_BUCKET: "));
        assert_eq!(told.count() > 0, is_refused, "{bucket} in {region}");
    }
}

#[test]
fn a_token_says_the_same() {
    let token = [("BITBUCKET_STEP_OIDC_TOKEN", TOKEN)];
    let by_token = read(&[&LAPTOP[3..], &token]).unwrap().facts;
    let by_variables = read(&[LAPTOP]).unwrap().facts;
    assert_eq!(by_token.issuer, by_variables.issuer);
    assert_eq!(by_token.subject, by_variables.subject);
}

#[test]
fn the_environment_may_come_beside_the_token() {
    let scope = [
        ("BITBUCKET_STEP_OIDC_TOKEN", TOKEN),
        ("SCOPE", "environment"),
    ];
    let told = read(&[&LAPTOP[3..], &scope]).unwrap_err();
    assert_eq!(
        told,
        ["SCOPE: the step's token is of no deployment environment; \
             does this step have a `deployment:`?"]
    );
    let environment = [("BITBUCKET_DEPLOYMENT_ENVIRONMENT_UUID", ENVIRONMENT)];
    let facts = read(&[&LAPTOP[3..], &scope, &environment]).unwrap().facts;
    let (_, pattern) = facts.subject.condition().unwrap();
    assert_eq!(pattern, format!("{REPOSITORY}*:{ENVIRONMENT}:*"));
}

#[test]
fn everything_that_is_missing_is_told_at_once() {
    let told = read(&[&[("SCOPE", "environment"), ("FORMAT", "json")]]).unwrap_err();
    let mut names: Vec<&str> = told
        .iter()
        .filter_map(|line| line.split(':').next())
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "AWS_DEFAULT_REGION",
            "AWS_OIDC_ROLE_ARN",
            "BITBUCKET_DEPLOYMENT_ENVIRONMENT_UUID",
            "BITBUCKET_REPO_UUID",
            "BITBUCKET_WORKSPACE",
            "BITBUCKET_WORKSPACE_UUID",
            "S3_BUCKET",
        ]
    );
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let wrong = [
        ("BITBUCKET_STEP_OIDC_TOKEN", "hunter2"),
        ("SCOPE", "branch"),
        ("FORMAT", "yaml"),
        ("ALLOWED_IP_RANGES", "1.2.3.4/33 10.0.0.0/8"),
        ("ECR_REPOSITORY_ARN", "my-repo"),
        ("AWS_OIDC_ROLE_ARN", "deploy"),
        ("AWS_DEFAULT_REGION", "Frankfurt"),
        ("S3_BUCKET", "site-abc-s3alias"),
        ("DELETE_FLAG", "perhaps"),
        ("AWS_ROLE_DURATION_SECONDS", "1"),
    ];
    let told = read(&[&wrong]).unwrap_err();
    assert_eq!(told.len(), wrong.len(), "{told:#?}");
    assert!(!told.concat().contains("hunter2"));
}

#[test]
fn two_partitions_do_not_mix() {
    let other = [
        (
            "AWS_OIDC_ROLE_ARN",
            "arn:aws-cn:iam::123456789012:role/deploy",
        ),
        (
            "ECR_REPOSITORY_ARN",
            "arn:aws-cn:ecr:cn-north-1:123456789012:repository/r",
        ),
        (
            "S3_BUCKET",
            "arn:aws-us-gov:s3:us-gov-west-1:123456789012:accesspoint/site/docs",
        ),
    ];
    let told = read(&[LAPTOP, &other]).unwrap_err();
    assert_eq!(told.len(), other.len(), "{told:?}");
    let says = "is in the partition `aws-cn`, but the region `us-east-1` is in `aws`";
    assert!(told.iter().any(|line| line.contains(says)), "{told:?}");
    let gov = [
        ("AWS_DEFAULT_REGION", "us-gov-west-1"),
        ("CLOUDFRONT_DISTRIBUTION_ID", "E1"),
    ];
    let told = read(&[LAPTOP, &gov]).unwrap_err();
    assert!(told[0].starts_with("CLOUDFRONT_DISTRIBUTION_ID: the region `us-gov-west-1` is in"));
}

#[test]
fn flags_count_as_variables_do() {
    let flags = "--delete --acl private --sse-kms-key-id alias/k --region eu-west-1";
    let facts = read(&[LAPTOP, &[("EXTRA_ARGS", flags)]]).unwrap().facts;
    let expected = [
        ObjectAction::Put,
        ObjectAction::SetAcl,
        ObjectAction::Read,
        ObjectAction::Delete,
    ];
    assert_eq!(facts.needs.objects, expected);
    let key = KmsKey::parse("alias/k").unwrap();
    assert_eq!(facts.needs.encryption, Encryption::Named(vec![key]));
    assert_eq!(facts.needs.place.region, "eu-west-1");
    assert!(
        facts
            .variables
            .contains(&("EXTRA_ARGS", format!("'{flags}'")))
    );
}

#[test]
fn formats_are_known_in_any_case() {
    let format = read(&[LAPTOP, &[("FORMAT", "CloudFormation")]]).unwrap();
    assert_eq!(format.format, Format::CloudFormation);
}

#[test]
fn nothing_in_the_step_breaks_out_of_its_value() {
    let bucket = [("S3_BUCKET", "my-bucket/a'b\"\\é")];
    let facts = read(&[LAPTOP, &bucket]).unwrap().facts;
    let bucket = facts
        .variables
        .iter()
        .find(|(name, _)| *name == "S3_BUCKET");
    let expected = r#""my-bucket/a'b\"\\\U000000e9""#;
    assert_eq!(bucket.unwrap().1, expected);
}

#[test]
fn rules_tell_of_acls_and_tags() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let rules = "rules:\n- {patterns: [a], headers: {acl: private, tags: {a: b}}}\n";
    std::fs::write(file.path(), rules).unwrap();
    let path = file.path().to_str().unwrap();
    let facts = read(&[LAPTOP, &[("RULES_FILE", path)]]).unwrap().facts;
    let more = [ObjectAction::SetAcl, ObjectAction::SetTags];
    assert!(more.iter().all(|it| facts.needs.objects.contains(it)));
    let facts = read(&[LAPTOP]).unwrap().facts;
    assert_eq!(facts.needs.objects, [ObjectAction::Put, ObjectAction::Read]);
}
