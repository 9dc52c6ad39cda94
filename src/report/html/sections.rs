//! The sections of the page, from top to bottom. One that has nothing to tell is left out.

use super::markup::{Markup, put};
use super::{headline, tree};
use crate::report::json::{Report, ShardReport};
use deploy_core::base::units::{Bytes, Count, Seconds};
use std::time::Duration;

/// Failures that the page names; the JSON report has more.
const FAILURES_MAX: usize = 200;

/// Paths of an invalidation that the page names.
const PATHS_MAX: usize = 100;

/// What became of it, where, and the numbers.
pub(super) fn head(page: &mut Markup, report: &Report<'_>) {
    let info = report.info;
    let (word, badge) = headline(report.outcome);
    put! { page, "<header>\n<p><span class=\"badge {}\">{}</span></p>\n", badge, word }
    let destination = info.destination.as_deref().unwrap_or("No destination");
    put! { page, "<h1>{}</h1>\n<p class=\"summary\">{}</p>\n", destination, info.summary }
    let took = seconds(report.seconds).to_string();
    let code = report.exit_code.to_string();
    let part = report.shard.as_ref().map(ShardReport::words);
    let all = [
        ("Site", info.site.as_deref()),
        ("Build", report.build_url.as_deref()),
        ("Part", part.as_deref()),
        ("Commit", report.commit),
        ("Began", report.began.as_deref()),
        ("Took", Some(took.as_str())),
        ("Region", info.region.as_deref()),
        ("Role", info.assumed_role.as_deref()),
        ("Exit code", Some(code.as_str())),
    ];
    let known = all
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    facts(page, known);
    numbers(page, report);
    page.put("</header>\n");
}

fn facts<'a>(page: &mut Markup, facts: impl Iterator<Item = (&'a str, impl AsRef<str>)>) {
    page.put("<dl class=\"facts\">\n");
    for (name, value) in facts {
        put! { page, "<div><dt>{}</dt><dd>", name }
        page.link(value.as_ref());
        page.put("</dd></div>\n");
    }
    page.put("</dl>\n");
}

/// What was planned and what came of it.
fn numbers(page: &mut Markup, report: &Report<'_>) {
    let planned = &report.planned;
    let new = planned.uploads_by_reason.get("new").copied();
    let new = new.unwrap_or_default();
    let left = report.not_attempted.total();
    let left = if report.info.dry_run { 0 } else { left };
    page.put("<ul class=\"numbers\" aria-label=\"In numbers\">\n");
    for (count, word, class) in [
        (new, "new", "new"),
        (planned.counts.uploads - new, "changed", "changed"),
        (planned.counts.deletions, "deleted", "deleted"),
        (planned.unchanged, "unchanged", "unchanged"),
        (planned.kept_orphans, "kept without a file", "kept"),
        (all_failed(report), "failed", "deleted"),
        (left, "not attempted", "deleted"),
    ] {
        // Those that have a class of their own are told in any case.
        if count > 0 || word == class {
            put! { page, "<li class=\"{}\"><b>{}</b> {}</li>\n", class, count, word }
        }
    }
    let bytes = Bytes(planned.upload_bytes);
    put! { page, "<li><b>{}</b> to upload</li>\n</ul>\n", bytes }
}

fn all_failed(report: &Report<'_>) -> usize {
    report.failed.len() + report.left_out.failed
}

fn seconds(seconds: f64) -> Seconds {
    Seconds(Duration::try_from_secs_f64(seconds).unwrap_or_default())
}

/// Opens a section with its heading.
fn begin(page: &mut Markup, name: &str) {
    put! { page, "<section aria-label=\"{}\">\n<h2>{}</h2>\n", name, name }
}

/// What went wrong, what helps, and the files that it is about.
pub(super) fn errors(page: &mut Markup, report: &Report<'_>) {
    let info = report.info;
    if info.errors.is_empty() && report.failed.is_empty() && info.findings.is_empty() {
        return;
    }
    begin(page, "What went wrong");
    list(page, "errors", &info.errors);
    if !info.hints.is_empty() {
        page.put("<h3>What to look at</h3>\n");
        list(page, "hints", &info.hints);
    }
    for statement in &info.statements {
        page.put("<pre>");
        for line in statement.lines() {
            put! { page, "{}\n", line }
        }
        page.put("</pre>\n");
    }
    if !info.links.is_empty() {
        page.put("<h3>Read more</h3>\n<ul>\n");
        for link in &info.links {
            page.put("<li>");
            page.link(link);
            page.put("</li>\n");
        }
        page.put("</ul>\n");
    }
    let findings = info.findings.iter().map(|it| (&it.path, &it.message));
    named(page, "Files that stopped it", findings, info.findings.len());
    let failed = report.failed.iter().map(|it| (&it.key, &it.error));
    named(page, "What failed", failed, all_failed(report));
    page.put("</section>\n");
}

fn list(page: &mut Markup, class: &str, items: &[String]) {
    put! { page, "<ul class=\"{}\">\n", class }
    for item in items {
        put! { page, "<li>{}</li>\n", item }
    }
    page.put("</ul>\n");
}

