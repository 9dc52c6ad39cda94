//! How a run ended, as one value: exit code, last line and outcome word are its methods. Pure.

use std::fmt;
use std::time::Duration;

use super::counts::Changes;
use deploy_core::base::exit::Exit;
use deploy_core::base::units::{Count, Seconds};
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
    /// The same because a newer build is there, or on its way.
    Older,
    /// Another deploy has taken over.
    Overtaken(Written),
    /// The identity was refused, or is no longer accepted.
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
        /// Changes that were tried and failed.
        failed: usize,
        /// Changes that were to be made.
        planned: usize,
        /// What visitors have of them.
        live: Live,
    },
}

/// What visitors have while a deploy is not finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Live {
    /// The pages that they had.
    Old,
    /// New pages among old ones.
    Mixed,
    /// What CloudFront has: all that is new is in the bucket.
    Cached,
    /// Everything that is new. What is to be deleted is still there.
    New,
}

impl Live {
    fn sentence(self) -> &'static str {
        match self {
            Self::Old => "No page has changed.",
            Self::Mixed => "Some pages are new, others are as they were.",
            Self::Cached => {
                "The new version is in the bucket, but CloudFront may still serve the old one."
            }
            Self::New => "The new version is live; what it replaces is not all deleted.",
        }
    }
}

/// What the last line tells beside the ending.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// What was done; of a dry run what is planned.
    pub changes: Changes,
    /// Files that were in the bucket already.
    pub unchanged: usize,
    /// How long the run took.
    pub took: Duration,
    /// Where visitors find the site, if that is known.
    pub site: Option<String>,
    /// Whether CloudFront may still serve what was replaced.
    pub is_cached: bool,
}

impl Ending {
    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Done(_) => Exit::Done,
            Self::Unreported(_)
            | Self::Passing(_)
            | Self::Permanent { .. }
            | Self::Overtaken(_) => Exit::Failed,
            Self::Refused | Self::Older => Exit::Refused,
            Self::Identity(_) => Exit::Identity,
            Self::Interrupted(_) => Exit::Interrupted,
        }
    }

    /// One word for scripts: what became of the bucket, or why nothing more did.
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::Done(goal) | Self::Unreported(goal) => match goal {
                Goal::Planned => "planned",
                Goal::Unchanged | Goal::Share { changed: false, .. } => "unchanged",
                Goal::Deployed | Goal::Share { changed: true, .. } => "deployed",
            },
            Self::Passing(_) | Self::Permanent { .. } | Self::Overtaken(_) => "failed",
            Self::Refused | Self::Older => "refused",
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
    pub fn last_line(&self, facts: &Facts) -> String {
        const AGAIN: &str = "Running it again finishes it.";
        let took = Seconds(facts.took);
        match self {
            Self::Done(goal) => goal.line(facts),
            Self::Unreported(goal) => {
                format!("{} But REPORT_FILE could not be written.", goal.line(facts))
            }
            Self::Passing(written @ Written::Nothing) => {
                format!(
                    "Deployment failed after {took}. {written} The cause may pass: run it again."
                )
            }
            Self::Passing(written) => {
                format!("Deployment failed after {took}. {written} {AGAIN}")
            }
            Self::Permanent { written, fix } => {
                format!("Deployment failed after {took}. {written} {fix}, then run it again.")
            }
            Self::Refused => {
                "Deployment refused. Nothing was written. Fix the cause, then run it again."
                    .to_owned()
            }
            Self::Older => {
                "Deployment refused. Nothing was written. A newer build is there or on its way: there is nothing to do."
                    .to_owned()
            }
            Self::Overtaken(written) => {
                format!(
                    "Deployment failed after {took}. {written} The deploy that has taken over does the rest."
                )
            }
            Self::Identity(written @ Written::Nothing) => format!(
                "Deployment failed: the identity was refused. {written} Fix the cause, then run it again."
            ),
            Self::Identity(written) => format!(
                "Deployment failed: the credentials are no longer accepted. {written} Running it again with new ones finishes it."
            ),
            Self::Interrupted(written @ Written::Nothing) => {
                format!("Deployment interrupted after {took}. {written}")
            }
            Self::Interrupted(written) => {
                format!("Deployment interrupted after {took}. {written} {AGAIN}")
            }
        }
    }
}

/// `1 of 3 changes done, 1 failed, 1 not attempted. No page has changed.`
impl fmt::Display for Written {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Partly {
            done,
            failed,
            planned,
            live,
        } = *self
        else {
            return formatter.write_str("Nothing was written.");
        };
        write!(formatter, "{done} of {} done", Count(planned, "change"))?;
        let left = planned.saturating_sub(done + failed);
        for (count, word) in [(failed, "failed"), (left, "not attempted")] {
            if count > 0 {
                write!(formatter, ", {count} {word}")?;
            }
        }
        write!(formatter, ". {}", live.sentence())
    }
}

