//! STS, and where its tokens come from.

mod caller;
mod credential_cache;
mod exchange;
pub mod role_chain;
pub mod session;
pub mod token;

pub use caller::{CallerIdentity, caller_identity};
pub use session::Session;
