//! What AWS says when it denies: the action, the resource, and which policy is why. Where a statement
//! would help, it is given to be pasted.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>

use super::{Asked, Help};
use crate::aws::{AwsError, Kind};
use deploy_core::iam::permissions::{granting, granting_key};

/// A denial that says what is denied.
pub(super) struct Denial<'a> {
    action: &'a str,
    resource: &'a str,
    /// What follows: which policy denies it, or allows nothing.
    reason: &'a str,
}

/// Whether it is the ACL that a bucket's settings refuse.
pub(super) fn is_of_acl(error: &AwsError) -> bool {
    error.kind == Kind::Denied && error.message.contains("BlockPublicAcls")
}

impl<'a> Denial<'a> {
    /// What `error` says, if it is one.
    pub(super) fn of(error: &'a AwsError) -> Option<Self> {
        let (_, rest) = error.message.split_once("not authorized to perform: ")?;
        let (action, rest) = rest.split_once(" on resource: ")?;
        let resource = rest.split_whitespace().next()?;
        let reason = rest.strip_prefix(resource)?.trim();
        (error.kind == Kind::Denied).then_some(Self {
            action,
            resource: resource.trim_matches('"'),
            reason,
        })
    }

    pub(super) fn help(&self, asked: &Asked<'_>) -> Help {
        let Self {
            action, resource, ..
        } = self;
        if let Some(help) = self.beyond_the_role(asked) {
            return Help::lines(vec![help]);
        }
        let statement = asked.needs.and_then(|needs| {
            if action.starts_with("kms:") {
                Some(granting_key(needs, resource))
            } else {
                granting(needs, action)
            }
        });
        let Some(statement) = statement else {
            return Help::lines(vec![format!(
                "does {} allow `{action}` on `{resource}`, and does no other policy deny it?",
                asked.policy()
            )]);
        };
        Help {
            lines: vec![format!(
                "add this statement to {} (COMMAND: 'setup' prints all that the deploy needs):",
                asked.policy()
            )],
            statement: statement.lines().map(str::to_owned).collect(),
        }
    }

    /// What to do where no statement that a policy of the role lacks is why.
    fn beyond_the_role(&self, asked: &Asked<'_>) -> Option<String> {
        let (action, reason) = (self.action, self.reason);
        let denied_by = |policy: &str| {
            let denial = reason.contains("explicit deny");
            denial && reason.contains(policy)
        };
        let help = if reason.contains("BlockPublicAcls") {
            "Block Public Access of the bucket refuses the ACL: unset ACL, and let visitors in through CloudFront".to_owned()
        } else if reason.contains("no session policy allows") {
            "the pipe's own session policy denies this, which is a fault of the pipe: please report it; SESSION_POLICY: 'none' goes on without it".to_owned()
        } else if denied_by("resource-based policy") && action == "s3:DeleteObject" {
            "the policy of the bucket denies it: does it demand a condition (`s3:if-match`)? The pipe sends one to AWS if it may read the objects: give the role `s3:GetObject`, and do not set COMPARE_HEADERS to `false`".to_owned()
        } else if denied_by("resource-based policy") {
            "the policy of the bucket or key denies it: does it demand what this deploy does not send, such as SSE, an ACL, a VPC endpoint or a condition (NO_OVERWRITE sends `If-None-Match`)?".to_owned()
        } else if denied_by("identity-based policy") {
            format!(
                "{} denies `{action}` explicitly, and no statement that allows it helps: narrow or remove the one that denies it",
                asked.policy()
            )
        } else if reason.contains("explicit deny") {
            let policy = reason.split_once("explicit deny in ");
            let policy = policy.map_or("another policy", |(_, policy)| policy);
            format!(
                "`{action}` is denied by {policy}, and no statement that allows it helps: ask who owns that policy"
            )
        } else if reason.contains("no resource-based policy allows") {
            format!(
                "does the policy of the bucket or key, which belongs to another account, allow `{action}` to the role?"
            )
        } else if let Some(reason) = reason.strip_prefix("because ")
            && reason.starts_with("no ")
            && !reason.starts_with("no identity-based policy")
        {
            // A service control policy, a permissions boundary, the policy of a VPC endpoint.
            format!("{reason}: ask who owns that policy")
        } else {
            return None;
        };
        Some(help)
    }
}
