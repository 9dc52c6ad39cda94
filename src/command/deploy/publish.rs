//! Where the result goes beside the log: files of the step, and the commit. Only REPORT_FILE, which
//! the user asked for by name, can fail a deploy that was good.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use super::error::DeployError;
use super::known::Work;
use crate::command::deploy::bitbucket;
use crate::config::Config;
use crate::report;
use crate::report::Insights;
use crate::report::{Ending, Report, RunInfo};
use crate::system::file as regular;
use deploy_core::base::causes::causes;
use deploy_core::base::secret::mask;

/// A run that is over, as results tell it.
pub(super) struct Run<'a> {
    pub(super) ending: Ending,
    pub(super) info: RunInfo,
    pub(super) work: &'a Work,
}

/// Name of the report in the pipe's storage folder.
const STORED_REPORT: &str = "report.json";

/// Writes REPORT_FILE.
pub(super) fn report_file(config: &Config, run: &Run<'_>) -> Result<(), DeployError> {
    let Some(path) = &config.report_file else {
        return Ok(());
    };
    write_report(path, run).map_err(|source| DeployError::Report {
        path: path.clone(),
        source,
    })
}

/// Everything else. What fails is a warning.
pub(super) async fn elsewhere(config: &Config, run: &Run<'_>) {
    let reporting = &config.reporting;
    if let Some(folder) = &reporting.storage_folder {
        let path = folder.join(STORED_REPORT);
        let written = fs::create_dir_all(folder).and_then(|()| write_report(&path, run));
        if let Err(error) = written {
            tracing::warn!("cannot write the report to `{}`: {error}", path.display());
        }
    }
    if let Some(path) = &reporting.variables_path
        && let Err(error) = append_variables(path, run)
    {
        tracing::warn!(
            "cannot append output variables to `{}`: {error}",
            path.display()
        );
    }
    if let Some(insights) = reporting
        .insights
        .as_ref()
        .filter(|_| config.part.reports(run.ending.exit()))
    {
        put_insights(insights, run).await;
    }
}

fn write_report(path: &Path, run: &Run<'_>) -> io::Result<()> {
    let Work { plan, tally } = run.work;
    let report = Report::new(&run.ending, run.info.clone(), plan, tally);
    let json = serde_json::to_string_pretty(&report)?;
    regular::check_writable(path)?;
    fs::write(path, format!("{}\n", mask(&json)))
}

fn append_variables(path: &Path, run: &Run<'_>) -> io::Result<()> {
    let Work { plan, tally } = run.work;
    let text = report::variables(&run.ending, &run.info, plan, tally);
    regular::check_writable(path)?;
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(text.as_bytes())
}

async fn put_insights(insights: &Insights, run: &Run<'_>) {
    let Some(commit) = &insights.commit else {
        tracing::warn!(
            "no Code Insights report: the step does not name its commit (BITBUCKET_WORKSPACE, BITBUCKET_REPO_SLUG, BITBUCKET_COMMIT)"
        );
        return;
    };
    let Work { plan, tally } = run.work;
    let (id, report) = report::insights(&run.ending, &run.info, plan, tally, commit);
    match bitbucket::put_report(insights, commit, &id, &report).await {
        Ok(()) => tracing::debug!("Code Insights report {id} is on commit {}", commit.hash),
        Err(error) => {
            let chain: Vec<String> = causes(&error).map(ToString::to_string).collect();
            tracing::warn!("no Code Insights report: {}", chain.join(": "));
        }
    }
}
