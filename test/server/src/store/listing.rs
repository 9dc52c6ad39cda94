//! One page of a listing: a range of the B-tree, in UTF-8 byte order.

use super::Object;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

/// What a page is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct ListingRequest {
    pub(crate) prefix: String,
    pub(crate) delimiter: Option<String>,
    pub(crate) after: After,
    pub(crate) max_keys: usize,
}

/// Where a page starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum After {
    #[default]
    Start,
    /// After this key.
    Key(String),
    /// After every key that starts so: the page before ended with this common prefix.
    CommonPrefix(String),
}

/// One page.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) objects: Vec<(String, Arc<Object>)>,
    pub(crate) common_prefixes: Vec<String>,
    /// Where the next page starts; `None` if this one is the last.
    pub(crate) next: Option<After>,
}

type Objects = BTreeMap<String, Arc<Object>>;

pub(crate) fn list(objects: &Objects, request: &ListingRequest, in_order: bool) -> Listing {
    let mut listing = Listing::default();
    if request.max_keys == 0 {
        return listing;
    }
    let mut place = request.after.clone();
    let next = if in_order {
        next_object
    } else {
        previous_object
    };
    while let Some((key, object)) = next(objects, &request.prefix, &place) {
        if listing.objects.len() + listing.common_prefixes.len() == request.max_keys {
            listing.next = Some(place);
            break;
        }
        if let Some(common) = common_prefix(key, request) {
            listing.common_prefixes.push(common.to_owned());
            place = After::CommonPrefix(common.to_owned());
        } else {
            listing.objects.push((key.clone(), Arc::clone(object)));
            place = After::Key(key.clone());
        }
    }
    listing
}

/// The first object under the prefix and after the place: one lookup, whatever lies between.
fn next_object<'a>(
    objects: &'a Objects,
    prefix: &str,
    place: &After,
) -> Option<(&'a String, &'a Arc<Object>)> {
    let start = match place {
        After::Key(key) if key.as_str() >= prefix => Bound::Excluded(key.clone()),
        After::CommonPrefix(common) => match end_of_prefix(common) {
            Some(end) => Bound::Included(end),
            None => return None,
        },
        After::Key(_) | After::Start => Bound::Included(prefix.to_owned()),
    };
    let (key, object) = objects.range((start, Bound::Unbounded)).next()?;
    key.starts_with(prefix).then_some((key, object))
}

/// The same backwards; without common prefixes.
fn previous_object<'a>(
    objects: &'a Objects,
    prefix: &str,
    place: &After,
) -> Option<(&'a String, &'a Arc<Object>)> {
    let end = match place {
        After::Key(key) => Bound::Excluded(key.clone()),
        After::Start | After::CommonPrefix(_) => {
            end_of_prefix(prefix).map_or(Bound::Unbounded, Bound::Excluded)
        }
    };
    objects
        .range((Bound::Included(prefix.to_owned()), end))
        .next_back()
}

/// The first string after all those that start with `prefix`: its last character, one higher.
fn end_of_prefix(prefix: &str) -> Option<String> {
    let mut end = prefix.to_owned();
    while let Some(last) = end.pop() {
        // Stepping over the surrogates is what the range of `char` does.
        if let Some(next) = (last..=char::MAX).nth(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}

fn common_prefix<'a>(key: &'a str, request: &ListingRequest) -> Option<&'a str> {
    let delimiter = request
        .delimiter
        .as_deref()
        .filter(|delimiter| !delimiter.is_empty())?;
    let rest = key.strip_prefix(request.prefix.as_str())?;
    let end = request.prefix.len() + rest.find(delimiter)? + delimiter.len();
    key.get(..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects(keys: &[&str]) -> Objects {
        keys.iter()
            .map(|key| ((*key).to_owned(), Arc::new(Object::new(""))))
            .collect()
    }

    /// All pages, each as its keys and then its common prefixes.
    fn pages(objects: &Objects, mut request: ListingRequest) -> Vec<Vec<String>> {
        let mut pages = Vec::new();
        loop {
            let page = list(objects, &request, true);
            let keys = page.objects.into_iter().map(|(key, _)| key);
            pages.push(keys.chain(page.common_prefixes).collect());
            match page.next {
                Some(next) => request.after = next,
                None => return pages,
            }
        }
    }

    #[test]
    fn pages_table() {
        let objects = objects(&[
            "a/1",
            "a/2",
            "a/3",
            "b",
            "c/1",
            "c/2",
            "d",
            "é",
            "\u{10FFFF}x",
        ]);
        let request = |prefix: &str, delimiter: Option<&str>, max_keys| ListingRequest {
            prefix: prefix.to_owned(),
            delimiter: delimiter.map(str::to_owned),
            max_keys,
            ..ListingRequest::default()
        };
        let cases: [(ListingRequest, &[&[&str]]); 8] = [
            (request("a/", None, 2), &[&["a/1", "a/2"], &["a/3"]]),
            (request("a/", None, 3), &[&["a/1", "a/2", "a/3"]]),
            (
                request("", Some("/"), 2),
                &[&["b", "a/"], &["d", "c/"], &["é", "\u{10FFFF}x"]],
            ),
            (
                request("", Some("/"), 1),
                &[&["a/"], &["b"], &["c/"], &["d"], &["é"], &["\u{10FFFF}x"]],
            ),
            (request("c", Some("/"), 10), &[&["c/"]]),
            (request("c/", Some("/"), 10), &[&["c/1", "c/2"]]),
            (request("nothing", None, 10), &[&[]]),
            (request("", None, 0), &[&[]]),
        ];
        for (request, expected) in cases {
            assert_eq!(pages(&objects, request.clone()), expected, "{request:?}");
        }
    }

    #[test]
    fn start_after_lies_anywhere() {
        let objects = objects(&["a", "b/1", "b/2", "c"]);
        let after = |key: &str, prefix: &str| {
            let after = After::Key(key.to_owned());
            let request = ListingRequest {
                prefix: prefix.to_owned(),
                after,
                max_keys: 9,
                ..ListingRequest::default()
            };
            pages(&objects, request).concat()
        };
        assert_eq!(after("a", ""), ["b/1", "b/2", "c"]);
        assert_eq!(after("aa", ""), ["b/1", "b/2", "c"]);
        assert_eq!(after("a", "b/"), ["b/1", "b/2"], "before the prefix");
        assert_eq!(after("b/1", "b/"), ["b/2"]);
        assert!(after("c", "b/").is_empty(), "past the prefix");
    }
}
