//! Runs one command and writes what it took: `measure FILE COMMAND [ARGUMENT]...`.
//!
//! A process of its own, because the peak memory of a child counts from the fork: under a large
//! parent every small program looks as large as the parent.

use std::error::Error;
use std::io::{self, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeVal;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error is the last resort; if it is closed, nobody listens.
            let _ = writeln!(io::stderr(), "measure: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(file), Some(program)) = (arguments.next(), arguments.next()) else {
        return Err("usage: measure FILE COMMAND [ARGUMENT]...".into());
    };
    let mut command = Command::new(program);
    command.args(arguments);
    let started = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let clock = Instant::now();
    let status = command.status()?;
    let wall = clock.elapsed();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let taken = serde_json::json!({
        "exit_code": status.code(),
        "signal": status.signal(),
        "started_unix_micros": micros(started),
        "wall_micros": micros(wall),
        "user_micros": micros(duration(usage.user_time())?),
        "system_micros": micros(duration(usage.system_time())?),
        "peak_kib": peak_kib(&usage),
    });
    std::fs::write(file, taken.to_string())?;
    Ok(())
}

fn duration(time: TimeVal) -> Result<Duration, Box<dyn Error>> {
    let seconds = Duration::from_secs(time.tv_sec().try_into()?);
    Ok(seconds + Duration::from_micros(time.tv_usec().try_into()?))
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// Linux counts it in KiB.
/// <https://man7.org/linux/man-pages/man2/getrusage.2.html>
fn peak_kib(usage: &Usage) -> i64 {
    usage.max_rss()
}
