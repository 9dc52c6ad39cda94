//! Whole set-ups: the documents they replace, every scope, every format.

use std::ffi::OsString;

use serde_json::{Value, json};

use crate::config::Request;
use crate::config::load;
use crate::config::setup::SetupConfig;
use deploy_core::iam::permissions::{Encryption, ObjectAction};
use deploy_core::iam::resources::KmsKey;
use deploy_core::setup::{Facts, Format, render};

const ROLE: &str = "arn:aws:iam::123456789012:role/deploy";
const ACCOUNT: &str = "123456789012";
const REPOSITORY_ARN: &str = "arn:aws:ecr:us-east-1:123456789012:repository/my-repo";

/// The example of Atlassian's documentation, without its signature: repository, deployment
/// environment and step of the workspace `bbcitest`.
/// <https://support.atlassian.com/bitbucket-cloud/docs/deploy-on-aws-using-bitbucket-pipelines-openid-connect/>
const TOKEN: &str = concat!(
    "eyJraWQiOiJ0ZXN0X2tpZCIsInR5cCI6IkpXVCIsImFsZyI6IlJTMjU2In0.",
    "eyJzdWIiOiJ7MWRlNDg5YmUtY2U2YS00MmEwLWE4YzgtZWFkYmYxMTc0YWM3fTp7YmQ3MTU3NDAtYzk3MC00ODZiLW",
    "I2OGEtYjQyMWVjMmExZjhifTp7NzU5ZGUwYzYtZWFlZS00ZWFhLWI3YTYtYzUwN2VlYzc1OWE3fSIsImF1ZCI6ImFy",
    "aTpjbG91ZDpiaXRidWNrZXQ6OndvcmtzcGFjZVwvOTIyZTExOGMtZjM0Zi00MjI2LWE4OTctMGUwYWZiZWM1NTNkIi",
    "wic3RlcFV1aWQiOiJ7NzU5ZGUwYzYtZWFlZS00ZWFhLWI3YTYtYzUwN2VlYzc1OWE3fSIsImRlcGxveW1lbnRFbnZp",
    "cm9ubWVudCI6InRlc3RpbmciLCJpc3MiOiJodHRwczpcL1wvYXBpLmJpdGJ1Y2tldC5vcmdcLzIuMFwvd29ya3NwYW",
    "Nlc1wvYmJjaXRlc3RcL3BpcGVsaW5lcy1jb25maWdcL2lkZW50aXR5XC9vaWRjIiwicmVwb3NpdG9yeVV1aWQiOiJ7",
    "MWRlNDg5YmUtY2U2YS00MmEwLWE4YzgtZWFkYmYxMTc0YWM3fSIsImJyYW5jaE5hbWUiOiJvaWRjLWRlbW8iLCJleH",
    "AiOjE1Nzg3NjIzMDAsImlhdCI6MTU3ODc0NzYwMCwicGlwZWxpbmVVdWlkIjoie2JlZTMyZjM1LTVkYzAtNDY3Ni05",
    "YWQxLTY1NzM2M2JlMGVkMH0iLCJ3b3Jrc3BhY2VVdWlkIjoiezkyMmUxMThjLWYzNGYtNDIyNi1hODk3LTBlMGFmYm",
    "VjNTUzZH0ifQ",
    ".signature"
);

fn config(more: &[(&str, &str)]) -> SetupConfig {
    let least = [
        ("COMMAND", "setup"),
        ("BITBUCKET_STEP_OIDC_TOKEN", TOKEN),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_OIDC_ROLE_ARN", ROLE),
        ("S3_BUCKET", "my-bucket/docs"),
    ];
    let all = least.iter().chain(more);
    let all = all.map(|(name, value)| (OsString::from(name), OsString::from(value)));
    match load(all, None).request.unwrap() {
        Request::Setup(config) => *config,
        _ => panic!("another command"),
    }
}

/// The documents of FORMAT=json.
fn documents(facts: &Facts) -> Value {
    serde_json::from_str(&render(facts, Format::Json)).unwrap()
}

fn statements(facts: &Facts, policy: &str) -> Vec<Value> {
    let document = documents(facts)[policy].take();
    assert_eq!(document["Version"], "2012-10-17");
    document["Statement"].as_array().unwrap().clone()
}

