//! The rows and columns of the matrix: the requests of a deploy, and what can happen to them.

use crate::support::World;
use std::fmt;
use test_server::{DEFAULT_BUCKET, Effect, Fault, Trouble};

/// A file that goes in parts; two of them hold holes of a sparse file.
pub(super) const LARGE: usize = 17 << 20;

/// A request of a deploy.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    pub(super) operation: &'static str,
    /// How many requests of the operation come before it.
    pub(super) skip: usize,
    /// What the request is for, where it is one of those of the deploy record.
    pub(super) of_record: Option<&'static str>,
    /// What a failure of it is to the deploy.
    pub(super) part: Part,
    pub(super) has_body: bool,
    pub(super) answers_xml: bool,
    pub(super) answers_etag: bool,
    /// The service whose endpoint variable names it, if this request is the first to it.
    pub(super) endpoint: Option<&'static str>,
}

/// The name of the column: the operation, and what it is for if that is the record.
impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.operation)?;
        match self.of_record {
            Some(purpose) => write!(formatter, " (record: {purpose})"),
            None => Ok(()),
        }
    }
}

/// What a request is to its deploy.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Part {
    /// Without it the deploy fails.
    Needed,
    /// It deletes, after everything else is done.
    Deletes,
    /// It cleans up after the deploy has failed already.
    CleansUp,
    /// The deploy succeeds without it, with a warning.
    Spare,
}

const fn kind(operation: &'static str, part: Part, traits: &str) -> Kind {
    let traits = traits.as_bytes();
    Kind {
        operation,
        skip: 0,
        of_record: None,
        part,
        has_body: traits[0] == b'b',
        answers_xml: traits[1] == b'x',
        answers_etag: traits[2] == b'e',
        endpoint: None,
    }
}

const fn first(service: &'static str, kind: Kind) -> Kind {
    Kind {
        endpoint: Some(service),
        ..kind
    }
}

const fn after(requests: usize, kind: Kind) -> Kind {
    Kind {
        skip: requests,
        ..kind
    }
}

const fn of_record(purpose: &'static str, kind: Kind) -> Kind {
    Kind {
        of_record: Some(purpose),
        ..kind
    }
}

/// Every request, in the order of a deploy. The traits: a body, XML and an ETag in the answer.
pub(super) const KINDS: &[Kind] = &[
    first(
        "AWS_ENDPOINT_URL_STS",
        kind("AssumeRoleWithWebIdentity", Part::Needed, "bx-"),
    ),
    first(
        "AWS_ENDPOINT_URL_S3",
        kind("ListObjectsV2", Part::Needed, "-xe"),
    ),
    of_record("read", kind("GetObject", Part::Spare, "--e")),
    of_record("begun", kind("PutObject", Part::Needed, "b-e")),
    after(1, kind("PutObject", Part::Needed, "b-e")),
    kind("CreateMultipartUpload", Part::Needed, "-x-"),
    kind("UploadPart", Part::Needed, "b-e"),
    kind("CompleteMultipartUpload", Part::Needed, "bxe"),
    kind("AbortMultipartUpload", Part::CleansUp, "---"),
    of_record(
        "before pages",
        after(1, kind("GetObject", Part::Needed, "--e")),
    ),
    first(
        "AWS_ENDPOINT_URL_CLOUDFRONT",
        kind("CreateInvalidation", Part::Needed, "bx-"),
    ),
    kind("GetInvalidation", Part::Spare, "-x-"),
    of_record(
        "before deletions",
        after(2, kind("GetObject", Part::Needed, "--e")),
    ),
    kind("DeleteObjects", Part::Deletes, "bx-"),
    kind("DeleteObject", Part::Deletes, "---"),
    of_record(
        "done",
        after(1 + FILES.len(), kind("PutObject", Part::Spare, "b-e")),
    ),
];

/// What is deployed: an asset, a page, and an entry page.
const FILES: &[(&str, &str)] = &[
    ("a.js", "a"),
    ("index.html", "src=a.js"),
    ("new.html", "src=a.js"),
];

/// A folder and a bucket whose deploy sends the request: a page and an asset to upload, a page and an
/// asset to delete, and what the request needs beside them.
pub(super) fn world(kind: &Kind) -> World {
    const OLD: &[&str] = &["old.js", "old.html", "index.html"];
    let mut world = World::new();
    if kind.of_record.is_some() {
        for name in OLD {
            world.write(name, "src=old.js");
        }
        world.deploy();
        for name in OLD {
            world.remove(name);
        }
    } else {
        for key in OLD {
            world.server.put_object(DEFAULT_BUCKET, key, "src=old.js");
        }
        world.server.put_object(DEFAULT_BUCKET, "index.html", "old");
    }
    for (name, content) in FILES {
        world.write(name, content);
    }
    world.set("DELETE_FLAG", "true");
    if kind.operation.ends_with("Invalidation") {
        world.set("CLOUDFRONT_DISTRIBUTION_ID", "E1");
    }
    if kind.operation == "DeleteObject" {
        // XML cannot carry this key.
        world.server.put_object(DEFAULT_BUCKET, "bell\u{7}", "x");
    }
    if kind.operation.ends_with("MultipartUpload") || kind.operation == "UploadPart" {
        let file = std::fs::File::create(world.path("large.bin")).unwrap();
        file.set_len(LARGE as u64).unwrap();
        // With an order among requests, each of them meets the fault when its turn comes.
        world.set("CONCURRENCY", "2");
    }
    if kind.part == Part::CleansUp {
        let denied = Fault::error(403, "AccessDenied", "Access Denied");
        world.server.inject(denied.on("UploadPart"));
    }
    world
}

