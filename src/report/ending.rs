//! How a run ended, as one value: exit code, last line and outcome word are its methods. Pure.

use deploy_core::base::exit::Exit;
use deploy_core::plan::Share;

/// How a run ended, made once when everything is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// As it was meant to.
    Done(Goal),
    /// Done but for REPORT_FILE, which could not be written.
    Unreported(Goal),
    /// Failed for a reason that may be gone with the next run.
    Passing(Written),
    /// Failed for a reason that stays until somebody mends it.
    Permanent {
        /// What is in the bucket of it.
        written: Written,
        /// What to do before the next run: a clause such as `Fix S3_BUCKET`.
        fix: String,
    },
    /// The configuration, a name or the plan was refused; nothing was written.
    Refused,
    /// AWS refused the identity, or stopped accepting it.
    Identity(Written),
    /// A signal ended it.
    Interrupted(Written),
}

/// What a run that went well came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// A dry run: the plan was made.
    Planned,
    /// The bucket held the folder already.
    Unchanged,
    /// The bucket was changed, and now holds the folder.
    Deployed,
    /// One share of a deploy over several steps is in the bucket.
    Share {
        /// Which.
        share: Share,
        /// Whether that changed the bucket.
        changed: bool,
    },
}

/// What a run that did not go well has left in the bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Nothing.
    Nothing,
    /// So many changes of those that were planned, as far as the server confirmed them.
    Partly {
        /// Changes that were made.
        done: usize,
        /// Changes that were to be made.
        planned: usize,
    },
}

impl Ending {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Done(_) => Exit::Done,
            Self::Unreported(_) | Self::Passing(_) | Self::Permanent { .. } => Exit::Failed,
            Self::Refused => Exit::Refused,
            Self::Identity(_) => Exit::Identity,
            Self::Interrupted(_) => Exit::Interrupted,
        }
    }

    /// One word for scripts: what became of the bucket, or why nothing more did.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::Done(goal) | Self::Unreported(goal) => match goal {
                Goal::Planned => "planned",
                Goal::Unchanged | Goal::Share { changed: false, .. } => "unchanged",
                Goal::Deployed | Goal::Share { changed: true, .. } => "deployed",
            },
            Self::Passing(_) | Self::Permanent { .. } => "failed",
            Self::Refused => "refused",
            Self::Identity(_) => "identity-refused",
            Self::Interrupted(_) => "interrupted",
        }
    }

    /// The same where REPORT_FILE could not be written, which only a run that went well has not
    /// failed without.
    #[must_use]
    pub fn without_report(self) -> Self {
        match self {
            Self::Done(goal) => Self::Unreported(goal),
            other => other,
        }
    }

    /// The last line: what there is now, and what to do next.
    #[must_use]
    pub fn last_line(&self) -> String {
        const AGAIN: &str = "Running it again finishes it.";
        match self {
            Self::Done(goal) => goal.line(),
            Self::Unreported(goal) => {
                format!("{} But REPORT_FILE could not be written.", goal.line())
            }
            Self::Passing(Written::Nothing) => "Deployment failed. Nothing was written.".to_owned(),
            Self::Passing(Written::Partly { .. }) => format!("Deployment failed. {AGAIN}"),
            Self::Permanent { written, fix } => {
                let failed = match written {
                    Written::Nothing => "Deployment failed. Nothing was written.".to_owned(),
                    Written::Partly { done, planned } => {
                        format!("Deployment failed after {done} of {planned} changes.")
                    }
                };
                format!("{failed} {fix}, then run it again.")
            }
            Self::Refused => "Deployment refused. Nothing was written.".to_owned(),
            Self::Identity(Written::Nothing) => {
                "Deployment failed: AWS refused the identity. Nothing was written.".to_owned()
            }
            Self::Identity(Written::Partly { .. }) => {
                "Deployment failed: AWS no longer accepts the credentials. Running it again with new ones finishes it.".to_owned()
            }
            Self::Interrupted(Written::Nothing) => {
                "Deployment interrupted. Nothing was written.".to_owned()
            }
            Self::Interrupted(Written::Partly { .. }) => {
                format!("Deployment interrupted. {AGAIN}")
            }
        }
    }
}

