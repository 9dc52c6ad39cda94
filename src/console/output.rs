//! How the lines of a run look.

use super::line::Level;

/// How the run's lines look. Usable even when the rest of the configuration is refused.
#[derive(Clone, Copy, Debug, Default)]
pub struct Output {
    /// Which lines are printed.
    pub verbosity: Verbosity,
    /// Whether progress is told.
    pub progress: Progress,
    /// Whether lines are coloured.
    pub colours: bool,
    /// The lines' format.
    pub format: LogFormat,
}

/// How much is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// What is done.
    #[default]
    Normal,
    /// Warnings, errors and the outcome.
    Quiet,
    /// Each decision.
    Debug,
}

impl Verbosity {
    /// The least of the levels that are printed.
    pub(super) fn level_max(self) -> Level {
        match self {
            Self::Quiet => Level::Warning,
            Self::Normal => Level::Info,
            Self::Debug => Level::Debug,
        }
    }
}

/// Whether progress is told while items are worked on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// It is.
    #[default]
    Shown,
    /// It is not.
    Hidden,
}

/// How lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// As the official pipes do.
    #[default]
    Pipe,
    /// One JSON object per line.
    Json,
}

/// A line about the flags, for the beginning of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Good to know.
    Info(String),
    /// Probably not what was meant.
    Warning(String),
}
