//! Deploys under random faults, one after the other until nothing is left to do, and the promises
//! after each.
//!
//! `FAULT_SCHEDULES` says how many (500), `FAULT_SEED` where they begin; each prints its seed if it
//! fails, and `FAULT_SCHEDULES=1 FAULT_SEED=…` runs it alone.

mod promises;
mod site;
mod trouble;

use crate::interruption::send;
use crate::random::{Random, number};
use crate::support::{PATIENCE, Ran, World, on_all};
use promises::Promises;
use std::sync::atomic::{AtomicUsize, Ordering};
use trouble::Troubles;

const SCHEDULES: u64 = 500;

/// Deploys under faults before the one without.
const TROUBLED_MAX: usize = 3;

#[test]
fn promises_hold_whatever_goes_wrong() {
    let first = number("FAULT_SEED", 20_260_101);
    let count = number("FAULT_SCHEDULES", SCHEDULES);
    println!("FAULT_SEED={first} FAULT_SCHEDULES={count}");
    let seeds: Vec<u64> = (first..first + count).collect();
    let met = AtomicUsize::new(0);
    let failed = AtomicUsize::new(0);
    on_all(&seeds, |seed| {
        let schedule = std::panic::AssertUnwindSafe(|| run(*seed));
        let run = std::panic::catch_unwind(schedule).unwrap_or_else(|panic| {
            eprintln!("this was FAULT_SEED={seed}");
            std::panic::resume_unwind(panic)
        });
        met.fetch_add(run.met, Ordering::Relaxed);
        failed.fetch_add(run.failed, Ordering::Relaxed);
    });
    let (met, failed) = (met.into_inner(), failed.into_inner());
    println!("{count} schedules met {met} faults; {failed} deploys failed or were killed");
    assert!(met > 0 && failed > 0, "no schedule had any trouble");
}

/// What a schedule met.
struct Seen {
    met: usize,
    failed: usize,
}

fn run(seed: u64) -> Seen {
    let mut random = Random::new(seed);
    let mut world = World::new();
    // With DELETE_FLAG the bucket is to have the folder's files and nothing else.
    world.set("DELETE_GRACE", "0");
    site::begin(&mut world, &mut random);
    let mut all = Seen { met: 0, failed: 0 };
    let mut promises = Promises::new(&world);
    for _ in 0..=random.below(TROUBLED_MAX) {
        site::change(&world, &mut random);
        let troubles = Troubles::order(&mut world, &mut random);
        let ran = deploy(&world, &troubles);
        let past = troubles.clear(&mut world);
        // A deploy that was killed may have sent what is not done yet.
        assert!(world.server.wait_until_alone(PATIENCE));
        all.met += past.met;
        all.failed += usize::from(ran.code != Some(0));
        promises.check(&world, &ran, past);
    }
    let ran = world.run();
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    promises.check_end(&world, &ran);
    assert_eq!(world.deploy()["outcome"], "unchanged");
    all
}

/// Deploys, and sends the signal of `troubles` when so many requests have come, if they do.
fn deploy(world: &World, troubles: &Troubles) -> Ran {
    let before = world.server.counts().values().sum::<usize>();
    let mut child = world.spawn();
    if let Some((signal, requests)) = troubles.signal {
        let enough = || {
            let server = &world.server;
            server.wait_for_requests(before + requests, trouble::LOOK)
        };
        while !enough() && child.try_wait().unwrap().is_none() {}
        if child.try_wait().unwrap().is_none() {
            send(&child, signal);
        }
    }
    world.wait(child)
}
