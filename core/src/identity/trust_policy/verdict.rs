//! The answer to one check.

/// The answer to one check. In this order the lesser one decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// No.
    NotMet,
    /// Cannot be told.
    Unknown,
    /// Yes.
    Met,
}

impl From<bool> for Verdict {
    fn from(is_met: bool) -> Self {
        if is_met { Self::Met } else { Self::NotMet }
    }
}

/// One thing that a statement asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Whether the token has it.
    pub verdict: Verdict,
    /// What it is, and why.
    pub text: String,
}
