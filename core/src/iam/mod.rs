//! The language of IAM's policies: ARNs, patterns, statements, and what a deploy may do.

pub mod document;
pub mod pattern;
pub mod resources;
pub mod role;
pub mod session_policy;

pub use role::RoleArn;
