//! Who the deploy acts as: a role assumed with the step's token, or static keys. Values only; the
//! exchange itself is `aws::sts`.

mod accounts;
pub mod claims;
pub mod expiry;
pub mod explain;
pub mod issuer;
pub mod provider;
mod session_name;
pub mod token_source;
pub mod trust;
pub mod trust_policy;

pub use crate::iam::RoleArn;
pub use accounts::{AllowedAccounts, OtherAccount, account_of_arn};
pub use session_name::SessionName;
pub use token_source::TokenSource;
pub use trust_policy::TrustPolicy;

use crate::base::secret::Secret;
use provider::Provider;

/// Longest session of a role that another role assumed.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining>
pub const CHAINED_DURATION_SECS_MAX: i32 = 3600;

/// Long-lived (or exported) keys.
#[derive(Clone, Debug)]
pub struct StaticKeys {
    /// Access key id; not secret by itself.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: Secret,
    /// Session token, where the keys are temporary.
    pub session_token: Option<Secret>,
}

/// A role and where the token is that proves the step to STS.
#[derive(Clone, Debug)]
pub struct WebIdentity {
    /// The role to assume.
    pub role: RoleArn,
    /// Where the step's OIDC token is. The token goes to STS and nowhere else.
    pub token: TokenSource,
    /// Name of the session.
    pub session_name: SessionName,
    /// Lifetime to ask for, in seconds; `None` leaves it to AWS.
    pub duration_secs: Option<i32>,
    /// Roles to assume from there, one from the other; the last one acts.
    pub chain: Vec<RoleArn>,
    /// How far the session reaches.
    pub reach: SessionScope,
}

/// How far a session reaches, within what its role may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SessionScope {
    /// As far as the deploy needs: a session policy says so to STS.
    #[default]
    Deploy,
    /// As far as the role.
    Role,
}

impl WebIdentity {
    /// The role that acts in the end.
    pub fn acting_role(&self) -> &RoleArn {
        self.chain.last().unwrap_or(&self.role)
    }
}

/// What the variables say about the step beside its token, for explanations.
#[derive(Clone, Debug)]
pub struct Step {
    /// The CI system that runs it.
    pub system: Provider,
    /// Name of its deployment environment.
    pub environment: Option<String>,
    /// The role's trust policy, where TRUST_POLICY_FILE has it.
    pub trust_policy: Option<TrustPolicy>,
}

/// The one way by which this run gets its credentials.
#[derive(Clone, Debug)]
pub enum Identity {
    /// Assume a role with the step's token.
    Role(WebIdentity),
    /// Use static keys, because no role is set.
    Keys(StaticKeys),
    /// Use static keys, because the step has no token for the role that is set.
    FallbackKeys(StaticKeys),
}
