//! The pipe as its users meet it: the real binary, an injected environment, a server that speaks
//! the real protocols.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on should say where, and stop"
)]

mod accounts;
mod compress;
mod concurrency;
mod configuration;
mod deploy;
mod documents;
mod examples;
mod expiry;
mod explain;
mod extra_args;
mod failures;
mod guards;
mod identity;
mod insights;
mod interruption;
mod invalidation;
mod large_files;
mod listing;
mod names;
mod no_overwrite;
mod output;
mod peers;
mod phases;
mod redirects;
mod refusals;
mod role_chain;
mod rules;
mod secrets;
mod session_policy;
mod support;
mod tls;
mod tokens;
mod variables;
mod whoami;
