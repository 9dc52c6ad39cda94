//! A role's trust policy: whether it accepts a token, condition by condition, and what would.
//!
//! The policy language as far as trust policies for web identities need it. What is not understood
//! is told as such and never guessed: an answer is yes, no, or cannot be told.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

mod condition;
mod context;
mod document;
mod evaluate;
mod operator;
mod render;
mod verdict;

pub use evaluate::{Evaluation, Outcome, StatementResult};
pub use verdict::{Check, Verdict};

use super::SessionName;
use super::claims::Claims;
use super::issuer;
use crate::iam::RoleArn;

/// A trust policy, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct TrustPolicy {
    /// Whether `${…}` in its values has a meaning: only since version 2012-10-17.
    has_variables: bool,
    statements: Vec<Statement>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
}

#[derive(Clone, Debug, PartialEq)]
struct Statement {
    id: Option<String>,
    effect: Effect,
    principal: Principal,
    actions: Actions,
    conditions: Vec<Condition>,
    /// Names of elements that a trust policy does not have, or that this evaluation does not know.
    others: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
enum Principal {
    /// Identity providers by their ARNs, beside principals of other kinds.
    Federated(Vec<String>),
    /// Everyone.
    Anyone,
    /// None, or of other kinds only.
    Others,
}

#[derive(Clone, Debug, PartialEq)]
enum Actions {
    Only(Vec<String>),
    Not(Vec<String>),
}

/// One key below one operator.
#[derive(Clone, Debug, PartialEq)]
struct Condition {
    operator: String,
    key: String,
    values: Vec<String>,
}

/// What a policy is asked about: a token that wants a role.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// The token's claims.
    pub claims: &'a Claims,
    /// The role.
    pub role: &'a RoleArn,
    /// The session's name that is asked for.
    pub session_name: &'a SessionName,
}

impl Caller<'_> {
    /// The issuer without its scheme: how IAM names a provider.
    fn provider(&self) -> &str {
        provider(self.claims)
    }
}

fn provider(claims: &Claims) -> &str {
    issuer::name(claims.issuer().unwrap_or_default())
}

/// The ARN under which the role's account must know the issuer of `claims`.
pub fn provider_arn(role: &RoleArn, claims: &Claims) -> String {
    issuer::arn(role.partition(), role.account(), provider(claims))
}

#[cfg(test)]
mod tests;
