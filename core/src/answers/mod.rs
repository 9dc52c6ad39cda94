//! What S3 and its likes answer, read out of the bytes: pages of listings, and other XML.

pub mod listing_page;
pub mod xml;
