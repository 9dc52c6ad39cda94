//! The server as a process of its own, for the demo, the benchmark and tools that are not Rust.
//!
//! Prints what a deploy needs as lines for a shell to `eval`, then runs until standard input ends
//! or a signal comes.

use std::error::Error;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use test_server::{Builder, Certificate, DEFAULT_BUCKET, Recording, Server, Tail, Throttle};

const USAGE: &str = "usage: test-server [--port N] [--bucket NAME]... [--delay-ms N] [--count-only] \
                     [--anonymous] [--static-keys] [--preload FOLDER] [--tls CA-FILE] \
                     [--throttle PER-SECOND:SECONDS] [--tail ONE-OF:MS]";

/// Long enough for any benchmark.
const TOKEN_LIFETIME: Duration = Duration::from_hours(24);

/// The long-lived keys of `--static-keys`. They open nothing but this server.
const STATIC_KEYS: (&str, &str) = ("AKIATESTSERVER", "test-server-secret");

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
    let options = parse(std::env::args().skip(1))?;
    let server = options.builder.try_start()?;
    if let Some(folder) = &options.preload {
        server.preload(&options.bucket, folder)?;
    }
    let token = server.token().expires_in(TOKEN_LIFETIME).sign();
    let mut out = io::stdout().lock();
    writeln!(out, "export AWS_ENDPOINT_URL={}", server.endpoint())?;
    if let (Some(file), Some(pem)) = (&options.authority, server.authority_pem()) {
        std::fs::write(file, pem)?;
        writeln!(out, "export AWS_CA_BUNDLE={}", file.display())?;
    }
    writeln!(out, "export AWS_OIDC_ROLE_ARN={}", server.role_arn())?;
    writeln!(out, "export AWS_DEFAULT_REGION=us-east-1")?;
    writeln!(out, "export S3_BUCKET={}", options.bucket)?;
    if options.static_keys {
        let (access_key, secret_key) = STATIC_KEYS;
        server.add_static_keys(access_key, secret_key);
        writeln!(out, "export AWS_ACCESS_KEY_ID={access_key}")?;
        writeln!(out, "export AWS_SECRET_ACCESS_KEY={secret_key}")?;
    }
    // The last line: who reads it knows that the server is ready.
    writeln!(out, "export BITBUCKET_STEP_OIDC_TOKEN={token}")?;
    out.flush()?;
    drop(out);
    io::copy(&mut io::stdin(), &mut io::sink())?;
    drop(server);
    Ok(())
}

struct Options {
    builder: Builder,
    /// The first one.
    bucket: String,
    static_keys: bool,
    /// A file for the certificate that clients have to trust.
    authority: Option<PathBuf>,
    /// A folder whose files are in the first bucket from the start.
    preload: Option<PathBuf>,
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Options, Box<dyn Error>> {
    let mut builder = Server::builder();
    let mut first_bucket = None;
    let mut static_keys = false;
    let mut authority = None;
    let mut preload = None;
    while let Some(argument) = arguments.next() {
        let mut value = || {
            arguments
                .next()
                .ok_or_else(|| format!("{argument} needs a value\n{USAGE}"))
        };
        builder = match argument.as_str() {
            "--port" => builder.port(value()?.parse()?),
            "--delay-ms" => builder.delay(Duration::from_millis(value()?.parse()?)),
            "--tls" => {
                authority = Some(PathBuf::from(value()?));
                builder.tls(Certificate::Valid)
            }
            "--throttle" => {
                let (per_second, seconds) = pair(&value()?)?;
                let lasts = Duration::from_secs(seconds);
                builder.throttle(Throttle { per_second, lasts })
            }
            "--tail" => {
                let (one_of, milliseconds) = pair(&value()?)?;
                let delay = Duration::from_millis(milliseconds);
                builder.tail(Tail { one_of, delay })
            }
            "--count-only" => builder.recording(Recording::CountsOnly),
            "--anonymous" => builder.anonymous(),
            "--static-keys" => {
                static_keys = true;
                builder
            }
            "--preload" => {
                preload = Some(PathBuf::from(value()?));
                builder
            }
            "--bucket" => {
                let name = value()?;
                let builder = builder.bucket(&name);
                first_bucket.get_or_insert(name);
                builder
            }
            _ => return Err(format!("unknown argument {argument}\n{USAGE}").into()),
        };
    }
    Ok(Options {
        builder,
        bucket: first_bucket.unwrap_or_else(|| DEFAULT_BUCKET.to_owned()),
        static_keys,
        authority,
        preload,
    })
}

/// Two numbers with a colon between them.
fn pair(text: &str) -> Result<(u32, u64), Box<dyn Error>> {
    let (one, other) = text
        .split_once(':')
        .ok_or_else(|| format!("`{text}` is no pair of numbers\n{USAGE}"))?;
    Ok((one.parse()?, other.parse()?))
}
