//! Says why AWS refused an identity: joins what a run knows with `identity::explain`, and prints it.

use std::time::{Duration, SystemTime};

use crate::aws::{AwsError, Clients, Kind, iam, role_chain, sts};
use crate::config::Network;
use crate::console;
use crate::identity::claims::Claims;
use crate::identity::explain::{Explanation, Refusal, explain};
use crate::identity::{Identity, KnownPolicy, Step, TrustPolicy};

/// The one code that the trust policy decides over.
const DENIED: &str = "AccessDenied";

/// What a run knows about its identity when it is refused.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// How credentials are had.
    pub identity: &'a Identity,
    /// What the variables say about the step.
    pub step: &'a Step,
    /// The region whose STS is asked.
    pub region: &'a str,
    /// The claims of the token, once it is there.
    pub claims: Option<&'a Claims>,
}

/// Longest that a look at the role may take: it is a help only.
const LOOK_TIMEOUT: Duration = Duration::from_secs(10);

/// `step`, with the role's trust policy from IAM where the role's refusal is to be explained, the
/// policy is not known, and static keys are set that may read it.
pub async fn informed(
    step: &Step,
    identity: &Identity,
    error: &AwsError,
    clients: Option<&Clients>,
    network: &Network,
) -> Step {
    let mut step = step.clone();
    let is_trust = error.operation == sts::OPERATION && error.code.as_deref() == Some(DENIED);
    if let (true, None, Some(keys), Identity::Role(web_identity), Some(clients)) =
        (is_trust, &step.trust_policy, &step.keys, identity, clients)
    {
        let look = iam::trust_policy(clients, network, keys, &web_identity.role);
        match tokio::time::timeout(LOOK_TIMEOUT, look).await {
            Ok(Ok(document)) => {
                let policy = document.and_then(|text| TrustPolicy::parse_answer(&text).ok());
                step.trust_policy = policy.map(|policy| KnownPolicy {
                    name: "the role's trust policy (read with the static keys)",
                    policy,
                });
            }
            Ok(Err(error)) => tracing::debug!("the role's trust policy cannot be read: {error}"),
            Err(_elapsed) => tracing::debug!("the role's trust policy cannot be read in time"),
        }
    }
    step
}

/// The explanation of `error`, if it is a refusal of the role or of its session.
#[must_use]
pub fn explanation(known: &Known<'_>, error: &AwsError) -> Option<Explanation> {
    let Identity::Role(web_identity) = known.identity else {
        return None;
    };
    // What a role of the chain refuses is between two roles: no token is looked at.
    if error.operation == role_chain::OPERATION {
        return None;
    }
    let explanation = explain(&Refusal {
        error,
        claims: known.claims,
        web_identity,
        step: known.step,
        region: known.region,
        now: SystemTime::now(),
    });
    if error.kind != Kind::Identity || explanation.causes.is_empty() {
        return None;
    }
    Some(if error.operation == sts::OPERATION {
        explanation
    } else {
        // The role was assumed: neither token nor trust policy are the matter.
        Explanation {
            causes: explanation.causes,
            ..Explanation::default()
        }
    })
}

/// Prints everything but the causes, which are hints like others.
pub fn say(explanation: &Explanation) {
    for line in explanation.claims.iter().chain(&explanation.evaluation) {
        tracing::info!("{line}");
    }
    if let Some(cure) = &explanation.cure {
        tracing::info!("{cure}");
        console::excerpt(&explanation.statement);
    }
}
