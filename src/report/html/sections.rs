//! The sections of the page, from top to bottom. One that has nothing to tell is left out.

use super::markup::Markup;
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
    let (word, badge) = headline(report.outcome);
    page.put("<header>\n<p>")
        .put(badge)
        .text(word)
        .put("</span></p>\n<h1>");
    page.text(report.destination.unwrap_or("No destination"))
        .put("</h1>\n");
    page.element("<p class=\"summary\">", report.summary, "</p>\n");
    page.put("<dl class=\"facts\">\n");
    let took = Seconds(seconds(report.seconds)).to_string();
    let code = report.exit_code.to_string();
    let part = report.shard.as_ref().map(ShardReport::words);
    let facts = [
        ("Site", report.site),
        ("Build", report.build_url.as_deref()),
        ("Part", part.as_deref()),
        ("Commit", report.commit),
        ("Began", report.began.as_deref()),
        ("Took", Some(took.as_str())),
        ("Region", report.region),
        ("Role", report.assumed_role),
        ("Exit code", Some(code.as_str())),
    ];
    for (name, value) in facts {
        if let Some(value) = value {
            fact(page, name, value);
        }
    }
    page.put("</dl>\n");
    numbers(page, report);
    page.put("</header>\n");
}

fn fact(page: &mut Markup, name: &str, value: &str) {
    page.element("<div><dt>", name, "</dt><dd>")
        .link(value)
        .put("</dd></div>\n");
}

/// What was planned and what came of it.
fn numbers(page: &mut Markup, report: &Report<'_>) {
    let planned = &report.planned;
    let new = planned
        .uploads_by_reason
        .get("new")
        .copied()
        .unwrap_or_default();
    let changed = planned.uploads.saturating_sub(new);
    let left = if report.dry_run {
        0
    } else {
        report.not_attempted.total()
    };
    let numbers = [
        (new, "new", "<li class=\"new\"><b>"),
        (changed, "changed", "<li class=\"changed\"><b>"),
        (planned.deletions, "deleted", "<li class=\"deleted\"><b>"),
        (planned.unchanged, "unchanged", "<li><b>"),
        (planned.kept_orphans, "kept without a file", "<li><b>"),
        (
            report.failed.len() + report.left_out.failed,
            "failed",
            "<li class=\"deleted\"><b>",
        ),
        (left, "not attempted", "<li class=\"deleted\"><b>"),
    ];
    page.put("<ul class=\"numbers\" aria-label=\"In numbers\">\n");
    for (count, word, open) in numbers {
        let always = matches!(word, "new" | "changed" | "deleted" | "unchanged");
        if count > 0 || always {
            page.element(open, count, "</b> ").text(word).put("</li>\n");
        }
    }
    let bytes = Bytes(planned.upload_bytes);
    page.element("<li><b>", bytes, "</b> ")
        .text("to upload")
        .put("</li>\n</ul>\n");
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

/// Opens a section with its heading.
fn begin(page: &mut Markup, name: &'static str) {
    page.put("<section aria-label=\"")
        .put(name)
        .put("\">\n<h2>")
        .put(name)
        .put("</h2>\n");
}

/// What went wrong, what helps, and the files that it is about.
pub(super) fn errors(page: &mut Markup, report: &Report<'_>) {
    if report.errors.is_empty() && report.failed.is_empty() && report.findings.is_empty() {
        return;
    }
    begin(page, "What went wrong");
    list(page, "<ul class=\"errors\">\n", report.errors);
    if !report.hints.is_empty() {
        page.put("<h3>What to look at</h3>\n");
        list(page, "<ul>\n", report.hints);
    }
    for statement in report.statements {
        page.put("<pre>");
        for line in statement.lines() {
            page.text(line).put("\n");
        }
        page.put("</pre>\n");
    }
    if !report.links.is_empty() {
        page.put("<h3>Read more</h3>\n<ul>\n");
        for link in report.links {
            page.put("<li>").link(link).put("</li>\n");
        }
        page.put("</ul>\n");
    }
    let findings = report
        .findings
        .iter()
        .map(|it| (it.path.as_str(), it.message.as_str()));
    named(
        page,
        "<h3>Files that stopped it</h3>\n",
        findings,
        report.findings.len(),
    );
    let failed = report
        .failed
        .iter()
        .map(|it| (it.key.as_str(), it.error.as_str()));
    named(
        page,
        "<h3>What failed</h3>\n",
        failed,
        report.failed.len() + report.left_out.failed,
    );
    page.put("</section>\n");
}

fn list(page: &mut Markup, open: &'static str, items: &[String]) {
    page.put(open);
    for item in items {
        page.element("<li>", item, "</li>\n");
    }
    page.put("</ul>\n");
}

fn named<'a>(
    page: &mut Markup,
    heading: &'static str,
    items: impl Iterator<Item = (&'a str, &'a str)>,
    all: usize,
) {
    if all == 0 {
        return;
    }
    page.put(heading).put("<dl class=\"named\">\n");
    for (name, text) in items.take(FAILURES_MAX) {
        page.element("<dt><bdi>", name, "</bdi></dt>");
        page.element("<dd>", text, "</dd>\n");
    }
    page.put("</dl>\n");
    if let Some(more @ 1..) = all.checked_sub(FAILURES_MAX) {
        page.element("<p>And ", Count(more, "more"), ".</p>\n");
    }
}

