//! Small sites at random: pages that name assets and link to each other, in releases that follow
//! each other.

use crate::random::Random;
use crate::replay::{ENTRY, publish};
use crate::support::World;

/// Pages of a site at most, beside the entry page.
const PAGES_MAX: usize = 5;

/// A file that goes in parts.
const LARGE: u64 = 17 << 20;

/// The variables of a schedule, and what an older deploy left in the bucket.
pub(super) fn begin(world: &mut World, random: &mut Random) {
    world.set("CONCURRENCY", &(1 + random.below(8)).to_string());
    if !random.once_in(3) {
        world.set("DELETE_FLAG", "true");
    }
    if random.once_in(2) {
        world.set("CLOUDFRONT_DISTRIBUTION_ID", "E1");
        world.server.set_invalidation_polls(random.below(2));
    }
    change(world, random);
    if !random.once_in(4) {
        publish(world);
    }
    if random.once_in(12) {
        // Two parts of holes: nothing of it is on the disk.
        let file = std::fs::File::create(world.path("large.bin")).unwrap();
        file.set_len(LARGE).unwrap();
    }
}

/// Another release in place of the one that is there; sometimes the same again.
pub(super) fn change(world: &World, random: &mut Random) {
    if random.once_in(4) && !world.files().is_empty() {
        return;
    }
    for name in world.files() {
        if name != "large.bin" {
            world.remove(&name);
        }
    }
    let release = random.next() % 10_000;
    let pages: Vec<String> = (0..random.below(PAGES_MAX + 1))
        .map(|page| {
            // Some pages keep their names, and some are in folders.
            match random.below(3) {
                0 => format!("page{page}.html"),
                1 => format!("page{page}/index.html"),
                _ => format!("{release}-{page}.html"),
            }
        })
        .collect();
    let mut entry = format!("release {release}");
    for (index, page) in pages.iter().enumerate() {
        let asset = asset(world, random, release, index);
        world.write(page, format!("src={asset} release {release}"));
        entry.extend([" href=", page]);
    }
    let asset = asset(world, random, release, pages.len());
    world.write(ENTRY, format!("{entry} src={asset}"));
}

/// An asset with a fingerprint in its name, as a bundler makes them; its name changes with it.
fn asset(world: &World, random: &mut Random, release: u64, index: usize) -> String {
    let name = format!("assets/{index}.{release:08x}.js");
    world.write(&name, "x".repeat(random.below(2_000)));
    name
}
