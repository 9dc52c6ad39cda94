//! Virtual-host style: `my-bucket.localhost:PORT`. Every other host means path style.

use crate::operation::bucket_of_host;
use s3s::S3Result;
use s3s::host::{S3Host, VirtualHost};

pub(crate) struct Localhost;

impl S3Host for Localhost {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> S3Result<VirtualHost<'a>> {
        let parsed = VirtualHost::new(host);
        Ok(match bucket_of_host(host) {
            Some(bucket) => parsed.with_bucket(bucket),
            None => parsed,
        })
    }
}
