//! Whether one condition of a policy is met, and why.

use super::context::Held;
use super::operator::{Operator, Quantifier, Test, TextTest};
use super::verdict::{Check, Verdict};
use super::{Caller, Condition};
use crate::iam::pattern::{Pattern, UnknownVariable};

/// Evaluates `condition` for `caller`.
pub(super) fn check(condition: &Condition, has_variables: bool, caller: &Caller<'_>) -> Check {
    let (verdict, reason) = verdict(condition, has_variables, caller);
    let values: Vec<String> = condition
        .values
        .iter()
        .map(|value| format!("`{value}`"))
        .collect();
    Check {
        verdict,
        text: format!(
            "{} {} {}: {reason}",
            condition.operator,
            condition.key,
            values.join(" or ")
        ),
    }
}

fn verdict(condition: &Condition, has_variables: bool, caller: &Caller<'_>) -> (Verdict, String) {
    let Some(operator) = Operator::parse(&condition.operator) else {
        return (
            Verdict::Unknown,
            "this operator is not known here".to_owned(),
        );
    };
    let held = Held::of(&condition.key, caller);
    match (operator.test, held) {
        (_, Held::Unknown(reason)) => (Verdict::Unknown, reason),
        (Test::Address, _) => (Verdict::Unknown, "this key holds no address".to_owned()),
        (Test::Null, held) => null(&condition.values, &held),
        (Test::Text(test), Held::Absent(reason)) => absent(operator, test, reason),
        (Test::Text(test), Held::Values(held)) => {
            let pattern = |value: &String| Pattern::parse(value, test.has_wildcards, has_variables);
            let patterns: Result<Vec<Pattern>, _> = condition.values.iter().map(pattern).collect();
            match patterns {
                Ok(patterns) => text(operator.quantifier, test, condition, &patterns, &held),
                Err(UnknownVariable(name)) => (
                    Verdict::Unknown,
                    format!("the value of the policy variable `{name}` is not known here"),
                ),
            }
        }
    }
}

fn null(values: &[String], held: &Held) -> (Verdict, String) {
    let is_absent = matches!(held, Held::Absent(_));
    let reason = if is_absent {
        "the key is not there"
    } else {
        "the key is there"
    };
    let verdict = match values {
        [value] if value.eq_ignore_ascii_case("true") => Verdict::from(is_absent),
        [value] if value.eq_ignore_ascii_case("false") => Verdict::from(!is_absent),
        _ => Verdict::Unknown,
    };
    (verdict, reason.to_owned())
}

/// A key that is not there meets only what is negated, `…IfExists` and `ForAllValues:`.
fn absent(operator: Operator, test: TextTest, reason: String) -> (Verdict, String) {
    let is_met = match operator.quantifier {
        Some(Quantifier::ForAllValues) => true,
        Some(Quantifier::ForAnyValue) => operator.if_exists,
        None => operator.if_exists || test.negated,
    };
    (Verdict::from(is_met), reason)
}

fn text(
    quantifier: Option<Quantifier>,
    test: TextTest,
    condition: &Condition,
    patterns: &[Pattern],
    held: &[String],
) -> (Verdict, String) {
    let fits = |value: &String| {
        let matches = |pattern: &Pattern| pattern.matches(value, test.ignores_case);
        patterns.iter().any(matches) != test.negated
    };
    let fitting = held.iter().filter(|value| fits(value)).count();
    let all = fitting == held.len();
    let verdict = match quantifier {
        Some(Quantifier::ForAnyValue) => Verdict::from(fitting > 0),
        Some(Quantifier::ForAllValues) => Verdict::from(all),
        None if all => Verdict::Met,
        None if fitting == 0 => Verdict::NotMet,
        // Only `aud` can have several.
        None => {
            let reason = "the token has several audiences, some of which fit: AWS does not say how it compares them without `ForAnyValue:`";
            return (Verdict::Unknown, reason.to_owned());
        }
    };
    let has: Vec<String> = held.iter().map(|value| format!("`{value}`")).collect();
    let mut reason = format!("the token has {}", has.join(", "));
    if condition.key.to_ascii_lowercase().starts_with("sts:") {
        reason = format!("the request has {}", has.join(", "));
    }
    if verdict == Verdict::NotMet && !test.negated {
        reason.push_str(near_miss(test, &condition.values, held).unwrap_or_default());
    }
    (verdict, reason)
}

/// What a small change would make of a condition that is not met.
fn near_miss(test: TextTest, values: &[String], held: &[String]) -> Option<&'static str> {
    let any = |has_wildcards, ignores_case, rewrite: fn(&str) -> String| {
        values.iter().any(|value| {
            Pattern::parse(value, has_wildcards, true).is_ok_and(|pattern| {
                let mut held = held.iter();
                held.any(|held| pattern.matches(&rewrite(held), ignores_case))
            })
        })
    };
    let same: fn(&str) -> String = str::to_owned;
    if any(test.has_wildcards, true, same) {
        Some(", which differs in the case of letters only")
    } else if any(true, test.ignores_case, same) {
        Some(", which would match with StringLike: StringEquals takes `*` and `?` literally")
    } else if any(true, test.ignores_case, without_environment) {
        Some(", which would match without the deployment environment in it")
    } else if any(true, true, without_ids) {
        Some(", which would match without the ids of owner and repository in it")
    } else {
        None
    }
}

/// A `sub` of Bitbucket as a step without `deployment:` has it.
fn without_environment(sub: &str) -> String {
    match sub.split(':').collect::<Vec<_>>().as_slice() {
        [repository, _environment, step] if repository.starts_with('{') => {
            format!("{repository}:{step}")
        }
        _ => sub.to_owned(),
    }
}

/// A `sub` of GitHub as repositories had it until July 2026.
fn without_ids(sub: &str) -> String {
    let without_id = |part: &str| {
        part.split_once('@')
            .map_or_else(|| part.to_owned(), |(name, _id)| name.to_owned())
    };
    let Some((repository, context)) = sub
        .strip_prefix("repo:")
        .and_then(|rest| rest.split_once(':'))
    else {
        return sub.to_owned();
    };
    let repository: Vec<String> = repository.split('/').map(without_id).collect();
    format!("repo:{}:{context}", repository.join("/"))
}
