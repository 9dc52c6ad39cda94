//! Whether a policy accepts a token: every check of every statement, and what they add up to.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use super::verdict::{Check, Verdict};
use super::{Actions, Caller, Effect, Principal, Statement, TrustPolicy, condition, provider_arn};
use crate::base::arn::Arn;
use crate::iam::pattern::Pattern;
use crate::identity::claims::Claims;
use crate::identity::provider::Subject;

const ACTION: &str = "sts:AssumeRoleWithWebIdentity";

/// A statement, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementResult {
    /// `statement 1 (Sid), Allow`.
    pub title: String,
    /// Whether it denies.
    pub denies: bool,
    /// Its checks, in order; it applies if all are met.
    pub checks: Vec<Check>,
    /// Why it accepts every repository of the provider, if it does.
    pub open: Option<Open>,
}

/// Why a statement tells no repository from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// It has no condition on `sub`.
    NoCondition,
    /// Its conditions on `sub` are met by that of any repository.
    AnySubject,
}

/// A policy, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// The statements, in order.
    pub statements: Vec<StatementResult>,
    /// What they add up to.
    pub outcome: Outcome,
}

/// What a policy says about a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A statement allows it, and none denies it.
    Accepted,
    /// A statement denies it.
    Denied,
    /// No statement allows it.
    NotAllowed,
    /// That depends on what cannot be told.
    Unknown,
}

impl StatementResult {
    /// Whether the statement applies.
    pub fn verdict(&self) -> Verdict {
        let verdicts = self.checks.iter().map(|check| check.verdict);
        verdicts.min().unwrap_or(Verdict::Met)
    }
}

impl TrustPolicy {
    /// Checks every statement for `caller`.
    pub fn evaluate(&self, caller: &Caller<'_>) -> Evaluation {
        let results = |caller: &Caller<'_>| -> Vec<StatementResult> {
            let statements = (1..).zip(&self.statements);
            statements
                .map(|(number, one)| evaluate(one, number, self.has_variables, caller))
                .collect()
        };
        let mut statements = results(caller);
        let claims = elsewhere(caller.claims);
        let stranger = Caller {
            claims: &claims,
            ..*caller
        };
        let of_stranger = results(&stranger);
        let is_denied =
            |result: &StatementResult| result.denies && result.verdict() == Verdict::Met;
        if !of_stranger.iter().any(is_denied) {
            for (result, statement) in statements.iter_mut().zip(&self.statements) {
                result.open = open(statement, result, self.has_variables, &stranger);
            }
        }
        let best = |denies| {
            let of_effect = statements.iter().filter(|result| result.denies == denies);
            of_effect.map(StatementResult::verdict).max()
        };
        let outcome = match (best(true), best(false)) {
            (Some(Verdict::Met), _) => Outcome::Denied,
            (_, None | Some(Verdict::NotMet)) => Outcome::NotAllowed,
            (Some(Verdict::Unknown), _) | (_, Some(Verdict::Unknown)) => Outcome::Unknown,
            (None | Some(Verdict::NotMet), Some(Verdict::Met)) => Outcome::Accepted,
        };
        Evaluation {
            statements,
            outcome,
        }
    }
}

fn evaluate(
    statement: &Statement,
    number: usize,
    has_variables: bool,
    caller: &Caller<'_>,
) -> StatementResult {
    let mut checks = vec![
        principal(&statement.principal, caller),
        action(&statement.actions),
    ];
    checks.extend(
        statement
            .conditions
            .iter()
            .map(|condition| condition::check(condition, has_variables, caller)),
    );
    checks.extend(statement.others.iter().map(|name| Check {
        verdict: Verdict::Unknown,
        text: format!("{name}: this element is not known here in a trust policy"),
    }));
    let effect = match statement.effect {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
    };
    let id = statement.id.as_ref().map(|id| format!(" ({id})"));
    StatementResult {
        title: format!("statement {number}{}, {effect}", id.unwrap_or_default()),
        denies: statement.effect == Effect::Deny,
        checks,
        open: None,
    }
}

