//! One cell of the matrix: a deploy whose request meets a fault, and what has to hold then.

use super::Seen;
use super::kinds::{FaultKind, Kind, Part, Way, world};
use crate::replay::first_hole;
use crate::support::{Ran, World};
use deploy_core::record::{self, State};
use std::fmt;
use test_server::{Change, DEFAULT_BUCKET, Fault, Proxy, Trouble};

/// Seconds without a byte after which requests are given up here; more than a busy machine takes.
const STALL_SECS: &str = "3";

/// How a deploy ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Ending {
    /// As if nothing had happened.
    Recovered,
    /// With exit code 0, and a warning.
    Warned,
    /// With this exit code.
    Failed(i32),
}

impl fmt::Display for Ending {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recovered => formatter.write_str("recovered"),
            Self::Warned => formatter.write_str("warning"),
            Self::Failed(code) => write!(formatter, "exit {code}"),
        }
    }
}

pub(super) fn see(kind: &Kind, fault: &FaultKind) -> Seen {
    if !(fault.fits)(kind) {
        return None;
    }
    let passing = fault.passes.then(|| run(kind, fault, Some(times(fault))));
    let staying = run(kind, fault, None);
    if let Some(ending) = passing
        && kind.part != Part::CleansUp
    {
        let name = format!("{kind} · {}", fault.name);
        assert_eq!(ending, Ending::Recovered, "{name}, once");
    }
    Some((passing, staying))
}

/// How often a fault that passes happens.
fn times(fault: &FaultKind) -> usize {
    if fault.name.ends_with("burst") { 3 } else { 1 }
}

/// Deploys while the fault happens so many times, or always, and checks what has to hold.
fn run(kind: &Kind, fault: &FaultKind, times: Option<usize>) -> Ending {
    let name = format!("{kind} · {} × {times:?}", fault.name);
    let mut world = world(kind);
    let proxy = Proxy::start(world.server.port()).unwrap();
    prepare(&mut world, &proxy, kind, fault, times);
    let met_before = proxy.met();
    let ran = world.run();
    let shown = format!("{name}\n{}\n{}", ran.stderr, ran.stdout);
    if let Way::Proxy(_) = fault.way {
        assert!(
            proxy.met() > met_before,
            "the fault did not happen: {shown}"
        );
    }
    let ending = ending(kind, fault, &ran, &shown);
    check(&world, kind, fault, ending, &ran, &shown);
    converge(&mut world, &proxy, ending, &name);
    ending
}

fn prepare(world: &mut World, proxy: &Proxy, kind: &Kind, fault: &FaultKind, times: Option<usize>) {
    // A fault that passes leaves enough attempts, one that stays is not waited for longer than needed.
    let attempts = if times.is_some() { "5" } else { "2" };
    world.set("AWS_MAX_ATTEMPTS", attempts);
    match &fault.way {
        Way::Server(effect) => {
            let fault = Fault::new(effect()).on(kind.operation).skip(kind.skip);
            world.server.inject(match times {
                Some(times) => fault.times(times),
                None => fault,
            });
        }
        Way::Proxy(trouble) => {
            world.set("AWS_ENDPOINT_URL", &proxy.endpoint());
            let times = times.unwrap_or(usize::MAX);
            proxy.inject(kind.operation, *trouble, kind.skip, times);
            if matches!(trouble, Trouble::Stalled | Trouble::StalledAnswer) {
                world.set("EXTRA_ARGS", &format!("--cli-read-timeout {STALL_SECS}"));
            }
        }
        Way::NoName => {
            let nowhere = "http://nowhere.invalid:9";
            world.set(kind.endpoint.unwrap(), nowhere);
        }
    }
}

fn ending(kind: &Kind, fault: &FaultKind, ran: &Ran, shown: &str) -> Ending {
    // That a request is tried again tells nothing of what came of it.
    let warned = ran
        .lines("WARNING: ")
        .iter()
        .any(|line| line.contains(kind.operation) && !line.contains(" attempt "));
    match (kind.part, ran.code) {
        // What the deploy failed of is not what the cell is about.
        (Part::CleansUp, Some(1)) | (Part::Spare, Some(0)) if warned => Ending::Warned,
        (Part::CleansUp, Some(1)) | (_, Some(0)) => Ending::Recovered,
        (Part::Needed | Part::Deletes, Some(code @ (1 | 3))) => Ending::Failed(code),
        // The requests after it meet the closed port as well.
        (Part::Spare, Some(1)) if is_refused(fault) => Ending::Failed(1),
        _ => panic!("no such end is expected: {shown}"),
    }
}

