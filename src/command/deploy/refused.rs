//! A deploy whose configuration is refused: reported where results go, like every other outcome.

use std::time::SystemTime;

use super::known::Work;
use super::publish::{self, Run};
use super::told;
use crate::config::Outline;
use crate::report::{Ending, RunInfo, Trouble};

/// Reports that the deploy of `outline` was refused with these `errors`, in short the `summary`. What
/// cannot be written is told, and changes nothing.
pub fn report(outline: Outline, errors: Vec<String>, summary: &str) {
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
    if let Err(error) = publish::report_file(&reporting, &run) {
        told::tell_unreported(&error);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(publish::elsewhere(&reporting, &run)),
        Err(error) => tracing::warn!("cannot report: {error}"),
    }
}
