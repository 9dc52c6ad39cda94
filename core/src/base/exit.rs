//! How a run ends, as scripts see it.

/// The exit codes: interface, documented in the README.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The bucket holds the folder, as planned.
    Done,
    /// The deploy failed; its last line says whether running it again helps.
    Failed,
    /// The configuration or the plan was refused; nothing was written.
    Refused,
    /// The identity was refused.
    Identity,
    /// A signal ended it; running it again finishes it.
    Interrupted,
}

impl Exit {
    /// The code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Refused => 2,
            Self::Identity => 3,
            Self::Interrupted => 4,
        }
    }
}
