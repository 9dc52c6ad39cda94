//! The inline session policy: whatever the role may do, the session can do no more than this deploy.
//!
//! Pure: text is all that is made here. What STS says to it is the business of `command::sign_in`.

use super::permissions::{Keys, Needs, excess, of};
use super::statement::{Statement, compact};
use super::{RoleArn, pattern};

/// Most characters of a session policy.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
pub const LENGTH_MAX: usize = 2048;

/// A policy to send, and what it allows beyond the deploy's own keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionPolicy {
    /// Compact JSON of ASCII, [`LENGTH_MAX`] characters at most.
    pub json: String,
    /// What the session can reach beyond the deploy's own keys, and why; `None` if nothing.
    pub excess: Option<&'static str>,
}

/// Not even the policy for the whole bucket is short enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the session policy has {0} characters, but STS accepts at most {LENGTH_MAX}")]
pub struct TooLong(pub usize);

/// The policies for `needs` in the order in which to try them: the exact one if it is short enough,
/// then the one for the whole bucket, which STS may still take where the first is too large for it in
/// its packed form.
///
/// # Errors
/// When not even the second is short enough.
pub fn policies(needs: &Needs) -> Result<Vec<SessionPolicy>, TooLong> {
    let exact = SessionPolicy {
        json: compact(&of(needs)),
        excess: excess(needs),
    };
    let whole = Needs {
        keys: Keys::Below(String::new()),
        ..needs.clone()
    };
    let whole = SessionPolicy {
        json: compact(&of(&whole)),
        excess: Some("the whole bucket, because a policy for this prefix is too long for STS"),
    };
    if whole.json.len() > LENGTH_MAX {
        return Err(TooLong(whole.json.len()));
    }
    if exact.json == whole.json {
        return Ok(vec![exact]);
    }
    let mut policies = vec![exact, whole];
    policies.retain(|policy| policy.json.len() <= LENGTH_MAX);
    Ok(policies)
}

/// What a session needs that is there only to assume the role `next`.
pub fn hop_statement(next: &RoleArn) -> Statement {
    let role = pattern::ascii(next.as_str());
    Statement::allow("AssumeNextRole", &["sts:AssumeRole"], vec![role])
}

/// The policy of a session that is there only to assume the role `next`.
pub fn hop(next: &RoleArn) -> String {
    compact(&[hop_statement(next)])
}

#[cfg(test)]
mod tests;
