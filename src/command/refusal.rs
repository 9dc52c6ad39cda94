//! Says why AWS refused an identity: joins what a run knows with `identity::explain`, and prints it.

use std::time::SystemTime;

use crate::aws::sts::{role_chain, session as sts};
use crate::aws::{AwsError, Kind};
use crate::console;
use deploy_core::identity::claims::Claims;
use deploy_core::identity::explain::{Explanation, Refusal, explain};
use deploy_core::identity::{Identity, Step};

/// What a run knows about its identity when it is refused.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'a> {
    /// How credentials are had.
    pub identity: &'a Identity,
    /// What the variables say about the step.
    pub step: &'a Step,
    /// The region whose STS is asked.
    pub region: &'a str,
    /// The claims of the token, once it is there.
    pub claims: Option<&'a Claims>,
}

impl Known<'_> {
    /// The explanation of `error`, if it is a refusal of the role or of its session.
    pub(super) fn explanation(&self, error: &AwsError) -> Option<Explanation> {
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
            step: self.step,
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
