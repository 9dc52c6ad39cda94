//! FORMAT=json: the documents and what belongs to them, as one JSON object, for other tools.

use super::facts::Facts;
use super::{provider_arn, role_arn};
use crate::iam::document::{Dialect, Node};

/// Plain JSON, for an account that is known.
pub(super) fn dialect(account: &str) -> Dialect<'_> {
    Dialect {
        account,
        escape: str::to_owned,
    }
}

/// One JSON object. The configuration sees to it that the account is known.
pub(super) fn render(facts: &Facts, trust: &Node, permissions: &Node) -> String {
    let issuer = &facts.issuer;
    let role = &facts.role;
    let mut role_entries = vec![
        ("arn", Node::text(role_arn(facts))),
        ("path", Node::text(&role.path)),
        ("name", Node::text(&role.name)),
    ];
    let session_secs_max = role.session_secs_max.map(Node::Number);
    role_entries.extend(session_secs_max.map(|secs| ("maxSessionDuration", secs)));
    let document = Node::map([
        (
            "provider",
            Node::map([
                ("arn", Node::text(provider_arn(facts))),
                ("url", Node::text(issuer.url())),
                ("audiences", Node::texts(issuer.audiences())),
            ]),
        ),
        ("role", Node::map(role_entries)),
        ("trustPolicy", trust.clone()),
        ("permissionsPolicy", permissions.clone()),
    ]);
    let account = role.account.as_deref().unwrap_or_default();
    document.print(&dialect(account)) + "\n"
}
