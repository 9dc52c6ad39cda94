//! The output variables of a run, for the steps after it. Their names are interface: README.

use super::ending::Ending;
use super::json::RunInfo;
use super::tally::{Status, Tally};
use deploy_core::base::printable::Printable;
use deploy_core::plan::Plan;

/// `NAME=VALUE`, a line each, as Bitbucket reads them.
/// <https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/>
pub fn variables(ending: &Ending, info: &RunInfo, plan: &Plan, tally: &Tally) -> String {
    let done = tally.count(plan, Status::Done);
    let destination = info.destination.as_deref().unwrap_or_default();
    let variables = [
        ("OUTCOME", ending.outcome().to_owned()),
        ("EXIT_CODE", ending.exit().code().to_string()),
        ("DESTINATION", Printable(destination).to_string()),
        (
            "SITE_URL",
            Printable(info.site.as_deref().unwrap_or_default()).to_string(),
        ),
        ("UPLOADED", done.uploads.to_string()),
        ("UPLOADED_BYTES", tally.uploaded_bytes.to_string()),
        ("DELETED", done.deletions.to_string()),
        ("UNCHANGED", plan.unchanged.to_string()),
        ("FAILED", tally.failures.len().to_string()),
        ("INVALIDATED", done.invalidations.to_string()),
    ];
    let lines = variables.map(|(name, value)| format!("S3_DEPLOY_{name}={value}\n"));
    lines.concat()
}

#[cfg(test)]
mod tests {
    use super::{Ending, Plan, RunInfo, Tally, variables};
    use crate::report::Written;

    #[test]
    fn every_value_is_one_line() {
        let info = RunInfo {
            destination: Some("s3://b/line\nbreak/".to_owned()),
            ..RunInfo::default()
        };
        let text = variables(
            &Ending::Passing(Written::Nothing),
            &info,
            &Plan::default(),
            &Tally::default(),
        );
        insta::assert_snapshot!(text, @r"
        S3_DEPLOY_OUTCOME=failed
        S3_DEPLOY_EXIT_CODE=1
        S3_DEPLOY_DESTINATION=s3://b/line\nbreak/
        S3_DEPLOY_SITE_URL=
        S3_DEPLOY_UPLOADED=0
        S3_DEPLOY_UPLOADED_BYTES=0
        S3_DEPLOY_DELETED=0
        S3_DEPLOY_UNCHANGED=0
        S3_DEPLOY_FAILED=0
        S3_DEPLOY_INVALIDATED=0
        ");
    }
}