impl Goal {
    fn line(self, facts: &Facts) -> String {
        let (changes, unchanged) = (facts.changes, facts.unchanged);
        let took = Seconds(facts.took);
        let compared = Count(unchanged, "file");
        let line = match self {
            Self::Planned if changes == Changes::default() => {
                return format!(
                    "Dry run: nothing to do, {compared} unchanged. Nothing was written."
                );
            }
            Self::Planned => {
                return format!("Dry run: {changes}, {unchanged} unchanged. Nothing was written.");
            }
            Self::Unchanged => format!("Already up to date. {compared} compared in {took}."),
            Self::Deployed if changes == Changes::default() => {
                format!("Deployment successful: finished what an earlier deploy began, in {took}.")
            }
            Self::Deployed => format!("Deployment successful: {changes} in {took}."),
            Self::Share { share, .. } => {
                return format!(
                    "Share {share} is in the bucket: {changes} in {took}. The step after the parallel ones finishes the deploy."
                );
            }
        };
        let cached = if facts.is_cached {
            " CloudFront may still serve what it has cached."
        } else {
            ""
        };
        let site = facts.site.as_ref().map(|site| format!(" {site}"));
        format!("{line}{cached}{}", site.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::{Changes, Ending, Facts, Goal, Live, Written};
    use deploy_core::plan::Part;
    use std::time::Duration;

    const SOME: Written = partly(Live::Mixed);

    const fn partly(live: Live) -> Written {
        Written::Partly {
            done: 1,
            failed: 1,
            planned: 3,
            live,
        }
    }

    fn facts() -> Facts {
        let changes = Changes {
            new: 1,
            changed: 0,
            deleted: 2,
        };
        Facts {
            changes,
            unchanged: 7,
            took: Duration::from_millis(1_250),
            site: Some("https://www.example.com/".to_owned()),
            is_cached: false,
        }
    }

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
            Ending::Older,
            Ending::Overtaken(SOME),
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
            format!("{code} {word}: {}", ending.last_line(&facts()))
        });
        insta::assert_snapshot!(rows.collect::<Vec<_>>().join("\n"), @"
        0 planned: Dry run: 1 new, 2 deleted, 7 unchanged. Nothing was written.
        0 unchanged: Already up to date. 7 files compared in 1.25 s. https://www.example.com/
        0 deployed: Deployment successful: 1 new, 2 deleted in 1.25 s. https://www.example.com/
        0 deployed: Share 2 of 4 is in the bucket: 1 new, 2 deleted in 1.25 s. The step after the parallel ones finishes the deploy.
        0 unchanged: Share 2 of 4 is in the bucket: 1 new, 2 deleted in 1.25 s. The step after the parallel ones finishes the deploy.
        1 deployed: Deployment successful: 1 new, 2 deleted in 1.25 s. https://www.example.com/ But REPORT_FILE could not be written.
        1 planned: Dry run: 1 new, 2 deleted, 7 unchanged. Nothing was written. But REPORT_FILE could not be written.
        1 failed: Deployment failed after 1.25 s. Nothing was written. The cause may pass: run it again.
        1 failed: Deployment failed after 1.25 s. 1 of 3 changes done, 1 failed, 1 not attempted. Some pages are new, others are as they were. Running it again finishes it.
        1 failed: Deployment failed after 1.25 s. Nothing was written. Fix S3_BUCKET, then run it again.
        1 failed: Deployment failed after 1.25 s. 1 of 3 changes done, 1 failed, 1 not attempted. Some pages are new, others are as they were. Fix S3_BUCKET, then run it again.
        2 refused: Deployment refused. Nothing was written. Fix the cause, then run it again.
        2 refused: Deployment refused. Nothing was written. A newer build is there or on its way: there is nothing to do.
        1 failed: Deployment failed after 1.25 s. 1 of 3 changes done, 1 failed, 1 not attempted. Some pages are new, others are as they were. The deploy that has taken over does the rest.
        3 identity-refused: Deployment failed: the identity was refused. Nothing was written. Fix the cause, then run it again.
        3 identity-refused: Deployment failed: the credentials are no longer accepted. 1 of 3 changes done, 1 failed, 1 not attempted. Some pages are new, others are as they were. Running it again with new ones finishes it.
        4 interrupted: Deployment interrupted after 1.25 s. Nothing was written.
        4 interrupted: Deployment interrupted after 1.25 s. 1 of 3 changes done, 1 failed, 1 not attempted. Some pages are new, others are as they were. Running it again finishes it.
        ");
    }

    #[test]
    fn the_last_line_tells_what_visitors_have() {
        let nothing = Facts {
            changes: Changes::default(),
            ..facts()
        };
        let cached = Facts {
            is_cached: true,
            site: None,
            ..facts()
        };
        let mut rows = vec![
            Ending::Done(Goal::Planned).last_line(&nothing),
            Ending::Done(Goal::Deployed).last_line(&nothing),
            Ending::Done(Goal::Deployed).last_line(&cached),
        ];
        let lives = [Live::Old, Live::Mixed, Live::Cached, Live::New];
        rows.extend(lives.map(|live| Ending::Passing(partly(live)).last_line(&facts())));
        insta::assert_snapshot!(rows.join("\n"), @"
        Dry run: nothing to do, 7 files unchanged. Nothing was written.
        Deployment successful: finished what an earlier deploy began, in 1.25 s. https://www.example.com/
        Deployment successful: 1 new, 2 deleted in 1.25 s. CloudFront may still serve what it has cached.
        Deployment failed after 1.25 s. 1 of 3 changes done, 1 failed, 1 not attempted. No page has changed. Running it again finishes it.
        Deployment failed after 1.25 s. 1 of 3 changes done, 1 failed, 1 not attempted. Some pages are new, others are as they were. Running it again finishes it.
        Deployment failed after 1.25 s. 1 of 3 changes done, 1 failed, 1 not attempted. The new version is in the bucket, but CloudFront may still serve the old one. Running it again finishes it.
        Deployment failed after 1.25 s. 1 of 3 changes done, 1 failed, 1 not attempted. The new version is live; what it replaces is not all deleted. Running it again finishes it.
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
