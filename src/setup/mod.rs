//! `COMMAND=setup`: what an administrator of AWS needs so that a deploy may happen, ready to use.
//!
//! From [`Facts`] to policies (`trust`, `permissions`), and from those to the text of a format.
//! Everything but [`run`] is pure; nothing here speaks to AWS.

mod cli;
mod cloudformation;
mod document;
mod facts;
mod json;
mod notes;
mod permissions;
mod provider;
mod resources;
mod subject;
mod terraform;
mod trust;

pub use facts::{Facts, Format, Objects, Reads, Role, Scope};
pub use provider::{Audience, Provider, TokenClaims, Vendor, parse_uuid};
pub use resources::{IpRange, KmsKey, Partition, Repository};
pub use subject::{BitbucketScope, Subject};

use crate::config::setup::SetupConfig;
use crate::console;
use crate::exit::Exit;
use document::Node;

/// Name of the inline policy with the permissions; setting it up again replaces the policy.
const POLICY_NAME: &str = "aws-oidc-s3-deploy";

/// Prints the set-up on stdout, where nothing else goes, and what to know about it on stderr.
#[must_use]
pub fn run(config: &SetupConfig) -> Exit {
    for note in notes::notes(&config.facts, config.format) {
        tracing::info!("{note}");
    }
    match console::document(&render(&config.facts, config.format)) {
        Ok(()) => Exit::Done,
        Err(error) => {
            tracing::error!("cannot write to the standard output: {error}");
            Exit::Failed
        }
    }
}

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

#[cfg(test)]
mod tests;