fn named<'a>(
    page: &mut Markup,
    heading: &str,
    items: impl Iterator<Item = (&'a String, &'a String)>,
    all: usize,
) {
    if all == 0 {
        return;
    }
    put! { page, "<h3>{}</h3>\n<dl class=\"named\">\n", heading }
    for (name, text) in items.take(FAILURES_MAX) {
        put! { page, "<dt><bdi>{}</bdi></dt><dd>{}</dd>\n", name, text }
    }
    page.put("</dl>\n");
    if let Some(more @ 1..) = all.checked_sub(FAILURES_MAX) {
        put! { page, "<p>And {} more.</p>\n", more }
    }
}

/// What changed, as a tree.
pub(super) fn changes(page: &mut Markup, report: &Report<'_>) {
    let all = report.planned.counts.uploads + report.planned.counts.deletions;
    if all == 0 {
        return;
    }
    let heading = match report.outcome {
        "planned" => "What would change",
        "deployed" => "What changed",
        _ => "What was to change",
    };
    begin(page, heading);
    tree::write(page, &report.changes, report.info.dry_run);
    if let Some(more @ 1..) = all.checked_sub(tree::NAMES_MAX) {
        let more = Count(more, "more change");
        put! { page, "<p>And {} without a name here.</p>\n", more }
    }
    page.put("</section>\n");
}

/// The phases one after the other.
pub(super) fn timeline(page: &mut Markup, report: &Report<'_>) {
    let Some(first) = report.phases.iter().find_map(|phase| phase.began) else {
        return;
    };
    begin(page, "Timeline");
    page.put("<ol class=\"timeline\">\n");
    let whole = report.seconds;
    bar(page, whole, "looked and compared", "", (0.0, first));
    for phase in &report.phases {
        let Some(began) = phase.began else { continue };
        let failed = match phase.failed {
            0 => String::new(),
            failed => format!(", {failed} failed"),
        };
        let items = format!("{} of {} done{failed}, ", phase.done, phase.planned);
        bar(page, whole, phase.phase, &items, (began, phase.seconds));
    }
    page.put("</ol>\n</section>\n");
}

/// One row of the timeline: from when it began, and for how long, of `whole` seconds.
fn bar(page: &mut Markup, whole: f64, name: &str, items: &str, (began, took): (f64, f64)) {
    let percent = |part: f64| match part / whole {
        share if share.is_finite() => (100.0 * share).clamp(0.0, 100.0),
        _ => 0.0,
    };
    let (left, width) = (percent(began), percent(took));
    let place = format!("margin-left:{left:.2}%;width:{width:.2}%");
    put! { page, "<li><span>{}</span> <small>{}{}</small>", name, items, seconds(took) }
    put! { page, "<div class=\"track\" aria-hidden=\"true\"><i style=\"{}\"></i>", place }
    page.put("</div></li>\n");
}

/// What the uploads are stored with.
pub(super) fn headers(page: &mut Markup, report: &Report<'_>) {
    if report.headers.is_empty() {
        return;
    }
    begin(page, "Headers");
    for group in &report.headers {
        let objects = Count(group.uploads, "object");
        put! { page, "<div class=\"group\">\n<h3>{}</h3>", objects }
        put! { page, " <small>for example <bdi>{}</bdi></small>\n", group.example }
        list(page, "plain", &group.headers);
        page.put("</div>\n");
    }
    page.put("</section>\n");
}

/// What CloudFront took, or was to take.
pub(super) fn invalidations(page: &mut Markup, report: &Report<'_>) {
    let taken = report.invalidated.iter().map(|one| {
        let state = if one.completed {
            "completed"
        } else {
            "not known to be completed"
        };
        let note = format!("invalidation {}, {state}", one.id);
        (one.distribution, note, one.paths)
    });
    let left = report.changes.iter().filter_map(|change| {
        let note = match change.status {
            "done" => return None,
            _ if report.info.dry_run => "planned",
            status => status,
        };
        Some((change.key, note.to_owned(), change.paths?))
    });
    let all: Vec<_> = taken.chain(left).collect();
    if all.is_empty() {
        return;
    }
    begin(page, "CloudFront");
    for (distribution, note, paths) in all {
        put! { page, "<h3>{}</h3> <small>{}</small>\n", distribution, note }
        list(page, "plain", paths.get(..PATHS_MAX).unwrap_or(paths));
        if let Some(more @ 1..) = paths.len().checked_sub(PATHS_MAX) {
            put! { page, "<p>And {}.</p>\n", Count(more, "more path") }
        }
    }
    page.put("</section>\n");
}

/// The requests, by operation.
pub(super) fn requests(page: &mut Markup, report: &Report<'_>) {
    if report.info.requests.is_empty() {
        return;
    }
    begin(page, "Requests");
    let requests = report.info.requests.iter();
    facts(
        page,
        requests.map(|(operation, count)| (operation.as_str(), count.to_string())),
    );
    page.put("</section>\n");
}
