//! The pipe as its users meet it: the real binary, an injected environment, a server that speaks
//! the real protocols.
#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "seeds, and how much was tried, are for who runs the tests"
)]
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should say where, and stop"
)]

mod accounts;
mod arguments;
mod compare_headers;
mod compress;
mod concurrency;
mod configuration;
mod crawler;
mod deletions;
mod deploy;
mod dialects;
mod direct;
mod documents;
mod dropped;
mod examples;
mod expiry;
mod explain;
mod extra_args;
mod failures;
mod faults;
mod guards;
mod hostile;
mod identity;
mod insights;
mod interruption;
mod invalidation;
mod large_files;
mod leaks;
mod listing;
mod log;
mod mistakes;
mod names;
mod no_overwrite;
mod other_servers;
mod output;
mod pages;
mod phases;
mod proxy;
mod random;
mod record;
mod redirects;
mod refusals;
mod region;
mod replay;
mod role_chain;
mod rollback;
mod rules;
mod schedules;
mod secrets;
mod security;
mod session_policy;
mod shard;
mod support;
mod texts;
mod tls;
mod tokens;
mod troubleshooting;
mod types;
mod understood;
mod unverifiable;
mod variables;
mod whoami;
