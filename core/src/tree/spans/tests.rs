//! Ranges against a simulated bucket: nothing is missed, nothing is listed twice, and little is asked
//! for in vain.

use super::{LISTINGS_MAX, PageEnd, Spans};
use crate::tree::{LocalTree, Source};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::ops::Bound;

fn tree(keys: impl IntoIterator<Item = String>) -> LocalTree {
    let mut tree = LocalTree::new(Source::Folder("d".into()));
    for key in keys {
        assert!(tree.push(&key, 1, 0));
    }
    tree.sort();
    tree
}

/// Lists `bucket` by ranges, in pages of `page_keys`; pages are answered in the order that `choices`
/// gives. What was listed, in the order in which it came, and how many requests it took.
fn list(
    bucket: &BTreeSet<String>,
    local: &LocalTree,
    page_keys: usize,
    choices: &[usize],
) -> (Vec<String>, usize) {
    let mut spans = Spans::new(local);
    let mut running = Vec::new();
    let (mut listed, mut requests) = (Vec::new(), 0);
    loop {
        while let Some(span) = spans.start() {
            running.push(span);
        }
        assert!(running.len() <= LISTINGS_MAX);
        if running.is_empty() {
            return (listed, requests);
        }
        let choice = choices.get(requests % choices.len().max(1));
        let span = running.swap_remove(choice.copied().unwrap_or(0) % running.len());
        requests += 1;
        let after = span.continuation.as_deref().or(span.after.as_deref());
        let from = after.map_or(Bound::Unbounded, |after| Bound::Excluded(after.to_owned()));
        let mut rest = bucket.range((from, Bound::Unbounded)).peekable();
        let page: Vec<_> = rest.by_ref().take(page_keys).cloned().collect();
        let last = page.last().map(String::as_str);
        listed.extend(page.iter().filter(|key| span.reaches(key)).cloned());
        spans.take(
            span,
            PageEnd {
                keys: page.len(),
                last,
                continuation: rest.peek().and(last),
            },
        );
    }
}

fn numbered(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    numbers
        .into_iter()
        .map(|number| format!("{number:07}"))
        .collect()
}

fn requests(
    bucket: impl IntoIterator<Item = usize>,
    local: impl IntoIterator<Item = usize>,
) -> usize {
    let bucket: BTreeSet<_> = numbered(bucket).into_iter().collect();
    let (mut listed, requests) = list(&bucket, &tree(numbered(local)), 1000, &[]);
    listed.sort();
    assert!(listed.iter().eq(&bucket));
    requests
}

proptest! {
    #[test]
    fn every_object_is_listed_once(
        bucket in prop::collection::btree_set("[a-c/é]{0,4}", 0..80),
        local in prop::collection::btree_set("[a-c/é]{0,4}", 0..80),
        page_keys in 1_usize..12,
        choices in prop::collection::vec(0_usize..8, 1..20),
    ) {
        let (mut listed, _) = list(&bucket, &tree(local), page_keys, &choices);
        listed.sort();
        prop_assert!(listed.iter().eq(&bucket));
    }
}

proptest! {
    // Each case lists thousands of keys.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_object_is_listed_once_where_there_are_many(
        objects in prop::collection::btree_set(0_usize..20_000, 0..9_000),
        files in prop::collection::btree_set(0_usize..20_000, 0..9_000),
        choices in prop::collection::vec(0_usize..8, 1..20),
    ) {
        let bucket: BTreeSet<_> = numbered(objects).into_iter().collect();
        let (mut listed, requests) = list(&bucket, &tree(numbered(files)), 1000, &choices);
        listed.sort();
        prop_assert!(listed.iter().eq(&bucket));
        let least = bucket.len().div_ceil(1000).max(1);
        prop_assert!(requests <= least + 2 * LISTINGS_MAX, "{requests} instead of {least}");
    }
}

#[test]
fn a_bucket_of_one_page_takes_one_request() {
    assert_eq!(requests([], 0..9_000), 1);
    assert_eq!(requests(0..1000, 0..9_000), 1);
    assert_eq!(requests(8_000..9_000, 0..9_000), 1);
}

#[test]
fn an_unchanged_bucket_takes_the_fewest_requests() {
    for thousands in [1, 2, 5, 20, 100] {
        assert_eq!(
            requests(0..thousands * 1000, 0..thousands * 1000),
            thousands
        );
    }
}

#[test]
fn other_buckets_take_few_requests_more() {
    for (objects, files) in [
        ((0..100_000, 1), (0..100_000, 10)),
        ((0..100_000, 10), (0..100_000, 1)),
        ((0..100_000, 1), (0..50_000, 1)),
        ((0..50_000, 1), (0..100_000, 1)),
        ((0..50_000, 1), (50_000..100_000, 1)),
        ((50_000..100_000, 1), (0..50_000, 1)),
        ((0..105_000, 1), (0..105_000, 3)),
    ] {
        let objects: Vec<_> = objects.0.step_by(objects.1).collect();
        let least = objects.len().div_ceil(1000);
        let took = requests(objects, files.0.step_by(files.1));
        assert!(
            took <= least + 2 * LISTINGS_MAX,
            "{took} instead of {least}"
        );
    }
}
