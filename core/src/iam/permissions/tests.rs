//! What needs come to, beyond what the renderings' tests show.

use super::{Encryption, Keys, Needs, ObjectAction, Place, excess, of};
use crate::iam::resources::KmsKey;
use crate::iam::statement::document;
use serde_json::{Value, json};

fn needs(bucket: &str) -> Needs {
    Needs {
        bucket: bucket.to_owned(),
        keys: Keys::Below("docs/".to_owned()),
        objects: vec![ObjectAction::Put],
        record: false,
        distributions: Vec::new(),
        encryption: Encryption::None,
        place: Place {
            partition: "aws".to_owned(),
            region: "us-east-1".to_owned(),
            account: Some("123456789012".to_owned()),
        },
    }
}

fn statements(needs: &Needs) -> Vec<Value> {
    let document = document(&of(needs)).compact();
    let mut document: Value = serde_json::from_str(&document).unwrap();
    document["Statement"].take().as_array().unwrap().clone()
}

#[test]
fn several_keys_are_several_resources_and_prefixes() {
    let keys = ["docs/a.zip", "docs/*"].map(str::to_owned).to_vec();
    let needs = Needs {
        keys: Keys::Only(keys),
        ..needs("my-bucket")
    };
    let statements = statements(&needs);
    assert_eq!(
        statements[0]["Condition"]["StringLike"]["s3:prefix"],
        json!(["docs/a.zip", "docs/${*}"])
    );
    assert_eq!(
        statements[1]["Resource"],
        json!([
            "arn:aws:s3:::my-bucket/docs/a.zip",
            "arn:aws:s3:::my-bucket/docs/${*}"
        ])
    );
}

#[test]
fn no_two_statements_have_one_name() {
    let keys = ["1234abcd", "alias/a", "alias/b"];
    let point = "arn:aws:s3:us-east-1:123456789012:accesspoint/site";
    let needs = Needs {
        encryption: Encryption::Named(keys.map(|key| KmsKey::parse(key).unwrap()).to_vec()),
        distributions: vec!["E1".to_owned()],
        ..needs(point)
    };
    let statements = statements(&needs);
    let mut names: Vec<_> = statements.iter().map(|it| it["Sid"].as_str()).collect();
    assert_eq!(
        names,
        [
            "ListBucket",
            "WriteObjects",
            "ListBucketBehind",
            "WriteObjectsBehind",
            "Encrypt",
            "Encrypt2",
            "Encrypt3",
            "Invalidate"
        ]
        .map(Some)
    );
    names.dedup();
    assert_eq!(names.len(), statements.len());
}

#[test]
fn what_policies_cannot_hold_is_said() {
    for (bucket, word) in [
        ("my-bucket", None),
        ("site-abc-s3alias", Some("any access point")),
        ("site--use1-az4--x-s3", Some("whole bucket")),
    ] {
        let excess = excess(&needs(bucket));
        assert_eq!(
            excess.map(|excess| excess.contains(word.unwrap_or("?"))),
            word.map(|_| true)
        );
    }
}

#[test]
fn the_record_is_read_below_the_prefix_and_nothing_else_is() {
    let with = |record, action: Option<ObjectAction>, keys: Keys| {
        let base = needs("my-bucket");
        let objects = base.objects.iter().copied().chain(action).collect();
        let needs = Needs {
            keys,
            objects,
            record,
            ..base
        };
        let statements = statements(&needs);
        let read = statements
            .iter()
            .find(|it| [json!("s3:GetObject"), json!(["s3:GetObject"])].contains(&it["Action"]));
        read.map(|read| read["Resource"].clone())
    };
    let docs = || Keys::Below("docs/".to_owned());
    assert_eq!(
        with(true, None, docs()),
        Some(json!("arn:aws:s3:::my-bucket/docs/.aws-oidc-s3-deploy/*"))
    );
    assert_eq!(
        with(true, None, Keys::Below(String::new())),
        Some(json!("arn:aws:s3:::my-bucket/*.aws-oidc-s3-deploy/*"))
    );
    assert_eq!(with(false, None, docs()), None);
    // Whoever may read all objects may read this one.
    assert_eq!(with(true, Some(ObjectAction::Read), docs()), None);
    assert_eq!(
        with(true, None, Keys::Only(vec!["docs/a".to_owned()])),
        None
    );
}

#[test]
fn what_only_reads_the_record_decrypts_it_and_encrypts_nothing() {
    let of_key = |objects: &[ObjectAction], record| {
        let needs = Needs {
            objects: objects.to_vec(),
            record,
            encryption: Encryption::Any,
            ..needs("my-bucket")
        };
        let statements = statements(&needs);
        let of_key = statements.iter().find(|it| it["Resource"] == "*");
        of_key.map(|it| it["Action"].clone())
    };
    let both = json!(["kms:GenerateDataKey", "kms:Decrypt"]);
    assert_eq!(of_key(&[ObjectAction::Put], false), Some(both));
    // A dry run, and `COMMAND: 'releases'`.
    assert_eq!(of_key(&[], true), Some(json!(["kms:Decrypt"])));
    assert_eq!(of_key(&[], false), None);
}
