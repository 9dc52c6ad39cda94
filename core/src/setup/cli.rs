//! FORMAT=cli: a shell script of AWS CLI commands, which may be run again.
//!
//! The policies are here-documents in which the shell fills in the account's number; everything else
//! that comes from outside is quoted.

use super::facts::Facts;
use super::provider::Audience;
use super::{POLICY_NAME, notes};
use crate::iam::document::{Dialect, Node};

/// A script for bash.
pub(super) fn render(facts: &Facts, trust: &Node, permissions: &Node) -> String {
    let parts = [
        head(facts),
        policy_function("trust_policy", trust),
        policy_function("permissions_policy", permissions),
        provider(facts),
        role(facts),
    ];
    parts.join("\n") + ")\n"
}

/// All of it is a subshell: pasted into a terminal, nothing runs before the last line is there, and
/// a failure does not close the terminal.
fn head(facts: &Facts) -> String {
    let account = facts.role.account.as_deref().map(|account| {
        format!(
            r#"if [ "$account" != {account} ]; then
  echo "These are credentials of the account $account, not of {account}." >&2
  exit 1
fi
"#
        )
    });
    format!(
        r"#!/usr/bin/env bash
# {}
# Needs the AWS CLI with credentials that may change IAM. May be run again: what is there is updated.
(
set -euo pipefail
export AWS_PAGER=
account=$(aws sts get-caller-identity --query Account --output text)
{}",
        notes::purpose(facts),
        account.unwrap_or_default()
    )
}

/// A function that prints `policy`. Within a command substitution a here-document would trip older
/// versions of bash.
fn policy_function(name: &str, policy: &Node) -> String {
    let dialect = Dialect {
        account: "${account}",
        escape: escape_here_document,
    };
    let policy = policy.print(&dialect);
    format!("{name}() {{\ncat <<POLICY\n{policy}\nPOLICY\n}}\n")
}

/// Adds audiences to a provider that is there, as it may serve other roles.
fn provider(facts: &Facts) -> String {
    let (before, after) = facts.provider.arn(facts.partition);
    let audiences = facts.provider.audiences.iter().map(Audience::as_str);
    let audiences: Vec<String> = audiences.map(quoted).collect();
    format!(
        r#"provider={before}"$account"{after}
audiences=({audiences})
if known=$(aws iam get-open-id-connect-provider --open-id-connect-provider-arn "$provider" \
  --query ClientIDList --output text 2>/dev/null); then
  for audience in "${{audiences[@]}}"; do
    [[ $'\t'$known$'\t' == *$'\t'"$audience"$'\t'* ]] ||
      aws iam add-client-id-to-open-id-connect-provider \
        --open-id-connect-provider-arn "$provider" --client-id "$audience"
  done
else
  aws iam create-open-id-connect-provider --url {url} \
    --client-id-list "${{audiences[@]}}" >/dev/null
fi
"#,
        before = quoted(&before),
        after = quoted(&after),
        audiences = audiences.join(" "),
        url = quoted(facts.provider.url()),
    )
}

fn role(facts: &Facts) -> String {
    let role = &facts.role;
    let (name, path) = (quoted(&role.name), quoted(&role.path));
    let duration = role.session_secs_max.map(|secs| {
        format!("aws iam update-role --role-name {name} --max-session-duration {secs} >/dev/null\n")
    });
    let arn = format!("arn:{}:iam::", facts.partition);
    format!(
        r#"if aws iam get-role --role-name {name} >/dev/null 2>&1; then
  aws iam update-assume-role-policy --role-name {name} \
    --policy-document "$(trust_policy)"
else
  aws iam create-role --path {path} --role-name {name} \
    --assume-role-policy-document "$(trust_policy)" >/dev/null
fi
aws iam put-role-policy --role-name {name} --policy-name {POLICY_NAME} \
  --policy-document "$(permissions_policy)"
{}echo AWS_OIDC_ROLE_ARN={}"$account"{}
"#,
        duration.unwrap_or_default(),
        quoted(&arn),
        quoted(&format!(":role{}{}", role.path, role.name)),
    )
}

/// `text` as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// What the shell expands in a here-document, standing for itself.
fn escape_here_document(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        if matches!(character, '\\' | '$' | '`') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{escape_here_document, quoted};

    #[test]
    fn a_shell_takes_nothing_for_its_own() {
        assert_eq!(quoted("a'b$(id)"), r"'a'\''b$(id)'");
        assert_eq!(escape_here_document(r"${*} `id` \"), r"\${*} \`id\` \\");
    }
}
