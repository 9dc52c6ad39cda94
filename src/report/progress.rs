//! What a run is at, and the line that says so: bytes, items, rate, and what is waited for. Time
//! comes as an argument.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::console::Line;
use deploy_core::base::units::{Bytes, Count};

/// Beyond a day, what is left is a guess from a few small files, and not told.
const LEFT_SECONDS_MAX: u64 = 24 * 60 * 60;

/// What a run is at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Reading the source's names and sizes.
    Reading,
    /// Signing in.
    SigningIn,
    /// Listing the bucket.
    Listing,
    /// Comparing both sides.
    Comparing,
    /// Uploading.
    Uploading(Work),
    /// Deleting.
    Deleting(Work),
    /// Waiting until CloudFront has invalidated, for this long at most if it is waited for.
    Invalidating(Option<Duration>),
    /// Writing down what was done.
    Finishing,
}

/// How far a step is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Items that are done.
    pub done: usize,
    /// Items that failed.
    pub failed: usize,
    /// All items of the step.
    pub total: usize,
    /// Bytes that the server has of them.
    pub bytes: u64,
    /// Bytes of all of them.
    pub bytes_total: u64,
    /// A large file on its way.
    pub large: Option<Large>,
}

/// A file that is uploaded in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Large {
    /// Its key.
    pub key: String,
    /// Bytes that the server has of it.
    pub bytes: u64,
    /// Its size.
    pub size: u64,
}

/// What the run is at, and since when. Clones share it.
#[derive(Clone, Debug)]
pub struct Activity(Arc<Mutex<State>>);

#[derive(Clone, Debug)]
struct State {
    stage: Stage,
    since: Instant,
}

