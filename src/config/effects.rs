//! Variables that have no effect without another one, which is told.

use super::command::Command;
use super::deletion;
use super::variables::Input;
use super::variables::VARIABLES;
use crate::console::Note;

/// A warning for each variable that is set to something else than its default, but changes nothing.
pub(super) fn check(input: &Input, command: Command) -> Vec<Note> {
    if matches!(command, Command::Explain | Command::Setup) {
        return Vec::new();
    }
    let has_role = input.aws_oidc_role_arn().is_set();
    let invalidates = input.cloudfront_distribution_id().is_set();
    // What is no value of them is told elsewhere.
    let deletes = input.problems.apart(|| deletion::is_asked(input));
    let mode = input.deploy_record().text();
    let records = !mode.is_some_and(|mode| mode.eq_ignore_ascii_case("off"));
    // Of other commands than these, no such variable is looked at.
    let is_other = !matches!(command, Command::Deploy | Command::Rollback);
    let rules: [(&[&str], bool, &str); 8] = [
        (
            &["OIDC_AUDIENCE"],
            input.actions_id_token_request_url().is_set(),
            "only tokens of GitHub Actions are asked for",
        ),
        (
            &[
                "AWS_ROLE_SESSION_NAME",
                "AWS_ROLE_DURATION_SECONDS",
                "SESSION_POLICY",
            ],
            has_role,
            "it needs AWS_OIDC_ROLE_ARN",
        ),
        (
            &["AWS_SESSION_TOKEN"],
            input.aws_access_key_id().is_set(),
            "it needs AWS_ACCESS_KEY_ID",
        ),
        (
            &["MAX_DELETE", "DELETE_GRACE"],
            is_other || deletes,
            "it needs `DELETE_FLAG: 'true'`",
        ),
        (
            &["OLDER_BUILD"],
            is_other || records,
            "without DEPLOY_RECORD nobody knows which build is deployed",
        ),
        (
            &[
                "INVALIDATION_PATHS",
                "INVALIDATION_PREFIX",
                "INVALIDATION_WAIT",
            ],
            is_other || invalidates,
            "it needs CLOUDFRONT_DISTRIBUTION_ID",
        ),
        (
            &["CODE_INSIGHTS_PROXY"],
            is_other || input.code_insights().is_on(),
            "it needs `CODE_INSIGHTS: 'true'`",
        ),
        (
            &["RELEASE"],
            command != Command::Deploy,
            "it is for `COMMAND: 'rollback'`",
        ),
    ];
    let mut notes = Vec::new();
    for (names, _, reason) in rules.into_iter().filter(|(_, has_effect, _)| !has_effect) {
        let idle = names.iter().filter(|name| is_changed(input, name));
        notes
            .extend(idle.map(|name| Note::Warning(format!("{name} has no effect here: {reason}"))));
    }
    notes
}

/// Whether a variable is set to something else than what an unset one means, which `pipe.yml` passes.
fn is_changed(input: &Input, name: &str) -> bool {
    let declared = VARIABLES.iter().find(|variable| variable.name == name);
    let default = declared.map(|variable| variable.default);
    input.is_set(name) && input.text_of(name) != default
}
