//! The commands: the only rooms that know the order of the stages.

pub mod deploy;
pub mod explain;
mod hints;
mod refusal;
pub mod releases;
pub mod setup;
mod sign_in;
mod trouble;
pub mod whoami;
