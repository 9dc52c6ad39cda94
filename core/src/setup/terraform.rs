//! FORMAT=terraform: a configuration in HCL, with the account's number from a data source.
//!
//! The policies are here-documents: Terraform compares policies by meaning, and so they read as
//! everywhere else.

use super::facts::Facts;
use super::notes;
use super::template::fill;
use crate::iam::document::{Dialect, Node};

/// What stands for the account's number, and what a here-document escapes.
const DIALECT: Dialect<'_> = Dialect {
    account: "${data.aws_caller_identity.deploy.account_id}",
    escape,
};

/// A configuration to be put into a module of its own, or beside other resources.
pub(super) fn render(facts: &Facts, trust: &Node, permissions: &Node) -> String {
    let audiences = facts.issuer.audiences().iter();
    let audiences: Vec<String> = audiences.map(|audience| quoted(audience)).collect();
    let duration = facts.role.session_secs_max;
    let duration = duration.map(|secs| format!("\n  max_session_duration = {secs}\n"));
    let more = [
        ("purpose", notes::purpose(facts)),
        ("audiences", audiences.join(", ")),
        ("duration", duration.unwrap_or_default()),
        ("trust", trust.print(&DIALECT)),
        ("permissions", permissions.print(&DIALECT)),
    ];
    fill(include_str!("templates/terraform.tf"), facts, quoted, &more)
}

/// A string literal. What comes here is ASCII: of a role's name and path, a URL, an audience.
fn quoted(text: &str) -> String {
    let text = text.replace('\\', r"\\").replace('"', "\\\"");
    format!("\"{}\"", escape(&text))
}

/// Interpolation and directives of templates, standing for themselves.
/// <https://developer.hashicorp.com/terraform/language/expressions/strings>
fn escape(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}

#[cfg(test)]
mod tests {
    use super::{escape, quoted};

    #[test]
    fn a_template_takes_nothing_for_its_own() {
        assert_eq!(escape("${*}%{if}$x"), "$${*}%%{if}$x");
        assert_eq!(quoted("a\"b\\${c}"), r#""a\"b\\$${c}""#);
    }
}
