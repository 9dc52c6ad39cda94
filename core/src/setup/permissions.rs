//! The role's permissions: what this deploy does, on what it does it to, and nothing else.

use super::facts::{Facts, Objects, Reads};
use super::provider::Vendor;
use crate::iam::document::Node;
use crate::iam::resources::{KmsKey, iam_literal};

/// What Bitbucket's documentation grants for pulling an image.
/// <https://support.atlassian.com/bitbucket-cloud/docs/use-aws-ecr-images-in-pipelines-with-openid-connect/>
const PULL_ACTIONS_BITBUCKET: &[&str] = &[
    "ecr:BatchCheckLayerAvailability",
    "ecr:GetDownloadUrlForLayer",
    "ecr:GetRepositoryPolicy",
    "ecr:DescribeRepositories",
    "ecr:ListImages",
    "ecr:DescribeImages",
    "ecr:BatchGetImage",
];

/// What CircleCI's documentation grants for it.
/// <https://circleci.com/docs/pull-an-image-from-aws-ecr-with-oidc/>
const PULL_ACTIONS: &[&str] = &["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

/// The permissions policy.
pub(super) fn policy(facts: &Facts) -> Node {
    let mut statements = vec![list(facts), write(facts)];
    statements.extend(invalidate(facts));
    statements.extend(facts.kms_key.as_ref().map(|key| encrypt(facts, key)));
    statements.extend(pull(facts).into_iter().flatten());
    crate::setup::policy_document(statements)
}

fn list(facts: &Facts) -> Node {
    let bucket = Node::text(bucket_arn(facts));
    let prefix = match &facts.objects {
        Objects::Below(prefix) if prefix.is_empty() => None,
        Objects::Below(prefix) => Some(format!("{}*", iam_literal(prefix))),
        Objects::One(key) => Some(iam_literal(key)),
    };
    let condition = prefix.map(|pattern| {
        let prefix = Node::map([("s3:prefix", Node::text(pattern))]);
        Node::map([("StringLike", prefix)])
    });
    statement("ListBucket", &["s3:ListBucket"], bucket, condition)
}

fn write(facts: &Facts) -> Node {
    let mut actions = vec!["s3:PutObject", "s3:AbortMultipartUpload"];
    actions.extend(facts.sets_acl.then_some("s3:PutObjectAcl"));
    actions.extend(facts.sets_tags.then_some("s3:PutObjectTagging"));
    actions.extend((facts.reads == Reads::Headers).then_some("s3:GetObject"));
    actions.extend(facts.deletes.then_some("s3:DeleteObject"));
    let keys = match &facts.objects {
        Objects::Below(prefix) => format!("{}*", iam_literal(prefix)),
        Objects::One(key) => iam_literal(key),
    };
    let bucket = bucket_arn(facts);
    let objects = if is_access_point(facts) {
        format!("{bucket}/object/{keys}")
    } else {
        format!("{bucket}/{keys}")
    };
    statement("WriteObjects", &actions, Node::text(objects), None)
}

/// The ARN of the bucket, or of the access point in the form that policies take.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html>
fn bucket_arn(facts: &Facts) -> String {
    let bucket = &facts.destination.bucket;
    if is_access_point(facts) {
        bucket.replacen("accesspoint:", "accesspoint/", 1)
    } else {
        format!("arn:{}:s3:::{bucket}", facts.partition)
    }
}

fn is_access_point(facts: &Facts) -> bool {
    facts.destination.bucket.starts_with("arn:")
}

fn invalidate(facts: &Facts) -> Option<Node> {
    let before = format!("arn:{}:cloudfront::", facts.partition);
    let ids = facts.distributions.iter();
    let distributions: Vec<Node> = ids
        .map(|id| {
            let after = format!(":distribution/{}", iam_literal(id));
            Node::around_account(before.as_str(), after)
        })
        .collect();
    let actions = &[
        "cloudfront:CreateInvalidation",
        "cloudfront:GetInvalidation",
    ];
    (!distributions.is_empty())
        .then(|| statement("Invalidate", actions, Node::List(distributions), None))
}

/// The key may be used through S3 only. An alias cannot be a resource, but a condition.
/// <https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html>
fn encrypt(facts: &Facts, key: &KmsKey) -> Node {
    let here = format!("arn:{}:kms:{}:", facts.partition, facts.region);
    let (resource, alias) = match key {
        KmsKey::Id(id) => (Node::around_account(here, format!(":key/{id}")), None),
        KmsKey::Arn(arn) => (Node::text(arn.as_str()), None),
        KmsKey::Alias(alias) => (Node::around_account(here, ":key/*"), Some(alias)),
        KmsKey::AliasArn(alias, start) => (Node::text(format!("{start}key/*")), Some(alias)),
    };
    let mut condition = vec![(
        "StringEquals",
        Node::map([("kms:ViaService", via_s3(&facts.region))]),
    )];
    condition.extend(alias.map(|alias| {
        let aliases = Node::map([("kms:ResourceAliases", Node::text(alias.as_str()))]);
        ("ForAnyValue:StringEquals", aliases)
    }));
    let actions = &["kms:GenerateDataKey", "kms:Decrypt"];
    statement("Encrypt", actions, resource, Some(Node::map(condition)))
}

/// S3 as KMS knows it; the documentation does not say which name it has in China.
fn via_s3(region: &str) -> Node {
    let service = format!("s3.{region}.amazonaws.com");
    if region.starts_with("cn-") {
        Node::texts([format!("{service}.cn"), service])
    } else {
        Node::text(service)
    }
}

fn pull(facts: &Facts) -> Option<[Node; 2]> {
    let repository = Node::text(facts.ecr_repository.as_ref()?.as_str());
    let actions = match facts.provider.vendor {
        Vendor::Bitbucket => PULL_ACTIONS_BITBUCKET,
        _ => PULL_ACTIONS,
    };
    let token = &["ecr:GetAuthorizationToken"];
    Some([
        statement("GetAuthorizationToken", token, Node::text("*"), None),
        statement("ReadRepositoryContents", actions, repository, None),
    ])
}

fn statement(sid: &str, actions: &[&str], resource: Node, condition: Option<Node>) -> Node {
    let mut entries = vec![
        ("Sid", Node::text(sid)),
        ("Effect", Node::text("Allow")),
        ("Action", Node::texts(actions.iter().copied())),
        ("Resource", resource),
    ];
    entries.extend(condition.map(|condition| ("Condition", condition)));
    Node::map(entries)
}
