//! The only module that knows the AWS SDK: what goes in and comes out are this program's types.

mod answer_limit;
mod bucket;
mod caller;
mod client;
mod cloudfront;
mod counter;
mod delete;
mod direct;
mod error;
mod head;
mod headers;
pub mod iam;
mod lease;
mod list;
pub mod listing_page;
mod multipart;
mod page_guard;
mod page_reader;
mod put;
pub mod role_chain;
mod stall;
pub mod sts;
pub mod token;
mod unanswered;
mod whole;

pub use bucket::Bucket;
pub use caller::{CallerIdentity, caller_identity};
pub use client::{Clients, SetupError};
pub use cloudfront::{CloudFront, Created};
pub use counter::{RequestCounts, Throttling};
pub use delete::{DELETE_BATCH_MAX, DeleteFailure};
pub use error::{AwsError, Kind};
pub use head::AskChecksum;
pub use list::ListError;
pub use multipart::{Begun, MultipartUpload, Part};
