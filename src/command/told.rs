//! An error as people read it: once for each cause, with what it stopped and what helps below it.

use super::error::{RunError, in_the_way, of_cause};
use super::hints::{Asked, Help, IDENTITY_QUESTION, help};
use super::refusal;
use super::sign_in::Actor;
use crate::aws::AwsError;
use crate::config::SignIn;
use crate::console::{self, Level, Line};
use crate::report::{Cause, RunInfo, Trouble, Written};
use deploy_core::base::causes::causes;
use deploy_core::base::units::Count;
use deploy_core::plan::Plan;
use serde_json::{Value, json};

/// Names that are listed below one error at most; the report has them all.
const NAMES_MAX: usize = 100;

/// Objects that are named where a plan would delete too many.
const DELETIONS_MAX: usize = 10;

/// One cause.
#[derive(Debug)]
struct Told {
    message: String,
    /// How many items it stopped, where items are what it stopped, and the first of them.
    stopped: Option<(usize, Vec<String>)>,
    /// Other names that it is about, with what is wrong with them.
    names: Vec<String>,
    help: Help,
    /// The section that says more.
    trouble: Trouble,
    /// What AWS said.
    aws: Option<AwsError>,
}

/// Says that `error` ended what `who` did, and gives what was said for the report.
pub(super) fn tell(
    who: &SignIn,
    actor: &Actor,
    asked: &Asked<'_>,
    plan: &Plan,
    error: &RunError,
) -> RunInfo {
    // Why the identity was refused, at the start or at a renewal, if that is what ended the run.
    let mut refusals = error.refusals().into_iter();
    let explanation =
        refusals.find_map(|error| refusal::explanation(who, actor.claims.as_ref(), error));
    let mut told = told(error, Some(asked));
    if let (RunError::Refused(refusal), Some(last)) = (error, told.last_mut())
        && refusal.is_of_deletions()
    {
        last.names = deletions(plan);
    }
    if let RunError::Incomplete { causes, .. } = error {
        for (cause, told) in causes.iter().zip(&mut told) {
            if let Some(gone) = in_the_way(cause, plan) {
                let hint = format!(
                    "does the server keep objects as files? Then `{gone}`, which this deploy deletes only at its end, is in the way: delete it by hand"
                );
                told.help.lines = vec![hint];
            }
        }
    }
    if let (Some(explanation), Some(last)) = (&explanation, told.last_mut())
        && !explanation.causes.is_empty()
    {
        // They know more than the question that is asked where nothing is known.
        let known = std::mem::take(&mut last.help.lines).into_iter();
        let known = known.filter(|line| line != IDENTITY_QUESTION);
        last.help.lines = explanation.causes.iter().cloned().chain(known).collect();
    }
    let mut said = RunInfo::default();
    for told in told {
        console::say(told.line());
        said.errors.push(told.message);
        said.errors.extend(told.names);
        let statement = told.help.statement.join("\n");
        if !statement.is_empty() && !said.statements.contains(&statement) {
            said.statements.push(statement);
        }
        let link = told.trouble.link();
        if !said.links.contains(&link) {
            said.links.push(link);
        }
        let hints = &mut said.hints;
        let new = told.help.lines.into_iter();
        hints.extend(new.filter(|hint| !hints.contains(hint)).collect::<Vec<_>>());
    }
    if let Some(explanation) = &explanation {
        refusal::say(explanation);
        said.hints.extend(explanation.heading.clone());
        if !explanation.statement.is_empty() {
            said.statements.push(explanation.statement.join("\n"));
        }
    }
    said
}

/// The first objects that `plan` would delete.
fn deletions(plan: &Plan) -> Vec<String> {
    let deletions = plan.deletions().take(DELETIONS_MAX);
    let mut names: Vec<String> = deletions.map(|key| format!("- {key}")).collect();
    if let Some(more @ 1..) = plan.deletions().count().checked_sub(DELETIONS_MAX) {
        names.push(format!("and {more} more"));
    }
    names
}

/// Says that `error` ended what was done, where nobody asks who did it.
pub(super) fn say(error: &RunError) {
    for told in told(error, None) {
        console::say(told.line());
    }
}

/// The line of an error that is a fault of the pipe or of its machine.
pub(super) fn fault(message: String) -> Line {
    Line::new(Level::Error, "error", message).documented(Trouble::Fault.link())
}

fn told(error: &RunError, asked: Option<&Asked<'_>>) -> Vec<Told> {
    if let RunError::Incomplete { causes, .. } = error {
        return causes.iter().map(|cause| of_one(cause, asked)).collect();
    }
    let chain: Vec<String> = causes(error).map(ToString::to_string).collect();
    let mut message = chain.join(": ");
    let aws = error.refusals().first().copied();
    if let (RunError::IdentityLost { .. }, Some(aws)) = (error, aws) {
        message = format!("{message}: {aws}");
    }
    let hints = error.hints();
    let help = if hints.is_empty() {
        helped(aws, asked).unwrap_or_default()
    } else {
        Help::lines(hints)
    };
    vec![Told {
        message,
        stopped: None,
        names: error.names(),
        help,
        trouble: error.verdict(Written::Nothing).0,
        aws: aws.cloned(),
    }]
}

fn of_one(cause: &Cause, asked: Option<&Asked<'_>>) -> Told {
    let of_file = || Help::lines(cause.hint.into_iter().map(str::to_owned).collect());
    Told {
        message: cause.to_string(),
        stopped: Some((cause.items, cause.first.clone())),
        help: helped(cause.aws.as_ref(), asked).unwrap_or_else(of_file),
        names: Vec::new(),
        trouble: of_cause(cause),
        aws: cause.aws.clone(),
    }
}

fn helped(aws: Option<&AwsError>, asked: Option<&Asked<'_>>) -> Option<Help> {
    Some(help(aws?, asked?))
}

impl Told {
    fn line(&self) -> Line {
        let Self { help, names, .. } = self;
        let mut below = Vec::new();
        if let Some((count, first)) = &self.stopped {
            let mut first = first.clone();
            first.sort_unstable();
            below.push(match count.saturating_sub(first.len()) {
                0 => format!("these: {}", first.join(", ")),
                more => format!("first: {} and {more} more", first.join(", ")),
            });
        }
        below.extend(names.iter().take(NAMES_MAX).cloned());
        if let Some(more @ 1..) = names.len().checked_sub(NAMES_MAX) {
            below.push(format!("and {}", Count(more, "more name")));
        }
        let statement = help.statement.iter().map(|line| format!("  {line}"));
        let mut line = Line::new(Level::Error, "error", self.message.as_str())
            .below(below)
            .helped(help.lines.clone())
            .below(statement)
            .documented(self.trouble.link());
        if let Some((count, first)) = &self.stopped {
            line = line.with("count", *count).with("first", first.clone());
        }
        if !names.is_empty() {
            let names: Vec<String> = names.iter().take(NAMES_MAX).cloned().collect();
            line = line.with("names", names);
        }
        if !help.statement.is_empty() {
            line = line.with("statement", help.statement.join("\n"));
        }
        match &self.aws {
            Some(aws) => line.with("cause", cause(aws)),
            None => line,
        }
    }
}

/// What AWS said, for JSON readers.
fn cause(aws: &AwsError) -> Value {
    json!({
        "operation": aws.operation.to_string(),
        "code": aws.code,
        "message": aws.message,
        "status": aws.status,
        "request_id": aws.request_id,
    })
}
