//! FORMAT=json: the documents and what belongs to them, as one JSON object, for other tools.

use super::facts::Facts;
use super::template::fill;
use super::{provider_arn, role_arn};
use crate::iam::document::{Dialect, Node};

/// Plain JSON, for an account that is known.
pub(super) fn dialect(account: &str) -> Dialect<'_> {
    Dialect {
        account,
        escape: str::to_owned,
    }
}

/// `text` as a string of JSON.
pub(super) fn quoted(text: &str) -> String {
    Node::text(text).compact()
}

/// One JSON object. The configuration sees to it that the account is known.
pub(super) fn render(facts: &Facts, trust: &Node, permissions: &Node) -> String {
    let dialect = dialect(facts.role.account.as_deref().unwrap_or_default());
    let duration = facts.role.session_secs_max;
    let duration = duration.map(|secs| format!(",\n\"maxSessionDuration\": {secs}"));
    let more = [
        ("provider", Node::text(provider_arn(facts)).print(&dialect)),
        (
            "audiences",
            Node::texts(facts.issuer.audiences()).print(&dialect),
        ),
        ("role", Node::text(role_arn(facts)).print(&dialect)),
        ("duration", duration.unwrap_or_default()),
        ("trust", trust.print(&dialect)),
        ("permissions", permissions.print(&dialect)),
    ];
    fill(
        include_str!("templates/documents.json"),
        facts,
        quoted,
        &more,
    )
}
