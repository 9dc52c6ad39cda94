//! The statement of a trust policy that accepts tokens: those of a scope for `setup`, and the like of
//! one token where STS refused it.

use super::claims::Claims;
use super::issuer::{self, Issuer};
use super::provider::{Provider, Subject, SubjectPattern};
use crate::iam::document::Dialect;
use crate::iam::resources::IpRange;
use crate::iam::statement::Statement;
use crate::iam::{RoleArn, pattern};

/// The statement that accepts tokens of `issuer` with a subject like `subject`, from the addresses in
/// `ranges`, if there are any, in an account of `partition` that is known or open.
pub(crate) fn statement(
    issuer: &Issuer,
    subject: &SubjectPattern,
    ranges: &[IpRange],
    [partition, account]: [&str; 2],
) -> Statement {
    let provider = issuer.provider.map(Provider::vendor);
    let id = provider.map_or("AllowPipelines", |vendor| vendor.statement_id);
    let ranges = ranges.iter().map(|range| range.as_str().to_owned());
    let audiences = issuer.audiences().iter().map(String::as_str);
    let place = [partition, account, issuer.name()];
    accepting_tokens(id, place, audiences, subject).when(
        "IpAddress",
        "aws:SourceIp",
        ranges.collect(),
    )
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
    let subject = parsed.unwrap_or_else(|| SubjectPattern::Exact(subject.to_owned()));
    let issuer = issuer::name(claims.issuer()?);
    let audiences = claims.audiences();
    if audiences.is_empty() {
        return None;
    }
    let plain = Dialect {
        account: role.account(),
        escape: str::to_owned,
    };
    let place = [role.partition(), role.account(), issuer];
    let mut statement = accepting_tokens("Allow", place, audiences.into_iter(), &subject);
    for (_, action) in session_actions(claims) {
        statement = statement.and(action);
    }
    Some(statement.json(false).print(&plain))
}

/// The audience, which may be any of these, is always a condition, beside what the subject demands.
/// `issuer` is what ARNs and condition keys call it.
fn accepting_tokens<'a>(
    id: &str,
    [partition, account, issuer]: [&str; 3],
    audiences: impl Iterator<Item = &'a str>,
    subject: &SubjectPattern,
) -> Statement {
    let key = |claim: &str| format!("{issuer}:{claim}");
    let audiences: Vec<String> = audiences.map(pattern::literal).collect();
    // A token of several audiences is compared as a whole otherwise.
    let operator = if audiences.len() > 1 {
        "ForAnyValue:StringEquals"
    } else {
        "StringEquals"
    };
    let principal = issuer::arn(partition, account, issuer);
    let statement = Statement::trust(id, principal).when(operator, key("aud"), audiences);
    match subject.condition() {
        Some((operator, value)) => statement.when(operator, key("sub"), vec![value]),
        None => statement,
    }
}