/// The claims of the same run in another repository.
fn elsewhere(claims: &Claims) -> Claims {
    let (Some(sub), Some(subject)) = (claims.subject(), Subject::of(claims)) else {
        return claims.with_subject(String::new());
    };
    claims.with_subject(subject.elsewhere(sub))
}

/// Whether `statement`, which may apply by `result`, would for a `stranger` too.
fn open(
    statement: &Statement,
    result: &StatementResult,
    has_variables: bool,
    stranger: &Caller<'_>,
) -> Option<Open> {
    if result.denies || result.verdict() == Verdict::NotMet {
        return None;
    }
    let sub = format!("{}:sub", stranger.provider());
    let mut on_subject = statement
        .conditions
        .iter()
        .filter(|condition| condition.key.eq_ignore_ascii_case(&sub))
        .map(|condition| condition::check(condition, has_variables, stranger).verdict)
        .peekable();
    if on_subject.peek().is_none() {
        Some(Open::NoCondition)
    } else {
        on_subject
            .all(|verdict| verdict == Verdict::Met)
            .then_some(Open::AnySubject)
    }
}

fn principal(principal: &Principal, caller: &Caller<'_>) -> Check {
    let wanted = provider_arn(caller.role, caller.claims);
    let (verdict, text) = match principal {
        Principal::Federated(arns) if arns.contains(&wanted) => (
            Verdict::Met,
            format!("Principal: `{wanted}` is the token's provider"),
        ),
        Principal::Federated(arns) => {
            let shown: Vec<String> = arns.iter().map(|arn| format!("`{arn}`")).collect();
            (
                Verdict::NotMet,
                format!(
                    "Principal: {} is not the token's provider, `{wanted}`{}",
                    shown.join(" or "),
                    other_principal(arns, &wanted)
                ),
            )
        }
        Principal::Anyone => (
            Verdict::Unknown,
            "Principal: `*`: AWS does not say whether that includes web identities".to_owned(),
        ),
        Principal::Others => (
            Verdict::NotMet,
            "Principal: no identity provider, which `Federated` would name".to_owned(),
        ),
    };
    Check { verdict, text }
}

/// How the principals that there are differ from the one that would do.
fn other_principal(arns: &[String], wanted: &str) -> &'static str {
    let any = |same: &dyn Fn(&str) -> bool| arns.iter().any(|arn| same(arn));
    // Of the same provider, whether in another partition and account.
    let differs = |partition: bool, account: bool| {
        any(&|arn| {
            let both = Arn::parse(arn).zip(Arn::parse(wanted));
            both.is_some_and(|(found, wanted)| {
                [found.service(), found.resource()] == ["iam", wanted.resource()]
                    && (found.partition() != wanted.partition()) == partition
                    && (found.account() != wanted.account()) == account
            })
        })
    };
    if differs(true, false) {
        ": it is of another partition than the role, by the word behind `arn:`"
    } else if differs(true, true) {
        ": it is of another partition and another account than the role"
    } else if differs(false, true) {
        ": it is of another account than the role"
    } else if any(&|arn| arn.eq_ignore_ascii_case(wanted)) {
        ": it differs in the case of letters"
    } else if any(&|arn| arn.trim_end_matches('/') == wanted) {
        ": it has a `/` at its end"
    } else if any(&|arn| arn.replace("oidc-provider/https://", "oidc-provider/") == wanted) {
        ": the URL stands there without `https://`"
    } else {
        ""
    }
}

/// Action names have no case.
fn action(actions: &Actions) -> Check {
    let matches = |pattern: &String| {
        Pattern::parse(pattern, true, false).is_ok_and(|pattern| pattern.matches(ACTION, true))
    };
    let (word, names, verdict) = match actions {
        Actions::Only(names) => ("Action", names, names.iter().any(matches)),
        Actions::Not(names) => ("NotAction", names, !names.iter().any(matches)),
    };
    let shown: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let is = if verdict { "covers" } else { "does not cover" };
    Check {
        verdict: Verdict::from(verdict),
        text: format!("{word}: {} {is} `{ACTION}`", shown.join(", ")),
    }
}
