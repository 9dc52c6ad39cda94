//! The statement of a trust policy that accepts tokens: those of a scope for `setup`, and the like of
//! one token where STS refused it.

use super::claims::Claims;
use super::issuer::{self, Issuer};
use super::provider::{Subject, SubjectPattern};
use crate::iam::document::Dialect;
use crate::iam::resources::IpRange;
use crate::iam::statement::Statement;
use crate::iam::{RoleArn, pattern};

/// Which tokens a statement accepts.
struct Accepted<'a> {
    /// What ARNs and condition keys call their issuer.
    issuer: &'a str,
    /// Any of these.
    audiences: Vec<&'a str>,
    subject: SubjectPattern,
}

/// The statement that accepts tokens of `issuer` with a subject like `subject`, from the addresses in
/// `ranges`, if there are any, in an account of `partition` that is known or open.
pub(crate) fn statement(
    issuer: &Issuer,
    subject: &SubjectPattern,
    ranges: &[IpRange],
    [partition, account]: [&str; 2],
) -> Statement {
    let accepted = Accepted {
        issuer: issuer.name(),
        audiences: issuer.audiences().iter().map(String::as_str).collect(),
        subject: subject.clone(),
    };
    let id = issuer
        .provider
        .map(|provider| provider.vendor().statement_id);
    let id = id.unwrap_or("AllowPipelines");
    let ranges = ranges.iter().map(|range| range.as_str().to_owned());
    let principal = issuer::arn(partition, account, issuer.name());
    accepting_tokens(id, principal, &accepted).when("IpAddress", "aws:SourceIp", ranges.collect())
}

/// What a trust policy has to allow beside the role itself because of claims that `claims` have, with each
/// claim's name.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_adding-assume-role-idp>
pub(super) fn session_actions(
    claims: &Claims,
) -> impl Iterator<Item = (&'static str, &'static str)> {
    let actions = [
        ("https://aws.amazon.com/tags", "sts:TagSession"),
        (
            "https://aws.amazon.com/source_identity",
            "sts:SetSourceIdentity",
        ),
    ];
    let has = |name| claims.iter().any(|(claim, _)| claim == name);
    actions.into_iter().filter(move |(claim, _)| has(*claim))
}

/// The statement that accepts runs like that of `claims`, as indented JSON; `None` if the claims have
/// no issuer, audience or subject. Valid in a policy of version 2012-10-17.
pub fn accepting(claims: &Claims, role: &RoleArn) -> Option<String> {
    let subject = claims.subject()?;
    let parsed = Subject::of(claims).and_then(|subject| subject.pattern());
    let accepted = Accepted {
        issuer: issuer::name(claims.issuer()?),
        audiences: claims.audiences(),
        subject: parsed.unwrap_or_else(|| SubjectPattern::Exact(subject.to_owned())),
    };
    if accepted.audiences.is_empty() {
        return None;
    }
    let principal = issuer::arn(role.partition(), role.account(), accepted.issuer);
    let plain = Dialect {
        account: role.account(),
        escape: str::to_owned,
    };
    let mut statement = accepting_tokens("Allow", principal, &accepted);
    for (_, action) in session_actions(claims) {
        statement = statement.and(action);
    }
    Some(statement.json(false).print(&plain))
}

/// The audience is always a condition, beside what the subject demands.
fn accepting_tokens(id: &str, principal: String, accepted: &Accepted<'_>) -> Statement {
    let key = |claim: &str| format!("{}:{claim}", accepted.issuer);
    let audiences = accepted.audiences.iter();
    let audiences: Vec<String> = audiences.map(|it| pattern::literal(it)).collect();
    // A token of several audiences is compared as a whole otherwise.
    let operator = if audiences.len() > 1 {
        "ForAnyValue:StringEquals"
    } else {
        "StringEquals"
    };
    let statement = Statement::trust(id, principal).when(operator, key("aud"), audiences);
    match accepted.subject.condition() {
        Some((operator, value)) => statement.when(operator, key("sub"), vec![value]),
        None => statement,
    }
}
