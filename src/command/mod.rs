//! The commands: the only rooms that know the order of the stages.

pub mod deploy;
mod error;
pub mod explain;
mod hints;
mod idle;
mod refusal;
pub mod releases;
pub mod setup;
mod sign_in;
mod told;
pub mod whoami;

use tokio::runtime::Builder;

use crate::system::stop::Stop;
use error::RunError;

/// Runs `work`. A look-up of a name or a read that hangs when it is over has nobody left who waits for it.
fn block_on<T>(work: impl Future<Output = T>) -> Result<T, RunError> {
    let runtime = Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(RunError::Start)?;
    let done = runtime.block_on(work);
    runtime.shutdown_background();
    Ok(done)
}

/// What comes of `work`, which a requested stop ends at once.
async fn unless_stopped<T, E: From<RunError>>(
    stop: &Stop,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let mut stop = stop.clone();
    tokio::select! {
        done = work => done,
        () = stop.requested() => Err(RunError::Interrupted.into()),
    }
}
