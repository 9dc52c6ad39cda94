//! How a run ends, as scripts see it.

/// The exit codes: interface, documented in the README.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The bucket holds the folder, as planned.
    Done = 0,
    /// The deploy failed; its last line says whether running it again helps.
    Failed = 1,
    /// The configuration or the plan was refused; nothing was written.
    Refused = 2,
    /// The identity was refused.
    Identity = 3,
    /// A signal ended it; running it again finishes it.
    Interrupted = 4,
}

impl Exit {
    /// The code.
    pub fn code(self) -> u8 {
        self as u8
    }
}
