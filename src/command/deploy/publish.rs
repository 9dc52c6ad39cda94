//! Where the result goes beside the log: files of the step, and the commit. Only REPORT_FILE, which
//! the user asked for by name, can fail a deploy that was good.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{self, Path};
use std::time::SystemTime;

use super::{Work, bitbucket};
use crate::aws::wire::plain::PlainError;
use crate::command::error::RunError;
use crate::command::{block_on, told};
use crate::config::Outline;
use crate::config::reporting::Reporting;
use crate::report::{self, Ending, Report, RunInfo, Trouble, html};
use crate::system::file as regular;
use deploy_core::base::endpoint::Endpoint;
use deploy_core::base::secret::mask;
use deploy_core::tree::Source;

/// A run that is over, as results tell it.
pub(super) struct Run<'a> {
    pub(super) ending: Ending,
    pub(super) info: RunInfo,
    pub(super) work: &'a Work,
}

/// Name of the report in the pipe's storage folder.
const STORED_REPORT: &str = "report.json";

/// Writes REPORT_FILE.
pub(super) fn report_file(reporting: &Reporting, run: &Run<'_>) -> Result<(), RunError> {
    let Some(path) = &reporting.report_file else {
        return Ok(());
    };
    write_report(path, run).map_err(|source| RunError::Report {
        path: path.clone(),
        source,
    })
}

/// Everything else. What fails is a warning.
pub(super) async fn elsewhere(reporting: &Reporting, run: &Run<'_>) {
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
    if let Some(proxy) = &reporting.insights
        && run.info.shard.reports(run.ending.exit())
    {
        put_insights(proxy, run).await;
    }
}

/// Reports that the deploy of `outline` was refused with these `errors`, in short the `summary`. What
/// cannot be written is told, and changes nothing.
pub fn refused(outline: Outline, errors: Vec<String>, summary: &str) {
    let Outline {
        reporting,
        destination,
        region,
        dry_run,
        part,
    } = outline;
    let info = RunInfo {
        summary: summary.to_owned(),
        destination: destination.map(|destination| destination.to_string()),
        region,
        dry_run,
        shard: part,
        commit: reporting.commit.clone(),
        site: reporting.site.clone(),
        began: Some(SystemTime::now()),
        errors,
        links: vec![Trouble::Configuration.link()],
        ..RunInfo::default()
    };
    let run = Run {
        ending: Ending::Refused,
        info,
        work: &Work::default(),
    };
    if let Err(error) = report_file(&reporting, &run) {
        told::say(&error);
    }
    if let Err(error) = block_on(elsewhere(&reporting, &run)) {
        tracing::warn!("cannot report: {error}");
    }
}

/// `source` as a path inside the repository at `root`; as it is where it lies elsewhere.
pub(super) fn in_repository(source: &Source, root: Option<&Path>) -> Source {
    let inside = |path: &Path| {
        let absolute = path::absolute(path).ok();
        let inside = absolute.as_deref().zip(root);
        let inside = inside.and_then(|(path, root)| path.strip_prefix(root).ok());
        inside.unwrap_or(path).to_owned()
    };
    match source {
        Source::Folder(folder) => Source::Folder(inside(folder)),
        Source::File(file) => Source::File(inside(file)),
    }
}

/// As a page where the file's name says so, otherwise as JSON.
fn write_report(path: &Path, run: &Run<'_>) -> io::Result<()> {
    let Work { plan, tally } = run.work;
    let report = Report::new(&run.ending, &run.info, plan, tally);
    regular::check_writable(path)?;
    if is_page(path) {
        return fs::write(path, html::page(&report));
    }
    let text = serde_json::to_string_pretty(&report)?;
    fs::write(path, format!("{}\n", mask(&text)))
}

/// Whether the name of a file is that of a page.
fn is_page(path: &Path) -> bool {
    let ending = path.extension();
    ending.is_some_and(|it| it.eq_ignore_ascii_case("html") || it.eq_ignore_ascii_case("htm"))
}

fn append_variables(path: &Path, run: &Run<'_>) -> io::Result<()> {
    let Work { plan, tally } = run.work;
    let text = report::variables(&run.ending, &run.info, plan, tally);
    regular::check_writable(path)?;
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(text.as_bytes())
}

async fn put_insights(proxy: &Endpoint, run: &Run<'_>) {
    let Some(commit) = &run.info.commit else {
        tracing::warn!(
            "no Code Insights report: the step does not name its commit (BITBUCKET_WORKSPACE, BITBUCKET_REPO_SLUG, BITBUCKET_COMMIT)"
        );
        return;
    };
    let Work { plan, tally } = run.work;
    let (id, report) = report::insights(&run.ending, &run.info, plan, tally, commit);
    let annotations = report::annotations(&id, &run.info, tally);
    match bitbucket::put_report(proxy, commit, &id, &report, &annotations).await {
        Ok(()) => tracing::debug!("Code Insights report {id} is on commit {}", commit.hash),
        Err(PlainError::Transport(reason)) => tracing::warn!(
            "no Code Insights report: the proxy `{}` cannot be reached: {reason}",
            proxy.as_str()
        ),
        Err(error) => tracing::warn!("no Code Insights report: Bitbucket {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::in_repository;
    use deploy_core::tree::Source;
    use std::path::Path;

    #[test]
    fn paths_are_those_of_the_repository() {
        let root = Path::new("/build");
        for (path, root, expected) in [
            ("/build/dist", Some(root), "dist"),
            ("/build", Some(root), ""),
            ("/elsewhere", Some(root), "/elsewhere"),
            ("dist", None, "dist"),
        ] {
            let found = in_repository(&Source::Folder(path.into()), root);
            assert_eq!(found.path(), Path::new(expected), "{path}");
        }
    }
}
