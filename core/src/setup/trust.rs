//! The role's trust policy: which tokens may assume it, and from where.

use super::facts::Facts;
use super::provider::{Audience, Vendor};
use super::subject::Subject;
use crate::iam::document::Node;
use crate::iam::resources::{IpRange, iam_literal};

/// The trust policy. The audience is always a condition, beside what the scope demands.
pub(super) fn policy(facts: &Facts) -> Node {
    let provider = &facts.provider;
    let key = |claim: &str| format!("{}:{claim}", provider.name());
    let audiences = provider.audiences.iter().map(Audience::as_str);
    let mut conditions = vec![(
        "StringEquals",
        Node::map([(key("aud"), one_or_many(audiences.map(iam_literal)))]),
    )];
    if let Subject::Like(pattern) = &facts.subject {
        let subject = Node::text(pattern.as_str());
        conditions.push(("StringLike", Node::map([(key("sub"), subject)])));
    }
    if !facts.allowed_ip_ranges.is_empty() {
        let ranges = facts.allowed_ip_ranges.iter().map(IpRange::as_str);
        let ranges = Node::map([("aws:SourceIp", Node::texts(ranges))]);
        conditions.push(("IpAddress", ranges));
    }
    let (before, after) = provider.arn(facts.partition);
    let principal = Node::map([("Federated", Node::around_account(before, after))]);
    let statement = Node::map([
        ("Sid", Node::text(sid(provider.vendor))),
        ("Effect", Node::text("Allow")),
        ("Principal", principal),
        ("Action", Node::text("sts:AssumeRoleWithWebIdentity")),
        ("Condition", Node::map(conditions)),
    ]);
    super::policy_document(vec![statement])
}

fn sid(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::Bitbucket => "AllowBitbucket",
        Vendor::CircleCi => "AllowCircleCI",
        Vendor::GitHub => "AllowGitHub",
        Vendor::GitLab => "AllowGitLab",
        Vendor::Other => "AllowPipelines",
    }
}

fn one_or_many(texts: impl Iterator<Item = String>) -> Node {
    let mut texts: Vec<String> = texts.collect();
    match (texts.len(), texts.pop()) {
        (1, Some(text)) => Node::text(text),
        (_, last) => Node::texts(texts.into_iter().chain(last)),
    }
}
