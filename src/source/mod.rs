//! LOCAL_PATH: the only room that reads what is deployed.

pub mod bytes;
pub mod compress;
pub mod encode;
pub mod hash;
pub mod leaks;
pub mod look;
pub mod nature;
pub mod pointers;
pub mod site;
pub mod walk;

pub use look::{Local, LookError, look};
pub use walk::{Links, NameFault, RULE_FILES, Walk, WalkError, modified_ns, walk};
