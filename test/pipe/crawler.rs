//! A visitor reads page after page, and everything that each names, while the site is replaced under
//! him: he never meets a page whose asset is gone, nor an entry page whose link leads nowhere.
//!
//! What is promised is that at no moment a page *in the bucket* names what is not there. A visitor
//! who got a page just before it was replaced may well find its assets deleted a moment later. So
//! when something is missing, he asks for the page again. If it is the same as before, then it was
//! there all the while, as no release comes twice, and named what was missing: that is a miss. If it
//! has changed or gone, he goes on with what is there now. What he does not happen to see, the replay
//! of the bucket's history does.

use crate::interruption::send;
use crate::random::{Random, number};
use crate::replay::{ENTRY, first_hole, is_page, named, publish};
use crate::support::{PATIENCE, World};
use nix::sys::signal::Signal;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use test_server::{DEFAULT_BUCKET, Server};

const PAGES: usize = 500;

const KILLS: usize = 50;

/// Requests after which a deploy is killed, at most: so many that 50 kills go through a release.
const REQUESTS_MAX: usize = 60;

/// Pause between two looks whether a deploy has ended by itself.
const LOOK: Duration = Duration::from_millis(20);

/// A site of 500 pages with an asset each, none of which another release has, and the entry page.
fn write(world: &World, release: usize) {
    for folder in ["assets", "pages"] {
        // Not there before the first release.
        let _ = std::fs::remove_dir_all(world.path(folder));
    }
    let mut entry = format!("release {release}");
    for page in 0..PAGES {
        let (asset, name) = (
            format!("assets/{page}.{release:08x}.js"),
            format!("pages/{release}/{page}.html"),
        );
        world.write(&asset, format!("{release} {page}"));
        world.write(&name, format!("src={asset} {release}"));
        entry.extend([" href=", &name]);
    }
    world.write(ENTRY, entry);
}

/// A server that has the first release, and a folder with the second.
fn published() -> World {
    let mut world = World::with_server(Server::builder().anonymous().start());
    write(&world, 0);
    publish(&world);
    write(&world, 1);
    world
        .set("DELETE_FLAG", "true")
        .set("MAX_DELETE", "100%")
        .set("CONCURRENCY", "16");
    world
}

/// A connection that gets objects as everybody may.
struct Reader(BufReader<TcpStream>);

impl Reader {
    fn new(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self(BufReader::new(stream))
    }

