//! Where the result goes beside the log: files of the step, and the commit. Only REPORT_FILE, which
//! the user asked for by name, can fail a deploy that was good.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{self, Path};
use std::time::SystemTime;

use super::{Work, bitbucket};
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

/// As a page where the file's name says so, otherwise as JSON: that one never as a whole text, because
/// it may be large.
fn write_report(path: &Path, run: &Run<'_>) -> io::Result<()> {
    let Work { plan, tally } = run.work;
    let report = Report::new(&run.ending, &run.info, plan, tally);
    regular::check_writable(path)?;
    if is_page(path) {
        return fs::write(path, html::page(&report));
    }
    let mut masked = Masked::new(BufWriter::new(File::create(path)?));
    serde_json::to_writer_pretty(&mut masked, &report)?;
    masked.finish()
}

/// Whether the name of a file is that of a page.
fn is_page(path: &Path) -> bool {
    let ending = path.extension();
    ending.is_some_and(|it| it.eq_ignore_ascii_case("html") || it.eq_ignore_ascii_case("htm"))
}

/// Writes lines without the secrets in them.
struct Masked<W> {
    line: Vec<u8>,
    to: W,
}

impl<W: Write> Masked<W> {
    fn new(to: W) -> Self {
        Self {
            line: Vec::new(),
            to,
        }
    }

    /// Ends the last line, and sees to it that all is written.
    fn finish(mut self) -> io::Result<()> {
        self.write_all(b"\n")?;
        self.to.flush()
    }
}

impl<W: Write> Write for Masked<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                let line = String::from_utf8_lossy(&self.line);
                self.to.write_all(mask(&line).as_bytes())?;
                self.line.clear();
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
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
        Err(error) => {
            tracing::warn!("no Code Insights report: {}", told::chain(&error));
        }
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
