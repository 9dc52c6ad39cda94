//! The only module that knows the AWS SDK: what goes in and comes out are this program's types.

mod cloudfront;
mod error;
mod operation;
pub mod s3;
pub mod sts;
pub mod wire;

pub use cloudfront::{CloudFront, Created};
pub use error::{AwsError, Kind, ProxyRefusal};
pub use operation::Operation;
pub use s3::{
    AskChecksum, Begun, Bucket, BucketOptions, DELETE_BATCH_MAX, DeleteFailure, ListError,
    MultipartUpload, Part, Storage, Times, credentials_of,
};
pub use sts::{CallerIdentity, caller_identity};
pub use wire::{Clients, Network, Proxy, RequestCounts, Retries, Retry, SetupError, Throttling};
