//! The report of a run as one page: all that it needs is in it, and nothing of it is a script. Pure.
//!
//! What it tells is what the JSON report tells: it is made of the same value.

mod markup;
mod sections;
mod tree;

use super::json::Report;
use markup::{Markup, put};

/// How the page looks, on light and on dark.
const STYLE: &str = include_str!("style.css");

/// Nothing is loaded, and nothing runs, whatever a name managed to smuggle in.
const POLICY: &str = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">\n";

/// The page.
pub fn page(report: &Report<'_>) -> String {
    let mut page = Markup::default();
    page.put("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.put(POLICY);
    page.put("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.put("<meta name=\"color-scheme\" content=\"light dark\">\n");
    page.put("<meta name=\"robots\" content=\"noindex\">\n<link rel=\"icon\" href=\"data:,\">\n");
    let (word, _) = headline(report.outcome);
    let destination = report.info.destination.as_deref().unwrap_or("S3");
    put! { page, "<title>{}: {}</title>\n<style>\n", word, destination }
    page.put(STYLE);
    page.put("</style>\n</head>\n<body>\n");
    sections::head(&mut page, report);
    page.put("<main>\n");
    sections::errors(&mut page, report);
    sections::changes(&mut page, report);
    sections::timeline(&mut page, report);
    sections::headers(&mut page, report);
    sections::invalidations(&mut page, report);
    sections::requests(&mut page, report);
    let name = env!("CARGO_PKG_NAME");
    put! { page, "</main>\n<footer><p>{} {}</p></footer>\n", name, report.version }
    page.put("</body>\n</html>\n");
    page.finish()
}

/// An outcome as a person says it, and the class of its colour.
fn headline(outcome: &str) -> (&'static str, &'static str) {
    match outcome {
        "deployed" => ("Deployed", "good"),
        "unchanged" => ("Already up to date", "good"),
        "planned" => ("Plan", "plan"),
        "refused" => ("Refused", "bad"),
        "identity-refused" => ("Identity refused", "bad"),
        "interrupted" => ("Interrupted", "bad"),
        _ => ("Failed", "bad"),
    }
}
