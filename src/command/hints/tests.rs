//! Hints of common refusals, and the statements that AWS's denials name.

use super::{Asked, Help, help};
use crate::aws::{AwsError, Kind, Operation};
use deploy_core::iam::permissions::{Encryption, Keys, Needs, ObjectAction, Place};
use deploy_core::object::destination::Destination;

#[test]
fn common_refusals_have_their_question() {
    for (operation, code, kind, expected) in [
        (
            Operation::ListObjectsV2,
            "AccessDenied",
            Kind::Denied,
            "s3:ListBucket",
        ),
        (
            Operation::ListObjectsV2,
            "NoSuchBucket",
            Kind::NotFound,
            "spelled right",
        ),
        (
            Operation::ListObjectsV2,
            "PermanentRedirect",
            Kind::Refused,
            "AWS_DEFAULT_REGION",
        ),
        (
            Operation::PutObject,
            "AccessDenied",
            Kind::Denied,
            "s3:PutObject on `s3://my-bucket/docs/*`",
        ),
        (
            Operation::PutObject,
            "AccessControlListNotSupported",
            Kind::Refused,
            "ACL",
        ),
        (
            Operation::PutObject,
            "ExpiredToken",
            Kind::Identity,
            "still valid",
        ),
        (
            Operation::PutObject,
            "PreconditionFailed",
            Kind::Refused,
            "NO_OVERWRITE",
        ),
        (
            Operation::DeleteObjects,
            "AccessDenied",
            Kind::Denied,
            "s3:DeleteObject",
        ),
        (
            Operation::OidcToken,
            "",
            Kind::Identity,
            "`permissions: id-token: write`",
        ),
        (
            Operation::AssumeRoleWithWebIdentity,
            "PackedPolicyTooLarge",
            Kind::Identity,
            "SESSION_POLICY=none",
        ),
        (
            Operation::AssumeRole,
            "AccessDenied",
            Kind::Identity,
            "before it in the chain",
        ),
        (
            Operation::AssumeRole,
            "ValidationError",
            Kind::Identity,
            "AWS_ROLE_DURATION_SECONDS",
        ),
    ] {
        let error = AwsError {
            code: Some(code.to_owned()),
            status: Some(403),
            ..AwsError::local(operation, kind, "")
        };
        let found = told(&error).lines.join(" ");
        assert!(found.contains(expected), "{operation} {code}: {found}");
    }
}

/// What helps a deploy to `my-bucket/docs` as the role `deploy`.
fn told(error: &AwsError) -> Help {
    let destination = Destination::parse("my-bucket/docs").unwrap();
    let needs = Needs {
        bucket: "my-bucket".to_owned(),
        keys: Keys::Below("docs/".to_owned()),
        objects: vec![ObjectAction::Put],
        record: false,
        distributions: vec!["E1".to_owned()],
        encryption: Encryption::Any,
        place: Place {
            partition: "aws".to_owned(),
            region: "eu-west-1".to_owned(),
            account: Some("123456789012".to_owned()),
        },
    };
    let asked = Asked {
        destination: Some(&destination),
        needs: Some(&needs),
        role: Some("deploy"),
        is_aws: true,
    };
    help(error, &asked)
}

fn denied(said: &str) -> String {
    let user =
        "User: arn:aws:sts::123456789012:assumed-role/deploy/x is not authorized to perform:";
    let message = format!("{user} {said}");
    let error = AwsError::local(Operation::PutObject, Kind::Denied, message);
    let Help { lines, statement } = told(&error);
    lines
        .into_iter()
        .chain(statement)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn the_statement_that_is_missing_is_there_to_be_pasted() {
    insta::assert_snapshot!(denied("s3:PutObject on resource: \"arn:aws:s3:::my-bucket/docs/a\" because no identity-based policy allows the s3:PutObject action"), @r#"
    add this statement to a policy of the role `deploy` (COMMAND: 'setup' prints all that the deploy needs):
    {
      "Sid": "WriteObjects",
      "Effect": "Allow",
      "Action": [
        "s3:PutObject",
        "s3:AbortMultipartUpload"
      ],
      "Resource": "arn:aws:s3:::my-bucket/docs/*"
    }
    "#);
    insta::assert_snapshot!(denied("kms:GenerateDataKey on resource: arn:aws:kms:eu-west-1:123456789012:key/k because no identity-based policy allows the kms:GenerateDataKey action"), @r#"
    add this statement to a policy of the role `deploy` (COMMAND: 'setup' prints all that the deploy needs):
    {
      "Sid": "Encrypt",
      "Effect": "Allow",
      "Action": [
        "kms:GenerateDataKey",
        "kms:Decrypt"
      ],
      "Resource": "arn:aws:kms:eu-west-1:123456789012:key/k"
    }
    "#);
    insta::assert_snapshot!(denied("cloudfront:CreateInvalidation on resource: arn:aws:cloudfront::123456789012:distribution/E1 because no identity-based policy allows the cloudfront:CreateInvalidation action"), @r#"
    add this statement to a policy of the role `deploy` (COMMAND: 'setup' prints all that the deploy needs):
    {
      "Sid": "Invalidate",
      "Effect": "Allow",
      "Action": [
        "cloudfront:CreateInvalidation",
        "cloudfront:GetInvalidation"
      ],
      "Resource": "arn:aws:cloudfront::123456789012:distribution/E1"
    }
    "#);
    insta::assert_snapshot!(denied("s3:Unheard on resource: x because no identity-based policy allows the s3:Unheard action"), @"does a policy of the role `deploy` allow `s3:Unheard` on `x`, and does no other policy deny it?");
}

#[test]
fn no_statement_is_told_where_none_helps() {
    let object = "s3:PutObject on resource: \"arn:aws:s3:::my-bucket/docs/a\"";
    let told: Vec<String> = [
        "because no session policy allows the s3:PutObject action",
        "with an explicit deny in a resource-based policy",
        "with an explicit deny in a service control policy",
        "because no resource-based policy allows the s3:PutObject action",
        "because no permissions boundary allows the s3:PutObject action",
        "because no VPC endpoint policy allows the s3:PutObject action",
        "with an explicit deny in an identity-based policy",
        "because public access control lists (ACLs) are prevented by the BlockPublicAcls setting in S3 Block Public Access",
    ]
    .iter()
    .map(|reason| denied(&format!("{object} {reason}")))
    .collect();
    insta::assert_snapshot!(told.join("\n"), @"
    the pipe's own session policy denies this, which is a fault of the pipe: please report it; SESSION_POLICY: 'none' goes on without it
    the policy of the bucket or key denies it: does it demand what this deploy does not send, such as SSE, an ACL, a VPC endpoint or a condition (NO_OVERWRITE sends `If-None-Match`)?
    `s3:PutObject` is denied by a service control policy, and no statement that allows it helps: ask who owns that policy
    does the policy of the bucket or key, which belongs to another account, allow `s3:PutObject` to the role?
    no permissions boundary allows the s3:PutObject action: ask who owns that policy
    no VPC endpoint policy allows the s3:PutObject action: ask who owns that policy
    a policy of the role `deploy` denies `s3:PutObject` explicitly, and no statement that allows it helps: narrow or remove the one that denies it
    Block Public Access of the bucket refuses the ACL: unset ACL, and let visitors in through CloudFront
    ");
}
