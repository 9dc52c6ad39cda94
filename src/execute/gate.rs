//! Lets requests out: as many at a time as CONCURRENCY says, or as the [`Controller`] finds.

use std::sync::{Mutex, PoisonError};

use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};

use super::controller::{Controller, Sample};
use crate::aws::Throttling;

/// Most requests in flight with CONCURRENCY=auto.
const CONCURRENCY_AUTO_MAX: usize = 64;

/// How many requests may be in flight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Concurrency {
    /// As many as the server keeps up with.
    #[default]
    Auto,
    /// So many at most.
    Fixed(usize),
}

impl Concurrency {
    /// The most that there will ever be.
    pub fn max(self) -> usize {
        match self {
            Self::Auto => CONCURRENCY_AUTO_MAX,
            Self::Fixed(number) => number,
        }
    }
}

/// The gate that all requests of a run go through.
#[derive(Debug)]
pub(super) struct Gate {
    permits: Semaphore,
    /// None where the user has set a number.
    control: Option<Mutex<Control>>,
    throttling: Throttling,
}

#[derive(Debug)]
struct Control {
    controller: Controller,
    /// Permits that there are, with those that requests in flight hold.
    permits: usize,
    /// Attempts that were throttled when the controller last learnt of them.
    throttled: u64,
}

impl Gate {
    /// A gate whose controller, if it has one, learns from `throttling`.
    pub(super) fn new(concurrency: Concurrency, throttling: Throttling) -> Self {
        let controller = match concurrency {
            Concurrency::Auto => Some(Controller::new(concurrency.max())),
            Concurrency::Fixed(_) => None,
        };
        let limit = controller.as_ref().map(Controller::limit);
        let permits = limit.unwrap_or_else(|| concurrency.max());
        let control = |controller| Control {
            controller,
            permits,
            throttled: throttling.count(),
        };
        let control = controller.map(|controller| Mutex::new(control(controller)));
        Self {
            permits: Semaphore::new(permits),
            control,
            throttling,
        }
    }

    /// Waits until another request may go out.
    pub(super) async fn pass(&self) -> Result<Pass<'_>, AcquireError> {
        Ok(Pass {
            gate: self,
            permit: Some(self.permits.acquire().await?),
            is_answered: false,
        })
    }
}

/// The right to have one request in flight; it ends when it is dropped.
#[derive(Debug)]
pub(super) struct Pass<'a> {
    gate: &'a Gate,
    /// There until it is dropped.
    permit: Option<SemaphorePermit<'a>>,
    is_answered: bool,
}

impl Pass<'_> {
    /// Says that the request was answered.
    pub(super) fn answered(mut self) {
        self.is_answered = true;
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let Some(control) = &self.gate.control else {
            return;
        };
        let mut control = control.lock().unwrap_or_else(PoisonError::into_inner);
        let control = &mut *control;
        let throttled = self.gate.throttling.count();
        if throttled > control.throttled {
            control.throttled = throttled;
            control.controller.take(Sample::Throttled);
        } else if self.is_answered {
            control.controller.take(Sample::Answered);
        }
        let limit = control.controller.limit();
        if control.permits < limit {
            self.gate.permits.add_permits(limit - control.permits);
            control.permits = limit;
        } else if control.permits > limit
            && let Some(permit) = self.permit.take()
        {
            // One less with every request that ends: nobody is called back.
            permit.forget();
            control.permits -= 1;
        }
    }
}
