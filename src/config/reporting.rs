//! Where results go beside the log: files of the step, and the commit.

use crate::report::{Commit, Insights};
use std::path::PathBuf;

use super::environment::Variables;
use super::problem::Problems;
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

pub(super) fn read(variables: &Variables, problems: &mut Problems) -> Reporting {
    let wanted = variables.code_insights().switch(problems);
    let proxy = variables.code_insights_proxy();
    let proxy = problems.check(
        proxy.name,
        values::http_endpoint(proxy.text().unwrap_or(PROXY)),
    );
    let insights = proxy.map(|proxy| Insights {
        proxy,
        commit: commit(variables),
    });
    let path = variables.bitbucket_pipelines_variables_path();
    Reporting {
        variables_path: path.text().map(PathBuf::from),
        storage_folder: variables
            .bitbucket_pipe_storage_dir()
            .text()
            .map(PathBuf::from),
        insights: insights.filter(|_| wanted),
        build_number: variables.bitbucket_build_number().owned(),
    }
}

fn commit(variables: &Variables) -> Option<Commit> {
    Some(Commit {
        workspace: variables.bitbucket_workspace().owned()?,
        repository: variables.bitbucket_repo_slug().owned()?,
        hash: variables.bitbucket_commit().owned()?,
        build_number: variables.bitbucket_build_number().owned(),
    })
}
