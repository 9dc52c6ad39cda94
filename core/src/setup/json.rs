//! FORMAT=json: the documents and what belongs to them, as one JSON object, for other tools.

use super::facts::Facts;
use super::provider::Audience;
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
    let provider = &facts.provider;
    let (before, after) = provider.arn(facts.partition);
    let audiences = provider.audiences.iter().map(Audience::as_str);
    let role = &facts.role;
    let mut role_entries = vec![
        (
            "arn",
            Node::around_account(
                format!("arn:{}:iam::", facts.partition),
                format!(":role{}{}", role.path, role.name),
            ),
        ),
        ("path", Node::text(role.path.as_str())),
        ("name", Node::text(role.name.as_str())),
    ];
    let session_secs_max = role.session_secs_max.map(Node::Number);
    role_entries.extend(session_secs_max.map(|secs| ("maxSessionDuration", secs)));
    let document = Node::map([
        (
            "provider",
            Node::map([
                ("arn", Node::around_account(before, after)),
                ("url", Node::text(provider.url())),
                ("audiences", Node::texts(audiences)),
            ]),
        ),
        ("role", Node::map(role_entries)),
        ("trustPolicy", trust.clone()),
        ("permissionsPolicy", permissions.clone()),
    ]);
    let account = role.account.as_deref().unwrap_or_default();
    document.print(&dialect(account)) + "\n"
}
