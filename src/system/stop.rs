//! Stopping on request: the one flag that a signal raises and that everything long looks at.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Whether the run has been asked to stop. Clones see the same flag.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Raises the flag on SIGTERM or SIGINT. As process 1 of a container this program gets no
    /// default handling of either: without this, `docker stop` would wait and then kill it.
    ///
    /// # Errors
    /// When the system takes no handler.
    pub fn on_signals() -> std::io::Result<Self> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let (raise, flag) = watch::channel(false);
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            raise.send_replace(true);
            // The flag stays raised: a dropped sender would look like no request to late readers.
            raise.closed().await;
        });
        Ok(Self(flag))
    }

    /// For work that nobody stops.
    pub fn never() -> Self {
        Self(watch::channel(false).1)
    }

    /// Whether to stop.
    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until a stop is requested; for ever if none is.
    pub async fn requested(&mut self) {
        if self.0.wait_for(|raised| *raised).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
