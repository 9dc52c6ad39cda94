//! The values and rules of a deploy: what a folder and a bucket hold, how they differ, what is done
//! about it, and who may do it.
//!
//! Pure: no network, disk, clock or environment, and no output. What is to be known of the world
//! comes in as a value; what is to be done goes out as one.

pub mod answers;
pub mod base;
pub mod iam;
pub mod identity;
pub mod leaks;
pub mod object;
pub mod plan;
pub mod record;
pub mod rules;
pub mod setup;
pub mod tree;
