//! FORMAT=cli: a shell script of AWS CLI commands, which may be run again.
//!
//! The policies are here-documents in which the shell fills in the account's number; everything else
//! that comes from outside is quoted.

use super::facts::Facts;
use super::{POLICY_NAME, notes, provider_arn, role_arn};
use crate::iam::document::{ACCOUNT, Dialect, Node};

/// A script for bash.
pub(super) fn render(facts: &Facts, trust: &Node, permissions: &Node) -> String {
    let parts = [
        head(facts),
        policy_function("trust_policy", trust),
        policy_function("permissions_policy", permissions),
        guard(facts),
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

/// Refuses to take a role away from others: one that trusts other tokens is left as it is, unless the
/// administrator says that it may go.
fn guard(facts: &Facts) -> String {
    let trusted = match facts.subject.condition() {
        Some((_, pattern)) => pattern,
        None => facts.issuer.name().to_owned(),
    };
    format!(
        r#"echo "Setting up the role "{name}" in the account $account." >&2
trusted={trusted}
if current=$(aws iam get-role --role-name {name} \
  --query Role.AssumeRolePolicyDocument --output json 2>/dev/null) &&
  [[ $current != *"$trusted"* && -z ${{REPLACE_TRUST:-}} ]]; then
  echo "The role is there, and trusts other tokens than $trusted:" >&2
  echo "$current" >&2
  echo "Nothing was changed. Name another role in AWS_OIDC_ROLE_ARN, or run this again with REPLACE_TRUST=yes in the environment if they may lose their access." >&2
  exit 1
fi
"#,
        name = quoted(&facts.role.name),
        trusted = quoted(&trusted),
    )
}

/// Adds audiences to a provider that is there, as it may serve other roles.
fn provider(facts: &Facts) -> String {
    let audiences = facts.issuer.audiences().iter();
    let audiences: Vec<String> = audiences.map(|audience| quoted(audience)).collect();
    format!(
        r#"provider={provider}
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
        provider = around_account(&provider_arn(facts)),
        audiences = audiences.join(" "),
        url = quoted(facts.issuer.url()),
    )
}

fn role(facts: &Facts) -> String {
    let role = &facts.role;
    let (name, path) = (quoted(&role.name), quoted(&role.path));
    let duration = role.session_secs_max.map(|secs| {
        format!("aws iam update-role --role-name {name} --max-session-duration {secs} >/dev/null\n")
    });
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
{}echo AWS_OIDC_ROLE_ARN={}
echo "The step that deploys:" >&2
cat >&2 <<STEP
{}STEP
"#,
        duration.unwrap_or_default(),
        around_account(&role_arn(facts)),
        step(facts),
    )
}

fn step(facts: &Facts) -> String {
    let account = ACCOUNT.to_string();
    let step = notes::step(facts, &account);
    let parts = step.split(ACCOUNT).map(escape_here_document);
    parts.collect::<Vec<_>>().join("${account}")
}

/// `text` as one word of a shell, with the account's number in it.
fn around_account(text: &str) -> String {
    let parts = text.split(ACCOUNT).map(quoted);
    parts.collect::<Vec<_>>().join("\"$account\"")
}

/// `text` as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// What the shell expands in a here-document, standing for itself.
fn escape_here_document(text: &str) -> String {
    let text = text.replace('\\', r"\\");
    text.replace('$', r"\$").replace('`', r"\`")
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
