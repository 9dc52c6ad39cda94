//! The lines that tell of a plan and of what becomes of it. Pure: nothing is written here.

use crate::console::{Level, Line};
use crate::execute::{Invalidated, Waited, What};
use crate::report::commit::Commit;
use crate::report::counts::{Changes, mark};
use deploy_core::base::units::{Bytes, Count, Seconds};
use deploy_core::object::content::Content;
use deploy_core::object::destination::Destination;
use deploy_core::plan::compare::Reason;
use deploy_core::plan::{Invalidation, Item, Part, Plan, Upload};
use std::time::Duration;

/// Paths of an invalidation that its line shows.
const PATHS_SHOWN_MAX: usize = 10;

/// What removes uploads that stay open.
const LIFECYCLE_RULE: &str =
    "a lifecycle rule with AbortIncompleteMultipartUpload removes such uploads and their parts";

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
    let Changes {
        new,
        changed,
        deleted,
    } = Changes::of(plan.items());
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
        Item::Upload(upload) => {
            let reason = match upload.reason {
                Reason::New => String::new(),
                reason => format!(" ({})", reason.word()),
            };
            let message = format!("{}  {}{reason}", upload.key, what(upload));
            upload_line(upload, message)
        }
        Item::Delete(key) => Line::info("delete", key)
            .marked(mark(item))
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
        .marked(mark(Item::Upload(upload)))
        .with("key", &*upload.key)
        .with("bytes", upload.size)
        .with("reason", upload.reason.word())
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

/// That so many of a kind have no line of their own.
pub fn unshown(count: usize, noun: &str) -> Line {
    let message = format!(
        "… {} without a line of their own: DEBUG: 'true' prints them, REPORT_FILE names them",
        Count(count, &format!("more {noun}"))
    );
    Line::info("unshown", message).with("count", count)
}

/// `CloudFront E1ABCDEF2GHIJK: invalidating 2 paths: /index.html /`
fn invalidating(invalidation: &Invalidation) -> Line {
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
    let message = match waited {
        Waited::Completed => {
            format!("CloudFront {distribution}: invalidation {id} completed in {took}")
        }
        Waited::NotAtAll => format!(
            "CloudFront {distribution}: invalidation {id} goes on by itself (INVALIDATION_WAIT: 'false')"
        ),
        Waited::TooLong => format!(
            "CloudFront {distribution}: invalidation {id} is not completed after {took}; CloudFront goes on with it, and until then may serve what it has cached"
        ),
        Waited::Unknown(error) => format!(
            "CloudFront took invalidation {id} of {distribution}, but does not tell whether it is completed: {error}"
        ),
    };
    let level = match waited {
        Waited::Completed | Waited::NotAtAll => Level::Info,
        Waited::TooLong | Waited::Unknown(_) => Level::Warning,
    };
    Line::info("invalidated", message)
        .of(level)
        .with("distribution", distribution)
        .with("id", id.as_str())
        .with("completed", matches!(waited, Waited::Completed))
}

/// What is told of an item as soon as it comes, beside the line of its change; `url` is where it is.
pub fn news(item: Item<'_>, what: &What, url: impl FnOnce() -> String) -> Option<Line> {
    let line = match what {
        What::Done | What::Sent(_) | What::Stored(_) | What::Invalidated(_) => return None,
        What::Invalidating => change(item),
        What::Failed(error) => {
            let url = url();
            let message = format!("{} failed: {url}: {error}", item.verb());
            Line::info("failed", message)
                .of(Level::Debug)
                .with("url", url)
        }
        // It is not the object that was to be deleted.
        What::Kept => {
            let url = url();
            let message = format!(
                "{url} is not deleted, because somebody has replaced it since this deploy listed the bucket"
            );
            Line::info("kept", message).with("url", url)
        }
        What::Unguarded(error) => Line::info(
            "note",
            format!(
                "objects are deleted even if somebody has replaced them since this deploy listed the bucket: to delete them on the condition that nobody has, the role needs `s3:GetObject` on them ({error})"
            ),
        ),
        What::UploadLost => {
            let url = url();
            let message = format!(
                "CreateMultipartUpload for {url} was not answered once: S3 may keep an open upload without parts, which costs nothing; {LIFECYCLE_RULE}"
            );
            Line::warning("parts-left", message).with("url", url)
        }
        What::PartsLeft(error) => {
            let url = url();
            let message = format!(
                "parts of the failed upload to {url} stay in the bucket ({error}); {LIFECYCLE_RULE}"
            );
            Line::warning("parts-left", message).with("url", url)
        }
        What::HeadersLost { names, in_parts } => headers_lost(url(), names, *in_parts),
        What::ConditionIgnored { in_parts } => {
            let files = if *in_parts {
                " of files of more than 16 MiB"
            } else {
                ""
            };
            let message = format!(
                "the server ignores If-None-Match{files}: NO_OVERWRITE protects what was there when this deploy listed the bucket, and not what another one puts meanwhile"
            );
            Line::warning("note", message)
        }
    };
    Some(line)
}

/// That a server stored an object without the headers, or the tags or ACL, of these `names`, as it may do
/// to all objects, or to all that are uploaded `in_parts`.
fn headers_lost(url: String, names: &[&str], in_parts: bool) -> Line {
    let consequence = if names.contains(&"Content-Encoding") {
        "; browsers cannot read compressed files without it: unset COMPRESS, or serve them from another server"
    } else {
        ""
    };
    let names = names.join(", ");
    let others = if in_parts {
        "objects of more than 16 MiB"
    } else {
        "objects"
    };
    let message = format!(
        "the server does not keep {names} of {url}, nor probably of other {others}{consequence}"
    );
    Line::warning("headers-lost", message).with("url", url)
}
