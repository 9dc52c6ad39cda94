//! The language of IAM's policies: ARNs, patterns, statements, and what a deploy may do.

pub(crate) mod document;
pub(crate) mod pattern;
pub mod permissions;
pub mod resources;
pub mod role;
pub mod session_policy;
pub mod statement;

pub use role::RoleArn;
