//! How far the session of a deploy reaches: the policies that say so to STS.

use crate::config::Config;
use deploy_core::iam::session_policy::{self, SessionPolicy, TooLong};
use deploy_core::identity::{Identity, SessionScope};

/// The session policies to try, narrowest first; none where the session is to reach as far as its
/// role, or where there is no role.
pub(in crate::command) fn policies(config: &Config) -> Result<Vec<SessionPolicy>, TooLong> {
    if is_scoped(config) {
        session_policy::policies(&config.needs)
    } else {
        Ok(Vec::new())
    }
}

/// Whether the session may do no more than the deploy.
pub(super) fn is_scoped(config: &Config) -> bool {
    matches!(&config.sign_in.identity, Identity::Role(role) if role.reach == SessionScope::Deploy)
}
