//! LOCAL_PATH: the only room that reads what is deployed.

pub mod bytes;
pub mod compress;
pub mod encode;
mod fault;
pub mod hash;
pub mod leaks;
pub mod look;
pub mod nature;
pub mod pointers;
pub mod site;
mod threads;
pub mod walk;

pub use fault::{Fault, NameFault, SourceError};
pub use look::{Local, look};
pub use walk::{Links, RULE_FILES, Walk, modified_ns, walk};