/// What happens.
pub(super) enum Way {
    Server(fn() -> Effect),
    Proxy(Trouble),
    /// The name of the server cannot be resolved.
    NoName,
}

/// A fault.
pub(super) struct FaultKind {
    pub(super) name: &'static str,
    pub(super) way: Way,
    /// Whether asking again helps when it has passed.
    pub(super) passes: bool,
    /// Whether it can happen to the request.
    pub(super) fits: fn(&Kind) -> bool,
}

const fn fault(name: &'static str, way: Way, fits: fn(&Kind) -> bool) -> FaultKind {
    FaultKind {
        name,
        way,
        passes: true,
        fits,
    }
}

const fn final_fault(name: &'static str, way: Way, fits: fn(&Kind) -> bool) -> FaultKind {
    FaultKind {
        passes: false,
        ..fault(name, way, fits)
    }
}

fn error(status: u16, code: &str, message: &str) -> Effect {
    Effect::Error {
        status,
        code: code.to_owned(),
        message: message.to_owned(),
    }
}

fn answer(body: &'static str) -> Effect {
    Effect::Respond {
        status: 200,
        headers: vec![("content-type".to_owned(), "application/xml".to_owned())],
        body: body.into(),
    }
}

const MALFORMED: &str = "<html><body>Log in to go on<br></body>";

const ERROR_IN_200: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>InternalError</Code><Message>We encountered an internal error. Please try again.</Message><RequestId>1</RequestId></Error>";

const SKEWED: &str = "The difference between the request time and the current time is too large.";

const CONFLICT: &str = "A conflicting conditional operation is currently in progress.";

const PRECONDITION: &str = "At least one of the pre-conditions you specified did not hold";

fn is_conditional(kind: &Kind) -> bool {
    kind.of_record.is_some() && kind.operation == "PutObject"
}

/// Every fault.
pub(super) const FAULTS: &[FaultKind] = &[
    fault("connection refused", Way::Proxy(Trouble::Refused), |_| true),
    fault(
        "reset before the body",
        Way::Proxy(Trouble::ResetBeforeBody),
        |_| true,
    ),
    fault(
        "reset in the body",
        Way::Proxy(Trouble::ResetDuringBody),
        |kind| kind.has_body,
    ),
    fault(
        "reset in the answer",
        Way::Proxy(Trouble::ResetDuringAnswer),
        |_| true,
    ),
    fault("stalled", Way::Proxy(Trouble::Stalled), |_| true),
    fault(
        "stalled in the answer",
        Way::Proxy(Trouble::StalledAnswer),
        |_| true,
    ),
    fault(
        "500 InternalError",
        Way::Server(|| error(500, "InternalError", "We encountered an internal error.")),
        |_| true,
    ),
    fault(
        "503 SlowDown, a burst",
        Way::Server(|| error(503, "SlowDown", "Please reduce your request rate.")),
        |_| true,
    ),
    final_fault(
        "403 AccessDenied",
        Way::Server(|| error(403, "AccessDenied", "Access Denied")),
        |_| true,
    ),
    final_fault(
        "ExpiredToken",
        Way::Server(|| error(400, "ExpiredToken", "The provided token has expired.")),
        |_| true,
    ),
    final_fault(
        "RequestTimeTooSkewed",
        Way::Server(|| error(403, "RequestTimeTooSkewed", SKEWED)),
        |_| true,
    ),
    fault(
        "truncated XML",
        Way::Server(|| Effect::HalfAnswer),
        |kind| kind.answers_xml,
    ),
    fault("malformed XML", Way::Server(|| answer(MALFORMED)), |kind| {
        kind.answers_xml
    }),
    final_fault("wrong ETag", Way::Server(|| Effect::WrongETag), |kind| {
        kind.answers_etag
    }),
    fault(
        "200 with an error",
        Way::Server(|| answer(ERROR_IN_200)),
        |kind| kind.operation == "CompleteMultipartUpload",
    ),
    fault(
        "409 ConditionalRequestConflict",
        Way::Server(|| error(409, "ConditionalRequestConflict", CONFLICT)),
        is_conditional,
    ),
    fault(
        "412 PreconditionFailed",
        Way::Server(|| error(412, "PreconditionFailed", PRECONDITION)),
        is_conditional,
    ),
    final_fault("no such host", Way::NoName, |kind| kind.endpoint.is_some()),
];
