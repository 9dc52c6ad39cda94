//! S3: one file per operation.

mod answer_reader;
mod body;
pub(super) mod bucket;
mod conditional;
mod copy;
mod delete;
pub(super) mod direct;
mod head;
mod headers;
mod kept;
mod known_md5s;
mod list;
mod multipart;
mod page_guard;
mod put;
mod region;
mod versions;

pub use body::Receipt;
pub use bucket::{Bucket, BucketOptions, Storage, credentials_of};
pub use conditional::{Condition, Fetched};
pub use copy::Copy;
pub use delete::{DELETE_BATCH_MAX, Target};
pub use deploy_core::answers::listing_page::Times;
pub use head::AskChecksum;
pub use multipart::{Begun, MultipartUpload, Part};
pub use page_guard::ListError;
pub use put::Put;
