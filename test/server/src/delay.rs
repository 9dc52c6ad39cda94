//! A delay that is as long as it says: timers of the runtime end up to two milliseconds late, which of
//! 20 ms per request is a lot.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

/// The same delay for everyone.
#[derive(Debug)]
pub(crate) struct Delay {
    length: Duration,
    waiting: mpsc::Sender<(Instant, oneshot::Sender<()>)>,
}

impl Delay {
    pub(crate) fn new(length: Duration) -> Self {
        let (waiting, asked) = mpsc::channel::<(Instant, oneshot::Sender<()>)>();
        // All wait equally long, so that who comes first is due first. Ends with the sender.
        thread::spawn(move || {
            for (due, waiter) in asked {
                thread::sleep(due.saturating_duration_since(Instant::now()));
                // Who has gone need not be told.
                let _gone = waiter.send(());
            }
        });
        Self { length, waiting }
    }

    pub(crate) async fn wait(&self) {
        let (waiter, told) = oneshot::channel();
        if self
            .waiting
            .send((Instant::now() + self.length, waiter))
            .is_ok()
        {
            // An error means that the thread has ended; nobody waits for ever.
            let _ended = told.await;
        }
    }
}