impl Activity {
    /// Of a run that has just begun.
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            stage: Stage::Reading,
            since: Instant::now(),
        })))
    }

    /// The run is at `stage` from now on.
    pub fn begin(&self, stage: Stage) {
        let since = Instant::now();
        *self.state() = State { stage, since };
    }

    /// Says how far the stage is.
    pub fn note(&self, stage: Stage) {
        self.state().stage = stage;
    }

    /// How that is told at `now`.
    pub fn line(&self, now: Instant) -> Line {
        let State { stage, since } = self.state().clone();
        stage.line(now.saturating_duration_since(since))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Activity {
    fn default() -> Self {
        Self::new()
    }
}

impl Stage {
    /// The line of a stage that has gone on for `elapsed`.
    fn line(&self, elapsed: Duration) -> Line {
        let seconds = elapsed.as_secs();
        let still = |what: &str| format!("still {what} ({seconds} s)");
        let (stage, message) = match self {
            Self::Reading => ("reading", still("reading LOCAL_PATH")),
            Self::SigningIn => ("signing-in", still("signing in")),
            Self::Listing => ("listing", still("listing the bucket")),
            Self::Comparing => ("comparing", still("comparing files")),
            Self::Finishing => ("finishing", still("finishing")),
            Self::Invalidating(limit) => {
                let limit = limit.map(|limit| format!(" of at most {} s", limit.as_secs()));
                let limit = limit.unwrap_or_default();
                let message = format!("waiting for CloudFront: {seconds} s{limit}");
                ("invalidating", message)
            }
            Self::Uploading(work) => ("uploading", work.uploads(elapsed)),
            Self::Deleting(work) => ("deleting", work.deletions()),
        };
        let line = Line::info("progress", message)
            .with("stage", stage)
            .with("seconds", seconds);
        match self {
            Self::Uploading(work) => {
                let rate = work.rate(elapsed);
                let large = work.large.as_ref();
                work.counted(line)
                    .with("bytes", work.bytes)
                    .with("bytes_total", work.bytes_total)
                    .with("bytes_per_second", rate)
                    .with("waiting_for", large.map(|large| large.key.clone()))
            }
            Self::Deleting(work) => work.counted(line),
            _ => line,
        }
    }
}

impl Work {
    fn counted(&self, line: Line) -> Line {
        line.with("done", self.done)
            .with("failed", self.failed)
            .with("total", self.total)
    }

    /// Bytes a second, over all of the step.
    fn rate(&self, elapsed: Duration) -> u64 {
        let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        self.bytes.saturating_mul(1000) / millis.max(1)
    }

    fn uploads(&self, elapsed: Duration) -> String {
        let rate = self.rate(elapsed);
        let mut text = format!(
            "uploading: {} of {}, {} of {}",
            self.done,
            Count(self.total, "file"),
            Bytes(self.bytes),
            Bytes(self.bytes_total),
        );
        let left = self
            .bytes_total
            .saturating_sub(self.bytes)
            .checked_div(rate);
        if let Some(left) = left.filter(|left| (1..=LEFT_SECONDS_MAX).contains(left)) {
            let (rate, left) = (Bytes(rate).to_string(), roughly(left));
            text.extend([", ", &rate, "/s, about ", &left, " left"]);
        }
        text.push_str(&self.failures());
        if let Some(Large { key, bytes, size }) = &self.large {
            let (bytes, size) = (Bytes(*bytes), Bytes(*size));
            let (bytes, size) = (bytes.to_string(), size.to_string());
            text.extend(["; ", key, " is at ", &bytes, " of ", &size]);
        }
        text
    }

    fn deletions(&self) -> String {
        let (done, total) = (self.done, Count(self.total, "object"));
        format!("deleting: {done} of {total}{}", self.failures())
    }

    fn failures(&self) -> String {
        match self.failed {
            0 => String::new(),
            failed => format!(", {failed} failed"),
        }
    }
}

/// `90 s`, `25 min`, `3 h`
fn roughly(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3_600)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Large, Stage, Work};
    use crate::console::Line;
    use std::time::Duration;

    fn after(seconds: u64, stage: &Stage) -> Line {
        stage.line(Duration::from_secs(seconds))
    }

    #[test]
    fn progress_tells_bytes_rate_and_what_is_waited_for() {
        const MIB: u64 = 1024 * 1024;
        let large = Large {
            key: "video.mp4".to_owned(),
            bytes: 200 * MIB,
            size: 400 * MIB,
        };
        let work = Work {
            done: 2,
            failed: 0,
            total: 3,
            bytes: 240 * MIB,
            bytes_total: 440 * MIB,
            large: Some(large),
        };
        let failed = Work {
            failed: 2,
            large: None,
            bytes: 0,
            ..work.clone()
        };
        let deleting = Work {
            total: 9,
            ..failed.clone()
        };
        let slow = |bytes| {
            let large = None;
            Stage::Uploading(Work {
                bytes,
                large,
                ..work.clone()
            })
        };
        let (tiny, slow, slower) = (slow(10), slow(4 * MIB), slow(64 * 1024));
        let lines = [
            after(10, &Stage::Listing),
            after(10, &tiny),
            after(10, &slow),
            after(10, &slower),
            after(20, &Stage::Uploading(work)),
            after(10, &Stage::Uploading(failed)),
            after(10, &Stage::Deleting(deleting)),
            after(30, &Stage::Invalidating(Some(Duration::from_mins(10)))),
            after(30, &Stage::Invalidating(None)),
        ];
        let lines = lines.map(|line| line.to_string()).join("\n");
        insta::assert_snapshot!(lines, @r"
        INFO: still listing the bucket (10 s)
        INFO: uploading: 2 of 3 files, 10 B of 440.0 MiB
        INFO: uploading: 2 of 3 files, 4.0 MiB of 440.0 MiB, 409.5 KiB/s, about 19 min left
        INFO: uploading: 2 of 3 files, 64.0 KiB of 440.0 MiB, 6.3 KiB/s, about 20 h left
        INFO: uploading: 2 of 3 files, 240.0 MiB of 440.0 MiB, 12.0 MiB/s, about 16 s left; video.mp4 is at 200.0 MiB of 400.0 MiB
        INFO: uploading: 2 of 3 files, 0 B of 440.0 MiB, 2 failed
        INFO: deleting: 2 of 9 objects, 2 failed
        INFO: waiting for CloudFront: 30 s of at most 600 s
        INFO: waiting for CloudFront: 30 s
        ");
    }
}
