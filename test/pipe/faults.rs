//! Every request the deploy sends, met by every fault: how the deploy ends, what it says, and that
//! its promises hold. What was seen is the table in `docs/faults.md`.
//!
//! The table is written with `FAULTS_WRITE=1`, and otherwise compared with what was seen.

mod cell;
mod kinds;
mod table;

use crate::support::on_all;
use cell::Ending;
use kinds::{FAULTS, KINDS, Kind};

/// How a deploy ended when the fault passed, and when it stayed; `None` if it cannot be.
type Seen = Option<(Option<Ending>, Ending)>;

#[test]
fn every_request_meets_every_fault() {
    let cells: Vec<(&Kind, usize)> = KINDS
        .iter()
        .flat_map(|kind| (0..FAULTS.len()).map(move |fault| (kind, fault)))
        .collect();
    let seen: Vec<Seen> = on_all(&cells, |(kind, fault)| cell::see(kind, &FAULTS[*fault]));
    let runs: usize = seen
        .iter()
        .flatten()
        .map(|(passing, _)| 1 + usize::from(passing.is_some()))
        .sum();
    println!("{runs} deploys met a fault");
    table::hold(&seen);
}

/// The table says that a deploy sends no others; this is where it is seen.
#[test]
fn a_deploy_sends_nothing_that_is_not_in_the_table() {
    let read = KINDS.iter().find(|kind| kind.of_record.is_some());
    let mut world = kinds::world(read.unwrap());
    world.write("large.bin", vec![0; kinds::LARGE]);
    world.set("CLOUDFRONT_DISTRIBUTION_ID", "E1");
    world.deploy();
    world.write("index.html", "changed").deploy();
    let sent = world.server.counts();
    let known = KINDS.iter().map(|kind| kind.operation);
    let known: std::collections::BTreeSet<_> = known.collect();
    let unknown: Vec<_> = sent
        .keys()
        .filter(|operation| !known.contains(operation.as_str()))
        .collect();
    assert!(unknown.is_empty(), "not in the table: {unknown:?}");
}
