//! OIDC tokens as Bitbucket issues them, signed with a key of this process.

mod builder;
mod issuer;

pub use builder::TokenBuilder;
pub use issuer::Issuer;

pub(crate) use builder::{DEFAULT_AUDIENCE, DEFAULT_ISSUER, default_trust_policy};
