//! Replays the history of a bucket, and finds the first moment at which a visitor could meet a hole:
//! a page that names an asset that is not there, or an entry page that links to a page that is not.

use crate::support::World;
use std::collections::BTreeMap;
use test_server::{Change, DEFAULT_BUCKET};

/// The page that visitors begin at.
pub(crate) const ENTRY: &str = "index.html";

pub(crate) fn is_page(key: &str) -> bool {
    key.rsplit('.').next() == Some("html")
}

/// Puts the site of `world` into its bucket, in the order of a deploy: what is named comes first.
pub(crate) fn publish(world: &World) {
    let mut names = world.files();
    names.sort_by_key(|name| (is_page(name), name == ENTRY));
    for name in names {
        let bytes = std::fs::read(world.path(&name)).unwrap();
        world.server.put_object(DEFAULT_BUCKET, &name, bytes);
    }
}

/// What a page names: words behind `src=`, which must be there as long as the page is, and of the
/// entry page also those behind `href=`.
pub(crate) fn named<'a>(key: &str, text: &'a [u8]) -> Vec<&'a str> {
    let text = std::str::from_utf8(text).unwrap_or_default();
    let words = text.split(' ').filter(|_| is_page(key));
    words
        .filter_map(|word| {
            let link = word.strip_prefix("href=").filter(|_| key == ENTRY);
            word.strip_prefix("src=").or(link)
        })
        .collect()
}

/// The bucket at one moment.
#[derive(Default)]
pub(crate) struct Bucket<'a> {
    objects: BTreeMap<&'a str, &'a [u8]>,
    /// How many pages name each key.
    named: BTreeMap<&'a str, usize>,
}

impl<'a> Bucket<'a> {
    pub(crate) fn get(&self, key: &str) -> Option<&'a [u8]> {
        self.objects.get(key).copied()
    }

    /// Goes on by one change; what is missing then, and was not before.
    pub(crate) fn apply(&mut self, change: &'a Change) -> Option<String> {
        let key = change.key();
        let after = match change {
            Change::Put { bytes, .. } => Some(&**bytes),
            Change::Delete { .. } => None,
        };
        let before = match after {
            Some(text) => self.objects.insert(key, text),
            None => self.objects.remove(key),
        };
        for name in named(key, before.unwrap_or_default()) {
            *self.named.entry(name).or_default() -= 1;
        }
        let names = named(key, after.unwrap_or_default());
        for name in &names {
            *self.named.entry(name).or_default() += 1;
        }
        let missing = names.iter().find(|name| !self.objects.contains_key(*name));
        if let Some(missing) = missing {
            return Some(format!("{key} names {missing}, which is not there"));
        }
        let is_named = self.named.get(key).is_some_and(|pages| *pages > 0);
        (after.is_none() && is_named)
            .then(|| format!("{key} is deleted, and {} pages name it", self.named[key]))
    }
}

/// The first hole in the history of a bucket that was empty at its beginning.
pub(crate) fn first_hole(changes: &[Change]) -> Option<String> {
    let mut bucket = Bucket::default();
    changes.iter().find_map(|change| bucket.apply(change))
}

#[test]
fn holes_are_found() {
    let put = |key: &str, text: &'static str| Change::Put {
        sequence: 0,
        bucket: String::new(),
        key: key.to_owned(),
        etag: String::new(),
        bytes: text.into(),
    };
    let delete = |key: &str| Change::Delete {
        sequence: 0,
        bucket: String::new(),
        key: key.to_owned(),
    };
    let whole = [
        put("a.js", "a"),
        put("b.html", "src=a.js href=gone.html"),
        put(ENTRY, "src=a.js href=b.html"),
    ];
    assert_eq!(first_hole(&whole), None);
    let hole = |more: &[Change]| first_hole(&[&whole[..], more].concat());
    assert!(hole(&[delete("a.js")]).is_some(), "an asset is named");
    assert!(hole(&[delete("b.html")]).is_some(), "a page is linked");
    assert!(hole(&[put("c.html", "src=c.js")]).is_some());
    assert!(hole(&[put(ENTRY, "x"), delete("b.html"), delete("a.js")]).is_none());
    assert!(hole(&[put(ENTRY, "href=x.html")]).is_some());
}
