//! The only module that knows the AWS SDK: what goes in and comes out are this program's types.

mod cloudfront;
mod connection;
mod error;
mod operation;
pub mod s3;
pub mod sts;
mod told;
pub mod wire;

pub use cloudfront::{CloudFront, Created};
pub use connection::{ProxyRefusal, TlsFault};
pub use error::{AwsError, Kind};
pub use operation::Operation;
pub use s3::{
    AskChecksum, Begun, Bucket, BucketOptions, Condition, Copy, DELETE_BATCH_MAX, Fetched,
    ListError, MultipartUpload, Part, Put, Receipt, Storage, Target, Times, credentials_of,
};
pub use sts::{CallerIdentity, caller_identity};
pub use wire::{Clients, Network, Proxy, RequestCounts, Retries, Retry, SetupError, Throttling};
