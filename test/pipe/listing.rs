//! Listing of more than one page: ranges side by side, and no more requests than it takes.

use test_server::{BucketOptions, DEFAULT_BUCKET, RecordedRequest};

use crate::support::World;

/// A folder and a bucket with the same `files`.
fn unchanged(files: usize) -> World {
    let world = World::new();
    for index in 0..files {
        let name = format!("{index:05}");
        world.write(&name, &name);
        world.server.put_object(DEFAULT_BUCKET, &name, name.clone());
    }
    world
}

fn listings(world: &World) -> Vec<RecordedRequest> {
    world.server.requests_of("ListObjectsV2")
}

fn starts_in_the_middle(request: &RecordedRequest) -> bool {
    request.query.contains_key("start-after")
}

#[test]
fn ranges_take_no_request_more_than_pages() {
    let world = unchanged(5_000);
    let report = world.deploy();
    assert_eq!(report["planned"]["unchanged"], 5_000);
    let listings = listings(&world);
    assert_eq!(listings.len(), 5);
    assert_eq!(
        listings
            .iter()
            .filter(|it| starts_in_the_middle(it))
            .count(),
        3,
        "the first page tells that there are more, and goes on as one of four ranges"
    );
}

#[test]
fn what_only_the_bucket_has_is_listed_too() {
    let mut world = unchanged(2_500);
    world.set("DELETE_FLAG", "true").set("MAX_DELETE", "100%");
    for index in 0..2_500 {
        let (between, behind) = (format!("{index:05}-old é"), format!("zz/{index}"));
        world.server.put_object(DEFAULT_BUCKET, &between, "");
        world.server.put_object(DEFAULT_BUCKET, &behind, "x");
    }
    let before = world.keys();
    let report = world.deploy();
    assert_eq!(report["planned"]["unchanged"], 2_500);
    assert_eq!(before.len() - world.keys().len(), 5_000);
    let took = listings(&world).len();
    // Full pages, and at the end of each of eight ranges side by side one that is not.
    assert!(
        (8..=8 + 8).contains(&took),
        "{took} requests for 7,500 objects"
    );
}

#[test]
fn one_page_is_one_request_however_many_files_there_are() {
    let world = unchanged(0);
    for index in 0..3_000 {
        world.write(&format!("{index:04}"), "x");
    }
    for index in 0..1_000 {
        let key = format!("{index:04}");
        world.server.put_object(DEFAULT_BUCKET, &key, "x");
    }
    world.deploy();
    assert_eq!(listings(&world).len(), 1);
    assert_eq!(world.keys().len(), 3_000);
}

#[test]
fn a_bucket_without_order_is_listed_page_after_page() {
    let world = unchanged(3_000);
    world.server.set_bucket_options(
        DEFAULT_BUCKET,
        BucketOptions {
            lists_in_order: false,
            ..BucketOptions::default()
        },
    );
    let report = world.deploy();
    assert_eq!(report["planned"]["unchanged"], 3_000);
    let listings = listings(&world);
    assert!(!listings.iter().any(starts_in_the_middle));
    assert_eq!(listings.len(), 1 + 3, "once to see that there is no order");
}

#[test]
fn a_server_that_begins_where_it_likes_is_listed_page_after_page() {
    let world = unchanged(3_000);
    world.server.set_bucket_options(
        DEFAULT_BUCKET,
        BucketOptions {
            knows_start_after: false,
            ..BucketOptions::default()
        },
    );
    let report = world.deploy();
    assert_eq!(report["planned"]["unchanged"], 3_000);
    assert!(listings(&world).iter().any(starts_in_the_middle));
}
