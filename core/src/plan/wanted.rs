//! Which set of headers each file is to be stored with, and which objects were sent with another, by the
//! record. Pure, and without a request: what a deploy has sent it knows.

use std::collections::{HashMap, HashSet};

use super::compare::{Change, Differences, Reason};
use super::pairs::pairs;
use crate::object::charset::Charset;
use crate::object::content::Content;
use crate::object::content_type::{Nature, copy_of, essence, is_told_by_bytes};
use crate::object::headers::ObjectHeaders;
use crate::record::{HeaderSet, Matches, SetDigest, Sets};
use crate::rules::policy::Policy;
use crate::tree::{LocalFile, LocalTree, RemoteTree};

/// The sets that files are to be stored with.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// All sets.
    pub(super) sets: Sets,
    /// The number of each file's, in the tree's order.
    pub(super) numbers: Vec<u32>,
}

/// What stands for all that the bytes of a file may say of it: two natures between which everything
/// differs that they decide over. Rules that do not ask for the nature give the same for both.
const NATURES: [Nature; 2] = [
    Nature {
        charset: Charset::Utf8,
        is_copy: false,
        essence: None,
    },
    Nature {
        charset: Charset::Unknown,
        is_copy: true,
        essence: Some("text/html"),
    },
];

impl Wanted {
    /// What `policy` wants for the files of `local`.
    pub fn of(local: &LocalTree, policy: &Policy) -> Self {
        let mut sets = Sets::default();
        let mut last: Option<(Vec<ObjectHeaders>, u32)> = None;
        let mut by_type = HashMap::new();
        let is_by_type = policy.is_by_type();
        let numbers = local.files().iter().map(|file| {
            let (key, content) = (local.key(file), local.content(file));
            let is_by_type = is_by_type && *content == Content::File && copy_of(key).is_none();
            if is_by_type {
                let number = || sets.number(set(&headers(policy, key, content)));
                return *by_type.entry(essence(key)).or_insert_with(number);
            }
            let all = headers(policy, key, content);
            // Neighbours mostly have the same.
            match &last {
                Some((headers, number)) if *headers == all => *number,
                _ => {
                    let number = sets.number(set(&all));
                    last = Some((all, number));
                    number
                }
            }
        });
        let numbers = numbers.collect();
        Self { sets, numbers }
    }

    fn digest(&self, file: usize) -> Option<SetDigest> {
        let number = self.numbers.get(file)?;
        self.sets.get(*number).map(|set| set.digest)
    }
}

/// Files whose objects have their bytes, and headers of which no record tells.
#[derive(Clone, Debug, Default)]
pub struct Strangers {
    /// Those that are asked about now.
    pub asked: Vec<LocalFile>,
    /// How many are left to the next deploys.
    pub left: usize,
}

/// What an object is sent with, by each nature that its file may be of.
fn headers(policy: &Policy, key: &str, content: &Content) -> Vec<ObjectHeaders> {
    let natures = if is_told_by_bytes(key) {
        &NATURES[..]
    } else {
        &NATURES[..1]
    };
    let resolved = natures
        .iter()
        .map(|nature| policy.resolve(key, content, *nature));
    resolved.collect()
}

fn set(headers: &[ObjectHeaders]) -> HeaderSet {
    let all: Vec<&ObjectHeaders> = headers.iter().collect();
    let first = headers.first();
    HeaderSet {
        digest: SetDigest::of(&all),
        acl: first.and_then(|headers| headers.acl.clone()),
        storage_class: first.and_then(|headers| headers.storage_class.clone()),
        redirect: first.and_then(|headers| headers.website_redirect.clone()),
    }
}

/// `differences` with the files added whose objects have their bytes, and were sent with other headers
/// than `wanted`. Objects of which the record does not tell, or is not believed, are left alone; up to
/// `strangers_max` of them are to be asked about.
pub fn recorded(
    mut differences: Differences,
    local: &LocalTree,
    remote: &RemoteTree,
    matches: Option<&Matches>,
    wanted: &Wanted,
    strangers_max: usize,
) -> (Differences, Strangers) {
    let known: HashSet<&str> = differences
        .changes
        .iter()
        .map(|change| local.key(&change.file))
        .collect();
    let (mut changes, mut strangers) = (Vec::new(), Strangers::default());
    for pair in pairs(local, remote) {
        let (Some((index, file)), Some((object, _))) = (pair.file, pair.object) else {
            continue;
        };
        if known.contains(local.key(&file)) {
            continue;
        }
        let believed = matches.and_then(|matches| matches.get(object));
        match believed.and_then(|(_, believed)| believed.set) {
            Some(sent) if Some(sent.digest) == wanted.digest(index) => {}
            Some(_) => changes.push(Change::new(file, Reason::Headers)),
            None if strangers.asked.len() < strangers_max => strangers.asked.push(file),
            None => strangers.left += 1,
        }
    }
    differences.unchanged = differences.unchanged.saturating_sub(changes.len());
    differences.changes.extend(changes);
    (differences, strangers)
}

#[cfg(test)]
mod tests {
    use super::{Wanted, headers, set};
    use crate::rules::policy::Policy;
    use crate::tree::{LocalTree, Source};

    #[test]
    fn every_file_has_the_set_of_its_own_name() {
        let mut local = LocalTree::new(Source::Folder("/".into()));
        for key in [
            ".well-known/apple-app-site-association",
            "a",
            "a.css",
            "a.css.gz",
            "a.js",
            "a.js.br",
            "a.PNG",
            "b.css",
            "b.css.br",
            "b.js.br.png",
            "b.svgz",
            "b/.css",
            "b/a.css",
            "c.css.gz",
        ] {
            assert!(local.push(key, 1, 0));
        }
        assert!(local.push_redirect("old.css", 1, "/a.css"));
        local.sort();
        let policy = Policy::default();
        let wanted = Wanted::of(&local, &policy);
        for (index, file) in local.files().iter().enumerate() {
            let own = set(&headers(&policy, local.key(file), local.content(file)));
            assert_eq!(
                wanted.digest(index),
                Some(own.digest),
                "{}",
                local.key(file)
            );
        }
        assert!(wanted.sets.len() < local.files().len());
    }
}