/// The text of `format` with the name of each policy in its place, where it has to stand as `written`.
fn named(facts: &Facts, format: Format, written: fn(&str) -> String) -> String {
    let documents = render(facts, Format::Json);
    let mut text = render(facts, format);
    for name in ["trustPolicy", "permissionsPolicy"] {
        let (_, policy) = documents.split_once(&format!("\"{name}\": ")).unwrap();
        let (policy, _) = policy.split_once("\n  }").unwrap();
        let policy = written(&format!("{}\n}}", policy.replace("\n  ", "\n")));
        assert_eq!(text.matches(&policy).count(), 1, "{policy}");
        text = text.replace(&policy, &format!("the {name}"));
    }
    text
}

/// The only statement of the trust policy, and the audience it asks for beside what Atlassian shows.
fn trust(more: &[(&str, &str)]) -> (Value, Value) {
    let mut statement = statements(&config(more).facts, "trustPolicy").remove(0);
    let fields = statement.as_object_mut().unwrap();
    fields.remove("Sid");
    let conditions = fields["Condition"].as_object_mut().unwrap();
    let audience = conditions.remove("StringEquals").unwrap();
    (statement, audience)
}

const PROVIDER: &str = "api.bitbucket.org/2.0/workspaces/bbcitest/pipelines-config/identity/oidc";

fn atlassians(condition: &Value) -> Value {
    json!({
        "Effect": "Allow",
        "Principal": { "Federated": format!("arn:aws:iam::123456789012:oidc-provider/{PROVIDER}") },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    })
}

#[test]
fn one_repository_as_atlassian_documents_it() {
    let (statement, audience) = trust(&[]);
    let subject = "{1de489be-ce6a-42a0-a8c8-eadbf1174ac7}:*";
    let expected = json!({ "StringLike": { format!("{PROVIDER}:sub"): subject } });
    assert_eq!(statement, atlassians(&expected));
    let workspace = "ari:cloud:bitbucket::workspace/922e118c-f34f-4226-a897-0e0afbec553d";
    assert_eq!(audience, json!({ format!("{PROVIDER}:aud"): workspace }));
}

#[test]
fn one_deployment_environment_as_atlassian_documents_it() {
    let (statement, _) = trust(&[("SCOPE", "environment")]);
    let subject =
        "{1de489be-ce6a-42a0-a8c8-eadbf1174ac7}*:{bd715740-c970-486b-b68a-b421ec2a1f8b}:*";
    let expected = json!({ "StringLike": { format!("{PROVIDER}:sub"): subject } });
    assert_eq!(statement, atlassians(&expected));
}

#[test]
fn addresses_of_bitbucket_only_as_atlassian_documents_it() {
    // Those of 2021, as an example; they have changed since.
    let ranges = [
        "34.199.54.113/32",
        "34.232.25.90/32",
        "34.232.119.183/32",
        "34.236.25.177/32",
        "35.171.175.212/32",
        "52.54.90.98/32",
        "52.202.195.162/32",
        "52.203.14.55/32",
        "52.204.96.37/32",
        "34.218.156.209/32",
        "34.218.168.212/32",
        "52.41.219.63/32",
        "35.155.178.254/32",
        "35.160.177.10/32",
        "34.216.18.129/32",
    ];
    let (statement, _) = trust(&[("ALLOWED_IP_RANGES", &ranges.join(" "))]);
    let expected = json!({
        "StringLike": {
            format!("{PROVIDER}:sub"): "{1de489be-ce6a-42a0-a8c8-eadbf1174ac7}:*"
        },
        "IpAddress": { "aws:SourceIp": ranges },
    });
    assert_eq!(statement, atlassians(&expected));
}

#[test]
fn a_whole_workspace_is_told_by_its_audience_alone() {
    let statement = statements(&config(&[("SCOPE", "workspace")]).facts, "trustPolicy");
    let expected = json!([{
        "Sid": "AllowBitbucket",
        "Effect": "Allow",
        "Principal": { "Federated": format!("arn:aws:iam::123456789012:oidc-provider/{PROVIDER}") },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": { "StringEquals": {
            format!("{PROVIDER}:aud"):
                "ari:cloud:bitbucket::workspace/922e118c-f34f-4226-a897-0e0afbec553d",
        } },
    }]);
    assert_eq!(Value::from(statement), expected);
}

