//! The statement of a trust policy that accepts a token and no more than the like of it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{provider, provider_arn};
use crate::iam::RoleArn;
use crate::iam::pattern::escaped;
use crate::identity::claims::Claims;
use crate::identity::provider::{Subject, SubjectPattern};

/// In the order in which the documentation writes them.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    effect: &'static str,
    principal: BTreeMap<&'static str, String>,
    action: &'static str,
    condition: BTreeMap<&'static str, BTreeMap<String, Values>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Many(Vec<String>),
}

/// Pretty JSON; `None` if the claims have no issuer or subject. Valid in a policy of version
/// 2012-10-17.
#[must_use]
pub fn accepting(claims: &Claims, role: &RoleArn) -> Option<String> {
    claims.issuer()?;
    let subject = claims.subject()?;
    let key = |name: &str| format!("{}:{name}", provider(claims));
    let audiences: Vec<String> = claims.audiences().into_iter().map(escaped).collect();
    let (operator, audiences) = match audiences.as_slice() {
        [] => return None,
        [audience] => ("StringEquals", Values::One(audience.clone())),
        _ => ("ForAnyValue:StringEquals", Values::Many(audiences)),
    };
    let mut condition: BTreeMap<&str, BTreeMap<String, Values>> = BTreeMap::new();
    condition
        .entry(operator)
        .or_default()
        .insert(key("aud"), audiences);
    let pattern = Subject::of(claims).map(|subject| subject.pattern());
    let (operator, subject) = match pattern {
        Some(SubjectPattern::Pieces(pieces)) => {
            let pieces: Vec<String> = pieces.iter().map(|piece| escaped(piece)).collect();
            ("StringLike", pieces.join("*"))
        }
        Some(SubjectPattern::Exact(text)) => ("StringEquals", escaped(&text)),
        None => ("StringEquals", escaped(subject)),
    };
    condition
        .entry(operator)
        .or_default()
        .insert(key("sub"), Values::One(subject));
    let statement = Statement {
        effect: "Allow",
        principal: BTreeMap::from([("Federated", provider_arn(role, claims))]),
        action: "sts:AssumeRoleWithWebIdentity",
        condition,
    };
    serde_json::to_string_pretty(&statement).ok()
}
