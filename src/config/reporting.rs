//! Where results go beside the log: REPORT_FILE, files of the step, and the commit.

use crate::console::Note;
use crate::report::Commit;
use std::path::PathBuf;

use super::Config;
use super::value::Value;
use super::variables::Input;
use super::{disk, values};
use deploy_core::base::endpoint::Endpoint;
use deploy_core::tree::Source;

/// Where Bitbucket's proxy is, as a pipe's container sees it. It adds the step's authentication to
/// plain http requests for api.bitbucket.org, so that no token is needed.
const PROXY: &str = "http://host.docker.internal:29418";

/// Where results go. What Bitbucket did not name is left out.
#[derive(Clone, Debug, Default)]
pub struct Reporting {
    /// REPORT_FILE.
    pub report_file: Option<PathBuf>,
    /// File that output variables are appended to.
    pub variables_path: Option<PathBuf>,
    /// The pipe's own folder, which lasts as long as the pipeline.
    pub storage_folder: Option<PathBuf>,
    /// Bitbucket's proxy, if a report on the commit is asked for.
    pub insights: Option<Endpoint>,
    /// The commit; none where the step does not tell, as outside Bitbucket.
    pub commit: Option<Commit>,
    /// The repository's folder.
    pub clone_folder: Option<PathBuf>,
    /// Where visitors find what is deployed.
    pub site: Option<String>,
    /// Number of the build, for names of things that it makes.
    pub build_number: Option<String>,
}

pub(super) fn read(input: &Input) -> Reporting {
    let wanted = input.code_insights().switch();
    let proxy = input.code_insights_proxy();
    let proxy = proxy.check(values::http_endpoint(proxy.text().unwrap_or(PROXY)));
    let path = |value: Value<'_>| value.text().map(PathBuf::from);
    Reporting {
        report_file: input.report_file().parse(disk::report_file),
        variables_path: path(input.bitbucket_pipelines_variables_path()),
        storage_folder: path(input.bitbucket_pipe_storage_dir()),
        insights: proxy.filter(|_| wanted),
        commit: commit(input),
        clone_folder: path(input.bitbucket_clone_dir()),
        site: site(input),
        build_number: input.bitbucket_build_number().owned(),
    }
}

/// Where visitors find what is deployed.
pub(super) fn site(input: &Input) -> Option<String> {
    input.site_url().parse(values::expanded(values::site))
}

/// A doubt whether REPORT_FILE is to be a part of the site.
pub(super) fn doubt(config: &Config) -> Option<Note> {
    let (Source::Folder(folder), Some(file)) = (&config.source, &config.reporting.report_file)
    else {
        return None;
    };
    let name = disk::inside(file, folder)?;
    config.filter.takes(&name).then(|| {
        Note::Warning(format!(
            "REPORT_FILE: `{}` lies in LOCAL_PATH, and the next run would deploy it: put it elsewhere, or name it in EXCLUDE",
            file.display()
        ))
    })
}

fn commit(input: &Input) -> Option<Commit> {
    Some(Commit {
        workspace: input.bitbucket_workspace().owned()?,
        repository: input.bitbucket_repo_slug().owned()?,
        hash: input.bitbucket_commit().owned()?,
        build_number: input.bitbucket_build_number().owned(),
    })
}