#[test]
fn images_are_pulled_as_atlassian_documents_it() {
    let facts = config(&[("ECR_REPOSITORY_ARN", REPOSITORY_ARN)]).facts;
    let found = statements(&facts, "permissionsPolicy").split_off(2);
    let expected = json!([
        {
            "Sid": "GetAuthorizationToken",
            "Effect": "Allow",
            "Action": ["ecr:GetAuthorizationToken"],
            "Resource": "*"
        },
        {
            "Sid": "ReadRepositoryContents",
            "Effect": "Allow",
            "Action": [
                "ecr:BatchCheckLayerAvailability",
                "ecr:GetDownloadUrlForLayer",
                "ecr:GetRepositoryPolicy",
                "ecr:DescribeRepositories",
                "ecr:ListImages",
                "ecr:DescribeImages",
                "ecr:BatchGetImage"
            ],
            "Resource": REPOSITORY_ARN
        }
    ]);
    assert_eq!(Value::from(found), expected);
}

#[test]
fn images_are_pulled_by_circleci_as_it_documents_it() {
    // {"iss":"https://oidc.circleci.com/org/o-1","aud":"o-1","sub":"org/o-1/project/p-2/user/u-3"}
    let token = "e30.eyJpc3MiOiJodHRwczovL29pZGMuY2lyY2xlY2kuY29tL29yZy9vLTEiLCJhdWQiOiJvLTEiLCJzdWIiOiJvcmcvby0xL3Byb2plY3QvcC0yL3VzZXIvdS0zIn0.sig";
    let facts = config(&[
        ("BITBUCKET_STEP_OIDC_TOKEN", token),
        ("ECR_REPOSITORY_ARN", REPOSITORY_ARN),
    ])
    .facts;
    let found = statements(&facts, "permissionsPolicy").split_off(3);
    let expected = json!([{
        "Sid": "ReadRepositoryContents",
        "Effect": "Allow",
        "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        "Resource": REPOSITORY_ARN
    }]);
    assert_eq!(Value::from(found), expected);
    let trust = statements(&facts, "trustPolicy").remove(0);
    assert_eq!(
        trust["Condition"],
        json!({
            "StringEquals": { "oidc.circleci.com/org/o-1:aud": "o-1" },
            "StringLike": { "oidc.circleci.com/org/o-1:sub": "org/o-1/project/p-2/*" },
        })
    );
}

/// Actions and resources of every statement.
fn permitted(facts: &Facts) -> Vec<(Value, Value)> {
    let statements = statements(facts, "permissionsPolicy").into_iter();
    statements
        .map(|mut statement| (statement["Action"].take(), statement["Resource"].take()))
        .collect()
}

#[test]
fn only_what_is_used_is_permitted() {
    let expected = |actions: &[&str], bucket: &str, objects: &str| {
        vec![
            (json!(["s3:ListBucket"]), json!(bucket)),
            (json!(actions), json!(objects)),
        ]
    };
    let bucket = "arn:aws:s3:::my-bucket";
    let actions = ["s3:PutObject", "s3:AbortMultipartUpload", "s3:GetObject"];
    assert_eq!(
        permitted(&config(&[]).facts),
        expected(&actions, bucket, "arn:aws:s3:::my-bucket/docs/*")
    );
    assert_eq!(
        permitted(&config(&[("S3_BUCKET", "my-bucket/a*b")]).facts),
        expected(&actions, bucket, "arn:aws:s3:::my-bucket/a${*}b/*")
    );
    let one_file = [
        ("S3_BUCKET", "my-bucket/1.0.toml"),
        ("LOCAL_PATH", "Cargo.toml"),
    ];
    assert_eq!(
        permitted(&config(&one_file).facts),
        expected(&actions, bucket, "arn:aws:s3:::my-bucket/1.0.toml")
    );
    let point = "arn:aws:s3:us-east-1:123456789012:accesspoint";
    let mut through = expected(
        &actions,
        &format!("{point}/site"),
        &format!("{point}/site/object/docs/*"),
    );
    // What is behind it, through it alone.
    through.extend(expected(
        &actions,
        "arn:aws:s3:::*",
        "arn:aws:s3:::*/docs/*",
    ));
    assert_eq!(
        permitted(&config(&[("S3_BUCKET", &format!("{point}:site/docs"))]).facts),
        through
    );
    let record = [("COMPARE_HEADERS", "false")];
    let mut with_record = expected(&actions[..2], bucket, "arn:aws:s3:::my-bucket/docs/*");
    with_record.push((
        json!(["s3:GetObject"]),
        json!("arn:aws:s3:::my-bucket/docs/.aws-oidc-s3-deploy/*"),
    ));
    assert_eq!(permitted(&config(&record).facts), with_record);
    let less = [("COMPARE_HEADERS", "false"), ("DEPLOY_RECORD", "off")];
    assert_eq!(
        permitted(&config(&less).facts),
        expected(&actions[..2], bucket, "arn:aws:s3:::my-bucket/docs/*")
    );
    let actions = [
        "s3:PutObject",
        "s3:AbortMultipartUpload",
        "s3:PutObjectAcl",
        "s3:PutObjectTagging",
        "s3:GetObject",
        "s3:DeleteObject",
    ];
    let more = [("ACL", "private"), ("DELETE_FLAG", "true")];
    let mut facts = config(&more).facts;
    facts.needs.objects.insert(2, ObjectAction::SetTags);
    assert_eq!(
        permitted(&facts),
        expected(&actions, bucket, "arn:aws:s3:::my-bucket/docs/*")
    );
}

