//! The two sides of a deploy as sorted lists of names: a folder and a prefix of a bucket.

mod filter;
mod flag_patterns;
mod fnmatch;
mod keys;
mod local;
mod mark;
pub mod misplaced;
mod patterns;
mod remote;
pub mod repository;
mod spans;

pub use filter::{Filter, IdlePattern, is_never_deployed};
pub use flag_patterns::{FlagPatterns, Side};
pub use fnmatch::Fnmatch;
pub use keys::{KeyRange, KeyTable};
pub use local::{LocalFile, LocalTree, Source, path_of};
pub use patterns::{Patterns, patterns};
pub use remote::{Listing, RemoteObject, RemoteTree};
pub use spans::{KeySpan, PageEnd, Spans};