fn is_refused(fault: &FaultKind) -> bool {
    matches!(fault.way, Way::Proxy(Trouble::Refused))
}

/// The operations of whose failure the deploy ends with one.
fn noticed_by(kind: &Kind, fault: &FaultKind) -> Vec<&'static str> {
    match (kind.operation, kind.of_record) {
        ("UploadPart", _) if fault.name == "wrong ETag" => vec!["CompleteMultipartUpload"],
        // The look at the record before deletions comes next.
        ("GetInvalidation", _) if is_refused(fault) => vec!["GetObject"],
        // The listing beside it, or else the first upload.
        ("GetObject", Some("read")) if is_refused(fault) => vec!["ListObjectsV2", "PutObject"],
        (operation, _) => vec![operation],
    }
}

/// The promises, whatever happened.
fn check(world: &World, kind: &Kind, fault: &FaultKind, ending: Ending, ran: &Ran, shown: &str) {
    let changes = world.server.changes();
    assert_eq!(first_hole(&changes), None, "{shown}");
    let deleted = changes
        .iter()
        .filter(|change| matches!(change, Change::Delete { .. }))
        .filter(|change| change.key().starts_with("old."))
        .count();
    if let Ending::Failed(_) = ending {
        let errors = ran.lines("ERROR: ");
        let named = noticed_by(kind, fault);
        assert!(
            errors
                .iter()
                .any(|line| named.iter().any(|name| line.contains(name))),
            "the operation is not named: {shown}"
        );
        assert!(!ran.lines("  hint: ").is_empty(), "no cure: {shown}");
        assert!(kind.part == Part::Deletes || deleted == 0, "{shown}");
    }
    if kind.part == Part::CleansUp {
        assert_eq!(deleted, 0, "{shown}");
    } else if !matches!(ending, Ending::Failed(_)) {
        assert_equal(world, shown);
        // A record that says less than was done is told of.
        let record = world.server.object(DEFAULT_BUCKET, record::KEY);
        let state = record.map(|it| record::read(&it.bytes, "").unwrap().head.state);
        let is_done = state == Some(State::Done);
        assert!(is_done || ending == Ending::Warned, "{state:?}: {shown}");
    }
    let left = world.server.open_uploads_with_parts(DEFAULT_BUCKET);
    let without_parts = world.server.open_uploads(DEFAULT_BUCKET) - left;
    let aborted = !ran.says("WARNING: parts of the failed upload to s3://my-bucket/large.bin stay");
    assert!(left == 0 || !aborted, "parts are left open: {shown}");
    let told = ran.says("WARNING: CreateMultipartUpload for ");
    assert!(
        without_parts == 0 || told || !aborted,
        "an upload is left open, and nobody is told: {shown}"
    );
}

/// The bucket has what the folder has, byte for byte, and nothing else.
fn assert_equal(world: &World, shown: &str) {
    let keys = world.keys();
    assert_eq!(keys, world.files(), "{shown}");
    for key in keys {
        let file = std::fs::read(world.path(&key)).unwrap();
        assert!(world.bytes(&key) == Some(file), "{key}: {shown}");
    }
}

/// Without the fault, running the same again finishes, and once more does nothing. The large file is
/// not sent or read more often than that needs.
fn converge(world: &mut World, proxy: &Proxy, ending: Ending, name: &str) {
    proxy.clear();
    world.server.clear_faults();
    let endpoint = world.server.endpoint();
    for service in ["", "_S3", "_STS", "_CLOUDFRONT"] {
        world.set(&format!("AWS_ENDPOINT_URL{service}"), &endpoint);
    }
    world.unset("EXTRA_ARGS").unset("AWS_MAX_ATTEMPTS");
    if ending != Ending::Recovered
        || !world
            .server
            .counts()
            .contains_key("CompleteMultipartUpload")
    {
        let ran = world.run_to(0);
        assert_eq!(world.keys(), world.files(), "{name}: {}", ran.stderr);
    }
    if !world.path("large.bin").exists() {
        assert_eq!(world.deploy()["outcome"], "unchanged", "{name}");
    }
    let hole = first_hole(&world.server.changes());
    assert_eq!(hole, None, "{name}");
}
