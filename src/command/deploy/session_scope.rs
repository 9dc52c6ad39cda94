//! How far the session of a deploy reaches: the policies that say so to STS.

use crate::config::Config;
use deploy_core::iam::session_policy;
use deploy_core::iam::session_policy::{SessionPolicy, TooLong};
use deploy_core::identity::{Identity, SessionScope};

/// The session policies to try, narrowest first; none where the session is to reach as far as its
/// role, or where there is no role.
pub(in crate::command) fn policies(config: &Config) -> Result<Vec<SessionPolicy>, TooLong> {
    match &config.identity {
        Identity::Role(web_identity) if web_identity.reach == SessionScope::Deploy => {
            session_policy::policies(&config.needs)
        }
        Identity::Role(_) | Identity::Keys(_) | Identity::FallbackKeys(_) => Ok(Vec::new()),
    }
}
