//! What a run has come to know when it ends, well or not.

use std::sync::Arc;

use super::error::DeployError;
use crate::report::Tally;
use deploy_core::identity::claims::Claims;
use deploy_core::plan::Plan;

/// What is known when a run ends: as much of it as there was time for.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Who the deploy acts as.
    pub(super) actor: Actor,
    /// The plan, and how far it came.
    pub(super) work: Option<Work>,
}

/// Who the deploy acts as.
#[derive(Clone, Debug, Default)]
pub(super) struct Actor {
    /// ARN of the role session, where there is one and the server tells it.
    pub(super) assumed_role: Option<String>,
    /// What the token says, once it is there.
    pub(super) claims: Option<Claims>,
}

/// The plan, and how far it came.
#[derive(Debug, Default)]
pub(super) struct Work {
    pub(super) plan: Arc<Plan>,
    pub(super) tally: Tally,
}

/// Why a stage failed, and what was known by then.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) error: Box<DeployError>,
    pub(super) known: Box<Known>,
}

impl Failed {
    /// A failure when `known` was known.
    pub(super) fn with(known: Known, error: DeployError) -> Self {
        Self {
            error: Box::new(error),
            known: Box::new(known),
        }
    }

    /// A failure of `actor` that came before there was a plan.
    pub(super) fn of(actor: Actor, error: DeployError) -> Self {
        Self::with(Known { actor, work: None }, error)
    }
}

impl From<DeployError> for Failed {
    fn from(error: DeployError) -> Self {
        Self::of(Actor::default(), error)
    }
}
