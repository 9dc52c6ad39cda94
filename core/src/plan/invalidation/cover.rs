//! Fewer paths that name at least the same: folders become wildcards until a budget is kept. Pure.

use std::collections::{BTreeMap, BTreeSet};

/// What may still be named.
#[derive(Clone, Copy, Debug)]
struct Budget {
    paths: usize,
    wildcards: usize,
}

/// At most `paths_max` paths, at most `wildcards_max` of them wildcards, that together name every
/// path of `paths`: the paths themselves if they are few, otherwise wildcards for the folders that
/// have most of them, and for as little as the budget lets.
pub fn cover(paths: &BTreeSet<String>, paths_max: usize, wildcards_max: usize) -> Vec<String> {
    let budget = Budget {
        paths: paths_max,
        wildcards: wildcards_max,
    };
    let all: Vec<&str> = paths.iter().map(String::as_str).collect();
    let mut covered = within("/", &all, budget);
    covered.sort();
    covered
}

/// The cover of `paths`, which all begin with `folder`.
fn within(folder: &str, paths: &[&str], budget: Budget) -> Vec<String> {
    if paths.len() <= budget.paths && wildcards(paths) <= budget.wildcards {
        return paths.iter().map(|path| (*path).to_owned()).collect();
    }
    let (files, mut folders) = split(folder, paths);
    // Folders with few paths are named path by path, as far as that leaves one for each other.
    folders.sort_by_key(|(name, paths)| (paths.len(), *name));
    let Some(mut left) = budget.less(files.len() + folders.len(), wildcards(&files)) else {
        return vec![format!("{folder}*")];
    };
    let mut covered: Vec<String> = files.iter().map(|path| (*path).to_owned()).collect();
    for (index, (name, paths)) in folders.iter().enumerate() {
        // A folder has the path that was set aside for it, and what the smaller ones left over,
        // save the wildcards that larger ones need in any case.
        let reserved = folders.len() - index - 1;
        let own = Budget {
            paths: left.paths + 1,
            wildcards: left.wildcards.saturating_sub(reserved),
        };
        let cover = within(name, paths, own);
        let starred = cover.iter().filter(|path| path.ends_with('*')).count();
        let Some(rest) = left.less(cover.len() - 1, starred) else {
            return vec![format!("{folder}*")];
        };
        left = rest;
        covered.extend(cover);
    }
    covered
}

impl Budget {
    fn less(self, paths: usize, wildcards: usize) -> Option<Self> {
        Some(Self {
            paths: self.paths.checked_sub(paths)?,
            wildcards: self.wildcards.checked_sub(wildcards)?,
        })
    }
}

fn wildcards(paths: &[&str]) -> usize {
    paths.iter().filter(|path| path.ends_with('*')).count()
}

/// The paths directly in `folder`, and those of each folder in it.
fn split<'a>(folder: &str, paths: &[&'a str]) -> (Vec<&'a str>, Vec<(&'a str, Vec<&'a str>)>) {
    let mut files = Vec::new();
    let mut folders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in paths {
        let slash = path
            .get(folder.len()..)
            .and_then(|rest| rest.find('/'))
            .and_then(|slash| path.get(..=folder.len() + slash));
        match slash {
            Some(name) => folders.entry(name).or_default().push(path),
            None => files.push(*path),
        }
    }
    (files, folders.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::cover;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn covered(paths: &[&str], paths_max: usize, wildcards_max: usize) -> Vec<String> {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        cover(&paths, paths_max, wildcards_max)
    }

    #[test]
    fn few_paths_stay_as_they_are() {
        assert_eq!(covered(&[], 3, 1), Vec::<String>::new());
        assert_eq!(covered(&["/b", "/a", "/a"], 3, 1), ["/a", "/b"]);
    }

    #[test]
    fn the_largest_folders_become_wildcards_first() {
        assert_eq!(
            covered(&["/", "/a/1", "/a/2", "/b/1", "/b/2", "/b/3"], 5, 1),
            ["/", "/a/1", "/a/2", "/b/*"]
        );
    }

    #[test]
    fn a_wildcard_is_as_deep_as_the_budget_lets() {
        let deep = ["/x", "/a/b/c/1", "/a/b/c/2", "/a/b/c/3", "/a/b/d"];
        assert_eq!(covered(&deep, 4, 1), ["/a/b/c/*", "/a/b/d", "/x"]);
        assert_eq!(covered(&deep, 2, 1), ["/a/b/*", "/x"]);
    }

    #[test]
    fn in_the_worst_case_everything_is_named() {
        assert_eq!(covered(&["/a", "/b", "/c"], 2, 1), ["/*"]);
        let folders = ["/a/1", "/a/2", "/b/1", "/b/2", "/c/1", "/c/2"];
        assert_eq!(covered(&folders, 3, 2), ["/*"]);
        assert_eq!(covered(&["/a*", "/b*"], 5, 1), ["/*"]);
    }

    #[test]
    fn a_blog_becomes_one_wildcard_and_its_front_page_stays() {
        let mut paths: BTreeSet<String> = (0..500)
            .flat_map(|post| {
                let folder = format!("/blog/post-{post}");
                [format!("{folder}/index.html"), format!("{folder}/"), folder]
            })
            .collect();
        paths.extend(["/".to_owned(), "/index.html".to_owned(), "/blog".to_owned()]);
        assert_eq!(
            cover(&paths, 30, 5),
            ["/", "/blog", "/blog/*", "/index.html"]
        );
    }

    proptest! {
        #[test]
        fn a_cover_names_every_path_and_keeps_the_budget(
            paths in prop::collection::btree_set("(/[ab]{1,2}){1,4}[/*]?", 0..40),
            paths_max in 1..12_usize,
            wildcards_max in 1..4_usize,
        ) {
            let cover = cover(&paths, paths_max, wildcards_max);
            prop_assert!(cover.len() <= paths_max);
            prop_assert!(cover.iter().filter(|path| path.ends_with('*')).count() <= wildcards_max);
            for path in &paths {
                let is_named = cover.iter().any(|named| match named.strip_suffix('*') {
                    Some(start) => path.trim_end_matches('*').starts_with(start),
                    None => path == named,
                });
                prop_assert!(is_named, "{path} is not in {cover:?}");
            }
            let names: BTreeSet<_> = cover.iter().collect();
            prop_assert_eq!(names.len(), cover.len());
            if paths.len() <= paths_max && !paths.iter().any(|path| path.ends_with('*')) {
                prop_assert_eq!(cover, paths.into_iter().collect::<Vec<_>>());
            }
        }
    }
}
