//! Why STS refused an identity, and what to do: a pure function of the error, the token's claims
//! and the variables. The token itself never gets here.

mod causes;
mod claims;
mod table;

pub use claims::{claim_lines, date_time, other_claim_lines};

use std::time::SystemTime;

use super::claims::Claims;
use super::trust;
use super::trust_policy::{Caller, Evaluation};
use super::{Step, WebIdentity};

/// Everything that is known about a refusal.
#[derive(Clone, Copy, Debug)]
pub struct Refusal<'a> {
    /// The code that STS answered with, if it had one.
    pub code: Option<&'a str>,
    /// What STS said.
    pub message: &'a str,
    /// What the token says, if it could be decoded.
    pub claims: Option<&'a Claims>,
    /// The role, and what was asked for it.
    pub web_identity: &'a WebIdentity,
    /// What the variables say about the step.
    pub step: &'a Step,
    /// The region whose STS was asked.
    pub region: &'a str,
    /// Now.
    pub now: SystemTime,
}

/// A refusal, explained. Every item is a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// The likely causes, the likeliest first, as questions or cures.
    pub causes: Vec<String>,
    /// What the token says.
    pub claims: Vec<String>,
    /// What TRUST_POLICY_FILE says about it, if it is set.
    pub evaluation: Vec<String>,
    /// What the statement below is.
    pub heading: Option<String>,
    /// A statement of a trust policy that accepts the step, to be pasted.
    pub statement: Vec<String>,
}

/// Explains why the exchange of a token for a role session failed.
pub fn explain(refusal: &Refusal<'_>) -> Explanation {
    let evaluation = evaluate(refusal);
    let causes = causes::causes(refusal, evaluation.as_ref());
    let Some(claims) = refusal.claims else {
        return Explanation {
            causes,
            claims: vec!["the OIDC token is not a JWT: its claims cannot be decoded".to_owned()],
            ..Explanation::default()
        };
    };
    let role = &refusal.web_identity.role;
    // Where the code names another reason, a statement for the trust policy would lead astray.
    let statement = causes::may_be_about_trust(refusal)
        .then(|| trust::accepting(claims, role))
        .flatten();
    Explanation {
        causes,
        claims: claim_lines(claims, refusal.step.environment.as_deref(), refusal.now),
        evaluation: evaluation
            .map(|evaluation| evaluation.lines())
            .unwrap_or_default(),
        heading: statement.is_some().then(|| {
            format!("a statement for the trust policy of `{role}` that accepts this step:")
        }),
        statement: statement
            .map(|text| text.lines().map(str::to_owned).collect())
            .unwrap_or_default(),
    }
}

fn evaluate(refusal: &Refusal<'_>) -> Option<Evaluation> {
    let policy = refusal.step.trust_policy.as_ref()?;
    Some(policy.evaluate(&Caller {
        claims: refusal.claims?,
        role: &refusal.web_identity.role,
        session_name: &refusal.web_identity.session_name,
    }))
}

#[cfg(test)]
mod tests;
