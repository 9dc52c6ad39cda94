//! `COMMAND=setup`: what an administrator of AWS needs so that a deploy may happen, ready to use.
//!
//! From [`Facts`] to the two policies, by the tables that a deploy uses, and from those to the text of
//! a format. Pure: nothing here speaks to AWS.

mod cli;
mod cloudformation;
mod facts;
mod image;
mod json;
pub mod notes;
mod template;
mod terraform;

pub use facts::{Facts, Format, Role};

use crate::iam::document::{ACCOUNT, Node};
use crate::iam::permissions;
use crate::iam::session_policy::hop_statement;
use crate::iam::statement::{Statement, document};
use crate::identity::{issuer, trust};

/// The set-up as a text that ends in a line break.
pub fn render(facts: &Facts, format: Format) -> String {
    let (trust, permissions) = (trust_policy(facts), permissions_policy(facts));
    match format {
        Format::Json => json::render(facts, &trust, &permissions),
        Format::Cli => cli::render(facts, &trust, &permissions),
        Format::CloudFormation => cloudformation::render(facts, trust, permissions),
        Format::Terraform => terraform::render(facts, &trust, &permissions),
    }
}

/// The account's number is the one that the set-up is used in.
fn trust_policy(facts: &Facts) -> Node {
    let place = [&*facts.needs.place.partition, &ACCOUNT.to_string()];
    let ranges = &facts.allowed_ip_ranges;
    let statement = trust::statement(&facts.issuer, &facts.subject, ranges, place);
    document(&[statement])
}

/// What a deploy does; where other roles are assumed from this one, it does nothing else itself.
fn permissions_policy(facts: &Facts) -> Node {
    let mut statements = match facts.chain.first() {
        Some(next) => vec![hop_statement(next)],
        None => permissions::of(&facts.needs),
    };
    statements.extend(image::pull(facts));
    document(&statements)
}

/// What the last role of a chain needs, which acts: a policy by itself.
fn acting_policy(facts: &Facts) -> Option<(String, Vec<Statement>)> {
    let last = facts.chain.last()?;
    let mut needs = facts.needs.clone();
    last.partition().clone_into(&mut needs.place.partition);
    needs.place.account = Some(last.account().to_owned());
    Some((last.to_string(), permissions::of(&needs)))
}

/// The ARN of the identity provider, around the account's number.
fn provider_arn(facts: &Facts) -> String {
    let partition = &facts.needs.place.partition;
    issuer::arn(partition, &ACCOUNT.to_string(), facts.issuer.name())
}

/// The ARN of the role, around the account's number.
fn role_arn(facts: &Facts) -> String {
    let (partition, role) = (&facts.needs.place.partition, &facts.role);
    format!(
        "arn:{partition}:iam::{ACCOUNT}:role{}{}",
        role.path, role.name
    )
}