    /// The object's bytes; `None` if it is not there.
    fn get(&mut self, key: &str) -> Option<Vec<u8>> {
        let request = format!("GET /{DEFAULT_BUCKET}/{key} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
        self.0.get_mut().write_all(request.as_bytes()).unwrap();
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        let status = line.split(' ').nth(1).unwrap().to_owned();
        let mut length = 0;
        while line != "\r\n" {
            line.clear();
            self.0.read_line(&mut line).unwrap();
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut bytes = vec![0; length];
        self.0.read_exact(&mut bytes).unwrap();
        match status.as_str() {
            "200" => Some(bytes),
            "404" => None,
            _ => panic!("{key}: {status} {}", String::from_utf8_lossy(&bytes)),
        }
    }

    /// Gets all that the page names, and what is named among it. `Err` tells of a miss; `Ok` of the
    /// objects that it got, or that the page is another one by now.
    fn follow(&mut self, page: &str, text: &[u8], random: &mut Random) -> Result<usize, String> {
        let names = named(page, text);
        let mut got = 0;
        // Of hundreds of links one is followed, of assets all.
        let links = names.iter().filter(|name| is_page(name));
        let links: Vec<&&str> = links.collect();
        let link = (!links.is_empty()).then(|| *random.pick(&links));
        let assets = names.iter().filter(|name| !is_page(name));
        for name in assets.copied().chain(link) {
            match self.get(name) {
                Some(found) => got += 1 + self.follow(name, &found, random)?,
                None if self.get(page).as_deref() == Some(text) => {
                    return Err(format!("{page} names {name}, which is not there"));
                }
                None => return Ok(got),
            }
        }
        Ok(got)
    }
}

/// Visits the site until `done`; how many objects were read, and what was missing.
fn visit(port: u16, seed: u64, done: &AtomicBool) -> (usize, Vec<String>) {
    let (mut reader, mut random) = (Reader::new(port), Random::new(seed));
    let (mut got, mut misses) = (0, Vec::new());
    while !done.load(Ordering::Relaxed) {
        let Some(entry) = reader.get(ENTRY) else {
            misses.push("the entry page is not there".to_owned());
            break;
        };
        match reader.follow(ENTRY, &entry, &mut random) {
            Ok(more) => got += 1 + more,
            Err(miss) => misses.push(miss),
        }
    }
    (got, misses)
}

/// Runs `deploys` while a visitor reads the site.
fn while_visited(world: &mut World, seed: u64, deploys: impl FnOnce(&mut World)) {
    let done = AtomicBool::new(false);
    let port = world.server.port();
    let (got, misses) = std::thread::scope(|scope| {
        let visitor = scope.spawn(|| visit(port, seed, &done));
        let deployed = catch_unwind(AssertUnwindSafe(|| deploys(world)));
        done.store(true, Ordering::Relaxed);
        let visit = visitor.join().unwrap();
        if let Err(panic) = deployed {
            resume_unwind(panic);
        }
        visit
    });
    println!("a visitor read {got} objects");
    assert!(misses.is_empty(), "seed {seed}: {misses:?}");
    assert!(got > 20, "a visitor read {got} objects only");
    assert_eq!(first_hole(&world.server.changes()), None, "seed {seed}");
    assert_eq!(world.keys(), world.files());
}

#[test]
fn a_visitor_of_a_site_that_is_replaced_misses_nothing() {
    let mut world = published();
    while_visited(&mut world, number("CRAWLER_SEED", 1), |world| {
        let report = world.deploy();
        assert_eq!(report["done"]["uploads"], 2 * PAGES + 1);
        assert_eq!(report["done"]["deletions"], 2 * PAGES);
    });
}

#[test]
fn a_visitor_misses_nothing_though_the_deploy_is_killed_again_and_again() {
    let seed = number("CRAWLER_SEED", 1);
    println!("CRAWLER_SEED={seed}");
    let mut world = published();
    while_visited(&mut world, seed, |world| {
        let mut random = Random::new(seed);
        let (mut kills, mut release) = (0, 1);
        while kills < KILLS {
            // Most are killed among their uploads, before the first one too, and some while they delete.
            let (operation, more) = match random.below(5) {
                0 => ("DeleteObjects", 1),
                _ => ("PutObject", random.below(REQUESTS_MAX)),
            };
            let requests = world.server.count(operation) + more;
            let mut child = world.spawn();
            while !world.server.wait_for(operation, requests, LOOK)
                && child.try_wait().unwrap().is_none()
            {}
            if child.try_wait().unwrap().is_none() {
                send(&child, Signal::SIGKILL);
            }
            let ran = world.wait(child);
            if ran.code.is_none() {
                kills += 1;
                continue;
            }
            assert_eq!(ran.code, Some(0), "{}", ran.stderr);
            release += 1;
            write(world, release);
        }
        world.deploy();
    });
}

#[test]
fn a_visitor_notices_what_is_missing() {
    let world = published();
    for page in 0..PAGES {
        let asset = format!("assets/{page}.{:08x}.js", 0);
        world.server.delete_object(DEFAULT_BUCKET, &asset);
    }
    let mut reader = Reader::new(world.server.port());
    let entry = reader.get(ENTRY).unwrap();
    let miss = reader.follow(ENTRY, &entry, &mut Random::new(1));
    assert!(miss.unwrap_err().ends_with("which is not there"));
    assert!(first_hole(&world.server.changes()).is_some());
}
