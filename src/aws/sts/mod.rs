//! STS, and where its tokens come from.

mod caller;
mod exchange;
mod lease;
pub mod role_chain;
pub mod session;
pub mod token;

pub use caller::{CallerIdentity, caller_identity};
pub use session::Session;
