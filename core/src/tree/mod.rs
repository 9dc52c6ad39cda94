//! The two sides of a deploy as sorted lists of names: a folder and a prefix of a bucket.

mod filter;
mod flag_patterns;
mod fnmatch;
mod keys;
mod local;
mod remote;
pub mod repository;
mod spans;

pub use filter::{Filter, Patterns, is_never_deployed, patterns};
pub use flag_patterns::{FlagPatterns, Side};
pub use fnmatch::Fnmatch;
pub use keys::{KeyRange, KeyTable};
pub use local::{LocalFile, LocalTree, Source, path_of};
pub use remote::{Listing, RemoteObject, RemoteTree};
pub use spans::{KeySpan, PageEnd, Spans};
