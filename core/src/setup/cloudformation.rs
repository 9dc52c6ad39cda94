//! FORMAT=cloudformation: a template in JSON, with the account's number from a pseudo parameter.

use super::facts::Facts;
use super::{POLICY_NAME, json, notes};
use crate::iam::document::{ACCOUNT, Node};

/// Longest description of a template, in bytes.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-description-structure.html>
const DESCRIPTION_BYTES_MAX: usize = 1024;

/// A template. Its stack needs CAPABILITY_NAMED_IAM.
pub(super) fn render(facts: &Facts, trust: Node, permissions: Node) -> String {
    let description: String = notes::purpose(facts)
        .chars()
        .filter(char::is_ascii)
        .take(DESCRIPTION_BYTES_MAX)
        .collect();
    let resources = Node::map([
        ("Provider", provider(facts)),
        ("Role", role(facts, trust, permissions)),
    ]);
    let template = Node::map([
        ("AWSTemplateFormatVersion", Node::text("2010-09-09")),
        ("Description", Node::text(description)),
        ("Parameters", Node::map([("CreateProvider", parameter())])),
        (
            "Conditions",
            Node::map([("ProviderIsMissing", condition())]),
        ),
        ("Resources", resources),
        ("Outputs", Node::map([("RoleArn", output())])),
    ]);
    // No account stands in it any more.
    template.print(&json::dialect("")) + "\n"
}

/// An account has one provider for all roles of a workspace, so it may be there already.
fn parameter() -> Node {
    Node::map([
        ("Type", Node::text("String")),
        ("AllowedValues", Node::texts(["true", "false"])),
        ("Default", Node::text("true")),
        (
            "Description",
            Node::text("false if the account has this identity provider already"),
        ),
    ])
}

fn condition() -> Node {
    let parameter = Node::map([("Ref", Node::text("CreateProvider"))]);
    let values = vec![parameter, Node::text("true")];
    Node::map([("Fn::Equals", Node::List(values))])
}

fn provider(facts: &Facts) -> Node {
    let properties = Node::map([
        ("Url", Node::text(facts.issuer.url())),
        ("ClientIdList", Node::texts(facts.issuer.audiences())),
    ]);
    Node::map([
        ("Type", Node::text("AWS::IAM::OIDCProvider")),
        ("Condition", Node::text("ProviderIsMissing")),
        ("Properties", properties),
    ])
}

fn role(facts: &Facts, trust: Node, permissions: Node) -> Node {
    let role = &facts.role;
    let policy = Node::map([
        ("PolicyName", Node::text(POLICY_NAME)),
        ("PolicyDocument", permissions.map_texts(substituted)),
    ]);
    let mut properties = vec![
        ("RoleName", Node::text(&role.name)),
        ("Path", Node::text(&role.path)),
        ("AssumeRolePolicyDocument", trust.map_texts(substituted)),
        ("Policies", Node::List(vec![policy])),
    ];
    let session_secs_max = role.session_secs_max.map(Node::Number);
    properties.extend(session_secs_max.map(|secs| ("MaxSessionDuration", secs)));
    Node::map([
        ("Type", Node::text("AWS::IAM::Role")),
        ("Properties", Node::map(properties)),
    ])
}

fn output() -> Node {
    let arn = Node::texts(["Role", "Arn"]);
    Node::map([
        ("Description", Node::text("Value of AWS_OIDC_ROLE_ARN")),
        ("Value", Node::map([("Fn::GetAtt", arn)])),
    ])
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
