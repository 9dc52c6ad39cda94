//! How requests travel: connections, time limits, bounds on answers, counts.

mod addresses;
pub(super) mod attempts;
pub(super) mod bounds;
pub(super) mod client;
pub(super) mod counter;
mod network;
pub mod plain;
pub(super) mod response_lost;
pub(super) mod retries;
pub(super) mod truncation;

pub use client::{Clients, SetupError};
pub use counter::{RequestCounts, Throttling};
pub use network::{Network, Proxy};
pub use retries::{Retries, Retry};
