//! Where results go beside the log: files of the step, and the commit.

use crate::report::{Commit, Insights};
use std::path::PathBuf;

use super::problem::Problems;
use super::raw::Raw;
use super::values;

/// Where Bitbucket's proxy is, as a pipe's container sees it. It adds the step's authentication to
/// plain http requests for api.bitbucket.org, so that no token is needed.
const PROXY: &str = "http://host.docker.internal:29418";

/// Where results go. What Bitbucket did not name is left out.
#[derive(Clone, Debug, Default)]
pub struct Reporting {
    /// File that output variables are appended to.
    pub variables_path: Option<PathBuf>,
    /// The pipe's own folder, which lasts as long as the pipeline.
    pub storage_folder: Option<PathBuf>,
    /// The report on the commit, if it is asked for.
    pub insights: Option<Insights>,
    /// Number of the build, for names of things that it makes.
    pub build_number: Option<String>,
}

pub(super) fn read(raw: &Raw, problems: &mut Problems) -> Reporting {
    let wanted = problems.parse(
        "CODE_INSIGHTS",
        raw.code_insights.as_deref(),
        values::boolean,
    );
    let proxy = raw.code_insights_proxy.as_deref().unwrap_or(PROXY);
    let proxy = problems.check("CODE_INSIGHTS_PROXY", values::http_endpoint(proxy));
    let insights = proxy.map(|proxy| Insights {
        proxy,
        commit: commit(raw),
    });
    Reporting {
        variables_path: raw
            .bitbucket_pipelines_variables_path
            .as_ref()
            .map(PathBuf::from),
        storage_folder: raw.bitbucket_pipe_storage_dir.as_ref().map(PathBuf::from),
        insights: insights.filter(|_| wanted == Some(true)),
        build_number: raw.bitbucket_build_number.clone(),
    }
}

fn commit(raw: &Raw) -> Option<Commit> {
    Some(Commit {
        workspace: raw.bitbucket_workspace.clone()?,
        repository: raw.bitbucket_repo_slug.clone()?,
        hash: raw.bitbucket_commit.clone()?,
        build_number: raw.bitbucket_build_number.clone(),
    })
}
