//! Says why AWS refused an identity: joins what a run knows with `identity::explain`, and prints it.

use std::time::{Duration, SystemTime};

use crate::aws::Network;
use crate::aws::sts::{role_chain, session as sts};
use crate::aws::{AwsError, Clients, Kind, iam};
use crate::console;
use deploy_core::identity::claims::Claims;
use deploy_core::identity::explain::{Explanation, Refusal, explain};
use deploy_core::identity::{Identity, KnownPolicy, Step, TrustPolicy};

/// The one code that the trust policy decides over.
const DENIED: &str = "AccessDenied";

/// Longest that a look at the role may take: it is a help only.
const LOOK_TIMEOUT: Duration = Duration::from_secs(10);

/// What a run knows about its identity when it is refused.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'a> {
    /// How credentials are had.
    pub identity: &'a Identity,
    /// What the variables say about the step.
    pub step: &'a Step,
    /// The region whose STS is asked.
    pub region: &'a str,
    /// Where servers are.
    pub network: &'a Network,
    /// The claims of the token, once it is there.
    pub claims: Option<&'a Claims>,
}

impl Known<'_> {
    /// The explanation of `error`, if it is a refusal of the role or of its session. `clients` are
    /// for a look at the role's trust policy.
    pub(super) async fn explanation(
        &self,
        error: &AwsError,
        clients: Option<&Clients>,
    ) -> Option<Explanation> {
        let Identity::Role(web_identity) = self.identity else {
            return None;
        };
        // What a role of the chain refuses is between two roles: no token is looked at.
        if error.kind != Kind::Identity || error.operation == role_chain::OPERATION {
            return None;
        }
        let explanation = explain(&Refusal {
            code: error.code.as_deref(),
            message: &error.message,
            claims: self.claims,
            web_identity,
            step: &self.informed_step(error, clients).await,
            region: self.region,
            now: SystemTime::now(),
        });
        if explanation.causes.is_empty() {
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

    /// The step, with the role's trust policy from IAM where the role's refusal is to be explained,
    /// the policy is not known, and static keys are set that may read it.
    async fn informed_step(&self, error: &AwsError, clients: Option<&Clients>) -> Step {
        let mut step = self.step.clone();
        let is_trust = error.operation == sts::OPERATION && error.code.as_deref() == Some(DENIED);
        if let (true, None, Some(keys), Identity::Role(web_identity), Some(clients)) = (
            is_trust,
            &step.trust_policy,
            &step.keys,
            self.identity,
            clients,
        ) {
            let look = iam::trust_policy(clients, self.network, keys, &web_identity.role);
            match tokio::time::timeout(LOOK_TIMEOUT, look).await {
                Ok(Ok(document)) => {
                    let policy = document.and_then(|text| TrustPolicy::parse_answer(&text).ok());
                    step.trust_policy = policy.map(|policy| KnownPolicy {
                        name: "the role's trust policy (read with the static keys)",
                        policy,
                    });
                }
                Ok(Err(error)) => {
                    tracing::debug!("the role's trust policy cannot be read: {error}");
                }
                Err(_elapsed) => {
                    tracing::debug!("the role's trust policy cannot be read in time");
                }
            }
        }
        step
    }
}

/// Prints everything but the causes, which are hints like others.
pub(super) fn say(explanation: &Explanation) {
    for line in explanation.claims.iter().chain(&explanation.evaluation) {
        tracing::info!("{line}");
    }
    if let Some(cure) = &explanation.cure {
        tracing::info!("{cure}");
        console::excerpt(&explanation.statement);
    }
}
