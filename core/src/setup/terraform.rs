//! FORMAT=terraform: a configuration in HCL, with the account's number from a data source.
//!
//! The policies are here-documents: Terraform compares policies by meaning, and so they read as
//! everywhere else.

use super::facts::Facts;
use super::{POLICY_NAME, notes};
use crate::iam::document::{Dialect, Node};

/// A configuration to be put into a module of its own, or beside other resources.
pub(super) fn render(facts: &Facts, trust: &Node, permissions: &Node) -> String {
    let parts = [
        format!(
            "# {}\n# thumbprint_list is left out, which needs a hashicorp/aws provider of 2025 or later.\n",
            notes::purpose(facts)
        ),
        HEAD.to_owned(),
        provider(facts),
        role(facts, trust),
        format!(
            r#"resource "aws_iam_role_policy" "deploy" {{
  name = {}
  role = aws_iam_role.deploy.id

  policy = {}
}}
"#,
            quoted(POLICY_NAME),
            here_document(permissions)
        ),
        "output \"role_arn\" {\n  description = \"Value of AWS_OIDC_ROLE_ARN\"\n  value       = aws_iam_role.deploy.arn\n}\n"
            .to_owned(),
    ];
    parts.join("\n")
}

const HEAD: &str = r#"variable "create_provider" {
  description = "false if the account has this identity provider already"
  type        = bool
  default     = true
}

data "aws_caller_identity" "deploy" {}
"#;

fn provider(facts: &Facts) -> String {
    let audiences = facts.issuer.audiences().iter();
    let audiences: Vec<String> = audiences.map(|audience| quoted(audience)).collect();
    format!(
        r#"resource "aws_iam_openid_connect_provider" "deploy" {{
  count = var.create_provider ? 1 : 0

  url            = {}
  client_id_list = [{}]
}}
"#,
        quoted(facts.issuer.url()),
        audiences.join(", ")
    )
}

fn role(facts: &Facts, trust: &Node) -> String {
    let role = &facts.role;
    let duration = role
        .session_secs_max
        .map(|secs| format!("\n  max_session_duration = {secs}\n"));
    format!(
        r#"resource "aws_iam_role" "deploy" {{
  name = {}
  path = {}
{}
  assume_role_policy = {}

  depends_on = [aws_iam_openid_connect_provider.deploy]
}}
"#,
        quoted(&role.name),
        quoted(&role.path),
        duration.unwrap_or_default(),
        here_document(trust)
    )
}

fn here_document(policy: &Node) -> String {
    let dialect = Dialect {
        account: "${data.aws_caller_identity.deploy.account_id}",
        escape,
    };
    format!("<<POLICY\n{}\nPOLICY", policy.print(&dialect))
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