#[test]
fn distributions_and_keys_are_named_one_by_one() {
    let here = "arn:aws:kms:us-east-1:123456789012";
    let mut facts = config(&[]).facts;
    facts.needs.distributions = vec!["E1ABC".to_owned(), "E2DEF".to_owned()];
    for (name, resource, alias) in [
        ("1234abcd", format!("{here}:key/1234abcd"), Value::Null),
        ("alias/k", format!("{here}:key/*"), json!("alias/k")),
        (
            "arn:aws:kms:eu-west-1:999999999999:alias/k",
            "arn:aws:kms:eu-west-1:999999999999:key/*".to_owned(),
            json!("alias/k"),
        ),
    ] {
        facts.needs.encryption = Encryption::Named(vec![KmsKey::parse(name).unwrap()]);
        let statements = statements(&facts, "permissionsPolicy");
        let [list, write, encrypt, invalidate] = statements.as_slice() else {
            panic!("{statements:?}");
        };
        assert_eq!(list["Action"], json!(["s3:ListBucket"]));
        // The note of an invalidation that is owed is put, and never deleted.
        assert_eq!(
            write["Action"],
            json!(["s3:PutObject", "s3:AbortMultipartUpload", "s3:GetObject"])
        );
        assert_eq!(
            invalidate["Action"],
            json!([
                "cloudfront:CreateInvalidation",
                "cloudfront:GetInvalidation"
            ])
        );
        assert_eq!(
            encrypt["Action"],
            json!(["kms:GenerateDataKey", "kms:Decrypt"])
        );
        assert_eq!(
            invalidate["Resource"],
            json!([
                "arn:aws:cloudfront::123456789012:distribution/E1ABC",
                "arn:aws:cloudfront::123456789012:distribution/E2DEF"
            ])
        );
        assert_eq!(encrypt["Resource"], json!(resource));
        let condition = &encrypt["Condition"];
        assert_eq!(
            condition["StringLike"]["kms:ViaService"],
            "s3.us-east-1.amazonaws.com"
        );
        assert_eq!(
            condition["ForAnyValue:StringEquals"]["kms:ResourceAliases"],
            alias
        );
    }
}

#[test]
fn every_arn_is_of_the_regions_partition() {
    for (region, partition) in [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")] {
        let role = format!("arn:{partition}:iam::123456789012:role/deploy");
        let repository = format!("arn:{partition}:ecr:{region}:123456789012:repository/r");
        let mut facts = config(&[
            ("AWS_DEFAULT_REGION", region),
            ("AWS_OIDC_ROLE_ARN", &role),
            ("ECR_REPOSITORY_ARN", &repository),
        ])
        .facts;
        facts.needs.distributions = vec!["E1ABC".to_owned()];
        facts.needs.encryption = Encryption::Named(vec![KmsKey::parse("1234abcd").unwrap()]);
        for format in [
            Format::Json,
            Format::Cli,
            Format::CloudFormation,
            Format::Terraform,
        ] {
            let text = render(&facts, format);
            let arns: Vec<&str> = text.split("arn:").skip(1).collect();
            assert!(arns.len() >= 6, "{text}");
            for arn in arns {
                assert!(arn.starts_with(&format!("{partition}:")), "arn:{arn}");
            }
        }
    }
}

mod formats;
mod templates;
