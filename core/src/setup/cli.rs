//! FORMAT=cli: a shell script of AWS CLI commands, which may be run again.
//!
//! The policies are here-documents in which the shell fills in the account's number; everything else
//! that comes from outside is quoted.

use super::facts::Facts;
use super::template::fill;
use super::{notes, provider_arn, role_arn};
use crate::iam::document::{ACCOUNT, Dialect, Node};

/// What stands for the account's number in a here-document, and what one escapes.
const DIALECT: Dialect<'_> = Dialect {
    account: "${account}",
    escape: escape_here_document,
};

/// A script for bash. It refuses to take a role away from others: one that trusts other tokens is left
/// as it is, unless the administrator says that it may go. To a provider that is there it adds
/// audiences, as that may serve other roles.
///
/// All of it is a subshell: pasted into a terminal, nothing runs before the last line is there, and a
/// failure does not close the terminal. The policies are printed by functions, as here-documents within
/// a command substitution would trip older versions of bash.
pub(super) fn render(facts: &Facts, trust: &Node, permissions: &Node) -> String {
    let role = &facts.role;
    let trusted = match facts.subject.condition() {
        Some((_, pattern)) => pattern,
        None => facts.issuer.name().to_owned(),
    };
    let audiences = facts.issuer.audiences().iter();
    let audiences: Vec<String> = audiences.map(|audience| quoted(audience)).collect();
    let duration = role.session_secs_max.map(|secs| {
        let name = quoted(&role.name);
        format!("aws iam update-role --role-name {name} --max-session-duration {secs} >/dev/null\n")
    });
    let more = [
        ("purpose", notes::purpose(facts)),
        ("only_account", only_account(role.account.as_deref())),
        ("trust", trust.print(&DIALECT)),
        ("permissions", permissions.print(&DIALECT)),
        ("trusted", quoted(&trusted)),
        ("provider", around_account(&provider_arn(facts))),
        ("audiences", audiences.join(" ")),
        ("duration", duration.unwrap_or_default()),
        ("role", around_account(&role_arn(facts))),
        ("step", step(facts).trim_end().to_owned()),
    ];
    fill(include_str!("templates/cli.sh"), facts, quoted, &more)
}

/// Refuses credentials of another account than the role's, where that is known.
fn only_account(account: Option<&str>) -> String {
    let Some(account) = account else {
        return String::new();
    };
    format!(
        r#"if [ "$account" != {account} ]; then
  echo "These are credentials of the account $account, not of {account}." >&2
  exit 1
fi
"#
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
