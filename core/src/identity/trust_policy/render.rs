//! An evaluation as lines of text.

use super::evaluate::{Evaluation, Open, Outcome, StatementResult};
use super::verdict::Verdict;

impl Evaluation {
    /// A line per statement and check, and one for what they add up to.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = self.statement_lines();
        lines.push(self.summary().to_owned());
        lines
    }

    /// A line per statement and check.
    pub fn statement_lines(&self) -> Vec<String> {
        self.statements.iter().flat_map(statement).collect()
    }

    /// Whether it says that the token is refused.
    pub fn refuses(&self) -> bool {
        matches!(self.outcome, Outcome::Denied | Outcome::NotAllowed)
    }

    /// What it adds up to, in a sentence.
    pub fn summary(&self) -> &'static str {
        match self.outcome {
            Outcome::Accepted => "the trust policy accepts this token",
            Outcome::Denied => "the trust policy denies this token",
            Outcome::NotAllowed => "the trust policy does not accept this token",
            Outcome::Unknown => {
                "whether the trust policy accepts this token depends on what cannot be told here"
            }
        }
    }
}

fn statement(result: &StatementResult) -> Vec<String> {
    let applies = match result.verdict() {
        Verdict::Met => "applies",
        Verdict::NotMet => "does not apply",
        Verdict::Unknown => "may apply",
    };
    let mut lines = vec![format!("{}: {applies}", result.title)];
    lines.extend(result.checks.iter().map(|check| {
        let word = match check.verdict {
            Verdict::Met => "met",
            Verdict::NotMet => "not met",
            Verdict::Unknown => "cannot be told",
        };
        format!("  {word}: {}", check.text)
    }));
    let note = result.open.map(|open| match open {
        Open::NoCondition => {
            "  note: without a condition on `sub`, every repository of this provider is accepted"
        }
        Open::AnySubject => {
            "  note: any `sub` meets its condition, so every repository of this provider is accepted"
        }
    });
    lines.extend(note.map(str::to_owned));
    lines
}
