//! `COMMAND=setup`: what an administrator of AWS needs so that a deploy may happen, ready to use.
//!
//! From [`Facts`] to policies (`trust`, `permissions`), and from those to the text of a format.
//! Pure: nothing here speaks to AWS.

mod cli;
mod cloudformation;
mod facts;
mod json;
pub mod notes;
mod permissions;
mod provider;
mod subject;
mod terraform;
mod trust;

pub use crate::iam::resources::{IpRange, KmsKey, Partition, Repository};
pub use facts::{Facts, Format, Objects, Reads, Role, Scope};
pub use provider::{Audience, Provider, TokenClaims, Vendor, parse_uuid};
pub use subject::{BitbucketScope, Subject};

use crate::iam::document::Node;

/// Name of the inline policy with the permissions; setting it up again replaces the policy.
const POLICY_NAME: &str = "aws-oidc-s3-deploy";

/// The set-up as a text that ends in a line break.
#[must_use]
pub fn render(facts: &Facts, format: Format) -> String {
    let (trust, permissions) = (trust::policy(facts), permissions::policy(facts));
    match format {
        Format::Json => json::render(facts, &trust, &permissions),
        Format::Cli => cli::render(facts, &trust, &permissions),
        Format::CloudFormation => cloudformation::render(facts, trust, permissions),
        Format::Terraform => terraform::render(facts, &trust, &permissions),
    }
}

/// A policy of these statements. Only this version knows policy variables, which keep `*`, `?` and
/// `$` literal.
fn policy_document(statements: Vec<Node>) -> Node {
    Node::map([
        ("Version", Node::text("2012-10-17")),
        ("Statement", Node::List(statements)),
    ])
}
