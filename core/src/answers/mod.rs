//! What S3 and its likes answer, read out of the bytes: pages of listings, tags and ACLs, and other XML.

pub mod kept;
pub mod listing_page;
pub mod xml;
