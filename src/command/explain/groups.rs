//! Objects that are stored alike, as one group with the reasons for their headers. Pure.

use std::collections::BTreeMap;

use deploy_core::base::units::{Bytes, Count, listed};
use deploy_core::object::content::Content;
use deploy_core::object::setting::{Field, Setting};
use deploy_core::rules::reasons::{Origin, Reason};

/// Groups that are shown.
const GROUPS_MAX: usize = 100;

/// Redirects of a group that are shown.
const REDIRECTS_MAX: usize = 20;

/// Endings of names that stand in the head of a group.
const ENDINGS_MAX: usize = 4;

/// Endings of a group that are told apart.
const ENDINGS_KNOWN_MAX: usize = 100;

/// What files are called together whose names have no ending.
const NO_ENDING: &str = "without an ending";

/// What an object gets where nothing says how long it may be kept.
const UNSAID: &str = "  no Cache-Control: each browser decides how long it keeps it, and CloudFront keeps it for a day unless its cache policy says otherwise";

/// All groups, by what tells them apart.
#[derive(Debug, Default)]
pub(super) struct Groups(BTreeMap<String, Group>);

/// Objects with the same headers for the same reasons. What the name of each decides by itself, its
/// Content-Type, may differ; so may where redirects lead.
#[derive(Debug)]
struct Group {
    reasons: Vec<Reason>,
    noun: &'static str,
    objects: usize,
    stored_bytes: u64,
    /// Size of the files that are stored compressed.
    file_bytes: u64,
    first: String,
    types: BTreeMap<String, usize>,
    endings: BTreeMap<String, usize>,
    /// The first of them.
    redirects: Vec<String>,
}

impl Groups {
    /// Adds the object `key`, of `size` bytes as it is stored.
    pub(super) fn add(&mut self, key: &str, size: u64, content: &Content, reasons: Vec<Reason>) {
        let (own, shared): (Vec<Reason>, Vec<Reason>) = reasons.into_iter().partition(is_own);
        let noun = match content {
            Content::Redirect(_) => "redirect",
            Content::File | Content::Compressed(_) | Content::Version(_) => "file",
        };
        let group = self.0.entry(format!("{noun} {shared:?}"));
        let group = group.or_insert_with(|| Group {
            reasons: shared,
            noun,
            objects: 0,
            stored_bytes: 0,
            file_bytes: 0,
            first: key.to_owned(),
            types: BTreeMap::new(),
            endings: BTreeMap::new(),
            redirects: Vec::new(),
        });
        group.objects += 1;
        group.stored_bytes += size;
        let ending = ending(key);
        if group.endings.len() < ENDINGS_KNOWN_MAX || group.endings.contains_key(&ending) {
            *group.endings.entry(ending).or_default() += 1;
        }
        for reason in own {
            if let Setting::Text(Field::ContentType, Some(value)) = reason.setting {
                *group.types.entry(value).or_default() += 1;
            }
        }
        match content {
            Content::File | Content::Version(_) => {}
            Content::Compressed(compressed) => group.file_bytes += compressed.file_size,
            Content::Redirect(location) => {
                if group.redirects.len() < REDIRECTS_MAX {
                    group
                        .redirects
                        .push(format!("  {key} redirects to {location}"));
                }
            }
        }
    }

    /// A block of lines for each group, the largest first.
    pub(super) fn blocks(&self) -> Vec<Vec<String>> {
        let mut groups: Vec<&Group> = self.0.values().collect();
        groups.sort_by_key(|group| (std::cmp::Reverse(group.objects), &group.first));
        let shown = groups.iter().take(GROUPS_MAX);
        let mut blocks: Vec<Vec<String>> = shown.map(|group| group.block(group.head())).collect();
        if let Some(more @ 1..) = groups.len().checked_sub(GROUPS_MAX) {
            let more = Count(more, "more group");
            blocks.push(vec![format!("… {more}; EXPLAIN_PATH names one file")]);
        }
        blocks
    }

    /// The lines of the only object, if there is one, below `head`.
    pub(super) fn block(&self, head: String) -> Vec<String> {
        match self.0.values().next() {
            Some(group) => group.block(head),
            None => vec![head],
        }
    }
}

/// Whether it is about the object alone: what follows from its name, and where it redirects to.
fn is_own(reason: &Reason) -> bool {
    match &reason.setting {
        Setting::Text(Field::ContentType, _) => {
            reason.origin == Origin::Name && reason.overrides.is_empty()
        }
        Setting::Text(Field::WebsiteRedirect, _) => reason.origin == Origin::Redirect,
        _ => false,
    }
}

/// `*.html` for `guide/index.html`.
fn ending(key: &str) -> String {
    let name = key.rsplit('/').next().unwrap_or_default();
    match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => format!("*.{ending}"),
        _ => NO_ENDING.to_owned(),
    }
}

impl Group {
    /// `12 files  no-cache  (*.html)`, or the key of the only object.
    fn head(&self) -> String {
        if self.objects == 1 {
            return self.first.clone();
        }
        let cache = self
            .reasons
            .iter()
            .find_map(|reason| match &reason.setting {
                Setting::Text(Field::CacheControl, value) => value.clone(),
                _ => None,
            });
        let cache = cache.unwrap_or_else(|| "no Cache-Control".to_owned());
        let mut endings: Vec<(&String, &usize)> = self.endings.iter().collect();
        endings.sort_by_key(|(ending, count)| (std::cmp::Reverse(**count), *ending));
        let mut names: Vec<&str> = endings.iter().map(|(ending, _)| ending.as_str()).collect();
        if names.len() > ENDINGS_MAX {
            names.truncate(ENDINGS_MAX);
            names.push("…");
        }
        let names = names.join(", ");
        let objects = Count(self.objects, self.noun);
        format!("{objects}  {cache}  ({names})")
    }

    /// `head`, the headers and where they come from.
    fn block(&self, head: String) -> Vec<String> {
        let mut lines = vec![head];
        if self.file_bytes > 0 {
            let (before, after) = (Bytes(self.file_bytes), Bytes(self.stored_bytes));
            lines.push(format!("  compressed: {before} to {after}"));
        }
        if !self.types.is_empty() {
            lines.push(format!("  header: Content-Type: {}", self.types()));
            lines.push(format!("    from {}", Origin::Name));
        }
        for reason in &self.reasons {
            lines.push(format!("  header: {}", reason.setting));
            lines.push(format!("    from {}", reason.origin));
            let overrides = reason.overrides.iter();
            lines.extend(
                overrides
                    .map(|(setting, origin)| format!("    overrides {setting}, from {origin}")),
            );
        }
        if !self.reasons.iter().any(is_lifetime) {
            lines.push(UNSAID.to_owned());
        }
        lines.extend(self.redirects.iter().cloned());
        if let Some(more @ 1..) = self.objects.checked_sub(REDIRECTS_MAX)
            && !self.redirects.is_empty()
        {
            lines.push(format!("  and {}", Count(more, "more redirect")));
        }
        if self.objects > 1 && self.redirects.is_empty() {
            lines.push(format!("  for example {}", self.first));
        }
        lines
    }

    /// The one type, or each with how many there are of it.
    fn types(&self) -> String {
        let only = self.types.keys().next().filter(|_| self.types.len() == 1);
        let each = self.types.iter();
        only.cloned()
            .unwrap_or_else(|| listed(each.map(|(name, count)| format!("{name} ({count})"))))
    }
}

/// Whether it is about how long an object may be kept.
fn is_lifetime(reason: &Reason) -> bool {
    matches!(
        reason.setting,
        Setting::Text(Field::CacheControl, _) | Setting::Expires(_)
    )
}
