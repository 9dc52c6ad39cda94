//! Which file gets which headers: every source of them, and how they join.

pub mod circles;
pub mod fingerprint;
pub mod headers_file;
pub mod path_pattern;
pub mod policy;
pub mod preset;
pub mod reasons;
pub mod redirects;
pub mod role;
pub mod rules_file;
