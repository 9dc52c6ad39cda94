//! The lines that tell of a plan and of what becomes of it. Pure: nothing is written here.

use crate::aws::AwsError;
use crate::console::{Level, Line, Mark};
use crate::execute::{Invalidated, Waited};
use crate::report::Changes;
use crate::report::commit::Commit;
use deploy_core::base::units::{Bytes, Count, Seconds};
use deploy_core::object::content::Content;
use deploy_core::object::destination::Destination;
use deploy_core::plan::compare::Reason;
use deploy_core::plan::{Invalidation, Item, Part, Plan, Upload};
use serde_json::{Value, json};
use std::time::Duration;

/// Items of a kind that get a line of their own; beyond them progress is counted.
pub const ITEM_LINES_MAX: usize = 200;

/// Paths of an invalidation that its line shows.
const PATHS_SHOWN_MAX: usize = 10;

/// Who does what: the first line of a run.
#[derive(Clone, Debug)]
pub struct Heading {
    /// The role as `NAME/SESSION`, or what stands in its place.
    pub identity: String,
    /// The account of the role, where it is known.
    pub account: Option<String>,
    /// The region of the bucket.
    pub region: String,
    /// Whether nothing is to be written.
    pub dry_run: bool,
    /// What is deployed, for JSON readers: the step's page shows it beside the log.
    pub commit: Option<Commit>,
}

impl Heading {
    /// `aws-oidc-s3-deploy 0.2.0, as deploy/acme-site-42 of account 123456789012, in us-east-1`
    pub fn line(&self) -> Line {
        const VERSION: &str = env!("CARGO_PKG_VERSION");
        let Self {
            identity, region, ..
        } = self;
        let account = self.account.as_deref();
        let commit = self.commit.as_ref();
        let of = account.map(|account| format!(" of account {account}"));
        let dry_run = if self.dry_run {
            " (dry run: nothing is written)"
        } else {
            ""
        };
        let message = format!(
            "{} {VERSION}, as {identity}{}, in {region}{dry_run}",
            env!("CARGO_PKG_NAME"),
            of.unwrap_or_default()
        );
        Line::info("start", message)
            .with("version", VERSION)
            .with("identity", identity.as_str())
            .with("account", account)
            .with("region", region.as_str())
            .with("dry_run", self.dry_run)
            .with("commit", commit.map(|commit| commit.hash.as_str()))
            .with("build_url", commit.and_then(Commit::build_url))
    }
}

/// `plan for s3://my-bucket/site/ from dist: + 1 new ~ 2 changed - 0 deleted = 18 unchanged, 1.5 KiB to upload`
pub fn plan(plan: &Plan, part: Part, source: &str, destination: &str) -> Line {
    let changes = Changes::planned(plan);
    let Changes {
        new,
        changed,
        deleted,
    } = changes;
    let (unchanged, bytes) = (plan.unchanged, plan.upload_bytes());
    let of = match part {
        Part::Whole => String::new(),
        Part::Share(share) => format!(" of share {share}"),
        Part::Final(shares) => format!(" of the step after {}", Count(shares.into(), "share")),
    };
    let is_copy = |upload: &Upload| matches!(upload.content, Content::Version(_));
    let how = if plan.uploads().any(is_copy) {
        "to copy in the bucket"
    } else {
        "to upload"
    };
    let upload = if new + changed > 0 {
        format!(", {} {how}", Bytes(bytes))
    } else {
        String::new()
    };
    let message = format!(
        "plan{of} for {destination} from {source}: + {new} new ~ {changed} changed - {deleted} deleted = {unchanged} unchanged{upload}"
    );
    Line::info("plan", message)
        .with("source", source)
        .with("destination", destination)
        .with("new", new)
        .with("changed", changed)
        .with("deleted", deleted)
        .with("unchanged", unchanged)
        .with("kept", plan.kept_orphans)
        .with("invalidations", plan.invalidations().count())
        .with("bytes", bytes)
}

/// `+ assets/app.js  131.8 KiB`, `~ index.html  402 B (content)`, `- old.html`
pub fn change(item: Item<'_>) -> Line {
    match item {
        Item::Upload(upload) => upload_line(upload, confirmed(upload)),
        Item::Delete(key) => Line::info("delete", key)
            .marked(Mark::Deleted)
            .with("key", key),
        Item::Invalidate(invalidation) => invalidating(invalidation),
    }
}

/// The same of an item that a dry run does not carry out; `+ app.js to s3://my-bucket/app.js (131.8 KiB)`
/// of an upload to `destination`.
pub fn planned(item: Item<'_>, destination: &Destination) -> Line {
    let line = match item {
        Item::Upload(upload) => {
            let (url, what) = (destination.url(&upload.key), what(upload));
            let what = match upload.reason {
                Reason::New => what,
                reason => format!("{}, {what}", reason.word()),
            };
            upload_line(upload, format!("{} to {url} ({what})", upload.key))
        }
        Item::Delete(_) | Item::Invalidate(_) => change(item),
    };
    line.planned(item.verb())
}

