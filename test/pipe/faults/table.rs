//! The matrix as a page of the documentation.

use super::Seen;
use super::kinds::{FAULTS, KINDS};
use std::fmt::Write as _;
use std::fs;

const HEAD: &str = "\
# What a fault does to a deploy

Every request that a deploy sends, and everything that can happen to it.
A test makes each fault, with the real binary and real connections, and holds this table to what it sees; `FAULTS_WRITE=1 cargo test --test pipe faults` writes it anew.

A cell says how the deploy ends when the fault happens once (a burst: three times), and then how it ends when the fault stays:

| Word | Meaning |
| --- | --- |
| recovered | Exit code 0; the bucket holds the folder. |
| warning | The deploy ends as it would have; a warning names the request, and what stays behind. |
| exit 1, exit 3 | The exit code. The message names the request, and a line with `hint:` says what to do. |
| – | This cannot happen: the request has no body, its answer no XML or no ETag, or a request before it meets the fault first. |

Where a cell has one entry, asking again would not help, and the deploy does not.
Whatever happened, each of these holds, and is checked in every cell:

- Exit code 0 only if the bucket holds the folder, byte for byte.
- After a failed upload or invalidation nothing is deleted.
- At no moment does a page in the bucket name an asset that is not there.
- No upload in parts is left open, unless its removal is what failed; an upload that S3 began without its answer arriving has no parts, and a warning names it.
- Running the same again without the fault succeeds, and once more changes nothing.

AbortMultipartUpload is sent when the parts of a file have failed, so that its deploy has failed in every cell.
The requests of the deploy record are told apart by what they are for: it is read beside the listing, written when the deploy has begun, looked at before pages and before deletions, and written when all is done.
Those columns are of a deploy after others; the rest are of a first one.
A deploy on AWS sends no other requests, unless objects have to be asked about one by one ([how files are compared](comparing.md)): a test looks at what is sent.

";

/// Writes the page if it is asked for, and compares it otherwise.
pub(super) fn hold(seen: &[Seen]) {
    let path = format!("{}/docs/faults.md", env!("CARGO_MANIFEST_DIR"));
    let page = page(seen);
    if std::env::var_os("FAULTS_WRITE").is_some() {
        fs::write(path, page).unwrap();
        return;
    }
    let kept = fs::read_to_string(path).unwrap();
    for (line, kept) in page.lines().zip(kept.lines()) {
        assert_eq!(line, kept, "docs/faults.md is not what was seen");
    }
    assert_eq!(page, kept, "docs/faults.md is not what was seen");
}

fn page(seen: &[Seen]) -> String {
    let mut page = HEAD.to_owned();
    page.push_str("| Fault |");
    for kind in KINDS {
        write!(page, " {kind} |").unwrap();
    }
    page.push_str("\n| --- |");
    page.push_str(&" --- |".repeat(KINDS.len()));
    page.push('\n');
    for (index, fault) in FAULTS.iter().enumerate() {
        write!(page, "| {} |", fault.name).unwrap();
        for of_kind in seen.chunks(FAULTS.len()) {
            write!(page, " {} |", cell(&of_kind[index])).unwrap();
        }
        page.push('\n');
    }
    page
}

fn cell(seen: &Seen) -> String {
    match seen {
        None => "–".to_owned(),
        Some((None, staying)) => staying.to_string(),
        Some((Some(passing), staying)) => format!("{passing}, {staying}"),
    }
}
