//! The server as a process of its own, for the demo, the benchmark and tools that are not Rust.
//!
//! Prints what a deploy needs as lines for a shell to `eval`, then runs until standard input ends
//! or a signal comes.

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;
use test_server::{Builder, DEFAULT_BUCKET, Recording, Server};

const USAGE: &str =
    "usage: test-server [--port N] [--bucket NAME]... [--delay-ms N] [--count-only]";

/// Long enough for any benchmark.
const TOKEN_LIFETIME: Duration = Duration::from_hours(24);

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error is the last resort; if it is closed, nobody listens.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let (builder, bucket) = parse(std::env::args().skip(1))?;
    let server = builder.try_start()?;
    let token = server.token().expires_in(TOKEN_LIFETIME).sign();
    let mut out = io::stdout().lock();
    writeln!(out, "export AWS_ENDPOINT_URL={}", server.endpoint())?;
    writeln!(out, "export AWS_OIDC_ROLE_ARN={}", server.role_arn())?;
    writeln!(out, "export AWS_DEFAULT_REGION=us-east-1")?;
    writeln!(out, "export S3_BUCKET={bucket}")?;
    writeln!(out, "export BITBUCKET_STEP_OIDC_TOKEN={token}")?;
    out.flush()?;
    drop(out);
    io::copy(&mut io::stdin(), &mut io::sink())?;
    drop(server);
    Ok(())
}

/// The options, and the first bucket's name.
fn parse(mut arguments: impl Iterator<Item = String>) -> Result<(Builder, String), Box<dyn Error>> {
    let mut builder = Server::builder();
    let mut first_bucket = None;
    while let Some(argument) = arguments.next() {
        let mut value = || {
            arguments
                .next()
                .ok_or_else(|| format!("{argument} needs a value\n{USAGE}"))
        };
        builder = match argument.as_str() {
            "--port" => builder.port(value()?.parse()?),
            "--delay-ms" => builder.delay(Duration::from_millis(value()?.parse()?)),
            "--count-only" => builder.recording(Recording::CountsOnly),
            "--bucket" => {
                let name = value()?;
                let builder = builder.bucket(&name);
                first_bucket.get_or_insert(name);
                builder
            }
            _ => return Err(format!("unknown argument {argument}\n{USAGE}").into()),
        };
    }
    Ok((
        builder,
        first_bucket.unwrap_or_else(|| DEFAULT_BUCKET.to_owned()),
    ))
}