/// What changed, as a tree.
pub(super) fn changes(page: &mut Markup, report: &Report<'_>) {
    let planned = &report.planned;
    let all = planned.uploads + planned.deletions;
    if all == 0 {
        return;
    }
    begin(
        page,
        match report.outcome {
            "planned" => "What would change",
            "deployed" => "What changed",
            _ => "What was to change",
        },
    );
    tree::write(page, &report.changes, report.dry_run);
    if let Some(unnamed) = tree::unnamed(all) {
        page.element("<p>", unnamed, "</p>\n");
    }
    page.put("</section>\n");
}

/// The phases one after the other.
pub(super) fn timeline(page: &mut Markup, report: &Report<'_>) {
    let begun = report
        .phases
        .iter()
        .filter_map(|phase| Some((phase, phase.began?)));
    let begun: Vec<_> = begun.collect();
    let Some((_, first)) = begun.first() else {
        return;
    };
    begin(page, "Timeline");
    page.put("<ol class=\"timeline\">\n");
    bar(
        page,
        report.seconds,
        "looked and compared",
        "",
        (0.0, *first),
    );
    for (phase, began) in begun {
        let failed = match phase.failed {
            0 => String::new(),
            failed => format!(", {failed} failed"),
        };
        let items = format!("{} of {} done{failed}, ", phase.done, phase.planned);
        bar(
            page,
            report.seconds,
            phase.phase,
            &items,
            (began, phase.seconds),
        );
    }
    page.put("</ol>\n</section>\n");
}

/// One row of the timeline: from when it began, and for how long, of `whole` seconds.
fn bar(page: &mut Markup, whole: f64, name: &str, items: &str, (began, took): (f64, f64)) {
    let percent = |part: f64| {
        if whole > 0.0 {
            (100.0 * part / whole).clamp(0.0, 100.0)
        } else {
            0.0
        }
    };
    page.element("<li><span>", name, "</span> <small>");
    page.text(items)
        .text(Seconds(seconds(took)))
        .put("</small>");
    page.put("<div class=\"track\" aria-hidden=\"true\"><i style=\"margin-left:");
    page.text(format_args!(
        "{:.2}%;width:{:.2}%",
        percent(began),
        percent(took)
    ));
    page.put("\"></i></div></li>\n");
}

/// What the uploads are stored with.
pub(super) fn headers(page: &mut Markup, report: &Report<'_>) {
    if report.headers.is_empty() {
        return;
    }
    begin(page, "Headers");
    for group in &report.headers {
        page.put("<div class=\"group\">\n");
        let files = Count(group.uploads, "object");
        page.element("<h3>", files, "</h3> <small>for example <bdi>");
        page.text(group.example).put("</bdi></small>\n");
        list(page, "<ul class=\"plain\">\n", &group.headers);
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
    let left = report
        .changes
        .iter()
        .filter(|change| change.status != "done");
    let left = left.filter_map(|change| {
        let note = if report.dry_run {
            "planned"
        } else {
            change.status
        };
        Some((change.key, note.to_owned(), change.paths?))
    });
    let all: Vec<_> = taken.chain(left).collect();
    if all.is_empty() {
        return;
    }
    begin(page, "CloudFront");
    for (distribution, note, paths) in all {
        page.element("<h3>", distribution, "</h3> <small>");
        page.text(note).put("</small>\n");
        list(
            page,
            "<ul class=\"plain\">\n",
            paths.get(..PATHS_MAX).unwrap_or(paths),
        );
        if let Some(more @ 1..) = paths.len().checked_sub(PATHS_MAX) {
            page.element("<p>And ", Count(more, "more path"), ".</p>\n");
        }
    }
    page.put("</section>\n");
}

/// The requests, by operation.
pub(super) fn requests(page: &mut Markup, report: &Report<'_>) {
    if report.requests.is_empty() {
        return;
    }
    begin(page, "Requests");
    page.put("<dl class=\"facts\">\n");
    for (operation, count) in report.requests {
        fact(page, operation, &count.to_string());
    }
    page.put("</dl>\n</section>\n");
}
