//! FORMAT=cloudformation: a template in JSON, with the account's number from a pseudo parameter.

use super::facts::Facts;
use super::json::{self, quoted};
use super::notes;
use super::template::fill;
use crate::iam::document::{ACCOUNT, Node};

/// Longest description of a template, in bytes.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-description-structure.html>
const DESCRIPTION_BYTES_MAX: usize = 1024;

/// A template. Its stack needs CAPABILITY_NAMED_IAM. An account has one provider for all roles of a
/// workspace, so it may be there already.
pub(super) fn render(facts: &Facts, trust: Node, permissions: Node) -> String {
    let purpose = notes::purpose(facts);
    let description = purpose.chars().filter(char::is_ascii);
    let description: String = description.take(DESCRIPTION_BYTES_MAX).collect();
    let duration = facts.role.session_secs_max;
    let duration = duration.map(|secs| format!(",\n\"MaxSessionDuration\": {secs}"));
    // No account stands in them any more.
    let print = |policy: Node| policy.map_texts(substituted).print(&json::dialect(""));
    let more = [
        ("description", quoted(&description)),
        ("audiences", print(Node::texts(facts.issuer.audiences()))),
        ("duration", duration.unwrap_or_default()),
        ("trust", print(trust)),
        ("permissions", print(permissions)),
    ];
    fill(
        include_str!("templates/cloudformation.json"),
        facts,
        quoted,
        &more,
    )
}

/// A string with the account's number from AWS::AccountId, where it has one; `${!…}` keeps a `${…}`
/// of IAM.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-sub.html>
fn substituted(text: String) -> Node {
    if !text.contains(ACCOUNT) {
        return Node::Text(text);
    }
    let text = text.replace("${", "${!");
    let text = text.replace(ACCOUNT, "${AWS::AccountId}");
    Node::map([("Fn::Sub", Node::Text(text))])
}

#[cfg(test)]
mod tests {
    use super::{ACCOUNT, Node, substituted};

    #[test]
    fn only_strings_with_the_account_are_substituted() {
        let plain = Node::text("a${*}");
        assert_eq!(plain.clone().map_texts(substituted), plain);
        let open = Node::text(format!("a${{*}}{ACCOUNT}:b"));
        let expected = Node::map([("Fn::Sub", Node::text("a${!*}${AWS::AccountId}:b"))]);
        assert_eq!(open.map_texts(substituted), expected);
    }
}
