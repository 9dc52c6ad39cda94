//! The policies word by word, for every form of bucket and key.

use super::{Keys, LENGTH_MAX, ObjectAction, Permissions, TooLong, hop, policies};
use crate::iam::RoleArn;
use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::123456789012:role/deploy";
const POINT: &str = "arn:aws-us-gov:s3:us-gov-west-1:210987654321:accesspoint/site";

/// The statements of the exact policy, in their order; `change` says what the deploy does.
fn statements(role: &str, bucket: &str, keys: Keys<'_>) -> Vec<Value> {
    let role = RoleArn::parse(role).unwrap();
    parse(&policies(&permissions(&role, bucket, keys)).unwrap()[0].json)
}

fn permissions<'a>(role: &'a RoleArn, bucket: &'a str, keys: Keys<'a>) -> Permissions<'a> {
    Permissions {
        role,
        bucket,
        keys,
        objects: &[ObjectAction::Put],
        distributions: &[],
    }
}

fn parse(policy: &str) -> Vec<Value> {
    let policy: Value = serde_json::from_str(policy).unwrap();
    assert_eq!(policy["Version"], "2012-10-17");
    policy["Statement"].as_array().unwrap().clone()
}

#[test]
fn a_plain_deploy_lists_and_writes_its_prefix_and_no_more() {
    let role = RoleArn::parse(ROLE).unwrap();
    let policies = policies(&permissions(&role, "my-bucket", Keys::Below("docs/"))).unwrap();
    assert_eq!(policies[0].excess, None);
    insta::assert_snapshot!(policies[0].json, @r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:ListBucket"],"Resource":["arn:aws:s3:::my-bucket"],"Condition":{"StringLike":{"s3:prefix":"docs/*"}}},{"Effect":"Allow","Action":["s3:PutObject","s3:AbortMultipartUpload"],"Resource":["arn:aws:s3:::my-bucket/docs/*"]},{"Effect":"Allow","Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":["*"],"Condition":{"StringLike":{"kms:ViaService":"s3.*.amazonaws.com"}}}]}"#);
}

#[test]
fn keys_become_patterns_that_match_them_alone() {
    for (keys, prefix, resource) in [
        (Keys::Below(""), json!(null), "*"),
        (Keys::Below("docs/v1/"), json!("docs/v1/*"), "docs/v1/*"),
        (Keys::Below("a*b/"), json!("a${*}b/*"), "a${*}b/*"),
        (
            Keys::Below("a?/$x/"),
            json!("a${?}/${$}x/*"),
            "a${?}/${$}x/*",
        ),
        (
            Keys::Below("${aws:userid}/"),
            json!("${$}{aws:userid}/*"),
            "${$}{aws:userid}/*",
        ),
        (Keys::Below("q\"\\/"), json!("q\"\\/*"), "q\"\\/*"),
        (Keys::Below("ümlaut/"), json!("*mlaut/*"), "*mlaut/*"),
        (Keys::Below("a日本*/"), json!("a*${*}/*"), "a*${*}/*"),
        (Keys::Only("app.zip"), json!("app.zip"), "app.zip"),
        (
            Keys::Only("r/1*0.zip"),
            json!("r/1${*}0.zip"),
            "r/1${*}0.zip",
        ),
    ] {
        let statements = statements(ROLE, "my-bucket", keys);
        let listed = &statements[0]["Condition"]["StringLike"]["s3:prefix"];
        assert_eq!(*listed, prefix, "{keys:?}");
        let written = format!("arn:aws:s3:::my-bucket/{resource}");
        assert_eq!(statements[1]["Resource"], json!([written]), "{keys:?}");
    }
}

#[test]
fn a_prefix_that_policies_cannot_hold_is_said_to_reach_further() {
    let role = RoleArn::parse(ROLE).unwrap();
    for (prefix, is_exact) in [
        ("docs/", true),
        ("a*?$/", true),
        ("ümlaut/", false),
        ("tab\t/", false),
    ] {
        let policies = policies(&permissions(&role, "my-bucket", Keys::Below(prefix))).unwrap();
        assert_eq!(policies[0].excess.is_none(), is_exact, "{prefix}");
        assert!(policies[0].json.is_ascii());
    }
}

#[test]
fn permissions_are_asked_for_only_where_they_are_needed() {
    let role = RoleArn::parse(ROLE).unwrap();
    let plain = permissions(&role, "my-bucket", Keys::Below(""));
    let actions = |permissions: &Permissions<'_>| {
        parse(&policies(permissions).unwrap()[0].json)[1]["Action"].clone()
    };
    let put = ["s3:PutObject", "s3:AbortMultipartUpload"];
    assert_eq!(actions(&plain), json!(put));
    for (action, name) in [
        (ObjectAction::Delete, "s3:DeleteObject"),
        (ObjectAction::SetAcl, "s3:PutObjectAcl"),
        (ObjectAction::SetTags, "s3:PutObjectTagging"),
    ] {
        let both = Permissions {
            objects: &[ObjectAction::Put, action],
            ..plain
        };
        assert_eq!(actions(&both), json!([put[0], put[1], name]));
    }
    let distributions = ["E1".to_owned(), "E2".to_owned()];
    let invalidating = Permissions {
        distributions: &distributions,
        ..plain
    };
    let statements = parse(&policies(&invalidating).unwrap()[0].json);
    assert_eq!(
        statements[3],
        json!({
            "Effect": "Allow",
            "Action": ["cloudfront:CreateInvalidation", "cloudfront:GetInvalidation"],
            "Resource": [
                "arn:aws:cloudfront::123456789012:distribution/E1",
                "arn:aws:cloudfront::123456789012:distribution/E2",
            ],
        })
    );
}

#[test]
fn a_dry_run_can_only_list() {
    let role = RoleArn::parse(ROLE).unwrap();
    let dry_run = Permissions {
        objects: &[],
        ..permissions(&role, "my-bucket", Keys::Below("docs/"))
    };
    let statements = parse(&policies(&dry_run).unwrap()[0].json);
    assert_eq!(statements.len(), 1);
    assert_eq!(statements[0]["Action"], json!(["s3:ListBucket"]));
}

#[test]
fn every_partition_has_its_own_arns() {
    for (partition, domain) in [
        ("aws", "amazonaws.com"),
        ("aws-us-gov", "amazonaws.com"),
        ("aws-cn", "amazonaws.com.cn"),
    ] {
        let role = format!("arn:{partition}:iam::123456789012:role/deploy");
        let statements = statements(&role, "my-bucket", Keys::Below("docs/"));
        assert_eq!(
            statements[0]["Resource"],
            json!([format!("arn:{partition}:s3:::my-bucket")])
        );
        assert_eq!(
            statements[2]["Condition"]["StringLike"]["kms:ViaService"],
            format!("s3.*.{domain}")
        );
    }
}

#[test]
fn an_access_point_is_named_and_the_bucket_behind_it_only_through_it() {
    let statements = statements(ROLE, POINT, Keys::Below("docs/"));
    let bucket = "arn:aws-us-gov:s3:::*";
    for (statement, resource, condition) in [
        (0, POINT.to_owned(), json!({ "s3:prefix": "docs/*" })),
        (1, format!("{POINT}/object/docs/*"), json!(null)),
        (
            2,
            bucket.to_owned(),
            json!({ "s3:prefix": "docs/*", "s3:DataAccessPointArn": POINT }),
        ),
        (
            3,
            format!("{bucket}/docs/*"),
            json!({ "s3:DataAccessPointArn": POINT }),
        ),
    ] {
        let statement = &statements[statement];
        assert_eq!(statement["Resource"], json!([resource]));
        assert_eq!(statement["Condition"]["StringLike"], condition);
    }
}

#[test]
fn bucket_forms_without_an_arn_of_their_own_reach_further_and_say_so() {
    let role = RoleArn::parse(ROLE).unwrap();
    for (bucket, resource, word) in [
        (
            "site-abc-s3alias",
            "arn:aws:s3:*:*:accesspoint/*/object/docs/*",
            "any access point",
        ),
        (
            "site--use1-az4--x-s3",
            "arn:aws:s3express:*:*:bucket/site--use1-az4--x-s3",
            "whole bucket",
        ),
    ] {
        let policy = &policies(&permissions(&role, bucket, Keys::Below("docs/"))).unwrap()[0];
        assert!(policy.json.contains(resource), "{}", policy.json);
        assert!(policy.excess.unwrap().contains(word));
    }
}

#[test]
fn what_is_too_long_for_the_prefix_falls_back_to_the_bucket_and_then_to_none() {
    let role = RoleArn::parse(ROLE).unwrap();
    let long = format!("{}/", "x".repeat(1000));
    let both = |permissions: &Permissions<'_>| {
        let policies = policies(permissions)?;
        assert!(
            policies
                .iter()
                .all(|policy| policy.json.len() <= LENGTH_MAX)
        );
        Ok(policies
            .iter()
            .map(|policy| policy.excess.is_none())
            .collect::<Vec<_>>())
    };
    assert_eq!(
        both(&permissions(&role, "my-bucket", Keys::Below(""))),
        Ok(vec![true])
    );
    assert_eq!(
        both(&permissions(&role, "my-bucket", Keys::Below("docs/"))),
        Ok(vec![true, false])
    );
    assert_eq!(
        both(&permissions(&role, "my-bucket", Keys::Below(&long))),
        Ok(vec![false])
    );
    let many = vec!["E1234567890ABC".to_owned(); 40];
    let too_many = Permissions {
        distributions: &many,
        ..permissions(&role, "my-bucket", Keys::Below("docs/"))
    };
    assert!(matches!(both(&too_many), Err(TooLong(length)) if length > LENGTH_MAX));
}

#[test]
fn a_hop_may_only_assume_the_next_role() {
    let next = RoleArn::parse("arn:aws:iam::210987654321:role/site").unwrap();
    insta::assert_snapshot!(hop(&next), @r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:AssumeRole"],"Resource":["arn:aws:iam::210987654321:role/site"]}]}"#);
}
