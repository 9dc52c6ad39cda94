//! How servers are reached.

use std::time::Duration;

use deploy_core::base::endpoint::Endpoint;

/// How servers are reached.
#[derive(Clone, Debug)]
pub struct Network {
    /// S3-compatible server instead of AWS.
    pub s3_endpoint: Option<Endpoint>,
    /// STS-compatible server instead of AWS.
    pub sts_endpoint: Option<Endpoint>,
    /// CloudFront-compatible server instead of AWS.
    pub cloudfront_endpoint: Option<Endpoint>,
    /// PEM certificates to trust instead of the machine's.
    pub certificates: Option<Vec<Vec<u8>>>,
    /// Proxy for https.
    pub proxy: Option<Proxy>,
    /// Whether AWS's FIPS endpoints are used, where no other endpoint is named.
    pub fips: bool,
    /// Whether AWS's dual-stack endpoints are used, where no other endpoint is named.
    pub dual_stack: bool,
    /// Attempts per request.
    pub attempts_max: u32,
    /// Time to open a connection, TLS included.
    pub connect_timeout: Duration,
    /// Time in which something of a request or its answer has to move.
    pub stall_timeout: Duration,
}

impl Network {
    /// Whether AWS's S3 is asked, and not another server.
    #[must_use]
    pub fn has_aws_s3(&self) -> bool {
        self.s3_endpoint.as_ref().is_none_or(Endpoint::is_aws)
    }

    /// Whether AWS's STS is asked, and not another server.
    #[must_use]
    pub fn has_aws_sts(&self) -> bool {
        self.sts_endpoint.as_ref().is_none_or(Endpoint::is_aws)
    }
}

/// A proxy. The URL may hold a password, so it has no `Display`.
#[derive(Clone)]
pub struct Proxy {
    /// URL of the proxy.
    pub url: String,
    /// Hosts reached without it, separated by commas.
    pub no_proxy: String,
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Proxy")
            .field("no_proxy", &self.no_proxy)
            .finish_non_exhaustive()
    }
}