fn upload_line(upload: &Upload, message: String) -> Line {
    Line::info("upload", message)
        .marked(mark(upload))
        .with("key", &*upload.key)
        .with("bytes", upload.size)
        .with("reason", upload.reason.word())
}

fn confirmed(upload: &Upload) -> String {
    let Upload { key, reason, .. } = upload;
    let reason = match reason {
        Reason::New => String::new(),
        _ => format!(" ({})", reason.word()),
    };
    format!("{key}  {}{reason}", what(upload))
}

/// What is put under the key.
fn what(upload: &Upload) -> String {
    let size = Bytes(upload.size);
    match &upload.content {
        Content::Redirect(location) => format!("redirect to {location}"),
        Content::File | Content::Compressed(_) => size.to_string(),
        Content::Version(kept) => format!("version {}, {size}", kept.id),
    }
}

fn mark(upload: &Upload) -> Mark {
    if upload.reason == Reason::New {
        Mark::New
    } else {
        Mark::Changed
    }
}

/// That so many of a kind have no line of their own.
pub fn unshown(count: usize, noun: &str) -> Line {
    let message = format!(
        "… {} without a line of their own: DEBUG: 'true' prints them, REPORT_FILE names them",
        Count(count, &format!("more {noun}"))
    );
    Line::info("unshown", message).with("count", count)
}

/// `CloudFront E1ABCDEF2GHIJK: invalidating 2 paths: /index.html /`
pub fn invalidating(invalidation: &Invalidation) -> Line {
    let Invalidation {
        distribution,
        paths,
        ..
    } = invalidation;
    let shown: Vec<&str> = paths
        .iter()
        .take(PATHS_SHOWN_MAX)
        .map(String::as_str)
        .collect();
    let more = match paths.len() - shown.len() {
        0 => String::new(),
        more => format!(" … {more} more"),
    };
    let message = format!(
        "CloudFront {distribution}: invalidating {}: {}{more}",
        Count(paths.len(), "path"),
        shown.join(" ")
    );
    Line::info("invalidate", message)
        .with("distribution", &**distribution)
        .with("paths", paths.len())
}

/// What came of waiting `took` for an invalidation.
pub fn invalidated(distribution: &str, invalidated: &Invalidated, took: Duration) -> Line {
    let Invalidated { id, waited } = invalidated;
    let took = Seconds(took);
    let line = match waited {
        Waited::Completed => Line::info(
            "invalidated",
            format!("CloudFront {distribution}: invalidation {id} completed in {took}"),
        ),
        Waited::NotAtAll => Line::info(
            "invalidated",
            format!(
                "CloudFront {distribution}: invalidation {id} goes on by itself (INVALIDATION_WAIT: 'false')"
            ),
        ),
        Waited::TooLong => warning(format!(
            "CloudFront {distribution}: invalidation {id} is not completed after {took}; CloudFront goes on with it, and until then may serve what it has cached"
        )),
        Waited::Unknown(error) => warning(format!(
            "CloudFront took invalidation {id} of {distribution}, but does not tell whether it is completed: {error}"
        )),
    };
    line.with("distribution", distribution)
        .with("id", id.as_str())
        .with("completed", matches!(waited, Waited::Completed))
}

/// That a server stored an object without the headers of these `names`.
pub fn headers_lost(url: &str, names: &[&str]) -> Line {
    let consequence = if names.contains(&"Content-Encoding") {
        "; browsers cannot read compressed files without it: unset COMPRESS, or serve them from another server"
    } else {
        ""
    };
    let names = names.join(", ");
    let message = format!(
        "the server does not keep {names} of {url}, nor probably of other objects{consequence}"
    );
    Line::new(Level::Warning, "headers-lost", message).with("url", url)
}

/// That an object is not deleted, because it is not the one that was to be.
pub fn kept(url: &str) -> Line {
    let message = format!(
        "{url} is not deleted, because somebody has replaced it since this deploy listed the bucket"
    );
    Line::new(Level::Info, "kept", message).with("url", url)
}

/// That objects are deleted whether or not somebody has replaced them.
pub fn unguarded(error: &AwsError) -> Line {
    let message = format!(
        "objects are deleted even if somebody has replaced them since this deploy listed the bucket: to delete them on the condition that nobody has, the role needs `s3:GetObject` on them ({error})"
    );
    Line::new(Level::Info, "note", message)
}

/// That a server does not heed what NO_OVERWRITE asks of it.
pub fn condition_ignored() -> Line {
    let message = "the server ignores If-None-Match: NO_OVERWRITE protects what was there when this deploy listed the bucket, and not what another one puts meanwhile";
    Line::new(Level::Warning, "note", message)
}

fn warning(message: String) -> Line {
    Line::new(Level::Warning, "invalidated", message)
}

/// Counts as fields for JSON readers.
pub fn counts(changes: Changes) -> [(String, Value); 3] {
    let Changes {
        new,
        changed,
        deleted,
    } = changes;
    [("new", new), ("changed", changed), ("deleted", deleted)]
        .map(|(name, count)| (name.to_owned(), json!(count)))
}
