//! The operating system: signals, and files that are really files.

pub mod file;
pub mod stop;