impl Goal {
    fn line(self) -> String {
        match self {
            Self::Planned => "Dry run: nothing was written.".to_owned(),
            Self::Unchanged | Self::Deployed => "Deployment successful.".to_owned(),
            Self::Share { share, .. } => format!("Share {share} is in the bucket."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Ending, Goal, Written};
    use deploy_core::plan::Part;

    const SOME: Written = Written::Partly {
        done: 1,
        planned: 3,
    };

    /// Every ending, as scripts and people see it.
    fn table() -> Vec<Ending> {
        let permanent = |written| Ending::Permanent {
            written,
            fix: "Fix S3_BUCKET".to_owned(),
        };
        let share = Part::parse("1/4", None, None).unwrap().share().unwrap();
        let share = |changed| Goal::Share { share, changed };
        vec![
            Ending::Done(Goal::Planned),
            Ending::Done(Goal::Unchanged),
            Ending::Done(Goal::Deployed),
            Ending::Done(share(true)),
            Ending::Done(share(false)),
            Ending::Unreported(Goal::Deployed),
            Ending::Unreported(Goal::Planned),
            Ending::Passing(Written::Nothing),
            Ending::Passing(SOME),
            permanent(Written::Nothing),
            permanent(SOME),
            Ending::Refused,
            Ending::Identity(Written::Nothing),
            Ending::Identity(SOME),
            Ending::Interrupted(Written::Nothing),
            Ending::Interrupted(SOME),
        ]
    }

    #[test]
    fn every_ending_has_its_exit_code_its_word_and_its_last_line() {
        let rows = table().into_iter().map(|ending| {
            let (code, word) = (ending.exit().code(), ending.outcome());
            format!("{code} {word}: {}", ending.last_line())
        });
        insta::assert_snapshot!(rows.collect::<Vec<_>>().join("\n"), @"
        0 planned: Dry run: nothing was written.
        0 unchanged: Deployment successful.
        0 deployed: Deployment successful.
        0 deployed: Share 2 of 4 is in the bucket.
        0 unchanged: Share 2 of 4 is in the bucket.
        1 deployed: Deployment successful. But REPORT_FILE could not be written.
        1 planned: Dry run: nothing was written. But REPORT_FILE could not be written.
        1 failed: Deployment failed. Nothing was written.
        1 failed: Deployment failed. Running it again finishes it.
        1 failed: Deployment failed. Nothing was written. Fix S3_BUCKET, then run it again.
        1 failed: Deployment failed after 1 of 3 changes. Fix S3_BUCKET, then run it again.
        2 refused: Deployment refused. Nothing was written.
        3 identity-refused: Deployment failed: AWS refused the identity. Nothing was written.
        3 identity-refused: Deployment failed: AWS no longer accepts the credentials. Running it again with new ones finishes it.
        4 interrupted: Deployment interrupted. Nothing was written.
        4 interrupted: Deployment interrupted. Running it again finishes it.
        ");
    }

    /// The documents tell each pair of code and word, and no other.
    #[test]
    fn the_documents_have_a_row_for_every_exit_code_and_outcome() {
        let report = include_str!("../../docs/report.md");
        let readme = include_str!("../../README.md");
        for ending in table() {
            let (code, word) = (ending.exit().code(), ending.outcome());
            assert!(readme.contains(&format!("\n| {code} | ")), "{code}");
            let mut rows = report
                .lines()
                .filter(|line| line.starts_with(&format!("| `{word}` | ")))
                .filter_map(|row| row.split('|').nth(2));
            let found = rows.any(|codes| codes.contains(&code.to_string()));
            assert!(found, "{word} {code}");
        }
    }
}
