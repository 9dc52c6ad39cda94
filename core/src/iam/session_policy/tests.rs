//! The policies word by word, for every form of bucket and key.

use super::{LENGTH_MAX, TooLong, hop, policies};
use crate::iam::RoleArn;
use crate::iam::permissions::{Encryption, Keys, Needs, ObjectAction, Place};
use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::123456789012:role/deploy";
const POINT: &str = "arn:aws-us-gov:s3:us-gov-west-1:210987654321:accesspoint/site";

/// The statements of the exact policy, in their order.
fn statements(role: &str, bucket: &str, keys: Keys) -> Vec<Value> {
    parse(&policies(&needs(role, bucket, keys)).unwrap()[0].json)
}

fn needs(role: &str, bucket: &str, keys: Keys) -> Needs {
    let role = RoleArn::parse(role).unwrap();
    Needs {
        bucket: bucket.to_owned(),
        keys,
        objects: vec![ObjectAction::Put],
        record: false,
        distributions: Vec::new(),
        encryption: Encryption::Any,
        place: Place {
            partition: role.partition().to_owned(),
            region: "us-east-1".to_owned(),
            account: Some(role.account().to_owned()),
        },
    }
}

fn below(prefix: &str) -> Keys {
    Keys::Below(prefix.to_owned())
}

fn only(key: &str) -> Keys {
    Keys::Only(vec![key.to_owned()])
}

fn parse(policy: &str) -> Vec<Value> {
    let policy: Value = serde_json::from_str(policy).unwrap();
    assert_eq!(policy["Version"], "2012-10-17");
    policy["Statement"].as_array().unwrap().clone()
}

