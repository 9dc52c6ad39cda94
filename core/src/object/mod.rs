//! What S3 keeps, as values: keys, bytes, headers. No rule and no request.

pub mod body;
pub mod cache_control;
pub mod charset;
pub mod content;
pub mod content_type;
mod date;
pub mod destination;
pub mod etag;
pub mod headers;
pub mod key;
pub mod pairs;
pub mod parts;
pub mod region;
pub mod setting;
pub mod stored;
