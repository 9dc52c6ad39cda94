//! Variables that have no effect without another one, which is told.

use super::command::Command;
use super::deletion::Deletes;
use super::environment::Variables;
use super::extra_args::ExtraArgs;
use super::problem::Problems;
use super::variables::VARIABLES;
use crate::console::Note;

/// A warning for each variable that is set to something else than its default, but changes nothing.
pub(super) fn check(variables: &Variables, args: &ExtraArgs, command: Command) -> Vec<Note> {
    let role = variables.aws_oidc_role_arn();
    let github = variables.actions_id_token_request_url();
    let invalidates = variables.cloudfront_distribution_id().is_set();
    // What is no value of it is told elsewhere.
    let deletes = Deletes::of(variables, args, &mut Problems::default()) != Deletes::Nothing;
    let records = !variables
        .deploy_record()
        .text()
        .is_some_and(|text| text.eq_ignore_ascii_case("off"));
    let insights = variables.code_insights().is_on();
    let every = &[
        (
            "OIDC_AUDIENCE",
            github.is_set(),
            "only tokens of GitHub Actions are asked for",
        ),
        (
            "AWS_ROLE_SESSION_NAME",
            role.is_set(),
            "it needs AWS_OIDC_ROLE_ARN",
        ),
        (
            "AWS_ROLE_DURATION_SECONDS",
            role.is_set(),
            "it needs AWS_OIDC_ROLE_ARN",
        ),
        (
            "SESSION_POLICY",
            role.is_set(),
            "it needs AWS_OIDC_ROLE_ARN",
        ),
        (
            "AWS_SESSION_TOKEN",
            variables.aws_access_key_id().is_set(),
            "it needs AWS_ACCESS_KEY_ID",
        ),
    ][..];
    let deploy = &[
        ("MAX_DELETE", deletes, "it needs `DELETE_FLAG: 'true'`"),
        ("DELETE_GRACE", deletes, "it needs `DELETE_FLAG: 'true'`"),
        (
            "OLDER_BUILD",
            records,
            "without DEPLOY_RECORD nobody knows which build is deployed",
        ),
        (
            "INVALIDATION_PATHS",
            invalidates,
            "it needs CLOUDFRONT_DISTRIBUTION_ID",
        ),
        (
            "INVALIDATION_PREFIX",
            invalidates,
            "it needs CLOUDFRONT_DISTRIBUTION_ID",
        ),
        (
            "INVALIDATION_WAIT",
            invalidates,
            "it needs CLOUDFRONT_DISTRIBUTION_ID",
        ),
        (
            "CODE_INSIGHTS_PROXY",
            insights,
            "it needs `CODE_INSIGHTS: 'true'`",
        ),
    ][..];
    let release = &[("RELEASE", false, "it is for `COMMAND: 'rollback'`")][..];
    let rules = match command {
        Command::Deploy => [every, deploy, release].concat(),
        Command::Rollback => [every, deploy].concat(),
        Command::Releases | Command::WhoAmI => every.to_vec(),
        Command::Explain | Command::Setup => Vec::new(),
    };
    rules
        .into_iter()
        .filter(|(name, has_effect, _)| !has_effect && variables.is_set(name))
        .filter(|(name, ..)| !is_default(variables, name))
        .map(|(name, _, reason)| Note::Warning(format!("{name} has no effect here: {reason}")))
        .collect()
}

/// Whether a variable says what an unset one means, as `pipe.yml` passes it.
fn is_default(variables: &Variables, name: &str) -> bool {
    let declared = VARIABLES.iter().find(|variable| variable.name == name);
    let default = declared.map(|variable| variable.default);
    default.is_some_and(|default| variables.text_of(name) == Some(default))
}