#[test]
fn a_plain_deploy_lists_and_writes_its_prefix_and_no_more() {
    let policies = policies(&needs(ROLE, "my-bucket", below("docs/"))).unwrap();
    assert_eq!(policies[0].excess, None);
    insta::assert_snapshot!(policies[0].json, @r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:ListBucket"],"Resource":"arn:aws:s3:::my-bucket","Condition":{"StringLike":{"s3:prefix":"docs/*"}}},{"Effect":"Allow","Action":["s3:PutObject","s3:AbortMultipartUpload"],"Resource":"arn:aws:s3:::my-bucket/docs/*"},{"Effect":"Allow","Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*","Condition":{"StringLike":{"kms:ViaService":"s3.*.amazonaws.com"}}}]}"#);
}

#[test]
fn keys_become_patterns_that_match_them_alone() {
    for (keys, prefix, resource) in [
        (below(""), json!(null), "*"),
        (below("docs/v1/"), json!("docs/v1/*"), "docs/v1/*"),
        (below("a*b/"), json!("a${*}b/*"), "a${*}b/*"),
        (below("a?/$x/"), json!("a${?}/${$}x/*"), "a${?}/${$}x/*"),
        (
            below("${aws:userid}/"),
            json!("${$}{aws:userid}/*"),
            "${$}{aws:userid}/*",
        ),
        (below("q\"\\/"), json!("q\"\\/*"), "q\"\\/*"),
        (below("ümlaut/"), json!("*mlaut/*"), "*mlaut/*"),
        (below("a日本*/"), json!("a*${*}/*"), "a*${*}/*"),
        (only("app.zip"), json!("app.zip"), "app.zip"),
        (only("r/1*0.zip"), json!("r/1${*}0.zip"), "r/1${*}0.zip"),
    ] {
        let statements = statements(ROLE, "my-bucket", keys.clone());
        let listed = &statements[0]["Condition"]["StringLike"]["s3:prefix"];
        assert_eq!(*listed, prefix, "{keys:?}");
        let written = format!("arn:aws:s3:::my-bucket/{resource}");
        assert_eq!(statements[1]["Resource"], json!(written), "{keys:?}");
    }
}

#[test]
fn a_prefix_that_policies_cannot_hold_is_said_to_reach_further() {
    for (prefix, is_exact) in [
        ("docs/", true),
        ("a*?$/", true),
        ("ümlaut/", false),
        ("tab\t/", false),
    ] {
        let policies = policies(&needs(ROLE, "my-bucket", below(prefix))).unwrap();
        assert_eq!(policies[0].excess.is_none(), is_exact, "{prefix}");
        assert!(policies[0].json.is_ascii());
    }
}

#[test]
fn permissions_are_asked_for_only_where_they_are_needed() {
    let plain = needs(ROLE, "my-bucket", below(""));
    let actions = |needs: &Needs| parse(&policies(needs).unwrap()[0].json)[1]["Action"].clone();
    let put = ["s3:PutObject", "s3:AbortMultipartUpload"];
    assert_eq!(actions(&plain), json!(put));
    for (action, name) in [
        (ObjectAction::Delete, "s3:DeleteObject"),
        (ObjectAction::SetAcl, "s3:PutObjectAcl"),
        (ObjectAction::SetTags, "s3:PutObjectTagging"),
    ] {
        let both = Needs {
            objects: vec![ObjectAction::Put, action],
            ..plain.clone()
        };
        assert_eq!(actions(&both), json!([put[0], put[1], name]));
    }
    let invalidating = Needs {
        distributions: vec!["E1".to_owned(), "E2".to_owned()],
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
    let dry_run = Needs {
        objects: Vec::new(),
        ..needs(ROLE, "my-bucket", below("docs/"))
    };
    let statements = parse(&policies(&dry_run).unwrap()[0].json);
    assert_eq!(statements.len(), 1);
    assert_eq!(statements[0]["Action"], json!(["s3:ListBucket"]));
}

#[test]
fn every_partition_has_its_own_arns() {
    for (partition, services) in [
        ("aws", json!("s3.*.amazonaws.com")),
        ("aws-us-gov", json!("s3.*.amazonaws.com")),
        (
            "aws-cn",
            json!(["s3.*.amazonaws.com.cn", "s3.*.amazonaws.com"]),
        ),
        (
            "aws-eusc",
            json!(["s3.*.amazonaws.eu", "s3.*.amazonaws.com"]),
        ),
        ("aws-iso", json!(["s3.*.c2s.ic.gov", "s3.*.amazonaws.com"])),
    ] {
        let role = format!("arn:{partition}:iam::123456789012:role/deploy");
        let statements = statements(&role, "my-bucket", below("docs/"));
        assert_eq!(
            statements[0]["Resource"],
            json!(format!("arn:{partition}:s3:::my-bucket"))
        );
        assert_eq!(
            statements[2]["Condition"]["StringLike"]["kms:ViaService"],
            services
        );
    }
}

/// Ceph and MinIO refuse a policy that speaks of KMS.
#[test]
fn servers_that_are_not_awss_hear_nothing_of_kms() {
    let other = Needs {
        encryption: Encryption::None,
        ..needs(ROLE, "my-bucket", below("docs/"))
    };
    assert!(!policies(&other).unwrap()[0].json.contains("kms"));
}

#[test]
fn an_access_point_is_named_and_the_bucket_behind_it_only_through_it() {
    let statements = statements(ROLE, POINT, below("docs/"));
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
        assert_eq!(statement["Resource"], json!(resource));
        assert_eq!(statement["Condition"]["StringLike"], condition);
    }
}

#[test]
fn bucket_forms_without_an_arn_of_their_own_reach_further_and_say_so() {
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
        let policy = &policies(&needs(ROLE, bucket, below("docs/"))).unwrap()[0];
        assert!(policy.json.contains(resource), "{}", policy.json);
        assert!(policy.excess.unwrap().contains(word));
    }
}

#[test]
fn what_is_too_long_for_the_prefix_falls_back_to_the_bucket_and_then_to_none() {
    let long = format!("{}/", "x".repeat(1000));
    let both = |needs: &Needs| {
        let policies = policies(needs)?;
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
    assert_eq!(both(&needs(ROLE, "my-bucket", below(""))), Ok(vec![true]));
    assert_eq!(
        both(&needs(ROLE, "my-bucket", below("docs/"))),
        Ok(vec![true, false])
    );
    assert_eq!(
        both(&needs(ROLE, "my-bucket", below(&long))),
        Ok(vec![false])
    );
    let too_many = Needs {
        distributions: vec!["E1234567890ABC".to_owned(); 40],
        ..needs(ROLE, "my-bucket", below("docs/"))
    };
    assert!(matches!(both(&too_many), Err(TooLong(length)) if length > LENGTH_MAX));
}

#[test]
fn a_hop_may_only_assume_the_next_role() {
    let next = RoleArn::parse("arn:aws:iam::210987654321:role/site").unwrap();
    insta::assert_snapshot!(hop(&next), @r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:AssumeRole"],"Resource":"arn:aws:iam::210987654321:role/site"}]}"#);
}
