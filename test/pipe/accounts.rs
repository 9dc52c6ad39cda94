//! Guards against the wrong account: whose role or key it is, and whose bucket.

use crate::support::World;
use test_server::ACCOUNT_ID;

const OTHER: &str = "210987654321";

#[test]
fn a_role_of_another_account_is_refused_before_anything_is_sent() {
    let mut world = World::with_files(&[("a", "a")]);
    let ran = world.set("AWS_ALLOWED_ACCOUNT_IDS", OTHER).run_to(2);
    insta::assert_snapshot!(ran.lines("ERROR: ").join("\n"), @"ERROR: AWS_ALLOWED_ACCOUNT_IDS: the role `arn:aws:iam::123456789012:role/deploy` is of account `123456789012`, but only `210987654321` may deploy; add its account, or deploy as a role of an account in the list.");
    assert!(world.server.requests().is_empty());
    world.set("AWS_ALLOWED_ACCOUNT_IDS_COUNT", "2");
    world.set("AWS_ALLOWED_ACCOUNT_IDS_0", OTHER);
    world.set("AWS_ALLOWED_ACCOUNT_IDS_1", ACCOUNT_ID).deploy();
    assert_eq!(world.server.count("GetCallerIdentity"), 0);
}

#[test]
fn static_keys_are_asked_about_once_and_only_then() {
    let mut world = World::with_files(&[("a", "a")]);
    world.server.add_static_keys("AKIAEXAMPLE", "hunter2");
    world.unset("AWS_OIDC_ROLE_ARN");
    world
        .set("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .set("AWS_SECRET_ACCESS_KEY", "hunter2")
        .deploy();
    assert_eq!(world.server.count("GetCallerIdentity"), 0);
    world.set("AWS_ALLOWED_ACCOUNT_IDS", ACCOUNT_ID).deploy();
    assert_eq!(world.server.count("GetCallerIdentity"), 1);
    world.server.clear_requests();
    let report = world.set("AWS_ALLOWED_ACCOUNT_IDS", OTHER).report(2);
    assert_eq!(
        report["errors"][0],
        "AWS_ALLOWED_ACCOUNT_IDS: the credentials are of account `123456789012`, but only `210987654321` may deploy"
    );
    assert_eq!(world.server.requests().len(), 1, "GetCallerIdentity alone");
    world.set("AWS_ACCESS_KEY_ID", "AKIAUNKNOWN").run_to(3);
}

#[test]
fn an_answer_for_another_account_is_refused() {
    let mut world = World::with_files(&[("a", "a")]);
    let session = world.deploy();
    assert_eq!(session["outcome"], "deployed");
    let answer = assumed_role_answer(OTHER);
    world.server.inject(
        test_server::Fault::new(test_server::Effect::Respond {
            status: 200,
            headers: vec![("content-type".to_owned(), "text/xml".to_owned())],
            body: answer.into(),
        })
        .on("AssumeRoleWithWebIdentity"),
    );
    world.server.clear_requests();
    world.set("AWS_ALLOWED_ACCOUNT_IDS", ACCOUNT_ID).run_to(2);
    assert_eq!(world.server.requests().len(), 1);
}

fn assumed_role_answer(account: &str) -> String {
    format!(
        "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <AssumeRoleWithWebIdentityResult><AssumedRoleUser><AssumedRoleId>AROA:x</AssumedRoleId>\
         <Arn>arn:aws:sts::{account}:assumed-role/deploy/x</Arn></AssumedRoleUser><Credentials>\
         <AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>x</SecretAccessKey><SessionToken>x</SessionToken>\
         <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>\
         </AssumeRoleWithWebIdentityResponse>"
    )
}

#[test]
fn every_request_to_the_bucket_names_its_owner() {
    let mut world = World::with_files(&[("a", "a"), ("index.html", "x")]).unrecorded();
    world.write("large.bin", vec![7; 17 << 20]);
    for key in ["old", "bell\u{7}"] {
        world
            .server
            .put_object(test_server::DEFAULT_BUCKET, key, "x");
    }
    world.server.inject(
        test_server::Fault::error(403, "AccessDenied", "Access Denied")
            .on("CompleteMultipartUpload")
            .times(1),
    );
    world
        .set("DELETE_FLAG", "true")
        .set("EXPECTED_BUCKET_OWNER", ACCOUNT_ID);
    world.run_to(1);
    world.deploy();
    let requests = world.server.requests();
    let mut operations: Vec<&str> = requests
        .iter()
        .filter(|request| request.bucket.is_some())
        .map(|request| {
            let owner = request.headers.get("x-amz-expected-bucket-owner");
            assert_eq!(owner.map(String::as_str), Some(ACCOUNT_ID), "{request:?}");
            request.operation.as_str()
        })
        .collect();
    operations.sort_unstable();
    operations.dedup();
    assert_eq!(
        operations,
        [
            "AbortMultipartUpload",
            "CompleteMultipartUpload",
            "CreateMultipartUpload",
            "DeleteObject",
            "DeleteObjects",
            "ListObjectsV2",
            "PutObject",
            "UploadPart",
        ]
    );
}
