//! S3, STS and CloudFront on loopback, speaking the real protocols, for the tests and the demo.
//!
//! One [`Server`] is one port on `127.0.0.1` that answers all services. S3 is the `s3s` crate
//! (real XML, real `SigV4`) over an in-memory store; STS verifies the OIDC token as AWS does;
//! CloudFront makes invalidations; and it takes Code Insights reports as the proxy of a Bitbucket step
//! does. The server keeps the history of requests and of changes, and can be told to fail.
//!
//! Nothing here belongs into the product: it is a dependency of its tests only.

mod answer;
mod bitbucket;
mod builder;
mod cloudfront;
mod connect_proxy;
mod control;
mod delay;
mod fault;
mod github;
mod history;
mod listen;
mod load;
mod manual_clock;
mod operation;
mod preload;
mod proxy;
mod random;
mod s3;
mod server;
mod service;
mod store;
mod sts;
mod sync;
mod tls;
mod token;

pub use builder::{Builder, Recording};
pub use cloudfront::Invalidation;
pub use connect_proxy::{Asked, Connect, ConnectProxy};
pub use fault::{Effect, Fault, KeyPattern, Times};
pub use github::{GITHUB_ISSUER, GITHUB_REQUEST_TOKEN, GITHUB_SUBJECT};
pub use history::{Connections, RecordedRequest};
pub use load::{Tail, Throttle};
pub use manual_clock::ManualClock;
pub use proxy::{Proxy, Trouble};
pub use server::{DEFAULT_BUCKET, Server};
pub use store::{BucketOptions, Change, Conditions, Object, Repeats, Versioning};
pub use sts::{ACCOUNT_ID, DEFAULT_ROLE_ARN, Session};
pub use tls::Certificate;
pub use token::{Issuer, TokenBuilder};
